"""Owners of queued calls: of several replicas on one PostgreSQL, one sends all calls of a chat."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
phase = "contract"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave rows without an owner: the first replica to start takes them."""
    op.add_column("outbox", sa.Column("owner", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_outbox_chat_hash", "outbox", ["chat_hash"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_outbox_chat_hash", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("owner")
