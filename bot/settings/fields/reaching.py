"""Connections between the bot and Telegram."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from bot.languages import codes
from bot.settings.addresses import (
    MOST_IN_ABOUT,
    MOST_IN_NAME,
    TELEGRAM,
    Wording,
    read_address,
    read_proxy,
    read_webhook,
    read_wording,
)

PREFIX = "KUAGER_"


def web_address(value: str) -> str:
    """Web address without a trailing slash. Raises ValueError."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with https:// or http://")
    return value.rstrip("/")


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _worded(value: Any) -> Any:
    return read_wording(value, codes(), MOST_IN_ABOUT) if isinstance(value, str) else value


def _named(value: Any) -> Any:
    return read_wording(value, codes(), MOST_IN_NAME) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Values separated by commas."""
Worded = Annotated[Wording, NoDecode, BeforeValidator(_worded)]
"""Texts, in one language or several."""
Named = Annotated[Wording, NoDecode, BeforeValidator(_named)]
"""Texts, each as short as a bot's name."""


class Reaching(BaseModel):
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

    @field_validator("bot_api_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        return web_address(value)

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

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Host and port of `webhook_listen`."""
        return read_address(self.webhook_listen)


class PaceSettings(BaseModel):
    """Pace of fetching and sending."""

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
