"""Blocked senders, as separate hashes, and whether they were told today."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
phase = "contract"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. Today's counts are dropped, since the new column has no default."""
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("sender", sa.LargeBinary(length=32), nullable=True),
        sa.Column("flooding", sa.LargeBinary(), nullable=True),
        sa.Column("expires_hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("sender", name=op.f("uq_blocks_sender")),
    )
    with op.batch_alter_table("blocks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blocks_expires_hour"), ["expires_hour"], unique=False)
    op.execute("DELETE FROM allowances")
    with op.batch_alter_table("allowances", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_blocked", sa.Boolean(), nullable=False))


def downgrade() -> None:
    """Drop the table, which ends all blocks."""
    with op.batch_alter_table("allowances", schema=None) as batch_op:
        batch_op.drop_column("told_blocked")
    op.drop_table("blocks")
