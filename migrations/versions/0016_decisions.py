"""Approvals by several moderators."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None

_APPROVAL_OF = {
    "version_id": "public_versions",
    "moderator_id": "moderators",
    "report_id": "reports",
}


def upgrade() -> None:
    """Make the table; what waits has no approval so far."""
    op.add_column("reports", sa.Column("approvals", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "approvals",
        *(sa.Column(name, sa.String(length=32), nullable=False) for name in _APPROVAL_OF),
        sa.Column("proof", sa.String(length=16), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_approvals_{name}_{table}"), ondelete="CASCADE"
            )
            for name, table in _APPROVAL_OF.items()
        ),
        sa.PrimaryKeyConstraint("version_id", "moderator_id", name=op.f("pk_approvals")),
    )
    for name in ("moderator_id", "report_id"):
        op.create_index(f"ix_approvals_{name}", "approvals", [name])


def downgrade() -> None:
    """Take it down. What one moderator approved and another did not yet has to be approved anew."""
    op.drop_table("approvals")
    op.drop_column("reports", "approvals")
