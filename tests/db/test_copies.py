"""What a backup holds."""

from db.copies import PASSING
from db.models import Base

KEPT = {
    "reports", "public_versions", "files", "data_keys", "key_slots", "free_slots", "moderators", "audit_log", "marks",
}  # fmt: skip


def test_of_every_table_it_is_decided_whether_a_backup_holds_it() -> None:
    """One that is forgotten would be kept: minutes at which moderators acted, for one, or what would be sent a second time."""
    assert KEPT.isdisjoint(PASSING)
    assert {*KEPT, *PASSING, "drafts"} == set(Base.metadata.tables)
