"""Indexes of report lists: the queue by category and region, decided, submitted and dated reports."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
phase = "expand"
branch_labels = None
depends_on = None

_EQUAL = {"": [], "_category": ["category"], "_region": ["region"], "_both": ["category", "region"]}
_TURN, _HOLD = ["urgent", "submitted_hour", "ref"], ["status", "claimed_until_hour"]
_QUEUE = "status IN ('new', 'claimed')"
_ASKED, _ASKED_BEFORE = (f"status IN ('new', 'claimed'{more}) AND waits" for more in (", 'needs_info'", ""))
_SENT = "submitted_hour >= 0"
_DECIDED = "status IN ('approved', 'rejected') AND closed_hour >= 0"
_HELD = "status = 'claimed' AND claimed_until_hour >= 0"
_PARTIAL = {
    **{f"ix_reports_queue{one}": ([*equal, *_TURN, *_HOLD], _QUEUE) for one, equal in _EQUAL.items()},
    **{
        f"ix_reports_asked{one}": ([*equal, *_TURN, *_HOLD, "waits"], _ASKED) for one, equal in _EQUAL.items()
    },
    **{
        f"ix_reports_decided{one}": (["status", *equal, "closed_hour", "ref"], _DECIDED)
        for one, equal in _EQUAL.items()
        if one != "_both"
    },
    **{f"ix_reports_sent{one}": ([*equal, "submitted_hour", "ref"], _SENT) for one, equal in _EQUAL.items()},
    "ix_reports_held": (_TURN, _HELD),
}
_BEFORE = {"ix_reports_queue": _QUEUE, "ix_reports_asked": _ASKED_BEFORE}


def upgrade() -> None:
    for name in _BEFORE:
        op.drop_index(name, "reports")
    for name, (columns, where) in _PARTIAL.items():
        _create(name, columns, where)
    op.create_index("ix_reports_dated", "reports", ["date_start", "ref"])


def downgrade() -> None:
    for name in (*_PARTIAL, "ix_reports_dated"):
        op.drop_index(name, "reports")
    for name, where in _BEFORE.items():
        _create(name, _TURN, where)


def _create(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "reports", columns, sqlite_where=condition, postgresql_where=condition)
