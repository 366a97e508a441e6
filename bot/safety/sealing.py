"""Sealing with AES-256-GCM (NIST SP 800-38D) and random 96-bit nonces. The context is associated data, so a
value does not open in another row or column."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.safety.keys import KeyRing, SecretKey

_VERSION = b"\x01"
_NONCE, _TAG = 12, 16
OVERHEAD = len(_VERSION) + _NONCE + _TAG
_PROOF = b"kuager: which key of the ring"


class UnsealError(Exception):
    """Raised when a value does not open: wrong key or context, or changed bytes. It reveals no content."""


class _ReadyKey(bytes):
    @cached_property
    def cipher(self) -> AESGCM:
        """Cipher of a copy of the key. A reference to the key itself would keep it in memory for ever."""
        return AESGCM(bytes(self))


def ready(key: SecretKey) -> SecretKey:
    """Prepare a key for many values: making its cipher takes three times as long as sealing one."""
    return SecretKey(_ReadyKey(key))


def _cipher(key: SecretKey) -> AESGCM:
    return key.cipher if isinstance(key, _ReadyKey) else AESGCM(key)


def seal(key: SecretKey, plain: bytes, context: str) -> bytes:
    """Seal `plain` for a context, such as `reports.content:<id>`: a version byte, the nonce, the ciphertext
    with its tag."""
    nonce = secrets.token_bytes(_NONCE)
    return _VERSION + nonce + _cipher(key).encrypt(nonce, plain, context.encode())


def unseal(key: SecretKey, sealed: bytes, context: str) -> bytes:
    """Inverse of `seal`. Raises UnsealError."""
    nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    if sealed[:1] != _VERSION:
        raise UnsealError(context)
    try:
        return _cipher(key).decrypt(nonce, body, context.encode())
    except (InvalidTag, ValueError):  # ValueError: truncated nonce
        raise UnsealError(context) from None


@dataclass(frozen=True, slots=True)
class Scheme:
    seal: Callable[[SecretKey, bytes, str], bytes]
    unseal: Callable[[SecretKey, bytes, str], bytes]


AES_GCM = Scheme(seal, unseal)


@dataclass(frozen=True, slots=True)
class RingSeal:
    """Sealing under the operator's key ring. A length byte and the key's id precede the sealed bytes."""

    ring: KeyRing
    scheme: Scheme = AES_GCM
    _keys: Mapping[str, SecretKey] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_keys", {name: ready(key) for name, key in self.ring.keys.items()})

    @property
    def current(self) -> str:
        return self.ring.current

    def proof(self, name: str) -> str:
        """Fingerprint of a key: HMAC-SHA256 (RFC 2104) of a constant, in hexadecimal. It reveals nothing of
        the key."""
        return hmac.new(self._keys[name], _PROOF, hashlib.sha256).hexdigest()

    def seal(self, plain: bytes, context: str) -> bytes:
        name = self.ring.current
        return bytes([len(name)]) + name.encode() + self.scheme.seal(self._keys[name], plain, context)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Inverse of `seal`, with the key that sealed the value. Raises UnsealError."""
        if not sealed:
            raise UnsealError(f"{context}: nothing is there")
        name = self.sealer(sealed)
        key = self._keys.get(name)
        if key is None:
            raise UnsealError(f"{context}: the ring lacks key {name!r}")
        return self.scheme.unseal(key, sealed[1 + sealed[0] :], context)

    @staticmethod
    def sealer(sealed: bytes) -> str:
        return sealed[1 : 1 + sealed[0]].decode(errors="replace")
