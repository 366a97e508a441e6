"""The bot speaks TLS by itself, by a certificate that Telegram is shown, and by a renewed one without a restart."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from bot.demo import running
from bot.errors import SettingsError
from bot.settings import Settings
from bot.transport import webhook
from bot.transport.registration import Certificate
from tests.bot.chat.reporting import bot_texts
from tests.bot.conftest import MakePhone, Telegram
from tests.bot.transport.test_webhook import source_of
from tests.ports import free_port

ME = 1001
YEAR = timedelta(days=365)


def write(
    folder: Path, *, by: str = "127.0.0.1", encryption: KeySerializationEncryption | None = None
) -> Certificate:
    """A new certificate for this machine, of whoever vouches for it, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name, issuer = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, who)]) for who in ("127.0.0.1", by)
    )
    made = (
        x509.CertificateBuilder(
            issuer, name, key.public_key(), x509.random_serial_number(), now - YEAR, now + YEAR
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = Certificate(folder / "certificate.pem", folder / "key.pem")
    written.path.write_bytes(made.public_bytes(Encoding.PEM))
    assert written.key is not None
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    written.key.write_bytes(secret)
    return written


async def shown(port: int) -> bytes:
    """The certificate that is shown at a port."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    found: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return found


async def test_a_self_signed_certificate_is_shown_to_telegram_and_a_renewed_one_used_at_once(
    settings: Settings,
    tmp_path: Path,
    phone_of: MakePhone,
    telegram: Telegram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Updates come by HTTPS alone, from whoever was shown the certificate; its key never leaves, even if it is in one file."""
    monkeypatch.setattr(webhook, "CERTIFICATE_SECONDS", 0.05)
    port, certificate = free_port(), write(tmp_path)
    assert certificate.key is not None
    certificate.path.write_bytes(certificate.path.read_bytes() + certificate.key.read_bytes())
    given = {
        "webhook_url": f"https://127.0.0.1:{port}/",
        "webhook_listen": f"127.0.0.1:{port}",
        "webhook_certificate": certificate.path,
        "webhook_key": certificate.key,
    }
    phone = await phone_of(ME)
    async with running(settings.model_copy(update=given)) as bot:
        await phone.say("/help")
        await phone.wait("/report")
        assert (await bot.api.call("getWebhookInfo", {}))["has_custom_certificate"] is True
        assert b"PRIVATE" not in (certificate.to_upload() or b"")
        async with aiohttp.ClientSession() as stranger:
            with pytest.raises(aiohttp.ClientError):
                await stranger.post(f"http://127.0.0.1:{port}/")
        before, used = await shown(port), certificate.version()
        certificate.path.write_bytes(b"half of a renewal")
        await asyncio.sleep(0.1)
        assert await shown(port) == before
        write(tmp_path)
        async with asyncio.timeout(20):
            while await shown(port) == before:  # noqa: ASYNC110 - a handshake has no event
                await asyncio.sleep(0.01)
        assert certificate.version() != used
        await telegram.until_called("setWebhook", 2)  # which has to be shown this one too
        await phone.say("/privacy")
        await phone.until(lambda: len(bot_texts(phone)) == 2)
        assert source_of(bot).fault == ""


def test_only_a_certificate_that_nobody_vouches_for_is_shown_to_telegram(tmp_path: Path) -> None:
    """Without a key the bot speaks no TLS by it: a proxy does."""
    assert write(tmp_path, by="somebody").to_upload() is None
    alone = Certificate(write(tmp_path).path, None)
    assert alone.to_upload() == alone.path.read_bytes()
    assert alone.context() is None


def test_files_that_do_not_fit_are_told_in_one_line(tmp_path: Path) -> None:
    """Which of the two, and why; nobody is asked for a passphrase."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    good, locked = write(one), write(other, encryption=BestAvailableEncryption(b"x"))
    missing, no_pem = tmp_path / "none.pem", tmp_path / "no.pem"
    no_pem.write_text("no PEM")
    for certificate, setting, why in (
        (Certificate(missing, good.key), "CERTIFICATE", "No such file"),
        (Certificate(no_pem, good.key), "CERTIFICATE", "no certificate in PEM"),
        (Certificate(good.path, missing), "KEY", "No such file"),
        (Certificate(good.path, no_pem), "KEY", "no key of the certificate"),
        (Certificate(good.path, locked.key), "KEY", "or has a passphrase"),
        (locked, "KEY", "or has a passphrase"),
    ):
        with pytest.raises(
            SettingsError, match=rf"^KUAGER_WEBHOOK_{setting} is wrong: .*{why}.*\. Example: "
        ) as told:
            certificate.context()
        assert "\n" not in str(told.value)
