"""Where everything is kept."""

import re
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from bot.settings.fields.kinds import PREFIX, web_address

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
"""A bucket's name (Amazon S3 User Guide, "General purpose bucket naming rules"), and a prefix."""
_VISIBLE = re.compile(r"[!-~]*")


class Storage(BaseModel):
    """Where everything is kept."""

    database_url: str = Field(
        "sqlite+aiosqlite:///data/kuager.db",
        description="SQLite file, or PostgreSQL as postgresql+asyncpg://user:password@host/name.",
        examples=["sqlite+aiosqlite:///data/kuager.db"],
    )
    files_dir: Path = Field(
        Path("data/files"), description="Folder of the sealed files.", examples=["data/files"]
    )
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
    files_region: str = Field(
        "us-east-1", description="The bucket's region, as its service calls it.", examples=["us-east-1"]
    )
    files_key_id: SecretStr = Field(
        SecretStr(""),
        description="The id of a key that may read, write, list and delete in the bucket, and nothing else.",
        examples=["<20-characters>"],
        validate_default=True,
    )
    files_secret: SecretStr = Field(
        SecretStr(""),
        description="The secret of that key.",
        examples=["<40-characters>"],
        validate_default=True,
    )
    audit_head: Path | None = Field(
        None,
        description="File with the number and the MAC of the audit log's last entry, which tells when entries were cut off; without it audit.head beside the folder of files. Best where nobody who writes to the database can.",
        examples=["data/audit.head"],
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("must start with sqlite+aiosqlite:/// or postgresql+asyncpg://")
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
        given = value.get_secret_value()
        if info.data.get("files_url") and not given:
            raise ValueError(f"must be set, since {PREFIX}FILES_URL names a bucket")
        if not _VISIBLE.fullmatch(given):
            raise ValueError("must be visible ASCII characters without spaces")
        return value

    @field_validator("files_region")
    @classmethod
    def _good_region(cls, value: str) -> str:
        if not _VISIBLE.fullmatch(value):
            raise ValueError("must be visible ASCII characters without spaces")
        return value

    @property
    def audit_head_file(self) -> Path:
        """The file of `audit_head`."""
        return self.audit_head or self.state_folder / "audit.head"

    @property
    def state_folder(self) -> Path:
        """Where small files of the bot's own stand, beside those of people."""
        return self.files_dir.parent
