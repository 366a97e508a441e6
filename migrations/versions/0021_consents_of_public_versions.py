"""Consent of public versions, repeated from their reports, with an index to count them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
phase = "contract"
branch_labels = None
depends_on = None

_TABLE, _INDEX = "public_versions", "ix_public_versions_consent"
_PUBLIC = sa.text("public_versions.current AND public_versions.data_key_id IS NOT NULL")
_COPY_CONSENTS = (
    "UPDATE public_versions SET consent = "
    "(SELECT reports.consent_use FROM reports WHERE reports.id = public_versions.report_id) WHERE current"
)


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("consent", sa.String(32), nullable=True))
    op.execute(_COPY_CONSENTS)
    op.create_index(
        _INDEX, _TABLE, ["consent", "approved_hour", "id"], sqlite_where=_PUBLIC, postgresql_where=_PUBLIC
    )


def downgrade() -> None:
    op.drop_index(_INDEX, _TABLE)
    op.drop_column(_TABLE, "consent")
