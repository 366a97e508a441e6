"""What others on this machine can read, though it is for the bot alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.settings import ENV_FILE, STANDARD_INPUT, Settings

SQLITE = "sqlite+aiosqlite:///"


def exposed(settings: Settings) -> list[str]:
    """A line for the file of the settings, the database and the folder of files, where others can read it: what it is
    and the command that closes it. Nothing on systems without POSIX modes."""
    if os.name != "posix":
        return []
    return [
        f"{name} {path} can be read by others on this machine. Run: chmod {'700' if path.is_dir() else '600'} {path}"
        for name, path in _private(settings)
        if path.exists() and _is_open(path) and _is_open(path.parent)
    ]


def database_file(settings: Settings) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL."""
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
