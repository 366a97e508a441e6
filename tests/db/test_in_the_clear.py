"""Whatever the database holds in the clear is named in the documents, in three languages."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from db.models import Base

DOCS = Path(__file__).parents[2] / "docs"
SEALED: Mapping[str, str] = {
    "reports.content": "under the report's key",
    "reports.notes": "under the report's key",
    "drafts.state": "under the draft's key",
    "drafts.prompt": "under the ring",
    "drafts.address": "under the draft's key",
    "blocks.flooding": "under a key that goes with that of the day",
    "talk_messages.content": "under the report's key",
    "ways_back.address": "under a key of its own",
    "files.meta": "under the report's key",
    "public_versions.content": "under the version's key",
    "moderators.address": "under the ring",
    "moderators.preferences": "under the ring",
    "sharing_requests.reason": "under the ring",
    "installed_forms.content": "under the ring",
    "update_texts.content": "under the ring",
    "outbox.payload": "under the ring",
    "sent_messages.message": "under the ring",
    "waiting_updates.raw": "under the ring",
    "failed_updates.raw": "under the ring",
    "sender_buckets.content": "under the key of the day",
    "data_keys.envelope": "a data key for the recipients of the archive, under the ring",
    "ring_secrets.content": "under the ring",
    "key_slots.content": "data keys, wrapped by the ring",
}
"""The columns that nobody reads without a key; `tests/secrets` searches all of them."""


def named(document: Path) -> set[str]:
    """The columns that a document names, in its table of them."""
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+` ?)+)\|", document.read_text("utf-8"), re.MULTILINE)
    return {f"{table}.{column}" for table, columns in rows for column in re.findall(r"`(\w+)`", columns)}


@pytest.mark.parametrize("name", ["privacy.md", "privacy.ru.md", "privacy.kk.md"])
def test_each_column_is_sealed_or_named(name: str) -> None:
    """A new one is named in the three documents, or stands in the table above with the key that seals it."""
    columns = {
        f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns
    }
    assert columns - SEALED.keys() == named(DOCS / name)
    assert SEALED.keys() <= columns
