"""Rows that decide who sees what are authenticated.

The proofs take a key, which a migration does not have: a mark says that `migrate` has still to make them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

_PROVED = (
    *("reports", "drafts", "public_versions", "approvals", "talk_messages", "ways_back"),
    *("moderators", "invites", "sharing_requests"),
)


def upgrade() -> None:
    """Make room for the proofs, and for what the audit log calls a member's rights and an invitation by."""
    for table in _PROVED:
        op.add_column(table, sa.Column("row_mac", sa.LargeBinary(32), nullable=True))
    op.add_column("moderators", sa.Column("entry", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("invites", sa.Column("name", sa.String(8), nullable=False, server_default=""))
    with op.batch_alter_table("moderators") as moderators:
        moderators.alter_column("entry", server_default=None)
    with op.batch_alter_table("invites") as invites:
        invites.alter_column("name", server_default=None)
    there = " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in _PROVED)  # noqa: S608 - names of ours
    op.execute(f"INSERT INTO marks (name, value) SELECT 'unproved', '' WHERE {there}")


def downgrade() -> None:
    """Go back to rows without proofs."""
    op.execute("DELETE FROM marks WHERE name = 'unproved'")
    op.drop_column("invites", "name")
    op.drop_column("moderators", "entry")
    for table in reversed(_PROVED):
        op.drop_column(table, "row_mac")
