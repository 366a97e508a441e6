"""Members' wishes for notices and last presence, and alarm levels of urgent reports."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
phase = "contract"
branch_labels = None
depends_on = None

_HOURS = ("seen_hour", "told_hour")
_STANDS = sa.text("alarm > 0")


def upgrade() -> None:
    """Assume that members want all notices, and were last present in the newest hour that the database
    knows."""
    op.add_column("moderators", sa.Column("preferences", sa.LargeBinary(), nullable=True))
    for name in _HOURS:
        op.add_column("moderators", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "moderators", sa.Column("held_back", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    newest = "(SELECT COALESCE(MAX(hour), 0) FROM audit_log)"
    op.execute(sa.text(f"UPDATE moderators SET seen_hour = {newest}, told_hour = {newest}"))  # noqa: S608 - of constants
    op.add_column("reports", sa.Column("alarm", sa.SmallInteger(), nullable=False, server_default="0"))
    op.create_index("ix_reports_alarm", "reports", ["alarm"], sqlite_where=_STANDS, postgresql_where=_STANDS)
    with op.batch_alter_table("moderators") as batch_op:
        for name in (*_HOURS, "held_back"):
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    """Drop the columns. All members get all notices again."""
    op.drop_index("ix_reports_alarm", "reports")
    op.drop_column("reports", "alarm")
    with op.batch_alter_table("moderators") as batch_op:
        for name in ("held_back", *reversed(_HOURS), "preferences"):
            batch_op.drop_column(name)
