"""Copies of a SQLite file, made while others write to it (https://www.sqlite.org/backup.html)."""

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from db.models import SLOT_BYTES

PASSING = (
    "outbox", "sent_messages", "seen_updates", "failed_updates", "invites", "erasures", "waiting_updates", "day_keys",
    "sender_buckets", "sharing_requests", "blocks", "shown_chats", "take_backs", "ways_back",
    "undoable_decisions",
)  # fmt: skip
"""Tables with rows of minutes or days. Restored later, they would take effect a second time."""
_KEPT = (
    ("reports", "data_key_id"), ("public_versions", "data_key_id"), ("talk_messages", "files_key_id"),
)  # fmt: skip

_EMPTY_UNUSED = "UPDATE key_slots SET content = ? WHERE number NOT IN (SELECT slot FROM data_keys)"
_FREE_UNUSED = (
    "INSERT INTO free_slots (draw, number) SELECT random() & 0x3FFFFFFFFFFFFFFF, number FROM key_slots "
    "WHERE number NOT IN (SELECT slot FROM data_keys)"
)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a database into a new file, for its owner only. Raises OSError and sqlite3.Error."""
    with _new(target) as part:
        _copy(source, part)


@contextmanager
def _new(target: Path) -> Iterator[Path]:
    """Temporary file that gets the target's name once complete. A broken one would pass for a whole copy."""
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)  # left by a killed process
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
        part.replace(target)
    finally:
        for beside in ("", "-journal", "-wal", "-shm"):
            part.with_name(f"{part.name}{beside}").unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    address = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def copy_kept(source: Path, target: Path) -> Sequence[str]:
    """Copy the lasting data into a new file. Returns the ids of its stored files.

    The database may be of an older revision. Raises OSError and sqlite3.Error.
    """
    with _new(target) as part:
        _copy(source, part)
        return _strip(part)


def is_outlived(copy: Path, database: Path) -> bool:
    """Whether a copy is damaged, or holds a data key that the database has destroyed. Raises sqlite3.Error."""
    with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as opened:
        try:
            opened.execute("SELECT count(id) FROM data_keys").fetchone()
        except sqlite3.OperationalError:  # it may pass
            raise
        except sqlite3.DatabaseError:
            return True
        opened.execute("ATTACH ? AS live", [f"{database.resolve().as_uri()}?mode=ro"])
        gone = "SELECT 1 FROM main.data_keys WHERE id NOT IN (SELECT id FROM live.data_keys) LIMIT 1"
        return opened.execute(gone).fetchone() is not None


def _strip(database: Path) -> Sequence[str]:
    with closing(sqlite3.connect(database, isolation_level=None)) as new:
        for pragma in ("journal_mode=DELETE", "secure_delete=ON", "foreign_keys=ON"):
            new.execute(f"PRAGMA {pragma}")
        there = {row[0] for row in new.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        used = " UNION ".join(
            f"SELECT {key} FROM {table} WHERE {key} IS NOT NULL"  # noqa: S608 - names of ours
            for table, key in _KEPT
            if table in there
        )
        new.execute("BEGIN")
        new.execute(f"DELETE FROM files WHERE data_key_id IS NULL OR data_key_id NOT IN ({used})")  # noqa: S608 - the same
        for table in there.intersection(("drafts", *PASSING)):
            new.execute(f"DELETE FROM {table}")  # noqa: S608 - the same
        new.execute(f"DELETE FROM data_keys WHERE id NOT IN ({used})")  # noqa: S608 - the same
        if "key_slots" in there:  # since revision 0003, with marks
            new.execute(
                "DELETE FROM marks WHERE name LIKE 'spilled%' OR name = 'head'"
            )  # about chats (bot.services.shelves), and outside the database (bot.services.keeping.audit_heads)
            new.execute(_EMPTY_UNUSED, [bytes(SLOT_BYTES)])
            new.execute("DELETE FROM free_slots")
            new.execute(_FREE_UNUSED)
        new.execute("COMMIT")
        new.execute("VACUUM")  # clears freed pages
        return [row[0] for row in new.execute("SELECT id FROM files WHERE status IN ('stored', 'cleaned')")]
