"""Who sends a call that is owed: of several copies of the bot on one PostgreSQL, one has all that a chat is owed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody yet: whoever starts takes charge of what is owed. On PostgreSQL each batch looks up its chats there."""
    op.add_column("outbox", sa.Column("owner", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_outbox_chat_hash", "outbox", ["chat_hash"])


def downgrade() -> None:
    """One bot sends all."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_outbox_chat_hash", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("owner")
