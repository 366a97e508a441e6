"""Sealing with a passphrase: age's scrypt recipient (https://age-encryption.org/v1), as a stream.

pyrage seals with a passphrase only what is whole in memory. It is opened by `age --decrypt`, or any other program for age.
"""

import secrets
from base64 import b64encode
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

LEAST = 12
"""Characters of a passphrase: whoever has the file can try as many as they like."""
_WORK = 18
"""2 to this power is scrypt's cost: about a second, as age takes."""
_LABEL = b"age-encryption.org/v1/scrypt"
_CHUNK = 64 * 1024
_NO_NONCE = bytes(12)


def seal_stream(passphrase: str, plain: BinaryIO, sealed: BinaryIO) -> None:
    """Seal one stream into another, in pieces of 64 KiB. Raises OSError when `sealed` cannot be written."""
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
    mac = HMAC(_derived(key, b"", b"header"), SHA256())
    mac.update(written)
    return written + f" {_base64(mac.finalize())}\n".encode()


def _write_payload(cipher: ChaCha20Poly1305, plain: BinaryIO, sealed: BinaryIO) -> None:
    """STREAM: each chunk under its number and whether it is the last, which is empty only where all is."""
    number, chunk = 0, _read(plain)
    while True:
        following = _read(plain) if len(chunk) == _CHUNK else b""
        nonce = number.to_bytes(11, "big") + bytes([not following])
        sealed.write(cipher.encrypt(nonce, chunk, None))
        if not following:
            return
        number, chunk = number + 1, following


def _read(plain: BinaryIO) -> bytes:
    """A whole chunk, if there is as much: a pipe gives what it has."""
    read = bytearray()
    while len(read) < _CHUNK and (piece := plain.read(_CHUNK - len(read))):
        read += piece
    return bytes(read)


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=purpose).derive(key)


def _base64(value: bytes) -> str:
    return b64encode(value).decode().rstrip("=")
