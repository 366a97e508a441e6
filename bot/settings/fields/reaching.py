"""How the bot reaches Telegram, and Telegram the bot."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from bot.settings.addresses import TELEGRAM, read_address, read_proxy, read_webhook
from bot.settings.fields.kinds import PREFIX, web_address


class Reaching(BaseModel):
    """How the bot reaches Telegram, and Telegram the bot."""

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
        description="How many requests Telegram may make to the webhook at once.",
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
