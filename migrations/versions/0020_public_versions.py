"""Covering index for counting public versions."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
phase = "expand"
branch_labels = None
depends_on = None

_TABLE, _BEFORE, _NOW = "public_versions", "ix_public_versions_export", "ix_public_versions_public"
_PUBLIC = sa.text("public_versions.current AND public_versions.data_key_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index(_BEFORE, _TABLE)
    op.create_index(_NOW, _TABLE, ["approved_hour", "id"], sqlite_where=_PUBLIC, postgresql_where=_PUBLIC)


def downgrade() -> None:
    op.drop_index(_NOW, _TABLE)
    op.create_index(_BEFORE, _TABLE, ["current", "approved_hour", "id"])
