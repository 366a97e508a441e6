"""Keyed hashes: people, receipts and invitations are looked up by them and never stored in the clear.

A Telegram id has about 34 bits, so whoever holds the lookup key can try them all in minutes: keep that key apart
from the database and its backups. HMAC-SHA256 (RFC 2104), with a key for each purpose by HKDF (RFC 5869).
"""

import hmac
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.safety.keys import KEY_BYTES, SecretKey


class Purpose(StrEnum):
    """What a hash is for. Hashes of different purposes cannot be compared."""

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
    """Hashes of 32 bytes under one lookup key."""

    def __init__(self, lookup_key: SecretKey) -> None:
        self._keys = {
            purpose: HKDF(SHA256(), KEY_BYTES, salt=None, info=f"kuager {purpose}".encode()).derive(
                lookup_key
            )
            for purpose in Purpose
        }

    def of(self, purpose: Purpose, value: str) -> bytes:
        """The hash of `value` for `purpose`."""
        return hmac.digest(self._keys[purpose], value.encode(), "sha256")

    def chat(self, chat_id: int) -> bytes:
        """The hash of a private chat, whose id is its person's Telegram id."""
        return self.of(Purpose.CHAT, str(chat_id))
