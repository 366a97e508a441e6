"""Telegram, the webhook, and kinds of values."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode

from bot.languages import codes
from bot.settings import addresses
from bot.settings.addresses import TELEGRAM, Wording

PREFIX = "KUAGER_"


def web_address(value: str) -> str:
    """Web address without a trailing slash. Raises ValueError."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with https:// or http://")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(web_address)]


def _wording(most: int) -> BeforeValidator:
    def read(value: Any) -> Any:
        return addresses.read_wording(value, codes(), most) if isinstance(value, str) else value

    return BeforeValidator(read)


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Values separated by commas."""
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_split)]
Worded = Annotated[Wording, NoDecode, _wording(addresses.MOST_IN_ABOUT)]
"""Texts, in one language or several."""
Named = Annotated[Wording, NoDecode, _wording(addresses.MOST_IN_NAME)]
"""Texts, each as short as a bot's name."""
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


class Telegram(BaseModel):
    """The bot in Telegram, what people see of it there, and the way to it."""

    bot_token: SecretStr = Field(
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
    proxy: SecretStr | None = Field(
        None,
        description="HTTP proxy by which the Bot API is reached, with name and password if it wants them; no SOCKS (Tor has HTTPTunnelPort).",
        examples=["http://127.0.0.1:9080"],
    )

    @field_validator("bot_token")
    @classmethod
    def _good_token(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("must be digits, a colon, then letters, digits, _ or -")
        return value

    @field_validator("proxy")
    @classmethod
    def _http_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            addresses.read_proxy(value.get_secret_value())
        return value


class WebhookSettings(BaseModel):
    """Ports that the bot listens at."""

    webhook_url: str = Field(
        "",
        description="Where Telegram sends updates, if they are not to be fetched: HTTPS at port 443, 80, 88 or 8443, see docs/webhook.md.",
        examples=["https://bot.example.org/updates"],
    )
    webhook_listen: str = Field(
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
        return (
            addresses.read_webhook(value, of_telegram=info.data.get("bot_api_url") == TELEGRAM)
            if value
            else value
        )

    @field_validator("webhook_listen")
    @classmethod
    def _address(cls, value: str) -> str:
        addresses.read_address(value)
        return value

    @field_validator("webhook_key")
    @classmethod
    def _with_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("webhook_certificate") is None:
            raise ValueError(f"needs {PREFIX}WEBHOOK_CERTIFICATE too")
        return value

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Host and port of `webhook_listen`."""
        return addresses.read_address(self.webhook_listen)
