"""Sealing: AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces. The value's context is associated data, so that a
sealed value does not open when it is moved to another row or column."""

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
"""Bytes by which a sealed value is longer than the plain one."""
_PROOF = b"kuager: which key of the ring"


class UnsealError(Exception):
    """A sealed value does not open: wrong key, wrong context, or changed bytes. Reveals nothing of the content."""


class _ReadyKey(bytes):
    """A key with its cipher, which lives as long as the key does, and no longer."""

    @cached_property
    def cipher(self) -> AESGCM:
        """Made once, of a copy: it holds what it was made of, and a key that it held would never go."""
        return AESGCM(bytes(self))


def ready(key: SecretKey) -> SecretKey:
    """The same key for many values: to make its cipher takes three times as long as to seal a value with it."""
    return SecretKey(_ReadyKey(key))


def _cipher(key: SecretKey) -> AESGCM:
    return key.cipher if isinstance(key, _ReadyKey) else AESGCM(key)


def seal(key: SecretKey, plain: bytes, context: str) -> bytes:
    """`plain` sealed under `key` for a context, such as `reports.content:<id>`: a version byte, the nonce, then the
    ciphertext with its tag."""
    nonce = secrets.token_bytes(_NONCE)
    return _VERSION + nonce + _cipher(key).encrypt(nonce, plain, context.encode())


def unseal(key: SecretKey, sealed: bytes, context: str) -> bytes:
    """The inverse of `seal`; raises UnsealError."""
    nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    if sealed[:1] != _VERSION:
        raise UnsealError(context)
    try:
        return _cipher(key).decrypt(nonce, body, context.encode())
    except (InvalidTag, ValueError):  # the second of a nonce that is cut short
        raise UnsealError(context) from None


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to seal under a key for a context, and its inverse, which raises UnsealError."""

    seal: Callable[[SecretKey, bytes, str], bytes]
    unseal: Callable[[SecretKey, bytes, str], bytes]


AES_GCM = Scheme(seal, unseal)


@dataclass(frozen=True, slots=True)
class RingSeal:
    """Seals under the operator's key ring. A length byte and the id of the key come before the sealed bytes. `scheme` is that of
    the data keys too."""

    ring: KeyRing
    scheme: Scheme = AES_GCM
    _keys: Mapping[str, SecretKey] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_keys", {name: ready(key) for name, key in self.ring.keys.items()})

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self.ring.current

    def proof(self, name: str) -> str:
        """What tells this key of the ring from any other of its name, and nothing of it: HMAC-SHA256 (RFC 2104) of words that are always
        the same, in hexadecimal digits."""
        return hmac.new(self._keys[name], _PROOF, hashlib.sha256).hexdigest()

    def seal(self, plain: bytes, context: str) -> bytes:
        """`plain` sealed under the ring's current key."""
        name = self.ring.current
        return bytes([len(name)]) + name.encode() + self.scheme.seal(self._keys[name], plain, context)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """The inverse of `seal`, by whichever key of the ring sealed it; raises UnsealError."""
        if not sealed:
            raise UnsealError(f"{context}: nothing is there")
        name = self.sealer(sealed)
        key = self._keys.get(name)
        if key is None:
            raise UnsealError(f"{context}: the ring lacks key {name!r}")
        return self.scheme.unseal(key, sealed[1 + sealed[0] :], context)

    @staticmethod
    def sealer(sealed: bytes) -> str:
        """The id of the key that sealed this."""
        return sealed[1 : 1 + sealed[0]].decode(errors="replace")
