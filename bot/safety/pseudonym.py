"""Keyed hashes by which people, receipt codes and invitations are looked up, never stored in the clear.

HMAC-SHA256 (RFC 2104), with a key for each purpose by HKDF (RFC 5869). A Telegram id has about 34 bits, so
with the lookup key all can be tried in minutes. Keep that key apart from the database and its backups.
"""

import hmac
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.safety.keys import KEY_BYTES, SecretKey


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
            purpose: HKDF(SHA256(), KEY_BYTES, salt=None, info=f"kuager {purpose}".encode()).derive(
                lookup_key
            )
            for purpose in Purpose
        }

    def of(self, purpose: Purpose, value: str) -> bytes:
        return hmac.digest(self._keys[purpose], value.encode(), "sha256")

    def chat(self, chat_id: int) -> bytes:
        """Hash of a private chat, whose id is its person's Telegram id."""
        return self.of(Purpose.CHAT, str(chat_id))
