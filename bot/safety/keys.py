"""Keys as the operator writes them: 32 bytes in base64, alone or in a ring with ids."""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

SecretKey = NewType("SecretKey", bytes)
"""32 bytes."""

KEY_BYTES = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def new_key() -> SecretKey:
    """A fresh random key."""
    return SecretKey(secrets.token_bytes(KEY_BYTES))


def show_key(key: SecretKey) -> str:
    """The key as the settings write it."""
    return base64.b64encode(key).decode()


def read_key(text: str) -> SecretKey:
    """The inverse of `show_key`; raises ValueError, which does not repeat the text."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64; make one with: python -m bot keys new") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in base64; make one with: python -m bot keys new")
    return SecretKey(key)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id. `current` is the id of the one that seals; the others only open what they sealed earlier."""

    keys: Mapping[str, SecretKey] = field(repr=False)
    current: str


def read_key_ring(text: str) -> KeyRing:
    """The ring written as `id:base64[,id:base64]`, whose first key is current; raises ValueError, which does not repeat
    the text."""
    keys: dict[str, SecretKey] = {}
    for entry in text.split(","):
        name, colon, value = entry.strip().partition(":")
        if not colon or not _ID.fullmatch(name):
            raise ValueError("must be id:base64, the id of letters, digits, _ or -, at most 16")
        if name in keys:
            raise ValueError("holds the same id twice")
        keys[name] = read_key(value)
    return KeyRing(keys, next(iter(keys)))
