"""Backups of a SQLite database from before an upgrade, removed automatically since they hold keys."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from db import copies

FOLDER, DAYS = "before-upgrade", 7
_PIECE = 1 << 20


def keep(database: Path, revision: str) -> Path:
    """Copy the data of `backup` at this revision, and return the file. Raises OSError and sqlite3.Error."""
    kept = database.parent / FOLDER / f"{revision}.db"
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    _destroy(kept)
    copies.copy_kept(database, kept)
    return kept


def remove_due(database: Path, now: datetime) -> None:
    """Remove backups that are DAYS old, hold a key destroyed since, or are incomplete. Raises OSError and
    sqlite3.Error."""
    folder, oldest = database.parent / FOLDER, (now - timedelta(days=DAYS)).timestamp()
    for path in folder.glob("*"):
        if path.suffix != ".db" or path.stat().st_mtime < oldest or copies.is_outlived(path, database):
            _destroy(path)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _destroy(path: Path) -> None:
    """Overwrite a file before unlinking it, since free blocks would keep its keys."""
    if path.exists():
        with path.open("r+b") as file:
            for _ in range(0, path.stat().st_size, _PIECE):
                file.write(bytes(_PIECE))
            os.fsync(file.fileno())
        path.unlink()
