"""Groups of settings: Telegram, languages and forms, the team, data that leaves the server, and the webhook."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo, field_validator

from bot.languages import codes
from bot.safety.offline import read_recipient
from bot.settings.values import (
    PREFIX,
    TELEGRAM,
    Named,
    Names,
    Paths,
    WebAddress,
    Worded,
    checked,
    read_address,
    read_proxy,
    read_webhook,
)


def _read_token(value: str) -> None:
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value):
        raise ValueError("must be digits, a colon, then letters, digits, _ or -")


class Telegram(BaseModel):
    """The bot in Telegram, what people see of it there, and the way to it."""

    bot_token: Annotated[SecretStr, checked(_read_token)] = Field(
        description="The bot's token, from @BotFather.",
        examples=["123456789:AAE-made-up-token-of-35-letters-xxx"],
    )
    organisation: Worded = Field(
        default_factory=dict,
        description="Who stands behind the bot: people see it in Telegram before they press Start, and in the greeting. One name, or one for each language.",
        examples=["kk: Құқық бюросы | ru: Бюро по правам человека | en: Human Rights Bureau"],
    )
    organisation_contact: Worded = Field(
        default_factory=dict,
        description="Where the organisation can be asked whether the bot is really its own: a public address or page.",
        examples=["https://example.org/bot"],
    )
    bot_name: Named = Field(
        default_factory=dict,
        description="The bot's name in Telegram; without it the one given at @BotFather stays.",
        examples=["kk: Куәгер | ru: Очевидец | en: Kuager"],
    )
    neutral_look: bool = Field(
        False,
        description="Whether the bot's greeting, menu and profile in Telegram leave out what it is for and who runs it, and questions begin with a line that tells nothing. Choose a name that fits; the questions are those of KUAGER_FORM.",
        examples=["false"],
    )
    talk_notice: Worded = Field(
        default_factory=dict,
        description="What a reporter who agreed to be asked is told when a question waits. It stands on a phone that may be searched: nothing of a report.",
        examples=["kk: Жаңалық бар. | ru: Есть новость. | en: There is news."],
    )
    bot_api_url: WebAddress = Field(TELEGRAM, description="Address of the Bot API; a local one can be used.")
    proxy: Annotated[SecretStr, checked(read_proxy)] | None = Field(
        None,
        description="HTTP proxy by which the Bot API is reached, with name and password if it wants them; no SOCKS (Tor has HTTPTunnelPort).",
        examples=["http://127.0.0.1:9080"],
    )


class Forms(BaseModel):
    """Languages, forms, and what an organisation brings beside them."""

    languages: Names = Field(
        default_factory=codes,
        description="Languages offered, the first is the default.",
        examples=["kk,ru,en"],
    )
    published_languages: Names = Field(
        default=(),
        description="Languages in which each record gets a title and a summary; without any only that of its moderator.",
        examples=["kk,ru,en"],
    )
    form: Path | None = Field(
        None,
        description="The questionnaire: an XLSForm as .md, .xlsx, .xls or .csv, or a .zip of it and its files; without it the program's own.",
        examples=["bot/forms/incident.md"],
    )
    more_forms: Paths = Field(
        default=(),
        description="Further questionnaires, separated by commas: people choose one at /report.",
        examples=["data/detention.xlsx,data/elections.xlsx"],
    )
    review_form: Path | None = Field(
        None,
        description="The moderators' form for the public version, in the same formats; without it the program's own.",
        examples=["bot/forms/review.md"],
    )
    contacts: Path | None = Field(
        None,
        description="Who helps with what a reporter needs: a CSV of contacts, see docs/team.md.",
        examples=["data/contacts.csv"],
    )
    country_updates: bool = Field(
        True, description="Whether the team's menu has /country_update.", examples=["true"]
    )
    update_template: Path | None = Field(
        None,
        description="The organisation's own Word template of country updates, see docs/country-update.md; without it the program's own.",
        examples=["data/update.docx"],
    )

    @field_validator("languages", "published_languages")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        is_offered = info.field_name == "languages"
        if set(value) - set(codes()) or (is_offered and not value):
            raise ValueError(f"must be some of {', '.join(codes())}")
        return value if is_offered else tuple(dict.fromkeys(value))


class Team(BaseModel):
    """Work of the team."""

    approvals: int = Field(
        1, ge=1, le=5, description="Number of moderators who must approve a record before it is public."
    )
    approvals_named: int = Field(
        2,
        ge=1,
        le=5,
        description="Number of moderators who must approve a record in which the reporter named a person; 1 for a team of one.",
    )
    notice_chat: int | None = Field(
        None,
        lt=0,
        description="A group of the team, by its number at Telegram, where the bot says that there is something new, and nothing of it; without it, it leaves every group.",
        examples=["-1001234567890"],
    )
    shown_minutes: int = Field(
        60,
        ge=1,
        le=24 * 60,
        description="Messages that moderators were shown leave their chat so many minutes later, however busy they are, and sooner after 10 in which they do nothing there.",
    )
    block_days: int = Field(
        30,
        ge=1,
        le=365,
        description="How many days no reports are taken from an account that flooded the bot and was blocked for it.",
    )


Recipients = Annotated[Names, AfterValidator(lambda value: tuple(map(read_recipient, value)))]
MOST_RECIPIENTS = 8
"""Recipients of the sealed archive: each makes every envelope longer."""
LICENCES = (
    "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0",
    "CC-BY-3.0-IGO", "CC-BY-NC-SA-3.0-IGO", "PDDL-1.0", "ODC-By-1.0", "ODbL-1.0",
)  # fmt: skip
"""Licences for data and texts, by SPDX code, without those for programs."""


class Leaving(BaseModel):
    """Recipients and licence of data that leaves the server."""

    original_recipients: Recipients = Field(
        default=(),
        description="Who alone can open the files as they came, by age keys kept away from the server; without any the report's key does.",
        examples=["age1<58-characters>"],
    )
    export_recipients: Recipients = Field(
        default=(),
        description="Who alone can open what two administrators agree to share (trusted organisations, names, stories), by age keys kept away from the server; without any nothing of it leaves.",
        examples=["age1<58-characters>"],
    )
    archive_recipients: Recipients = Field(
        default=(),
        description="Who alone can open a report once it is decided, by age keys kept away from the server, at most eight, two at least advised; by default the first eight of KUAGER_ORIGINAL_RECIPIENTS. Nothing is sealed before each has answered: see docs/archive.md. Without any the ring opens all reports.",
        examples=["age1<58-characters>"],
    )
    export_licence: str = Field(
        "",
        description="What others may do with exported records, by the code of a licence at https://spdx.org/licenses; named in formats that have a place for it, never in what is shared encrypted.",
        examples=["CC-BY-4.0"],
    )

    @field_validator("archive_recipients")
    @classmethod
    def _few_recipients(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > MOST_RECIPIENTS or len(set(value)) < len(value):
            raise ValueError(f"must be at most {MOST_RECIPIENTS}, each named once")
        return value

    @field_validator("export_licence")
    @classmethod
    def _licence_of_data(cls, value: str) -> str:
        if value and value not in LICENCES:
            raise ValueError(f"must be one of {', '.join(LICENCES)}")
        return value


class WebhookSettings(BaseModel):
    """Ports that the bot listens at."""

    webhook_url: str = Field(
        "",
        description="Where Telegram sends updates, if they are not to be fetched: HTTPS at port 443, 80, 88 or 8443, see docs/webhook.md.",
        examples=["https://bot.example.org/updates"],
    )
    webhook_listen: Annotated[str, checked(read_address)] = Field(
        "127.0.0.1:8080",
        description="Address and port at which the bot waits for these requests, which a reverse proxy passes on; with a key the bot speaks TLS there by itself.",
    )
    webhook_certificate: Path | None = Field(
        None,
        description="The webhook's certificate in PEM; one that is self-signed is shown to Telegram. Not needed behind a proxy with a certificate that everybody knows.",
        examples=["/etc/kuager/certificate.pem"],
    )
    webhook_key: Path | None = Field(
        None,
        description="The certificate's key in PEM, without a passphrase: then no reverse proxy is needed.",
        examples=["/etc/kuager/key.pem"],
    )
    status_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port on this machine alone for /health, /ready and /metrics (Prometheus); without it there is none.",
        examples=["9464"],
    )

    log_format: Literal["text", "json"] = Field(
        "text",
        description="How the running bot writes its log: text, or json with an object a line, for a program that collects logs. Neither holds words, ids or times finer than the hour.",
    )

    @field_validator("webhook_url")
    @classmethod
    def _webhook(cls, value: str, info: ValidationInfo) -> str:
        return read_webhook(value, of_telegram=info.data.get("bot_api_url") == TELEGRAM) if value else value

    @field_validator("webhook_key")
    @classmethod
    def _with_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("webhook_certificate") is None:
            raise ValueError(f"needs {PREFIX}WEBHOOK_CERTIFICATE too")
        return value

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Host and port of `webhook_listen`."""
        return read_address(self.webhook_listen)
