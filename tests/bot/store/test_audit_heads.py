"""What was cut off the audit log is told by its head outside the database."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.errors import SettingsError
from bot.store import audit
from bot.store.audit import load_head
from db.models import AuditEntry
from tests.bench import Bench


@pytest.fixture
def head(bench: Bench, tmp_path: Path) -> Path:
    """The file of the head, which is not there yet."""
    path = tmp_path / "audit.head"
    bench.settings = bench.settings.model_copy(update={"audit_head": path})
    return path


async def record(bench: Bench, number: int) -> None:
    """So many entries."""
    async with bench.write() as unit:
        for place in range(number):
            await audit.record(unit, "Aspan", "claim", f"R{place:05}")


async def keep(bench: Bench) -> int:
    """Write the head down; how many entries are missing."""
    async with bench.read() as unit:
        return await audit.update_head(unit)


async def cut(bench: Bench, above: int) -> None:
    """Delete the entries above a number."""
    async with bench.write() as unit:
        await unit.session.execute(delete(AuditEntry).where(AuditEntry.id > above))


@pytest.mark.parametrize(("left", "missing"), [(4, 1), (2, 3), (0, 5)])
async def test_entries_cut_off_at_the_end_are_counted(
    bench: Bench, head: Path, left: int, missing: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The newest, or all: the chain that is left is whole, the head tells; the file stays as it was."""
    await record(bench, 5)
    assert await keep(bench) == 0
    known = load_head(head)
    assert known is not None
    assert known.number == 5
    await cut(bench, left)
    async with bench.read() as unit:
        assert await audit.broken_at(unit) is None
    assert await keep(bench) == missing
    assert load_head(head) == known
    assert "the audit log was cut" in caplog.text


async def test_a_log_that_went_on_after_a_cut_is_found(bench: Bench, head: Path) -> None:
    """As long as it was, or longer, but with other entries; a head told in a chat is enough."""
    await record(bench, 5)
    await keep(bench)
    async with bench.read() as unit:
        told = await audit.head(unit)
    await cut(bench, 3)
    bench.later(1)
    await record(bench, 4)
    async with bench.read() as unit:
        assert await audit.broken_at(unit) is None
        assert await audit.cut_since(unit, replace(told, mac=told.mac[:16])) == 1
    assert await keep(bench) == 1
    assert load_head(head) == told


async def test_a_log_that_only_grew_is_whole(bench: Bench, head: Path) -> None:
    """The head follows it; entries are numbered without gaps, also after a transaction that was rolled back."""
    await record(bench, 2)
    await keep(bench)
    async with bench.write() as unit:
        await audit.record(unit, "Aspan", "claim", "R00009")
        await unit.session.rollback()
    await record(bench, 3)
    assert await keep(bench) == 0
    known = load_head(head)
    assert known is not None
    assert known.number == 5


@pytest.fixture
def spoilt(head: Path) -> Path:
    """A file in the place of the head that holds something else."""
    head.write_text("words")
    return head


@pytest.fixture
def blocked(head: Path) -> Path:
    """A folder in the place of the head."""
    head.mkdir()
    return head


@pytest.mark.usefixtures("spoilt")
async def test_a_file_that_holds_something_else_is_told(bench: Bench) -> None:
    """In one line that names the setting."""
    with pytest.raises(SettingsError, match=r"KUAGER_AUDIT_HEAD is wrong.*Example"):
        await keep(bench)


@pytest.mark.usefixtures("blocked")
async def test_a_folder_in_its_place_is_told(bench: Bench) -> None:
    """The same."""
    with pytest.raises(SettingsError, match="KUAGER_AUDIT_HEAD is wrong"):
        await keep(bench)
