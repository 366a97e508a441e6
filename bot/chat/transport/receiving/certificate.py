"""The certificate of a webhook: by which the bot itself speaks TLS, or which Telegram has to be shown, or both."""

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
    """Files in PEM: the certificate first and then those that vouch for it; the key without a passphrase. Without a `key` somebody
    else, a reverse proxy, speaks TLS with it. Methods raise SettingsError for files that are no such thing."""

    path: Path
    key: Path | None

    def first(self) -> x509.Certificate:
        """The certificate itself, without those that vouch for it."""
        try:
            return x509.load_pem_x509_certificates(self.path.read_bytes())[0]
        except OSError as error:
            raise _wrong("KUAGER_WEBHOOK_CERTIFICATE", f"it cannot be read: {error.strerror}") from None
        except ValueError:
            raise _wrong("KUAGER_WEBHOOK_CERTIFICATE", "it is no certificate in PEM") from None

    def to_upload(self) -> bytes | None:
        """What Telegram has to be shown, as nobody that it knows vouches for it (Bot API, setWebhook); None where somebody does.
        Never the file as it is, which may hold the key too."""
        found = self.first()
        return found.public_bytes(Encoding.PEM) if found.issuer == found.subject else None

    def context(self) -> ssl.SSLContext | None:
        """What the bot speaks TLS by; None if it does not."""
        if self.key is None:
            return None
        self.first()
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        self.load_into(made)
        return made

    def load_into(self, context: ssl.SSLContext) -> None:
        """Let new connections use the files as they are now."""
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
        """Changes when one of the files is replaced, as it is at a renewal; empty while one of them is missing."""
        try:
            return tuple(path.stat().st_mtime_ns for path in (self.path, self.key) if path is not None)
        except OSError:
            return ()
