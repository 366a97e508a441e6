"""Partial indexes, so that queries for waiting, claimed and expiring rows do not slow down with the number
of reports."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
phase = "contract"
branch_labels = None
depends_on = None

_LEFT = (
    "data_key_id IS NOT NULL OR category IS NOT NULL OR region IS NOT NULL OR date_start IS NOT NULL "
    "OR date_end IS NOT NULL OR date_precision IS NOT NULL OR consent_use IS NOT NULL"
)
_PARTIAL = (
    ("ix_reports_queue", "reports", ["urgent", "submitted_hour", "ref"], "status IN ('new', 'claimed')"),
    ("ix_reports_claimed", "reports", ["claimed_until_hour"], "status = 'claimed'"),
    ("ix_reports_approved", "reports", ["closed_hour"], "status = 'approved' AND data_key_id IS NOT NULL"),
    ("ix_reports_rejected", "reports", ["closed_hour"], f"status = 'rejected' AND ({_LEFT})"),
    ("ix_public_versions_proposed", "public_versions", ["report_id"], "state = 'proposed'"),
)


def upgrade() -> None:
    op.drop_index("ix_reports_queue", "reports")
    op.drop_index("ix_data_keys_ring", "data_keys")
    op.create_index("ix_data_keys_ring", "data_keys", ["ring", "hour", "id"])
    for name, table, columns, where in _PARTIAL:
        condition = sa.text(where)
        op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
    # Message ids were anywhere among many slots. From now on they are on shelves.
    many = "(SELECT max(id) FROM sent_messages) >= 4096"
    op.execute(f"INSERT INTO marks (name, value) SELECT 'spilled', '0010' WHERE {many}")


def downgrade() -> None:
    op.execute("DELETE FROM marks WHERE name = 'spilled'")
    for name, table, *_ in _PARTIAL:
        op.drop_index(name, table)
    op.drop_index("ix_data_keys_ring", "data_keys")
    op.create_index("ix_data_keys_ring", "data_keys", ["ring"])
    op.create_index("ix_reports_queue", "reports", ["status", "urgent", "submitted_hour"])
