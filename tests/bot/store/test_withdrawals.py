"""The list by which a restoration knows what was destroyed."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.reports import withdrawal
from bot.store import drafting, withdrawals
from bot.store.unit import REPORT_FORM
from db.models import Report
from tests.bench import Bench


async def test_the_list_has_the_keys_of_what_was_sent_and_is_left(bench: Bench) -> None:
    """No draft's, so that it tells nothing of people who are writing, and none of a withdrawn report."""
    async with bench.write() as unit:
        kept = (await bench.submit(unit)).report.data_key_id
        gone = (await bench.submit(unit)).report
        await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru")
        await withdrawals.note_backup(unit, "0000000a")
        was = gone.data_key_id
    async with bench.write() as unit:
        found = await withdrawals.collect(unit)
        assert kept is not None
        assert was is not None
        assert found == withdrawals.WithdrawalList(unit.hour, frozenset({"0000000a"}), frozenset({kept, was}))
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, gone.id))
    async with bench.read() as unit:
        assert (await withdrawals.collect(unit)).keys == {kept}
        assert await withdrawals.newest_backup(unit) == unit.hour


async def test_old_backups_are_forgotten(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list stays small; the newest are known."""
    monkeypatch.setattr(withdrawals, "MOST_BACKUPS", 2)
    for number in range(4):
        bench.later(1)
        async with bench.write() as unit:
            await withdrawals.note_backup(unit, f"{number:08x}")
    async with bench.read() as unit:
        assert (await withdrawals.collect(unit)).backups == {"00000002", "00000003"}


async def test_the_list_is_sealed_and_copied(bench: Bench, tmp_path: Path) -> None:
    """Its copy is for the owner alone, tells no time, and opens with the ring only; a copy that is old or away is told."""
    folder = tmp_path / "elsewhere"
    own = {"audit_head": tmp_path / "audit.head", "withdrawals_dir": folder}
    bench.settings = bench.settings.model_copy(update=own)
    ring = bench.safe.ring
    async with bench.read() as unit:
        first = withdrawals.WithdrawalList(
            unit.hour - unit.hour % 24, frozenset({"a"}), frozenset({"b" * 32})
        )
        with pytest.raises(SettingsError, match="cannot be written"):
            withdrawals.keep(bench.settings, ring, first)
        assert withdrawals.load(ring, tmp_path / "withdrawals.list") == first
        assert "is missing or over two days old" in (await withdrawals.doubts(unit))[0]
        folder.mkdir()
        withdrawals.keep(bench.settings, ring, first)
        assert await withdrawals.doubts(unit) == []
    copy = folder / "withdrawals.list"
    assert withdrawals.load(ring, copy) == first
    assert (copy.stat().st_mode & 0o077, copy.stat().st_mtime) == (0, 0)
    assert (b"b" * 32) not in copy.read_bytes()
    later = replace(first, keys=frozenset())
    withdrawals.keep(bench.settings, ring, later)
    assert withdrawals.load(ring, copy) == later
    assert [path.name for path in folder.iterdir()] == ["withdrawals.list"]
    bench.later(96)
    async with bench.read() as unit:
        assert "is missing or over two days old" in (await withdrawals.doubts(unit))[0]
    bench.change_ring()
    with pytest.raises(SettingsError, match="is no list of withdrawals"):
        withdrawals.load(bench.safe.ring, copy)


async def test_a_list_of_another_database_is_put_aside(bench: Bench, tmp_path: Path) -> None:
    """The bot that began with an empty one by mistake does not take from a restoration what it needs."""
    settings = bench.settings.model_copy(update={"audit_head": tmp_path / "audit.head"})
    found = withdrawals.WithdrawalList(48, frozenset({"a"}), frozenset({"b" * 32}))
    empty = withdrawals.WithdrawalList(50, frozenset(), frozenset())
    for one in (found, replace(found, hour=49), empty, replace(empty, hour=51)):
        withdrawals.keep(settings, bench.safe.ring, one)
    assert withdrawals.known(settings, "a") == replace(found, hour=49)
    withdrawals.keep(settings, bench.safe.ring, replace(empty, hour=52, backups=frozenset({"c"})))
    assert withdrawals.known(settings, "a") == replace(found, hour=49)


async def test_a_list_that_never_leaves_is_told_once_there_is_a_backup(bench: Bench) -> None:
    """Without one there is nothing that could bring anything back."""
    async with bench.write() as unit:
        assert await withdrawals.doubts(unit) == []
        await withdrawals.note_backup(unit, "0000000a")
        assert "KUAGER_WITHDRAWALS_DIR is not set" in (await withdrawals.doubts(unit))[0]


async def test_what_any_list_lacks_was_destroyed(bench: Bench, tmp_path: Path) -> None:
    """Two lists may be of one hour, and the copy may be the older one."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    own = {"audit_head": tmp_path / "audit.head", "withdrawals_dir": folder}
    settings, ring = bench.settings.model_copy(update=own), bench.safe.ring
    first = withdrawals.WithdrawalList(48, frozenset({"a"}), frozenset({"b", "c", "d"}))
    withdrawals.keep(settings, ring, first)
    withdrawals.write(ring, tmp_path / "given", replace(first, keys=frozenset({"b", "c"})))
    assert withdrawals.known(settings, "a", tmp_path / "given") == replace(first, keys=frozenset({"b", "c"}))
    withdrawals.write(ring, folder / "withdrawals.list", replace(first, hour=50, keys=frozenset({"c", "e"})))
    assert withdrawals.known(settings, "a", tmp_path / "given") == replace(
        first, hour=50, keys=frozenset({"c"})
    )
