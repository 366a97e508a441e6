"""Keys, and authenticated encryption of records and keys."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SecretKey = NewType("SecretKey", bytes)
KEY_BYTES = 32
_FEWEST_VALUES = 17
"""Least number of different bytes and steps. A random key has fewer once in a trillion times."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def new_key() -> SecretKey:
    return SecretKey(secrets.token_bytes(KEY_BYTES))


def show_key(key: SecretKey) -> str:
    return base64.b64encode(key).decode()


def read_key(text: str) -> SecretKey:
    """Inverse of `show_key`. Raises ValueError without the text."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("must be base64; make one with: python -m bot keys new") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in base64; make one with: python -m bot keys new")
    if not _looks_random(key):
        raise ValueError("is no random key but a text or a pattern; make one with: python -m bot keys new")
    return SecretKey(key)


def _looks_random(key: bytes) -> bool:
    """Whether a key is no text, example or pattern."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    typed = all(0x20 <= byte < 0x7F for byte in key)
    return not typed and min(len(set(key)), len(steps)) >= _FEWEST_VALUES


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id. The `current` key seals. Others only open values that they sealed earlier."""

    keys: Mapping[str, SecretKey] = field(repr=False)
    current: str


def read_key_ring(text: str) -> KeyRing:
    """Parse `id:base64[,id:base64]`. The first key is current. Raises ValueError without the text."""
    keys: dict[str, SecretKey] = {}
    for entry in text.split(","):
        name, colon, value = entry.strip().partition(":")
        if not colon or not _ID.fullmatch(name):
            raise ValueError("must be id:base64, the id of letters, digits, _ or -, at most 16")
        if name in keys:
            raise ValueError("holds the same id twice")
        keys[name] = read_key(value)
    if len(set(keys.values())) < len(keys):
        raise ValueError("holds the same key twice")
    return KeyRing(keys, next(iter(keys)))


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
    """Seal for a context like `reports.content:<id>`: version byte, nonce, ciphertext with its tag."""
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
        """Fingerprint of a key, in hexadecimal: HMAC-SHA256 (RFC 2104) of a constant. It reveals nothing."""
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
