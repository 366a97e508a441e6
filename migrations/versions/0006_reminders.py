"""Drafts with a reminder, or whose person wants nothing left in the chat."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
phase = "contract"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drafts", sa.Column("reminds", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("drafts", sa.Column("address", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("drafts") as batch_op:
        batch_op.alter_column("reminds", server_default=None)


def downgrade() -> None:
    """Drop the columns. No reminders are sent then."""
    with op.batch_alter_table("drafts") as batch_op:
        batch_op.drop_column("address")
        batch_op.drop_column("reminds")
