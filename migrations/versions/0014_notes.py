"""Moderators' notes on reports, and indexes of a report's history and of reports of one place and time."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
phase = "contract"
branch_labels = None
depends_on = None

_KEPT = sa.text("data_key_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("reports", sa.Column("notes", sa.LargeBinary(), nullable=True))
    op.create_index("ix_audit_log_subject", "audit_log", ["subject", "id"])
    near = ["region", "date_start", "submitted_hour"]
    op.create_index("ix_reports_near", "reports", near, sqlite_where=_KEPT, postgresql_where=_KEPT)


def downgrade() -> None:
    op.drop_index("ix_reports_near", "reports")
    op.drop_index("ix_audit_log_subject", "audit_log")
    op.drop_column("reports", "notes")
