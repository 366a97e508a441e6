"""The register of exports: what is in which file, told at a withdrawal, and what has changed since."""

import json

import pytest
from sqlalchemy import select, update

from bot.errors import WrongArgument
from bot.publish.export import making, register
from bot.publish.export.exports import PartLimit
from bot.publish.export.request import MOST_SPEC, ExportRequest
from bot.reports.links import ExportState
from bot.store import audit
from bot.store.unit import HOURS_A_DAY
from db.models import AuditEntry, Export, ExportRow, PublicVersion
from tests.bench import Bench
from tests.bot.publish.export.registered import (
    begin,
    correct,
    held,
    made,
    manifest,
    part,
    refs_in,
    reports,
    withdraw,
)
from tests.plans import growing, planned


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
        details = await unit.session.scalars(
            select(AuditEntry.detail).order_by(AuditEntry.id).where(AuditEntry.act == "export")
        )
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
    assert (await manifest(bench, asked.number))["filters"] == dict(
        one.split("=") for one in (*filters[:2], "changed=123456788")
    )
    async with bench.read() as unit:
        details = list(
            await unit.session.scalars(
                select(AuditEntry.detail).order_by(AuditEntry.id).where(AuditEntry.act == "export")
            )
        )
        assert details[-1] == "123456789 jsonl:::region=KZ-75,KZ-71,KZ-79,KZ-10;category=…"


async def test_an_export_that_did_not_come_to_its_end_is_no_last_one(bench: Bench) -> None:
    """Nobody has its file for sure, so its rows are in the next."""
    (one,) = await reports(bench, 1)
    asked = await begin(bench, "jsonl", "changed=last")
    pieces = [piece async for piece in making.pieces(bench.read, bench.write, asked, 0, PartLimit())]
    assert len(pieces) == 2
    assert await held(bench, one) is not None
    assert await made(bench, "jsonl", "changed=last") == [one.ref]


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
