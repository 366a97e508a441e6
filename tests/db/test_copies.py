"""What a backup holds."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.store.message_slots import EVERYBODY, mark_of
from db.models import Base
from db.transfers import PASSING, copy_kept

KEPT = {
    "reports", "public_versions", "files", "data_keys", "key_slots", "free_slots", "moderators", "audit_log", "marks", "talk_messages",
    "approvals", "incidents", "related_reports", "exports", "export_rows", "installed_forms",
    "ring_secrets",
    "update_texts",
}  # fmt: skip


def test_of_every_table_it_is_decided_whether_a_backup_holds_it() -> None:
    """One that is forgotten would be kept: minutes at which moderators acted, for one, or what would be sent a second time."""
    assert KEPT.isdisjoint(PASSING)
    assert {*KEPT, *PASSING, "drafts"} == set(Base.metadata.tables)


def test_what_tells_of_chats_with_many_messages_is_in_no_copy(migrated_file: Path, tmp_path: Path) -> None:
    """It holds a part of their hashes; the other marks stay."""
    source = tmp_path / "kuager.db"
    source.write_bytes(migrated_file.read_bytes())
    with closing(sqlite3.connect(source)) as database:
        marks = [(name, "1") for name in ("hour", EVERYBODY, mark_of(b"c" * 32))]
        database.executemany("INSERT INTO marks (name, value) VALUES (?, ?)", marks)
        database.commit()
    copy_kept(source, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as database:
        assert database.execute("SELECT name FROM marks").fetchall() == [("hour",)]
