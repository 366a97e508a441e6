"""Keys in the operator's settings: 32 bytes in base64, alone or in a ring with ids."""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NewType

SecretKey = NewType("SecretKey", bytes)

KEY_BYTES = 32
_FEWEST_VALUES = 17
"""Least number of different bytes, and of steps between them. A random key has fewer once in a trillion
times."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def new_key() -> SecretKey:
    return SecretKey(secrets.token_bytes(KEY_BYTES))


def show_key(key: SecretKey) -> str:
    return base64.b64encode(key).decode()


def read_key(text: str) -> SecretKey:
    """Inverse of `show_key`. Raises ValueError without the text."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
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
