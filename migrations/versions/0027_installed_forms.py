"""Forms that administrators put into force in the chat."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
phase = "expand"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installed_forms",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("form_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("asker_id", sa.String(length=32), nullable=False),
        sa.Column("confirmer_id", sa.String(length=32), nullable=True),
        sa.Column("expires_hour", sa.Integer(), nullable=False),
        sa.Column("row_mac", sa.LargeBinary(length=32), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], ["moderators.id"], name=op.f(f"fk_installed_forms_{column}_moderators")
            )
            for column in ("asker_id", "confirmer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installed_forms")),
    )
    for column in ("state", "asker_id", "confirmer_id"):
        op.create_index(op.f(f"ix_installed_forms_{column}"), "installed_forms", [column])


def downgrade() -> None:
    op.drop_table("installed_forms")
