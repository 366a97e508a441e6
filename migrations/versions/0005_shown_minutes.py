"""Messages shown to moderators leave their chats within minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
phase = "contract"
branch_labels = None
depends_on = None

_NO_MINUTE, _DAYS = "16777216", "0"


def upgrade() -> None:
    """Let messages that are already in chats stay as before.

    SQLite tables are rewritten, since a row that grew later would move, which reveals an order.
    """
    with op.batch_alter_table("sent_messages") as batch_op:
        batch_op.add_column(sa.Column("minute", sa.Integer(), nullable=False, server_default=_NO_MINUTE))
    with op.batch_alter_table("sent_messages") as batch_op:
        batch_op.alter_column("minute", server_default=None)
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.add_column(sa.Column("stay", sa.Integer(), nullable=False, server_default=_DAYS))
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.alter_column("stay", server_default=None)
    op.create_table(
        "shown_chats",
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chat_hash", name=op.f("pk_shown_chats")),
    )
    op.create_table(
        "take_backs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=True),
        sa.Column("chat_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take_backs")),
    )


def downgrade() -> None:
    op.drop_table("take_backs")
    op.drop_table("shown_chats")
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.drop_column("stay")
    with op.batch_alter_table("sent_messages") as batch_op:
        batch_op.drop_column("minute")
