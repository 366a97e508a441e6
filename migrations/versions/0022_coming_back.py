"""That a report came back into the queue, and nobody was told yet.

Going back forgets it: then nobody is told."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLE, _COLUMN, _INDEX = "reports", "returned", "ix_reports_returned"
_RETURNED = sa.text("returned")


def upgrade() -> None:
    """What has come back so far stands in the queue, and is told to nobody any more."""
    op.add_column(_TABLE, sa.Column(_COLUMN, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(_INDEX, _TABLE, [_COLUMN], sqlite_where=_RETURNED, postgresql_where=_RETURNED)


def downgrade() -> None:
    """Take the column out."""
    op.drop_index(_INDEX, _TABLE)
    op.drop_column(_TABLE, _COLUMN)
