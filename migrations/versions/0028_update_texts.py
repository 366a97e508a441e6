"""Texts of an organisation for its country updates."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
phase = "expand"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "update_texts",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_texts")),
    )
    op.create_index(op.f("ix_update_texts_language"), "update_texts", ["language"])


def downgrade() -> None:
    op.drop_table("update_texts")
