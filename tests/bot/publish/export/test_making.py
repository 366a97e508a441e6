"""Making an export: it holds nothing that was withdrawn by then, each row once, in files that a chat takes."""

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import Refusal
from bot.form.answers import Chosen
from bot.publish.export import making, register
from bot.publish.export.exports import PartLimit
from bot.publish.export.making import ExportOrder
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope
from bot.reports import links, withdrawal
from bot.reports.links import ExportState
from bot.reports.states import Consent, Status
from bot.store.unit import MakeUnit, UnitOfWork
from db.models import ExportRow, Report
from tests.bench import Bench, approve_proposal, statements, text
from tests.bot.publish.export.published import approve
from tests.bot.publish.export.registered import begin, correct, held, made, part, refs_in, reports, withdraw


async def test_what_is_withdrawn_while_an_export_is_made_is_not_in_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was read, and its key was opened; before it leaves it is looked at again. What was noted is known to a later withdrawal."""
    one, two = await reports(bench, 2)
    note = register.note

    async def withdrawn_before(unit: UnitOfWork, *rest: Any) -> Any:
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, one.id))
        return await note(unit, *rest)

    monkeypatch.setattr(register, "note", withdrawn_before)
    assert await made(bench) == [two.ref]
    assert await held(bench, one) is None
    assert await held(bench, two) == (1, bench.now.date().isoformat(), [1])


async def test_what_is_corrected_while_an_export_is_made_is_in_it_once_as_it_is_now(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why it was corrected nobody knows: what was wrong may have been a danger. What had left already is not read again, and its new
    version is in the next."""
    monkeypatch.setattr("bot.publish.export.exports.VERSIONS_A_QUERY", 1)
    monkeypatch.setattr("bot.publish.export.selection.VERSIONS_A_QUERY", 1)
    found = await reports(bench, 4)
    one, two, three, four = (report.ref for report in found)
    corrected = iter([found[0], found[2]])

    @asynccontextmanager
    async def write() -> AsyncIterator[UnitOfWork]:
        async with bench.write() as unit:
            yield unit
        for report in corrected:
            await correct(bench, report)

    asked = await begin(bench)
    document = await making.part_in_chat(bench.read, write, asked, 0, 1)
    assert document is not None
    rows = [json.loads(line) for line in document[1].splitlines()]
    assert [(row["id"], row["version"], row["title"]) for row in rows] == [
        (one, 1, "People held in Almaty"),
        (two, 1, "People held in Almaty"),
        (four, 1, "People held in Almaty"),
        (three, 2, "Another title"),
    ]
    async with bench.read() as unit:
        noted = select(ExportRow.report_id, ExportRow.version)
        assert set(map(tuple, await unit.session.execute(noted))) == {
            (report.id, version) for report, version in zip(found, (1, 1, 2, 1), strict=True)
        }
    assert await made(bench, "jsonl", "changed=last") == [one]


async def test_what_is_corrected_again_and_again_holds_no_export_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the next."""
    one, two = await reports(bench, 2)
    note = register.note

    async def corrected_before(unit: UnitOfWork, *rest: Any) -> Any:
        moderator = await bench.moderator(unit, f"Bota{bench.chats}")
        found = await unit.session.get_one(Report, one.id)
        found.status = Status.NEW
        await bench.propose(unit, moderator, found, None, title=text("Another title"))
        await approve_proposal(unit, moderator, found)
        return await note(unit, *rest)

    monkeypatch.setattr(register, "note", corrected_before)
    assert await made(bench) == [two.ref]
    assert await held(bench, one) is None
    monkeypatch.setattr(register, "note", note)
    assert await made(bench, "jsonl", "changed=last") == [one.ref]


async def test_rows_that_are_left_out_to_be_told_from_none_are_not_noted(bench: Bench) -> None:
    """A withdrawal names no file that does not hold the report; of those that are alike all are named."""
    alike = await reports(bench, 3)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Dana")
        region = Chosen(("KZ-10",))
        others = [await approve(bench, unit, moderator, written={"region": region}) for _ in range(2)]
    document = await part(bench, await begin(bench, "jsonl", "anonymous=3"))
    assert document is not None
    assert len(document[1].splitlines()) == 3
    assert [await held(bench, one) is not None for one in (*alike, *others)] == [True] * 3 + [False] * 2


async def test_rows_that_one_file_leaves_out_may_be_in_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are enough like them; each report is in one file."""
    monkeypatch.setattr(making, "MOST_ROWS_IN_CHAT", 4)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Dana")
        region = Chosen(("KZ-10",))
        found = [await approve(bench, unit, moderator, written={"region": region})]
    found += await reports(bench, 3)
    for _ in range(3):
        async with bench.write() as unit:
            found.append(await approve(bench, unit, moderator, written={"region": region}))
        bench.later(1)
    asked = await begin(bench, "jsonl", "anonymous=3")
    files = [await part(bench, asked, number, 3) for number in range(2)]
    assert [len(one[1].splitlines()) for one in files if one is not None] == [3, 4]
    async with bench.read() as unit:
        parts = select(ExportRow.report_id, ExportRow.part)
        noted = {row.report_id: row.part for row in await unit.session.execute(parts)}
    assert [noted[one.id] for one in found] == [1, 0, 0, 0, 1, 1, 1]


async def test_rows_are_noted_in_bulk_and_some_at_a_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction that writes is open for more than some rows, and each has as many statements, however many these are."""
    monkeypatch.setattr("bot.publish.export.exports.VERSIONS_A_QUERY", 2)
    await reports(bench, 5)
    seen_by_transaction: list[int] = []

    @asynccontextmanager
    async def write() -> AsyncIterator[UnitOfWork]:
        async with bench.write() as unit, statements(unit) as seen:
            yield unit
            seen_by_transaction.append(len([one for one in seen if "export_rows" in one]))

    asked = await begin(bench)
    document = await making.part_in_chat(bench.read, write, asked, 0, 1)
    assert len(refs_in(document)) == 5
    assert seen_by_transaction == [1, 1, 1, 0]


async def test_many_rows_are_in_several_files_each_whole(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the documented order, each row once, also when a file is made twice, or a report is withdrawn or corrected between two; where no rows
    are left there is no file."""
    monkeypatch.setattr(making, "MOST_ROWS_IN_CHAT", 2)
    found = await reports(bench, 6)
    asked = await begin(bench, "csv")
    first = await part(bench, asked, 0, 5)
    assert first is not None
    assert await part(bench, asked, 0, 5) == first
    await withdraw(bench, found[0])
    await correct(bench, found[1])
    await withdraw(bench, found[2])
    files = [first, *[one for number in range(1, 5) if (one := await part(bench, asked, number, 5))]]
    rows = [
        [row["id"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
        for _, content, _ in files
    ]
    refs = [report.ref for report in found]
    assert rows == [refs[:2], refs[3:5], refs[5:]]
    assert [name for name, _, _ in files] == [f"kuager_part{number}.csv" for number in (1, 2, 3)]
    async with bench.read() as unit:
        row = await register.find(unit, asked.number)
        assert (row.state, row.rows) == (ExportState.MADE, 5)


async def test_a_file_that_is_too_large_is_refused_and_no_export_is_cut_short_unsaid(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether one row is too large, or the last file has no room for all that is left."""
    await reports(bench, 3)
    monkeypatch.setattr(making, "MOST_ROWS_IN_CHAT", 2)
    asked = await begin(bench)
    with pytest.raises(Refusal, match="too_large"):
        await part(bench, asked, 0, 1)
    monkeypatch.setattr(making, "MOST_BYTES_IN_CHAT", 1000)
    with pytest.raises(Refusal, match="too_large"):
        await part(bench, asked, 0, 3)
    async with bench.read() as unit:
        assert (await register.find(unit, asked.number)).state == ExportState.BROKEN


async def test_a_part_that_does_not_leave_holds_no_report(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What left before it does, also where a part is made again after a kill."""
    first, second, third = await reports(bench, 3)
    monkeypatch.setattr(making, "MOST_ROWS_IN_CHAT", 1)
    asked = await begin(bench)
    await part(bench, asked, 0, 2)
    with pytest.raises(Refusal, match="too_large"):
        await part(bench, asked, 1, 2)
    with pytest.raises(Refusal, match="too_large"):
        await part(bench, asked, 0, 1)
    async with bench.read() as unit:
        assert [await links.holding(unit, one.id) is not None for one in (first, second, third)] == [
            True,
            False,
            False,
        ]
        assert (await register.find(unit, asked.number)).state == ExportState.BEGUN


async def test_nothing_more_is_taken_once_a_file_is_full(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is in the next."""
    monkeypatch.setattr("bot.publish.export.exports.VERSIONS_A_QUERY", 1)
    monkeypatch.setattr(making, "_MOST_ALREADY_WRITTEN", 1000)
    found = await reports(bench, 2)
    asked = await begin(bench)
    assert [refs_in(await part(bench, asked, number, 3)) for number in (0, 1)] == [[one.ref] for one in found]


async def test_an_export_of_the_same_has_the_same_bytes(bench: Bench) -> None:
    """Whatever its number, its hour and who asked; only the manifest tells these."""
    await reports(bench, 2)
    first = await part(bench, await begin(bench, "csv"))
    bench.later(30)
    assert await part(bench, await begin(bench, "csv", actor="Dana")) == first


async def test_words_that_are_destroyed_while_they_are_on_their_way_do_not_leave(bench: Bench) -> None:
    """Although the public version stays, and its row leaves without them: whoever reads an older state of the database still has them."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        told: dict[str, Any] = {"consent_use": Chosen((Consent.SHARE,)), "story": text("They came at night.")}
        report = (await bench.submit(unit, **told)).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        row = await register.begin(unit, "Aspan", ExportRequest.read("jsonl"), ExportScope.STORIES)
        asked = ExportOrder(row.number, ExportRequest.read_spec(row.spec), ExportScope.STORIES)

    async def content(write: MakeUnit) -> bytes:
        return b"".join([piece async for piece in making.pieces(bench.read, write, asked, 0, PartLimit())])

    @asynccontextmanager
    async def after_erasure() -> AsyncIterator[UnitOfWork]:
        async with bench.write() as unit:
            found = await unit.session.get_one(Report, report.id)
            await withdrawal.erase(unit, [found], public_too=False)
        async with bench.write() as unit:
            yield unit

    assert b"They came at night." in await content(bench.write)
    left = await content(after_erasure)
    assert b"They came at night." not in left
    assert (json.loads(left)["id"], json.loads(left)["told_story"]) == (report.ref, [])
    assert await held(bench, report) is not None
