"""Decisions that can be undone for some minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
phase = "contract"
branch_labels = None
depends_on = None

_TABLE = "undoable_decisions"
_INDEX, _UNDOABLE = "ix_reports_undoable", sa.text("status = 'undoable'")
_OF = {"report_id": "reports", "moderator_id": "moderators"}


def upgrade() -> None:
    op.create_table(
        _TABLE,
        *(sa.Column(name, sa.String(length=32), nullable=False) for name in _OF),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=16), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("row_mac", sa.LargeBinary(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_{_TABLE}_{name}_{table}"), ondelete="CASCADE"
            )
            for name, table in _OF.items()
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index(_INDEX, "reports", ["ref"], sqlite_where=_UNDOABLE, postgresql_where=_UNDOABLE)


def downgrade() -> None:
    """Drop the table. Decisions that could be undone are undone, since the older version would not know of
    them."""
    op.drop_index(_INDEX, "reports")
    op.execute("UPDATE reports SET status = 'claimed' WHERE status = 'undoable'")
    op.drop_table(_TABLE)
