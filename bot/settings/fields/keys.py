"""Secrets: the token and the three keys."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from bot.safety.keys import KeyRing, SecretKey, read_key, read_key_ring
from bot.settings.fields.kinds import PREFIX

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


def _keys_before(given: Mapping[str, Any]) -> list[tuple[str, list[SecretKey]]]:
    found = []
    if (ring := given.get("key_ring")) is not None:
        found.append(("key_ring", list(read_key_ring(ring.get_secret_value()).keys.values())))
    if (lookup := given.get("lookup_key")) is not None:
        found.append(("lookup_key", [read_key(lookup.get_secret_value())]))
    return found


class Keys(BaseModel):
    bot_token: SecretStr = Field(
        description="The bot's token, from @BotFather.",
        examples=["123456789:AAE-made-up-token-of-35-letters-xxx"],
    )
    key_ring: SecretStr = Field(
        description="Keys that wrap the reports' keys, newest first: id:base64[,id:base64]. Make one with: python -m bot keys new",
        examples=["k2026:<44-characters>"],
    )
    lookup_key: SecretStr = Field(
        description="Key of the hashes by which people and receipts are found. Keep it apart from backups of the database.",
        examples=["<44-characters>"],
    )
    audit_key: SecretStr = Field(
        description="Key of the audit log's chain.",
        examples=["<44-characters>"],
    )
    keys_from: str = Field(
        "",
        description="Where the three keys stand, if not here: a file with these lines, or - for standard input.",
        examples=["/run/credentials/kuager.service/keys"],
    )

    @field_validator("bot_token")
    @classmethod
    def _good_token(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("must be digits, a colon, then letters, digits, _ or -")
        return value

    @field_validator("key_ring")
    @classmethod
    def _good_ring(cls, value: SecretStr) -> SecretStr:
        read_key_ring(value.get_secret_value())
        return value

    @field_validator("lookup_key", "audit_key")
    @classmethod
    def _good_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        key = read_key(value.get_secret_value())
        other = next((name for name, keys in _keys_before(info.data) if key in keys), None)
        if other is not None:
            raise ValueError(
                f"is also a key of {PREFIX}{other.upper()}, and each purpose needs its own; make one with: "
                "python -m bot keys new"
            )
        return value

    @property
    def ring(self) -> KeyRing:
        return read_key_ring(self.key_ring.get_secret_value())

    @property
    def lookup(self) -> SecretKey:
        """Lookup key, 32 bytes."""
        return read_key(self.lookup_key.get_secret_value())

    @property
    def audit(self) -> SecretKey:
        """Audit key, 32 bytes."""
        return read_key(self.audit_key.get_secret_value())
