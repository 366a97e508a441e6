"""Storage of tables whose rows come and go: PostgreSQL vacuums them soon, so that they stay small. The step after the
tables rewrites a SQLite file so that unused pages can leave it."""

from alembic import op

revision = "0026"
down_revision = "0025"
phase = "expand"
branch_labels = None
depends_on = None

_SOON = {"autovacuum_vacuum_scale_factor": "0.01", "autovacuum_vacuum_threshold": "500"}
_AT_ONCE = {"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "0"}
"""In the server's next round, by default within a minute: destroyed keys stay until then."""
_STORAGE = {
    **dict.fromkeys(
        ("key_slots", "data_keys", "free_slots", "day_keys", "ways_back", "sender_buckets", "erasures"),
        _AT_ONCE,
    ),
    **dict.fromkeys(
        ("sent_messages", "drafts", "outbox", "seen_updates", "waiting_updates", "shown_chats", "take_backs"),
        _SOON,
    ),
}


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    for table, options in _STORAGE.items() if _is_postgresql() else ():
        told = ", ".join(f"{name} = {value}" for name, value in options.items())
        op.execute(f"ALTER TABLE {table} SET ({told})")


def downgrade() -> None:
    for table, options in _STORAGE.items() if _is_postgresql() else ():
        op.execute(f"ALTER TABLE {table} RESET ({', '.join(options)})")
