"""Receipt codes, and keyed hashes by which they, people and invitations are looked up, never stored in the clear.

HMAC-SHA256 (RFC 2104), with a key for each purpose by HKDF (RFC 5869). A Telegram id has about 34 bits, so
with the lookup key all can be tried in minutes. Keep that key apart from the database and its backups.
"""

import hmac
import re
import secrets
import struct
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.safety.sealing import KEY_BYTES, SecretKey


class Purpose(StrEnum):
    """Purpose of a hash. Hashes of different purposes cannot be compared."""

    CHAT = "chat"
    RECEIPT = "receipt"
    PART = "part of a receipt"
    INVITE = "invite"
    PROPOSAL = "proposal"
    NOTE = "note"
    BLOCK = "block"
    WAY_BACK = "way back"
    GROUP = "group"
    ROW = "row"


class Pseudonyms:
    def __init__(self, lookup_key: SecretKey) -> None:
        self._keys = {
            one: HKDF(SHA256(), KEY_BYTES, salt=None, info=f"kuager {one}".encode()).derive(lookup_key)
            for one in Purpose
        }

    def of(self, purpose: Purpose, value: str) -> bytes:
        return hmac.digest(self._keys[purpose], value.encode(), "sha256")

    def chat(self, chat_id: int) -> bytes:
        """Hash of a private chat, whose id is its person's Telegram id."""
        return self.of(Purpose.CHAT, str(chat_id))


_T = TypeVar("_T")
_BYTES = 8


def numbers(count: int) -> Sequence[int]:
    return struct.unpack(f"={count}Q", secrets.token_bytes(_BYTES * count))


def shuffled(values: Sequence[_T]) -> list[_T]:
    """Values in a random order, all orders equally likely."""
    order = numbers(len(values))
    return [values[at] for at in sorted(range(len(values)), key=order.__getitem__)]


_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_BASE_32 = str.maketrans(_LETTERS, "0123456789abcdefghijklmnopqrstuv", "-")
"""Letters as the digits of `int`, without dashes."""
_LENGTH = 12
PACKED_BYTES = 8
# Letters typed for digits, and Cyrillic letters that look Latin.
_FIX = str.maketrans({"O": "0", "I": "1", "L": "1", "О": "0", "В": "B", "С": "C", "Е": "E", "Н": "H", "К": "K", "М": "M", "Р": "P", "Т": "T", "Х": "X", "А": "A"})  # fmt: skip

# Three groups of four letters, with optional spaces or dashes. Tried at each word, since the word before a code may have
# four letters too.
_BETWEEN = r"[\s\-–—]{0,3}"
_PART = f"[{_LETTERS}{''.join(map(chr, _FIX))}]{{4}}"
_IN_TEXT = re.compile(rf"(?<!\w)(?=({_PART}{_BETWEEN}{_PART}{_BETWEEN}{_PART})(?!\w))", re.IGNORECASE)
_SPELLED = re.compile(r"(?=.*[\d\-–—]).*[^\W\d_]", re.DOTALL)
"""A letter, and a digit or dashes, unlike `they came with`."""


def new_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[i : i + 4] for i in range(0, _LENGTH, 4))


def read_code(text: str) -> str | None:
    """Canonical form of a typed code, or None. Accepts spaces, dashes, O for 0, and Cyrillic letters that look Latin."""
    letters = re.sub(r"[\s\-–—]", "", text).upper().translate(_FIX)
    if len(letters) != _LENGTH or set(letters) - set(_LETTERS):
        return None
    return "-".join(letters[i : i + 4] for i in range(0, _LENGTH, 4))


def code_in(text: str) -> str | None:
    """Code that a text is, else the first spelled as a code in it."""
    return read_code(text) or (codes_in(text)[0] if has_spelled_code(text) else None)


def holds_code(text: str) -> bool:
    return read_code(text) is not None or has_spelled_code(text)


def codes_in(text: str) -> tuple[str, ...]:
    """First three possible codes in a text. Those spelled as codes come first."""
    shown = dict.fromkeys(match[1] for match in _IN_TEXT.finditer(text))
    codes = filter(None, map(read_code, sorted(shown, key=lambda one: not _SPELLED.match(one))))
    return tuple(dict.fromkeys(codes))[:3]


def has_spelled_code(text: str) -> bool:
    """Whether a text spells a code."""
    return any(_SPELLED.match(shown[1]) and read_code(shown[1]) for shown in _IN_TEXT.finditer(text))


def last_part(code: str) -> str:
    return code[-4:]


def read_part(text: str) -> str | None:
    """Four typed letters of a code, or the last ones of a whole code, else None."""
    letters = re.sub(r"[\s\-–—]", "", text).upper().translate(_FIX)
    return letters[-4:] if len(letters) in {4, _LENGTH} and not set(letters) - set(_LETTERS) else None


def short_check(digest: bytes) -> str:
    """Two letters of a hash: ten bits, too few to reveal its source."""
    number = int.from_bytes(digest[:2])
    return _LETTERS[number % 32] + _LETTERS[number // 32 % 32]


def packed(code: str) -> bytes:
    """Code, in canonical form, as 8 bytes."""
    return int(code.translate(_TO_BASE_32), 32).to_bytes(PACKED_BYTES)


def unpacked(packed_code: bytes) -> str:
    number, letters = int.from_bytes(packed_code), ""
    for _ in range(_LENGTH):
        number, place = divmod(number, len(_LETTERS))
        letters = _LETTERS[place] + letters
    return "-".join(letters[i : i + 4] for i in range(0, _LENGTH, 4))


def new_reference() -> str:
    """Reference of a report among moderators, such as `R7K3QV`, neither secret nor hard to guess."""
    return "R" + "".join(secrets.choice(_LETTERS) for _ in range(5))
