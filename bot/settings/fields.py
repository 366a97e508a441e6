"""Every setting with its meaning, its default and what is right for it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.languages import codes
from bot.safety.keys import KeyRing, SecretKey, read_key, read_key_ring
from bot.safety.offline import read_recipient
from bot.settings.addresses import TELEGRAM, read_address, read_proxy, read_webhook
from bot.settings.key_source import KeySource
from bot.settings.wording import MOST_IN_ABOUT, MOST_IN_NAME, Wording, read_wording

PREFIX = "KUAGER_"
ENV_FILE = ".env"
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
"""A bucket's name (Amazon S3 User Guide, "General purpose bucket naming rules"), and a prefix."""
_VISIBLE = re.compile(r"[!-~]*")
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
LICENCES = (
    "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0",
    "CC-BY-3.0-IGO", "CC-BY-NC-SA-3.0-IGO", "PDDL-1.0", "ODC-By-1.0", "ODbL-1.0",
)  # fmt: skip
"""Licences for data and texts, by their codes at SPDX; those for programs say nothing of records."""
Names = Annotated[tuple[str, ...], NoDecode]
Worded = Annotated[Wording, NoDecode]


def _keys_before(given: Mapping[str, Any]) -> list[tuple[str, list[SecretKey]]]:
    """The keys of the settings that were read so far and are right."""
    found = []
    if (ring := given.get("key_ring")) is not None:
        found.append(("key_ring", list(read_key_ring(ring.get_secret_value()).keys.values())))
    if (lookup := given.get("lookup_key")) is not None:
        found.append(("lookup_key", [read_key(lookup.get_secret_value())]))
    return found


class Settings(BaseSettings):
    """Every setting with its meaning. Times until expiry are whole hours or days."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Keys that stand in none of the usual places are looked for where `keys_from` says."""
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, KeySource(settings_cls)

    bot_token: SecretStr = Field(
        description="The bot's token, from @BotFather.",
        examples=["123456789:AAE-made-up-token-of-35-letters-xxx"],
    )
    key_ring: SecretStr = Field(
        description="Keys that wrap the reports' keys, newest first: id:base64[,id:base64]. Make one with: python -m bot keys new",
        examples=["k2026:<44-characters>"],
    )
    lookup_key: SecretStr = Field(
        description="Key of the hashes by which people and receipts are found. Keep it apart from backups of the database.",
        examples=["<44-characters>"],
    )
    audit_key: SecretStr = Field(
        description="Key of the audit log's chain.",
        examples=["<44-characters>"],
    )
    keys_from: str = Field(
        "",
        description="Where the three keys stand, if not here: a file with these lines, or - for standard input.",
        examples=["/run/credentials/kuager.service/keys"],
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
    bot_name: Worded = Field(
        default_factory=dict,
        description="The bot's name in Telegram; without it the one given at @BotFather stays.",
        examples=["kk: Куәгер | ru: Очевидец | en: Kuager"],
    )
    neutral_look: bool = Field(
        False,
        description="Whether the bot's greeting, menu and profile in Telegram leave out what it is for and who runs it, and questions begin with a line that tells nothing. Choose a name that fits; the questions are those of KUAGER_FORM.",
        examples=["false"],
    )
    database_url: str = Field(
        "sqlite+aiosqlite:///data/kuager.db",
        description="SQLite file, or PostgreSQL as postgresql+asyncpg://user:password@host/name.",
        examples=["sqlite+aiosqlite:///data/kuager.db"],
    )
    files_dir: Path = Field(
        Path("data/files"), description="Folder of the sealed files.", examples=["data/files"]
    )
    files_url: str = Field(
        "",
        description="An S3-compatible bucket for the sealed files, in place of that folder: s3://bucket or s3://bucket/prefix.",
        examples=["s3://bucket/kuager"],
    )
    files_endpoint: str = Field(
        "",
        description="Address of the service that has the bucket; without one it is AWS.",
        examples=["https://s3.example.org"],
    )
    files_region: str = Field(
        "us-east-1", description="The bucket's region, as its service calls it.", examples=["us-east-1"]
    )
    files_key_id: SecretStr = Field(
        SecretStr(""),
        description="The id of a key that may read, write, list and delete in the bucket, and nothing else.",
        examples=["<20-characters>"],
        validate_default=True,
    )
    files_secret: SecretStr = Field(
        SecretStr(""),
        description="The secret of that key.",
        examples=["<40-characters>"],
        validate_default=True,
    )
    audit_head: Path | None = Field(
        None,
        description="File with the number and the MAC of the audit log's last entry, which tells when entries were cut off; without it audit.head beside the folder of files. Best where nobody who writes to the database can.",
        examples=["data/audit.head"],
    )
    original_recipients: Names = Field(
        default=(),
        description="Who alone can open the files as they came, by age keys kept away from the server; without any the report's key does.",
        examples=["age1<58-characters>"],
    )
    export_recipients: Names = Field(
        default=(),
        description="Who alone can open what two administrators agree to share (trusted organisations, names, stories), by age keys kept away from the server; without any nothing of it leaves.",
        examples=["age1<58-characters>"],
    )
    export_licence: str = Field(
        "",
        description="What others may do with exported records, by the code of a licence at https://spdx.org/licenses; named in formats that have a place for it, never in what is shared encrypted.",
        examples=["CC-BY-4.0"],
    )
    bot_api_url: str = Field(
        TELEGRAM,
        description="Address of the Bot API; a local one can be used.",
        examples=["https://api.telegram.org"],
    )
    proxy: SecretStr | None = Field(
        None,
        description="HTTP proxy by which the Bot API is reached, with name and password if it wants them; no SOCKS (Tor has HTTPTunnelPort).",
        examples=["http://127.0.0.1:9080"],
    )
    webhook_url: str = Field(
        "",
        description="Where Telegram sends updates, if they are not to be fetched: HTTPS at port 443, 80, 88 or 8443, see docs/operators.md.",
        examples=["https://bot.example.org/updates"],
    )
    webhook_listen: str = Field(
        "127.0.0.1:8080",
        description="Address and port at which the bot waits for these requests, which a reverse proxy passes on; with a key the bot speaks TLS there by itself.",
        examples=["127.0.0.1:8080"],
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
    webhook_connections: int = Field(
        40,
        ge=1,
        le=100,
        description="How many requests Telegram may make to the webhook at once, for each copy of the bot; 100 at most in all.",
        examples=["40"],
    )
    status_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port on this machine alone for /health, /ready and /metrics (Prometheus); without it there is none.",
        examples=["9464"],
    )
    form: Path | None = Field(
        None,
        description="The questionnaire: an XLSForm as .md, .xlsx or .csv; without it the program's own.",
        examples=["bot/forms/incident.md"],
    )
    review_form: Path | None = Field(
        None,
        description="The moderators' form for the public version, in the same formats; without it the program's own.",
        examples=["bot/forms/review.md"],
    )
    contacts: Path | None = Field(
        None,
        description="Who helps with what a reporter needs: a CSV of contacts, see docs/operators.md.",
        examples=["data/contacts.csv"],
    )
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
    update_template: Path | None = Field(
        None,
        description="The organisation's own Word template of country updates, see docs/country-update.md; without it the program's own.",
        examples=["data/update.docx"],
    )
    time_zone: str = Field(
        "Asia/Almaty",
        description="What 'today' means, by the IANA name of the time zone.",
        examples=["Asia/Almaty"],
    )
    poll_seconds: int = Field(
        30, ge=0, le=50, description="How long one getUpdates waits for news.", examples=["30"]
    )
    send_per_second: float = Field(
        28.0,
        gt=0,
        description="Messages a second to all chats together (Telegram allows about 30).",
        examples=["28"],
    )
    send_per_chat: float = Field(
        1.0, gt=0, description="Messages a second to one chat, after a short burst.", examples=["1"]
    )
    send_burst: int = Field(
        4, ge=1, description="Messages to one chat that may go at once before the pace holds.", examples=["4"]
    )
    send_at_once: int = Field(
        16, ge=1, le=128, description="Calls to the Bot API under way at once.", examples=["16"]
    )
    stop_seconds: int = Field(
        10, ge=1, description="How long a stop waits for the outbox to empty.", examples=["10"]
    )
    notice_seconds: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="Moderators hear of a new report about so many seconds after its receipt, apart from it: then nothing stored joins the two.",
        examples=["60"],
    )
    draft_hours: int = Field(
        72,
        ge=1,
        description="An unfinished report is destroyed after so many hours of silence.",
        examples=["72"],
    )
    updates_a_day: int = Field(
        300,
        ge=20,
        description="How many messages and taps of one person outside a report are answered on a day.",
        examples=["300"],
    )
    reports_a_day: int = Field(
        20, ge=1, description="How many reports one person can begin on a day.", examples=["20"]
    )
    guesses_a_day: int = Field(
        20,
        ge=3,
        description="How many codes that no report has one person can try on a day.",
        examples=["20"],
    )
    block_days: int = Field(
        30,
        ge=1,
        le=365,
        description="How many days no reports are taken from an account that flooded the bot and was blocked for it.",
        examples=["30"],
    )
    invite_hours: int = Field(
        24, ge=1, description="How long a moderator's invitation is good.", examples=["24"]
    )
    sharing_hours: int = Field(
        24,
        ge=1,
        le=168,
        description="How long what an administrator asks to share can be confirmed by another, and made.",
        examples=["24"],
    )
    approvals: int = Field(
        1,
        ge=1,
        le=5,
        description="How many moderators have to approve a record before it is public, each of them another person.",
        examples=["1"],
    )
    approvals_named: int = Field(
        2,
        ge=1,
        le=5,
        description="The same where the reporter named somebody; 1 for a team of one.",
        examples=["2"],
    )
    notice_chat: int | None = Field(
        None,
        lt=0,
        description="A group of the team, by its number at Telegram, where the bot says that there is something new, and nothing of it; without it, it leaves every group.",
        examples=["-1001234567890"],
    )
    urgent_minutes: int = Field(
        15,
        ge=1,
        le=24 * 60,
        description="An urgent report that nobody has opened for so many minutes is told to all moderators, whatever they wish; after as many more to administrators.",
        examples=["15"],
    )
    reminder_hours: int = Field(
        24,
        ge=1,
        le=24 * 7,
        description="A moderator who has not been in the chat for so many hours is reminded of what came since and waits.",
        examples=["24"],
    )
    claim_hours: int = Field(12, ge=1, description="How long a moderator holds a report.", examples=["12"])
    idle_minutes: int = Field(
        10,
        ge=1,
        description="What moderators were shown leaves their chat so many minutes after they last did something there.",
        examples=["10"],
    )
    shown_minutes: int = Field(
        60,
        ge=1,
        le=24 * 60,
        description="It leaves the chat so many minutes after it was shown, however busy they are.",
        examples=["60"],
    )
    rejected_days: int = Field(
        30, ge=1, description="A rejected report is destroyed after so many days.", examples=["30"]
    )
    approved_days: int = Field(
        365,
        ge=1,
        description="The raw content of an approved report is destroyed so many days after it; what is public of it stays.",
        examples=["365"],
    )
    report_days: int = Field(
        365,
        ge=1,
        description="The raw content of any report is destroyed after so many days.",
        examples=["365"],
    )
    export_days: int = Field(
        730,
        ge=30,
        le=3650,
        description="Which reports an export held is forgotten after so many days; until then a withdrawal names it.",
        examples=["730"],
    )
    talk_days: int = Field(
        14,
        ge=1,
        le=90,
        description="The chat of a reporter who agreed to be asked is forgotten so many days after the last word or the decision.",
        examples=["14"],
    )
    reply_hours: int = Field(
        2,
        ge=1,
        le=24,
        description="A question that a reporter has opened, and an unfinished answer, leave the chat after so many hours of silence.",
        examples=["2"],
    )
    talk_notice: Worded = Field(
        default_factory=dict,
        description="What a reporter who agreed to be asked is told when a question waits. It stands on a phone that may be searched: nothing of a report.",
        examples=["kk: Жаңалық бар. | ru: Есть новость. | en: There is news."],
    )
    failed_days: int = Field(
        30,
        ge=1,
        description="The shape of an update that could not be handled is kept for so many days.",
        examples=["30"],
    )
    update_hours: int = Field(
        48,
        ge=25,
        description="How long ids of handled updates are remembered (Telegram repeats for 24).",
        examples=["48"],
    )
    message_hours: int = Field(
        47,
        ge=1,
        le=47,
        description="How long ids of messages are kept for deletion (Telegram allows 48).",
        examples=["47"],
    )

    @field_validator(
        "languages", "published_languages", "original_recipients", "export_recipients", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or set(value) - set(codes()):
            raise ValueError(f"must be some of {', '.join(codes())}")
        return value

    @field_validator("published_languages")
    @classmethod
    def _published_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if set(value) - set(codes()):
            raise ValueError(f"must be some of {', '.join(codes())}")
        return tuple(dict.fromkeys(value))

    @field_validator("original_recipients", "export_recipients")
    @classmethod
    def _known_recipients(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(read_recipient(one) for one in value)

    @field_validator("export_licence")
    @classmethod
    def _licence_of_data(cls, value: str) -> str:
        if value and value not in LICENCES:
            raise ValueError(f"must be one of {', '.join(LICENCES)}")
        return value

    @field_validator("organisation", "organisation_contact", "bot_name", "talk_notice", mode="before")
    @classmethod
    def _read_wording(cls, value: Any, info: ValidationInfo) -> Any:
        most = MOST_IN_NAME if info.field_name == "bot_name" else MOST_IN_ABOUT
        return read_wording(value, codes(), most) if isinstance(value, str) else value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not a time zone of the IANA list") from error
        return value

    @field_validator("bot_token")
    @classmethod
    def _good_token(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("must be digits, a colon, then letters, digits, _ or -")
        return value

    @field_validator("bot_api_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with https:// or http://")
        return value.rstrip("/")

    @field_validator("files_url")
    @classmethod
    def _good_bucket(cls, value: str) -> str:
        if value and not _BUCKET.fullmatch(value.rstrip("/")):
            raise ValueError("must be s3://bucket or s3://bucket/prefix")
        return value.rstrip("/")

    @field_validator("files_endpoint")
    @classmethod
    def _good_endpoint(cls, value: str) -> str:
        return cls._web_address(value) if value else value

    @field_validator("files_key_id", "files_secret")
    @classmethod
    def _given_with_bucket(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        given = value.get_secret_value()
        if info.data.get("files_url") and not given:
            raise ValueError(f"must be set, since {PREFIX}FILES_URL names a bucket")
        if not _VISIBLE.fullmatch(given):
            raise ValueError("must be visible ASCII characters without spaces")
        return value

    @field_validator("files_region")
    @classmethod
    def _good_region(cls, value: str) -> str:
        if not _VISIBLE.fullmatch(value):
            raise ValueError("must be visible ASCII characters without spaces")
        return value

    @field_validator("proxy")
    @classmethod
    def _http_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_proxy(value.get_secret_value())
        return value

    @field_validator("webhook_url")
    @classmethod
    def _webhook(cls, value: str, info: ValidationInfo) -> str:
        return read_webhook(value, of_telegram=info.data.get("bot_api_url") == TELEGRAM) if value else value

    @field_validator("webhook_listen")
    @classmethod
    def _address(cls, value: str) -> str:
        read_address(value)
        return value

    @field_validator("webhook_key")
    @classmethod
    def _with_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("webhook_certificate") is None:
            raise ValueError(f"needs {PREFIX}WEBHOOK_CERTIFICATE too")
        return value

    @field_validator("key_ring")
    @classmethod
    def _good_ring(cls, value: SecretStr) -> SecretStr:
        read_key_ring(value.get_secret_value())
        return value

    @field_validator("lookup_key", "audit_key")
    @classmethod
    def _good_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        key = read_key(value.get_secret_value())
        other = next((name for name, keys in _keys_before(info.data) if key in keys), None)
        if other is not None:
            raise ValueError(
                f"is also a key of {PREFIX}{other.upper()}, and each purpose needs its own; make one with: "
                "python -m bot keys new"
            )
        return value

    @field_validator("shown_minutes")
    @classmethod
    def _not_before_idle(cls, value: int, info: ValidationInfo) -> int:
        idle = info.data.get("idle_minutes", value)
        if value < idle:
            raise ValueError(f"must not be less than {PREFIX}IDLE_MINUTES, which is {idle}")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("must start with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        return value

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Host and port of `webhook_listen`."""
        return read_address(self.webhook_listen)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of `time_zone`."""
        return ZoneInfo(self.time_zone)

    @property
    def audit_head_file(self) -> Path:
        """The file of `audit_head`."""
        return self.audit_head or self.state_folder / "audit.head"

    @property
    def state_folder(self) -> Path:
        """Where small files of the bot's own stand, beside those of people."""
        return self.files_dir.parent

    @property
    def ring(self) -> KeyRing:
        """The key ring of `key_ring`."""
        return read_key_ring(self.key_ring.get_secret_value())

    @property
    def lookup(self) -> SecretKey:
        """The lookup key's 32 bytes."""
        return read_key(self.lookup_key.get_secret_value())

    @property
    def audit(self) -> SecretKey:
        """The audit key's 32 bytes."""
        return read_key(self.audit_key.get_secret_value())
