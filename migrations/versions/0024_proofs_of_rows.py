"""Authenticated rows, where they decide who sees what.

The proofs need a key, which a migration does not have. A mark tells `migrate` to make them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
phase = "contract"
branch_labels = None
depends_on = None

_PROVED = (
    *("reports", "drafts", "public_versions", "approvals", "talk_messages", "ways_back"),
    *("moderators", "invites", "sharing_requests"),
)


def upgrade() -> None:
    """Add columns for the proofs, and for the audit log's names of rights and invitations."""
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
    op.execute("DELETE FROM marks WHERE name = 'unproved'")
    op.drop_column("invites", "name")
    op.drop_column("moderators", "entry")
    for table in reversed(_PROVED):
        op.drop_column(table, "row_mac")
