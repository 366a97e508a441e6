"""Reports that came back into the queue before a notice was sent. A downgrade drops these notices."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
phase = "expand"
branch_labels = None
depends_on = None

_TABLE, _COLUMN, _INDEX = "reports", "returned", "ix_reports_returned"
_RETURNED = sa.text("returned")


def upgrade() -> None:
    """Send no notice of reports that came back earlier."""
    op.add_column(_TABLE, sa.Column(_COLUMN, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(_INDEX, _TABLE, [_COLUMN], sqlite_where=_RETURNED, postgresql_where=_RETURNED)


def downgrade() -> None:
    op.drop_index(_INDEX, _TABLE)
    op.drop_column(_TABLE, _COLUMN)
