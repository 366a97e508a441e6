"""Indexes for statistics, and for the audit log by person."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
phase = "expand"
branch_labels = None
depends_on = None

_COUNTED = ["submitted_hour", "status", "category", "region", "closed_hour"]
_SENT = sa.text("submitted_hour >= 0")


def upgrade() -> None:
    op.create_index("ix_reports_statistics", "reports", _COUNTED, sqlite_where=_SENT, postgresql_where=_SENT)
    op.create_index("ix_audit_log_actor", "audit_log", ["actor", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_log_actor", "audit_log")
    op.drop_index("ix_reports_statistics", "reports")
