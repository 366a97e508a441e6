"""Export register, so that a withdrawal can name the exports that hold the report."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
phase = "expand"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. Earlier exports were not recorded."""
    op.create_table(
        "exports",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("spec", sa.String(length=255), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_basis", "exports", ["basis", "number"])
    op.create_index("ix_exports_hour", "exports", ["hour"])
    op.create_table(
        "export_rows",
        sa.Column("export_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["export_number"],
            ["exports.number"],
            name=op.f("fk_export_rows_export_number_exports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_export_rows_report_id_reports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("export_number", "report_id", name=op.f("pk_export_rows")),
    )
    op.create_index("ix_export_rows_report_id", "export_rows", ["report_id"])


def downgrade() -> None:
    op.drop_table("export_rows")
    op.drop_table("exports")
