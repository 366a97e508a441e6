"""Indexes of what statistics count, and of the audit log by person."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_reports_statistics", "reports", ["submitted_hour", "status", "category", "region", "closed_hour"]),
    ("ix_audit_log_actor", "audit_log", ["actor", "id"]),
)


def upgrade() -> None:
    """Make them; no row is changed."""
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Take them away."""
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
