"""Daily limits of senders, sealed in buckets that reveal no order."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
phase = "contract"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. Today's counts are dropped, so all limits begin anew."""
    op.drop_table("allowances")
    op.create_table(
        "sender_buckets",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sender_buckets")),
    )


def downgrade() -> None:
    op.drop_table("sender_buckets")
    op.create_table(
        "allowances",
        sa.Column("sender", sa.LargeBinary(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("updates", sa.Integer(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.Column("in_report", sa.Boolean(), nullable=False),
        sa.Column("told_blocked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_allowances")),
    )
    with op.batch_alter_table("allowances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allowances_day"), ["day"], unique=False)
