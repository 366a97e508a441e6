"""The journal of what was delivered: what a killed bot noted its next life knows, and nothing else is ever believed."""

import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.safety.sealing import KeyRing, RingSeal, SecretKey
from bot.transport.call import Call, Delivered, QueuedRow
from bot.transport.sender import Journal
from tests.bot.transport.post import RING

CALL = Call("sendMessage", {"chat_id": 5, "text": "What happened?"})


def rows(number: int) -> Sequence[QueuedRow]:
    """So many rows of the outbox."""
    return [
        QueuedRow(10**18 + place, b"chat", place, b"", None, None, 1, 0, None, CALL)
        for place in range(number)
    ]


def done(row: QueuedRow) -> Delivered:
    """What a row's delivery could have been."""
    told = (row.number + 1, 7), True, (3,), row.number == 1
    return Delivered(row, *told, edited_at=row.number * 1_800_000_000)


def noted(journal: Journal, of: Sequence[QueuedRow]) -> None:
    """These are delivered."""
    for row in of:
        journal.note(done(row))


def size(folder: Path, number: int = 0) -> int:
    """How long the journal is; -1 where it is not there."""
    path = folder / f"deliveries.{number}"
    return path.stat().st_size if path.exists() else -1


def test_a_next_life_knows_what_was_delivered_and_not_recorded(tmp_path: Path) -> None:
    """All that was to be recorded of it, and of no other row; what it notes itself, others may know after it."""
    owed = rows(5)
    first = Journal(tmp_path, RING)
    noted(first, owed[:4])
    first.recorded([owed[0].id])
    next_ = Journal(tmp_path, RING)
    found = next_.left_by([0], owed[1:])
    assert found == [done(row) for row in owed[1:4]]
    noted(next_, owed[1:2])
    assert len(Journal(tmp_path, RING).left_by([0], owed[1:])) == 3


def test_what_was_delivered_for_a_row_that_is_gone_is_known_by_itself(tmp_path: Path) -> None:
    """Chat, messages, report and how long they may stay: enough to take them back. What left no message is of no matter, nor what is
    recorded though others are not."""
    shown, silent, recorded, owed = (
        QueuedRow(1, b"\xc4hash", 3, b"sealed", None, "r7", 490_000, 2, None, CALL),
        *rows(3),
    )
    journal = Journal(tmp_path, RING)
    journal.note(Delivered(shown, (41, 42), doubtful=True))
    journal.note(Delivered(silent))
    noted(journal, [recorded, owed])
    journal.recorded([recorded.id])
    known, gone = Journal(tmp_path, RING).left_by([0], [owed])
    assert known == done(owed)
    assert (gone.message_ids, gone.doubtful) == ((41, 42), True)
    row = gone.row
    assert (row.id, row.chat_hash, row.report_id, row.stay, row.hour) == (1, b"\xc4hash", "r7", 2, 490_000)
    assert Call.of(RING, row).params == {"chat_id": 5}


def test_what_was_read_from_the_outbox_is_known_as_what_was_just_written(tmp_path: Path) -> None:
    """Its call is sealed in its row; where that does not open, nobody knows whose chat it was."""
    (sealed,), (spoilt,) = rows(1), rows(1)
    sealed.payload, sealed.call, spoilt.call = CALL.dump(RING, sealed), None, None
    spoilt.id, spoilt.payload = 2, os.urandom(200)
    journal = Journal(tmp_path, RING)
    noted(journal, [sealed, spoilt])
    (found,) = journal.left_by([0], [])
    assert Call.of(RING, found.row).params == {"chat_id": 5}


def test_the_file_is_empty_once_all_is_recorded_and_no_longer_than_what_is_not(tmp_path: Path) -> None:
    """Places are used again; nothing of it is left when the bot ends well, and nobody but its user reads it."""
    journal, owed = Journal(tmp_path, RING), rows(40)
    for start in range(0, 40, 4):
        noted(journal, owed[start : start + 4])
        journal.recorded(row.id for row in owed[max(0, start - 3) : start + 1])
    assert size(tmp_path) <= 8 * 512
    assert (tmp_path / "deliveries.0").stat().st_mode & 0o077 == 0
    journal.recorded(row.id for row in owed)
    assert size(tmp_path) == 0
    noted(journal, owed[:1])
    assert Journal(tmp_path, RING).left_by([0], owed) == [done(owed[0])]
    journal.recorded([owed[0].id])
    journal.close()
    assert size(tmp_path) == -1


def test_what_is_torn_changed_moved_or_of_another_key_is_not_believed(tmp_path: Path) -> None:
    """It comes twice then, as if there were no journal; what stands beside it is known."""
    owed = rows(3)
    noted(Journal(tmp_path, RING), owed)
    path = tmp_path / "deliveries.0"
    held = path.read_bytes()
    reader = Journal(tmp_path, RING)
    for spoilt, left in (
        (held[:-1], 2),
        (held[:512] + bytes(512) + held[1024:], 2),
        (held[:600] + bytes([held[600] ^ 1]) + held[601:], 2),
        (held[512:] + held[:512], 0),
        (os.urandom(len(held)), 0),
        (b"", 0),
    ):
        path.write_bytes(spoilt)
        assert len(reader.left_by([0], owed)) == left
    path.write_bytes(held)
    (tmp_path / "deliveries.9").write_bytes(held)
    assert reader.left_by([9], owed) == []
    other = RingSeal(KeyRing({"k1": SecretKey(os.urandom(32))}, "k1"))
    assert Journal(tmp_path, other).left_by([0], owed) == []


def test_nothing_of_it_stands_there_in_the_clear(tmp_path: Path) -> None:
    """Neither a row's id nor a message's, in whatever notation; how many there were of one delivery cannot be seen either."""
    (row,) = rows(1)
    numbers = (1_234_567_891, 987_654_321)
    for count, journal in enumerate((Journal(tmp_path, RING, 1), Journal(tmp_path, RING, 2)), 1):
        journal.note(Delivered(row, numbers[:count]))
    one, two = ((tmp_path / f"deliveries.{number}").read_bytes() for number in (1, 2))
    assert one[:2] == two[:2]
    for held in (one, two):
        for number in (row.id, *numbers):
            assert str(number).encode() not in held
            assert number.to_bytes(8, "big") not in held
            assert number.to_bytes(8, "little") not in held


def test_journals_of_copies_that_are_gone_are_found_read_and_dropped(tmp_path: Path) -> None:
    """One's own stays. A copy that was taken for gone and is not begins anew."""
    owed = rows(3)
    one, other = Journal(tmp_path, RING, 11), Journal(tmp_path, RING, 12)
    noted(one, owed[:2])
    noted(other, owed[2:])
    assert set(other.numbers()) == {11, 12}
    assert other.left_by([11], owed) == [done(row) for row in owed[:2]]
    other.drop([11, 12])
    assert set(other.numbers()) == {12}
    one.recorded(row.id for row in owed[:2])
    noted(one, owed[:1])
    assert other.left_by([11], owed) == [done(owed[0])]


@contextmanager
def small_files() -> Iterator[None]:
    """No file may have more than two places: as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What could be noted is known, the rest comes twice; the operator is told once."""
    nowhere, owed = Journal(tmp_path / "nowhere", RING), rows(4)
    noted(nowhere, owed)
    nowhere.recorded(row.id for row in owed)
    nowhere.close()
    assert nowhere.left_by([0], owed) == []
    assert nowhere.numbers() == set()
    assert len(caplog.records) == 1
    journal = Journal(tmp_path, RING)
    with small_files():
        noted(journal, owed)
    noted(journal, owed[3:])
    assert Journal(tmp_path, RING).left_by([0], owed) == [done(row) for row in (*owed[:2], owed[3])]


def test_a_call_of_very_many_messages_is_not_noted(tmp_path: Path) -> None:
    """Its record would not fit its place."""
    journal, owed = Journal(tmp_path, RING), rows(2)
    journal.note(Delivered(owed[0], tuple(range(10**9, 10**9 + 50))))
    noted(journal, owed[1:])
    assert Journal(tmp_path, RING).left_by([0], owed) == [done(owed[1])]
