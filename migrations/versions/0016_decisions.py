"""Approvals by several moderators, reports set aside, duplicates, incidents and related cases."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
phase = "contract"
branch_labels = None
depends_on = None

_APPROVAL_OF = {
    "version_id": "public_versions",
    "moderator_id": "moderators",
    "report_id": "reports",
}


_INDEXES = (
    ("ix_reports_set_aside", ["claimed_until_hour"], "status = 'needs_info'"),
    ("ix_reports_duplicate_of", ["duplicate_of"], "duplicate_of IS NOT NULL"),
    ("ix_reports_incident", ["incident_id"], "incident_id IS NOT NULL"),
    ("ix_reports_same_day", ["region", "date_start", "ref"], "region IS NOT NULL AND date_start IS NOT NULL"),
)


_LINKS = ("duplicate_of", "incident_id")


def _make_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("ref", name=op.f("uq_incidents_ref")),
    )
    op.create_index("ix_incidents_newest", "incidents", ["hour", "ref"])
    both = ("report_id", "other_id")
    op.create_table(
        "related_reports",
        *(sa.Column(name, sa.String(length=32), nullable=False) for name in both),
        *(
            sa.ForeignKeyConstraint(
                [name], ["reports.id"], name=op.f(f"fk_related_reports_{name}_reports"), ondelete="CASCADE"
            )
            for name in both
        ),
        sa.PrimaryKeyConstraint(*both, name=op.f("pk_related_reports")),
    )
    op.create_index("ix_related_reports_other_id", "related_reports", ["other_id"])


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "reports", columns, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    for name in _LINKS:
        op.add_column("reports", sa.Column(name, sa.String(length=32), nullable=True))
    _make_incidents()
    for index in _INDEXES:
        _index(*index)
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
    """Drop them. Incidents and related cases are lost, incomplete approvals begin anew, and reports set
    aside go to the queue."""
    op.execute("UPDATE reports SET status = 'new', claimed_until_hour = NULL WHERE status = 'needs_info'")
    for name, *_ in _INDEXES:
        op.drop_index(name, "reports")
    for name in _LINKS:
        op.drop_column("reports", name)
    op.drop_table("related_reports")
    op.drop_table("incidents")
    op.drop_table("approvals")
    op.drop_column("reports", "approvals")
