"""Sharing requests of an administrator, to be confirmed by another."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
phase = "contract"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sharing_requests",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("spec", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("asker_id", sa.String(length=32), nullable=False),
        sa.Column("confirmer_id", sa.String(length=32), nullable=True),
        sa.Column("expires_hour", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["moderators.id"], name=op.f("fk_sharing_requests_asker_id_moderators")
        ),
        sa.ForeignKeyConstraint(
            ["confirmer_id"], ["moderators.id"], name=op.f("fk_sharing_requests_confirmer_id_moderators")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_requests")),
    )
    with op.batch_alter_table("sharing_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_requests_asker_id"), ["asker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_requests_confirmer_id"), ["confirmer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_requests_expires_hour"), ["expires_hour"], unique=False)


def downgrade() -> None:
    op.drop_table("sharing_requests")
