"""Opens the configured store, and finds files of the operator that other users can read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.errors import SettingsError, StoreAwayError
from bot.file_store.folder import FolderStore
from bot.file_store.store import FileStore
from bot.settings import ENV_FILE, STANDARD_INPUT, Settings, example


def open_store(settings: Settings) -> FileStore:
    """Folder or bucket of the settings, not contacted yet. Raises SettingsError if the bucket's client is
    not installed."""
    if not settings.files_url:
        return FolderStore(settings.files_dir)
    try:
        from bot.file_store.bucket import Access, BucketStore  # noqa: PLC0415 - an extra brings its client
    except ModuleNotFoundError:
        raise SettingsError(
            "KUAGER_FILES_URL names a bucket, whose client is not installed. Run: uv sync --no-dev --extra s3 "
            f"({example('files_url')})"
        ) from None
    key_id, secret = settings.files_key_id.get_secret_value(), settings.files_secret.get_secret_value()
    return BucketStore(
        Access(settings.files_url, settings.files_endpoint, settings.files_region, key_id, secret)
    )


def setting_of(settings: Settings) -> str:
    """Name of the setting for the place of the files."""
    return "files_url" if settings.files_url else "files_dir"


async def require_store(settings: Settings, *, patient: bool = False) -> tuple[FileStore, str | None]:
    """Try the store. Returns it and a warning, or raises SettingsError. A `patient` caller gets a warning
    for an outage that may pass."""
    store = open_store(settings)
    try:
        return store, await store.prepare()
    except OSError as error:
        if patient and isinstance(error, StoreAwayError) and error.passes:
            return store, f"{error.strerror}: files stay at Telegram until it can be used"
        name = setting_of(settings)
        raise SettingsError(
            f"KUAGER_{name.upper()} is wrong: {'the bucket' if settings.files_url else 'the folder'} cannot be written to: "
            f"{error.strerror}. {example(name)}"
        ) from None


SQLITE = "sqlite+aiosqlite:///"


def exposed(settings: Settings) -> list[str]:
    """Private files that other users of the machine can read, a line each with the command to close it.
    Empty without POSIX modes."""
    if os.name != "posix":
        return []
    return [
        f"{name} {path} can be read by others on this machine. Run: chmod {'700' if path.is_dir() else '600'} {path}"
        for name, path in _private(settings)
        if path.exists() and _is_open(path) and _is_open(path.parent)
    ]


def database_file(settings: Settings) -> Path | None:
    url = settings.database_url
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


def _private(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield "the settings", Path(ENV_FILE)
    if settings.keys_from not in {"", STANDARD_INPUT}:
        yield "the file of keys", Path(settings.keys_from)
    if settings.webhook_key is not None:
        yield "the key of the webhook's certificate", settings.webhook_key
    if (database := database_file(settings)) is not None:
        yield "the database", database
    if not settings.files_url:
        yield "the folder of files", settings.files_dir
    yield "the audit log's head", settings.audit_head_file


def _is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.resolve().stat().st_mode) & 0o077)
