"""TLS certificate of a webhook."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bot.errors import SettingsError


def _wrong(setting: str, why: str) -> SettingsError:
    return SettingsError(
        f"{setting} is wrong: {why}. Example: {setting}=/etc/kuager/{setting[7:].lower()}.pem"
    )


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files. Without a `key` a reverse proxy speaks TLS. Methods raise SettingsError for unusable files."""

    path: Path
    key: Path | None

    def first(self) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificates(self.path.read_bytes())[0]
        except OSError as error:
            raise _wrong("KUAGER_WEBHOOK_CERTIFICATE", f"it cannot be read: {error.strerror}") from None
        except ValueError:
            raise _wrong("KUAGER_WEBHOOK_CERTIFICATE", "it is no certificate in PEM") from None

    def to_upload(self) -> bytes | None:
        """Self-signed certificate for Telegram (Bot API, setWebhook), or None. Never the file itself, which
        may hold the key."""
        found = self.first()
        return found.public_bytes(Encoding.PEM) if found.issuer == found.subject else None

    def context(self) -> ssl.SSLContext | None:
        """TLS context, or None without a key."""
        if self.key is None:
            return None
        self.first()
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        self.load_into(made)
        return made

    def load_into(self, context: ssl.SSLContext) -> None:
        try:
            # An empty password: without one OpenSSL would ask for it at the terminal.
            context.load_cert_chain(self.path, self.key, password="")
        except ssl.SSLError:
            raise _wrong(
                "KUAGER_WEBHOOK_KEY", "it is no key of the certificate, or has a passphrase"
            ) from None
        except OSError as error:
            raise _wrong("KUAGER_WEBHOOK_KEY", f"it cannot be read: {error.strerror}") from None

    def version(self) -> tuple[int, ...]:
        """Value that changes with the files. Empty while one is missing."""
        try:
            return tuple(path.stat().st_mtime_ns for path in (self.path, self.key) if path is not None)
        except OSError:
            return ()
