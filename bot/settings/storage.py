"""Groups of settings: retention and storage."""

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo, field_validator
from sqlalchemy import make_url

from bot.safety.sealing import KeyRing, SecretKey, read_key, read_key_ring
from bot.settings.values import PREFIX, checked, web_address


class Retention(BaseModel):
    """Retention times, in whole hours or days."""

    draft_hours: int = Field(
        72, ge=1, description="An unfinished report is destroyed after so many hours of silence."
    )
    rejected_days: int = Field(30, ge=1, description="A rejected report is destroyed after so many days.")
    approved_days: int = Field(
        365,
        ge=1,
        description="The raw content of an approved report is destroyed so many days after it; what is public of it stays.",
    )
    report_days: int = Field(
        365, ge=1, description="The raw content of any report is destroyed after so many days."
    )
    talk_days: int = Field(
        14,
        ge=1,
        le=90,
        description="The chat of a reporter who agreed to be asked is forgotten so many days after the last word or the decision.",
    )
    reply_hours: int = Field(
        2,
        ge=1,
        le=24,
        description="After so many hours of silence, and at most one more, a question that a reporter has opened, and an unfinished answer, leave the chat, and buttons that came for a code stop.",
    )


_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
"""Name of a bucket (Amazon S3 User Guide, "General purpose bucket naming rules"), and a prefix."""


def _visible(value: str) -> str:
    if not re.fullmatch(r"[!-~]*", value):
        raise ValueError("must be visible ASCII characters without spaces")
    return value


class Storage(BaseModel):
    """Keys, and places of the data."""

    key_ring: Annotated[SecretStr, checked(read_key_ring)] = Field(
        description="Keys that wrap the reports' keys, newest first: id:base64[,id:base64]. Make one with: python -m bot keys new",
        examples=["k2026:<44-characters>"],
    )
    lookup_key: SecretStr = Field(
        description="Key of the hashes by which people and receipts are found. Keep it apart from backups of the database.",
        examples=["<44-characters>"],
    )
    audit_key: SecretStr = Field(description="Key of the audit log's chain.", examples=["<44-characters>"])
    keys_from: str = Field(
        "",
        description="Where the three keys stand, if not here: a file with these lines, or - for standard input.",
        examples=["/run/credentials/kuager.service/keys"],
    )
    database_url: str = Field(
        "sqlite+aiosqlite:///data/kuager.db",
        description="SQLite file, or PostgreSQL as postgresql+asyncpg://user:password@host/name.",
    )
    files_dir: Path = Field(Path("data/files"), description="Folder of the sealed files.")
    files_url: str = Field(
        "",
        description="An S3-compatible bucket for the sealed files, in place of that folder: s3://bucket or s3://bucket/prefix.",
        examples=["s3://bucket/kuager"],
    )
    files_endpoint: str = Field(
        "",
        description="Address of the service that has the bucket; without one it is AWS.",
        examples=["https://s3.example.org"],
    )
    files_region: Annotated[str, AfterValidator(_visible)] = Field(
        "us-east-1", description="The bucket's region, as its service calls it."
    )
    files_key_id: SecretStr = Field(
        SecretStr(""),
        description="The id of a key that may read, write, list and delete in the bucket, and nothing else.",
        examples=["<20-characters>"],
    )
    files_secret: SecretStr = Field(
        SecretStr(""),
        description="The secret of that key.",
        examples=["<40-characters>"],
    )
    audit_head: Path | None = Field(
        None,
        description="File with the number and the MAC of the audit log's last entry, which shows whether entries were cut off; by default audit.head beside the folder of files. Best on a machine or account that cannot write to the database.",
        examples=["data/audit.head"],
    )

    withdrawals_dir: Path | None = Field(
        None,
        description="Folder on another machine, mounted here, which gets the list of withdrawals as soon as it changes, encrypted with the key ring. A restored backup needs it, so that nothing withdrawn comes back if this machine is lost.",
        examples=["/mnt/elsewhere/kuager"],
    )

    @field_validator("lookup_key", "audit_key")
    @classmethod
    def _good_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        key, used = read_key(value.get_secret_value()), dict[str, Collection[SecretKey]]()
        if (ring := info.data.get("key_ring")) is not None:
            used["KEY_RING"] = read_key_ring(ring.get_secret_value()).keys.values()
        if (lookup := info.data.get("lookup_key")) is not None:
            used["LOOKUP_KEY"] = [read_key(lookup.get_secret_value())]
        for name, keys in used.items():
            if key in keys:
                needs = "each purpose needs its own; make one with: python -m bot keys new"
                raise ValueError(f"is also a key of {PREFIX}{name}, and {needs}")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("must start with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        with suppress(ValueError):  # a port that is no number
            if make_url(value).database:
                return value
        raise ValueError("must name a file, or a host, a port by its number, and a database")

    @field_validator("audit_head")
    @classmethod
    def _no_folder(cls, value: Path | None) -> Path | None:
        if value is not None and value.is_dir():
            raise ValueError("is a folder, and must be a file")
        return value

    @field_validator("files_url")
    @classmethod
    def _good_bucket(cls, value: str) -> str:
        if value and not _BUCKET.fullmatch(value.rstrip("/")):
            raise ValueError("must be s3://bucket or s3://bucket/prefix")
        return value.rstrip("/")

    @field_validator("files_endpoint")
    @classmethod
    def _good_endpoint(cls, value: str) -> str:
        return web_address(value) if value else value

    @field_validator("files_key_id", "files_secret")
    @classmethod
    def _given_with_bucket(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("files_url") and not value.get_secret_value():
            raise ValueError(f"must be set, since {PREFIX}FILES_URL names a bucket")
        _visible(value.get_secret_value())
        return value

    @property
    def audit_head_file(self) -> Path:
        """File of the audit log's head, by setting or default."""
        return self.audit_head or self.state_folder / "audit.head"

    @property
    def withdrawals_file(self) -> Path:
        """Newest list of withdrawals, beside the audit log's head."""
        return self.audit_head_file.with_name("withdrawals.list")

    @property
    def withdrawals_copy(self) -> Path | None:
        """Copy of that list."""
        return self.withdrawals_dir and self.withdrawals_dir / self.withdrawals_file.name

    @property
    def state_folder(self) -> Path:
        """Folder of the bot's own small files."""
        return self.files_dir.parent

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
