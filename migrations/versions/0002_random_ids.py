"""Random ids or slots for rows about chats. A job announces new reports.

Queued calls and deletable messages are lost, since they are sealed for another place. Stop the bot first, so
that the outbox is empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
phase = "contract"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make ids reveal no order of insertion."""
    op.drop_table("sent_messages")
    op.drop_table("outbox")
    op.create_table(
        "sent_messages",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_messages")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("prompt_step", sa.Integer(), nullable=True),
        sa.Column("report_id", sa.String(length=32), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.add_column("reports", sa.Column("announced", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("reports") as batch_op:
        batch_op.alter_column("announced", server_default=None)
    op.create_index(
        "ix_reports_unannounced",
        "reports",
        ["announced"],
        sqlite_where=sa.text("announced = 0"),
        postgresql_where=sa.text("NOT announced"),
    )


def downgrade() -> None:
    op.drop_index("ix_reports_unannounced", "reports")
    with op.batch_alter_table("reports") as batch_op:
        batch_op.drop_column("announced")
    op.drop_table("outbox")
    op.drop_table("sent_messages")
    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("prompt_step", sa.Integer(), nullable=True),
        sa.Column("report_id", sa.String(length=32), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_chat_hash"), "outbox", ["chat_hash"])
    op.create_index(op.f("ix_outbox_report_id"), "outbox", ["report_id"])
    op.create_table(
        "sent_messages",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_messages")),
    )
    for column in ("chat_hash", "hour", "report_id"):
        op.create_index(op.f(f"ix_sent_messages_{column}"), "sent_messages", [column])
