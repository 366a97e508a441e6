"""Sealing to recipients with keys off the server, which cannot open it: age (https://age-encryption.org/v1), X25519."""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Sequence
from typing import BinaryIO

import pyrage  # type: ignore[import-untyped] # untyped
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt


def read_recipient(text: str) -> str:
    """Parse a recipient in the form of `age-keygen -y`, `age1…`. Raises ValueError without the text."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except pyrage.RecipientError:
        raise ValueError("must be age1… as age-keygen -y prints it, several by commas") from None


def new_identity() -> str:
    """New identity in the form of `age-keygen`, AGE-SECRET-KEY-1…"""
    return str(pyrage.x25519.Identity.generate())


def recipient_of(identity: str) -> str:
    """Recipient of an identity, in the form of `age-keygen -y`. Raises ValueError without the identity."""
    try:
        return str(pyrage.x25519.Identity.from_str(identity.strip()).to_public())
    except pyrage.IdentityError:
        raise ValueError("must be AGE-SECRET-KEY-1… as age-keygen makes it") from None


def seal_to(recipients: Sequence[str], plain: bytes) -> bytes:
    """Seal `plain` as an age file that each recipient can open."""
    keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    return bytes(pyrage.encrypt(plain, keys))


def seal_stream(recipients: Sequence[str], plain: BinaryIO, sealed: BinaryIO) -> None:
    """Seal one stream into another, in pieces of 64 KiB. Raises OSError, without errno."""
    keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    try:
        pyrage.encrypt_io(plain, sealed, keys)
    except pyrage.EncryptError as error:
        raise OSError(str(error)) from None


def open_stream(identities: Sequence[str], sealed: BinaryIO, plain: BinaryIO) -> None:
    """Open an age file, in pieces. Raises ValueError if no identity opens it, and OSError if it was cut or changed."""
    try:
        keys = [pyrage.x25519.Identity.from_str(one) for one in identities]
        pyrage.decrypt_io(sealed, plain, keys)
    except pyrage.IdentityError:
        raise ValueError("must be AGE-SECRET-KEY-1… as age-keygen makes it") from None
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise ValueError("no identity opens it") from None
        raise OSError(str(error)) from None


LEAST = 12
"""Least characters of a passphrase, since anyone with the file can try any number of them."""
_WORK = 18
"""Exponent of scrypt's cost: about a second, as in age."""
_LABEL = b"age-encryption.org/v1/scrypt"
_CHUNK = 64 * 1024
_NO_NONCE = bytes(12)


def seal_with_passphrase(passphrase: str, plain: BinaryIO, sealed: BinaryIO) -> None:
    """Encrypt one stream into another, in pieces of 64 KiB. Raises OSError."""
    key = secrets.token_bytes(16)
    sealed.write(_header(passphrase, key))
    nonce = secrets.token_bytes(16)
    sealed.write(nonce)
    _write_payload(ChaCha20Poly1305(_derived(key, nonce, b"payload")), plain, sealed)


def _header(passphrase: str, key: bytes) -> bytes:
    salt = secrets.token_bytes(16)
    wrapping = Scrypt(_LABEL + salt, length=32, n=2**_WORK, r=8, p=1).derive(passphrase.encode())
    body = ChaCha20Poly1305(wrapping).encrypt(_NO_NONCE, key, None)
    written = f"age-encryption.org/v1\n-> scrypt {_base64(salt)} {_WORK}\n{_base64(body)}\n---".encode()
    mac = hmac.digest(_derived(key, b"", b"header"), written, "sha256")
    return written + f" {_base64(mac)}\n".encode()


def _write_payload(cipher: ChaCha20Poly1305, plain: BinaryIO, sealed: BinaryIO) -> None:
    """Write the payload as STREAM. A nonce counts chunks and marks the last, empty in an empty file only."""
    number, chunk = 0, _read(plain)
    while True:
        following = _read(plain) if len(chunk) == _CHUNK else b""
        nonce = number.to_bytes(11, "big") + bytes([not following])
        sealed.write(cipher.encrypt(nonce, chunk, None))
        if not following:
            return
        number, chunk = number + 1, following


def _read(plain: BinaryIO) -> bytes:
    read = bytearray()
    while len(read) < _CHUNK and (piece := plain.read(_CHUNK - len(read))):
        read += piece
    return bytes(read)


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=purpose).derive(key)


def _base64(value: bytes) -> str:
    return b64encode(value).decode().rstrip("=")
