"""The sealed archive: data keys that recipients off the server alone can open."""

import sqlalchemy as sa
from alembic import context, op

revision = "0029"
down_revision = "0028"
phase = "expand"
branch_labels = None
depends_on = None

_ARCHIVED = sa.text("sealed_to IS NOT NULL")
_ARCHIVABLE = sa.text("status IN ('approved', 'rejected') AND data_key_id IS NOT NULL AND NOT sealed")


def upgrade() -> None:
    op.add_column("data_keys", sa.Column("sealed_to", sa.String(length=80), nullable=True))
    op.add_column("data_keys", sa.Column("envelope", sa.LargeBinary(), nullable=True))
    op.add_column("reports", sa.Column("sealed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "ring_secrets",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ring_secrets")),
    )
    op.create_index(
        "ix_data_keys_sealed_to",
        "data_keys",
        ["sealed_to"],
        sqlite_where=_ARCHIVED,
        postgresql_where=_ARCHIVED,
    )
    op.create_index(
        "ix_reports_archivable",
        "reports",
        ["closed_hour", "id"],
        sqlite_where=_ARCHIVABLE,
        postgresql_where=_ARCHIVABLE,
    )


def downgrade() -> None:
    """Raises RuntimeError while something is sealed: without its column it could never be opened again."""
    sealed = sa.select(sa.func.count()).select_from(sa.table("data_keys")).where(_ARCHIVED)
    if not context.is_offline_mode() and op.get_bind().scalar(sealed):
        raise RuntimeError(
            "sealed reports would be lost: export the archive, and reopen or withdraw them first"
        )
    op.drop_table("ring_secrets")
    op.drop_index("ix_reports_archivable", "reports")
    op.drop_index("ix_data_keys_sealed_to", "data_keys")
    op.drop_column("reports", "sealed")
    op.drop_column("data_keys", "envelope")
    op.drop_column("data_keys", "sealed_to")
