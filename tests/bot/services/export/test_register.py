"""The register of exports: what is in which file, noted before it leaves, told at a withdrawal, and pruned by age."""

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import select, update

from bot.errors import Refusal, WrongArgument
from bot.form.answers import Chosen
from bot.services import audit
from bot.services.export import expiry, making, manifest, register
from bot.services.export.exports import Extent
from bot.services.export.making import Asked, Document
from bot.services.export.register import ExportState
from bot.services.export.request import MOST_SPEC, ExportRequest
from bot.services.export.versions.scope import Scope
from bot.services.export.versions.selection import Consent
from bot.services.keeping import retention
from bot.services.reports import withdrawal
from bot.services.reports.states import Status
from bot.services.unit import HOURS_A_DAY, REPORT_FORM, REVIEW_FORM, MakeUnit, Unit
from db.models import AuditEntry, Export, ExportRow, PublicVersion, Report
from tests.bench import Bench, approve_proposal, count, statements, text
from tests.bot.services.export.rows.test_filters import approve
from tests.plans import growing, planned


async def begin(bench: Bench, *words: str, actor: str = "Aspan") -> Asked:
    """An export that was asked for."""
    async with bench.write() as unit:
        row = await register.begin(unit, actor, ExportRequest.read_words(words or ["jsonl"]))
        return Asked(row.number, ExportRequest.read_spec(row.spec), Scope.PUBLIC)


async def part(bench: Bench, asked: Asked, number: int = 0, parts: int = 1) -> Document | None:
    """One of its files."""
    return await making.part_in_chat(bench.read, bench.write, asked, number, parts)


async def made(bench: Bench, *words: str) -> list[str]:
    """The references in the only file of a new export."""
    document = await part(bench, await begin(bench, *words))
    return refs_in(document) if document else []


def refs_in(document: Document | None) -> list[str]:
    """The references in a file of JSON Lines."""
    assert document is not None
    return [json.loads(line)["id"] for line in document[1].splitlines()]


async def reports(bench: Bench, number: int) -> list[Report]:
    """Approved reports, one an hour."""
    found = []
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, f"Aspan{bench.chats}")
    for _ in range(number):
        async with bench.write() as unit:
            found.append(await approve(bench, unit, moderator))
        bench.later(1)
    return found


async def correct(bench: Bench, report: Report) -> None:
    """Another version of a public record."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, f"Bota{bench.chats}")
        found = await unit.session.get_one(Report, report.id)
        found.status = Status.NEW
        await bench.propose(unit, moderator, found, None, title=text("Another title"))
        await approve_proposal(unit, moderator, found)


async def withdraw(bench: Bench, report: Report) -> None:
    """What its reporter does."""
    async with bench.write() as unit:
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, report.id))


async def held(bench: Bench, report: Report) -> tuple[int, str, list[int]] | None:
    """How many exports hold a report, since which day, and the newest."""
    async with bench.read() as unit:
        found = await register.holding(unit, report.id, 2)
        if found is None:
            return None
        return found.number, found.since(unit), [one.number for one in found.newest]


async def test_an_export_is_numbered_and_its_rows_are_noted(bench: Bench) -> None:
    """By report and version; the audit log has the number and what it is of."""
    one, two = await reports(bench, 2)
    assert await made(bench, "jsonl", "region=KZ-75") == [one.ref, two.ref]
    assert await made(bench) == [one.ref, two.ref]
    async with bench.read() as unit:
        rows = (await unit.session.scalars(select(ExportRow).order_by(ExportRow.export_number))).all()
        assert {(row.export_number, row.report_id, row.version) for row in rows} == {
            (number, report.id, 1) for number in (1, 2) for report in (one, two)
        }
        details = await unit.session.scalars(select(AuditEntry.detail).where(AuditEntry.act == "export"))
        assert list(details) == ["1 jsonl:::region=KZ-75", "2 jsonl::"]
        row = await register.find(unit, 1)
        assert (row.actor, row.state, row.rows) == ("Aspan", ExportState.MADE, 2)


async def test_a_withdrawal_finds_the_exports_that_held_the_report(bench: Bench) -> None:
    """Also after its keys are destroyed; the next export lacks it. One that broke off, and was kept by nobody, is not told."""
    one, two = await reports(bench, 2)
    assert await held(bench, one) is None
    first_day = bench.now.date().isoformat()
    for _ in range(3):
        assert await made(bench) == [one.ref, two.ref]
        bench.later(HOURS_A_DAY)
    broken = await begin(bench)
    await part(bench, broken)
    async with bench.write() as unit:
        await register.break_off(unit, broken.number)
    await withdraw(bench, one)
    assert await made(bench) == [two.ref]
    assert await held(bench, one) == (3, first_day, [3, 2])
    assert await held(bench, two) == (4, first_day, [5, 3])


async def test_what_is_withdrawn_while_an_export_is_made_is_not_in_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was read, and its key was opened; before it leaves it is looked at again. What was noted is known to a later withdrawal."""
    one, two = await reports(bench, 2)
    note = register.note

    async def withdrawn_before(unit: Unit, *rest: Any) -> Any:
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
    monkeypatch.setattr("bot.services.export.exports.VERSIONS_A_QUERY", 1)
    monkeypatch.setattr("bot.services.export.versions.selection.VERSIONS_A_QUERY", 1)
    found = await reports(bench, 4)
    one, two, three, four = (report.ref for report in found)
    corrected = iter([found[0], found[2]])

    @asynccontextmanager
    async def write() -> AsyncIterator[Unit]:
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

    async def corrected_before(unit: Unit, *rest: Any) -> Any:
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
    monkeypatch.setattr("bot.services.export.exports.VERSIONS_A_QUERY", 2)
    await reports(bench, 5)
    seen_by_transaction: list[int] = []

    @asynccontextmanager
    async def write() -> AsyncIterator[Unit]:
        async with bench.write() as unit, statements(unit) as seen:
            yield unit
            seen_by_transaction.append(len([one for one in seen if "export_rows" in one]))

    asked = await begin(bench)
    document = await making.part_in_chat(bench.read, write, asked, 0, 1)
    assert len(refs_in(document)) == 5
    assert seen_by_transaction == [1, 1, 1, 0]


async def test_only_what_has_changed_since_the_last_export_of_the_same(bench: Bench) -> None:
    """By anybody: what was approved or corrected since any export of the chain. Another format or filter is another chain; a number names
    the chain up to that export."""
    one, two = await reports(bench, 2)
    last = "jsonl", "changed=last"
    assert await made(bench, *last) == [one.ref, two.ref]
    assert await made(bench, *last) == []
    (three,) = await reports(bench, 1)
    await correct(bench, one)
    assert set(await made(bench, *last)) == {one.ref, three.ref}
    assert await made(bench, *last) == []
    assert len(await made(bench, "jsonl", "region=KZ-75", "changed=last")) == 3
    assert set(await made(bench, "jsonl", "changed=1")) == {one.ref, three.ref}
    assert len(await made(bench, "jsonl", "changed=0")) == 3
    with pytest.raises(WrongArgument, match="unknown_value") as refused:
        await begin(bench, "jsonl", "changed=99")
    assert refused.value.arguments == {"value": "99", "example": "changed=7"}


async def test_what_has_changed_can_be_had_with_as_many_filters_as_there_may_be(bench: Bench) -> None:
    """The number of the last export takes more room than the word for it: it is kept, made and described as it was asked for. The audit
    log, which has less room, has whole codes, and says that there were more."""
    (one,) = await reports(bench, 1)
    filters = ["region=KZ-75,KZ-71,KZ-79,KZ-10", "category=detention,x", "changed=last"]
    room = MOST_SPEC - len(ExportRequest.read_words(["jsonl", *filters]).spec())
    filters[1] += f",{'w' * 59},{'y' * 59},{'z' * (room - 121)}"
    with pytest.raises(WrongArgument, match="too_many_filters"):
        await begin(bench, "jsonl", *filters, "rows=incidents")
    await begin(bench, "jsonl", *filters)
    async with bench.write() as unit:
        await unit.session.execute(update(Export).values(number=123_456_788, state=ExportState.MADE))
    asked = await begin(bench, "jsonl", *filters)
    assert len(asked.request.spec()) == MOST_SPEC + 5
    assert (asked.number, asked.request.filters.changed) == (123_456_789, "123456788")
    assert refs_in(await part(bench, asked)) == [one.ref]
    manifest_ = json.loads((await making.manifest_of(bench.read, asked.number))[1])
    assert manifest_["filters"] == dict(one.split("=") for one in (*filters[:2], "changed=123456788"))
    async with bench.read() as unit:
        details = list(
            await unit.session.scalars(select(AuditEntry.detail).where(AuditEntry.act == "export"))
        )
        assert details[-1] == "123456789 jsonl:::region=KZ-75,KZ-71,KZ-79,KZ-10;category=…"


async def test_an_export_that_did_not_come_to_its_end_is_no_last_one(bench: Bench) -> None:
    """Nobody has its file for sure, so its rows are in the next."""
    (one,) = await reports(bench, 1)
    asked = await begin(bench, "jsonl", "changed=last")
    pieces = [piece async for piece in making.pieces(bench.read, bench.write, asked, 0, Extent())]
    assert len(pieces) == 2
    assert await held(bench, one) is not None
    assert await made(bench, "jsonl", "changed=last") == [one.ref]


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
        assert (await register.find(unit, asked.number)).state == ExportState.BEGUN


async def test_nothing_more_is_taken_once_a_file_is_full(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is in the next."""
    monkeypatch.setattr("bot.services.export.exports.VERSIONS_A_QUERY", 1)
    monkeypatch.setattr(making, "_MOST_ALREADY_WRITTEN", 1000)
    found = await reports(bench, 2)
    asked = await begin(bench)
    assert [refs_in(await part(bench, asked, number, 3)) for number in (0, 1)] == [[one.ref] for one in found]


async def test_a_manifest_says_what_the_file_is(bench: Bench) -> None:
    """Digest, size, counts, filters, who and when, to the hour; the same bytes each time."""
    (one,) = await reports(bench, 1)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Dana")
        for consent in ("share_trusted", "statistics_only", "statistics_only"):
            await approve(bench, unit, moderator, consent)
    asked = await begin(bench, "jsonl", "2026-11-01", "region=KZ-75", actor="Dana")
    document = await part(bench, asked)
    assert refs_in(document) == [one.ref]
    assert document is not None
    name, content, mime = await making.manifest_of(bench.read, asked.number)
    assert (name, mime) == ("kuager_2026-11-01.jsonl.manifest.json", "application/json")
    bench.later(48)
    assert await making.manifest_of(bench.read, asked.number) == (name, content, mime)
    told: Mapping[str, Any] = json.loads(content)
    assert {key: told[key] for key in ("manifest", "export", "by", "scope", "format", "rows", "made")} == {
        "manifest": manifest.VERSION,
        "export": 1,
        "by": "Dana",
        "scope": "public",
        "format": "jsonl",
        "rows": 1,
        "made": "2026-11-25T11:00+05:00",
    }
    assert (told["approved"], told["filters"]) == (
        {"since": "2026-11-01", "until": None},
        {"region": "KZ-75"},
    )
    assert told["withheld_in_period"] == {"by_consent": {"share_trusted": 1, "statistics_only": 2}}
    assert told["files"] == [
        {
            "name": "kuager_2026-11-01.jsonl",
            "bytes": len(document[1]),
            "sha256": hashlib.sha256(document[1]).hexdigest(),
            "rows": 1,
            "is_encrypted": False,
            "generalised": 0,
            "left_out": 0,
        }
    ]
    versions = {bench.forms[kind].name: bench.forms[kind].version for kind in (REPORT_FORM, REVIEW_FORM)}
    assert {name: one["version"] for name, one in told["forms"].items()} == versions
    assert all(one["left_out"] and one["why"] for one in told["redactions"])


async def test_what_two_administrators_share_is_noted_and_described_too(bench: Bench) -> None:
    """Encrypted to the operator's recipients, whatever is asked; the manifest says so, and what stayed out by consent."""
    identity = pyrage.x25519.Identity.generate()
    bench.settings = bench.settings.model_copy(update={"export_recipients": (str(identity.to_public()),)})
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Dana")
        shared = await approve(bench, unit, moderator, "share_trusted")
        await approve(bench, unit, moderator)
        row = await register.begin(unit, "Dana", ExportRequest.read("jsonl"), Scope.STORIES)
    asked = Asked(row.number, ExportRequest.read("jsonl"), Scope.STORIES)
    document = await part(bench, asked)
    assert document is not None
    assert json.loads(pyrage.decrypt(document[1], [identity]))["id"] == shared.ref
    assert (await held(bench, shared)) is not None
    _, content, _ = await making.manifest_of(bench.read, row.number)
    told = json.loads(content)
    assert (told["scope"], told["rows"], told["files"][0]["is_encrypted"]) == ("stories", 1, True)
    assert told["withheld_in_period"]["by_consent"] == {"publish_no_names": 1, "statistics_only": 0}
    assert not [one for one in told["redactions"] if one["left_out"].startswith("answers")]
    async with bench.read() as unit:
        acts = await unit.session.scalars(select(AuditEntry.act).where(AuditEntry.act == "export"))
        assert list(acts) == []  # `share_make` tells of it


async def test_an_export_of_the_same_has_the_same_bytes(bench: Bench) -> None:
    """Whatever its number, its hour and who asked; only the manifest tells these."""
    await reports(bench, 2)
    first = await part(bench, await begin(bench, "csv"))
    bench.later(30)
    assert await part(bench, await begin(bench, "csv", actor="Dana")) == first


async def test_the_register_forgets_by_age_and_uses_no_number_twice(bench: Bench) -> None:
    """Rows first, some at a time, then the export; what is younger stays, and the newest number."""
    (one,) = await reports(bench, 1)
    await made(bench)
    bench.later(HOURS_A_DAY)
    await made(bench)
    bench.later(bench.settings.export_days * HOURS_A_DAY - 1)
    async with bench.write() as unit:
        assert await expiry.rows_over(unit, 500) == [(1, one.id)]
        done = [await step.act(unit, await step.find(unit, 500)) for step in _steps()]
        assert done == [1, 1]
        assert (await count(unit, Export), await count(unit, ExportRow)) == (1, 1)
    bench.later(HOURS_A_DAY)
    async with bench.write() as unit:
        assert [await step.act(unit, await step.find(unit, 500)) for step in _steps()] == [1, 0]
        assert await register.holding(unit, one.id) is None
    assert (await begin(bench)).number == 3


async def test_what_is_asked_of_the_register_is_had_from_indexes(bench: Bench) -> None:
    """Of a report, what is new since an export, and what a further file holds: whatever the number of rows."""
    (one,) = await reports(bench, 1)
    await made(bench)
    asked = await begin(bench, "jsonl", "changed=1")
    async with planned(bench.database) as plans:
        await part(bench, asked, 1, 3)
        await held(bench, one)
    assert len([plan for plan in plans if "export_rows" in plan[0]]) >= 3
    assert growing(plans) == []


def _steps() -> list[retention.Step]:
    return [retention.STEPS["export_rows"], retention.STEPS["exports"]]


async def test_nothing_in_the_register_names_a_person(bench: Bench) -> None:
    """Ids of reports, numbers of versions, an alias or the program; a withdrawal leaves it as it is."""
    (one,) = await reports(bench, 1)
    await made(bench, "jsonl")
    await withdraw(bench, one)
    async with bench.read() as unit:
        (row,) = (await unit.session.scalars(select(ExportRow))).all()
        assert (row.report_id, row.version, row.part) == (one.id, 1, 0)
        assert await unit.session.scalar(select(PublicVersion.content)) is None
        export = await register.find(unit, 1)
    names = [column.name for column in Export.__table__.columns]
    written = json.dumps({name: getattr(export, name) for name in names})
    assert (one.ref in written, one.id in written, audit.SYSTEM in written) == (False, False, False)


async def test_words_that_are_destroyed_while_they_are_on_their_way_do_not_leave(bench: Bench) -> None:
    """Although the public version stays, and its row leaves without them: whoever reads an older state of the database still has them."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        told: dict[str, Any] = {"consent_use": Chosen((Consent.SHARE,)), "story": text("They came at night.")}
        report = (await bench.submit(unit, **told)).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        row = await register.begin(unit, "Aspan", ExportRequest.read("jsonl"), Scope.STORIES)
        asked = Asked(row.number, ExportRequest.read_spec(row.spec), Scope.STORIES)

    async def content(write: MakeUnit) -> bytes:
        return b"".join([piece async for piece in making.pieces(bench.read, write, asked, 0, Extent())])

    @asynccontextmanager
    async def after_erasure() -> AsyncIterator[Unit]:
        async with bench.write() as unit:
            found = await unit.session.get_one(Report, report.id)
            await withdrawal.erase_all(unit, [found], public_too=False)
        async with bench.write() as unit:
            yield unit

    assert b"They came at night." in await content(bench.write)
    left = await content(after_erasure)
    assert b"They came at night." not in left
    assert (json.loads(left)["id"], json.loads(left)["told_story"]) == (report.ref, [])
    assert await held(bench, report) is not None
