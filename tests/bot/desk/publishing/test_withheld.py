"""What a moderator takes out of a public version stays beside the report, under the report's key alone, and can be brought back."""

import json
from dataclasses import replace

from sqlalchemy import select

from bot.app import retention
from bot.desk.card import service as card_service
from bot.desk.publishing import service as publishing_service
from bot.form.answers import Answer, Chosen
from bot.publish import versions
from bot.publish.export import exports
from bot.reports import reading
from bot.store import drafting, vault
from bot.store.unit import UnitOfWork
from db.models import DraftRow, Moderator, PublicVersion, Report
from tests.bench import Bench, opens, text, typed

TOWN, OFFICE = "Karasu by the lake", "the second department"
TOLD: dict[str, Answer] = {
    "depth": Chosen(("full",)),
    "region": Chosen(("KZ-39",)),
    "locality": text(TOWN),
}
WRITTEN: dict[str, Answer] = {"/review/title": typed("Title"), "/review/summary": typed("Summary")}
POLICE: dict[str, Answer] = {
    "/review/perpetrators[1]/perpetrator_type": Chosen(("police",)),
    "/review/perpetrators[1]/perpetrator_detail": typed(OFFICE),
    "/review/perpetrators[2]/perpetrator_type": Chosen(("prison",)),
}


async def begun(bench: Bench, unit: UnitOfWork) -> tuple[Moderator, Report]:
    """A report with a town, and who holds it."""
    return await bench.moderator(unit), (await bench.submit(unit, **TOLD)).report


async def save(unit: UnitOfWork, moderator: Moderator, report: Report, *withheld: str) -> PublicVersion:
    """An edit that is sent with these places taken out."""
    edit = await publishing_service.begin(unit, moderator, report, None)
    answers = {**edit.draft.answers, **WRITTEN}
    edit.draft = replace(edit.draft, answers=answers, withheld=withheld)
    drafting.save(unit, edit)
    return (await publishing_service.save_edit(unit, edit))[1]


async def row_of(unit: UnitOfWork, report: Report, version: PublicVersion) -> dict[str, str]:
    """The row that would be exported."""
    said = await versions.content(unit, version)
    assert said is not None
    return {
        column.name: cell
        for column, _, cell in await exports.preview(unit, report, version.version, said, "en")
    }


async def test_a_version_has_nothing_of_what_was_taken_out(bench: Bench) -> None:
    """Neither its row nor its sealed content, and the key that the draft had is gone; the town stands beside the report."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        edit = await publishing_service.begin(unit, moderator, report, None)
        answers = {**edit.draft.answers, **WRITTEN}
        edit.draft = replace(edit.draft, answers=answers, withheld=("/review/locality",))
        drafting.save(unit, edit)
        old_key = edit.row.data_key_id
        version = (await publishing_service.save_edit(unit, edit))[1]
        assert "locality" not in await row_of(unit, report, version)
        assert version.content is not None
        plain = vault.unseal(
            unit, version.data_key_id or "", version.content, f"public_versions.content:{version.id}"
        )
        assert TOWN not in json.dumps(plain, ensure_ascii=False)
        assert old_key not in {version.data_key_id, None}
        assert await opens(unit, old_key, version.data_key_id) == [False, True]
        assert (await unit.session.scalars(select(DraftRow))).all() == []
        assert TOWN in str(await reading.read_beside(unit, report))


async def test_the_next_edit_has_it_still_taken_out_and_can_bring_it_back(bench: Bench) -> None:
    """Whoever edits next; once it is brought back nothing of it is kept beside the report."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        await save(unit, moderator, report, "/review/locality")
    async with bench.write() as unit:
        report, moderator = await unit.session.merge(report), await unit.session.merge(moderator)
        edit = await publishing_service.begin(unit, moderator, report, None)
        assert edit.draft.withheld == ("/review/locality",)
        assert edit.draft.answers["/review/locality"] == text(TOWN)
        edit.draft = replace(edit.draft, withheld=())
        drafting.save(unit, edit)
        version = (await publishing_service.save_edit(unit, edit))[1]
        said = await versions.content(unit, version)
        assert said is not None
        assert said.answers["/review/locality"] == text(TOWN)
        assert TOWN not in str(await reading.read_beside(unit, report))


async def test_an_instance_is_taken_out_as_a_whole(bench: Bench) -> None:
    """With what the moderator wrote in it; the other one is the first of the row, and it comes last in the next edit."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        edit = await publishing_service.begin(unit, moderator, report, None)
        edit.draft = replace(
            edit.draft,
            answers={**edit.draft.answers, **WRITTEN, **POLICE},
            counts={**edit.draft.counts, "/review/perpetrators": 2},
            withheld=("/review/perpetrators[1]",),
        )
        drafting.save(unit, edit)
        version = (await publishing_service.save_edit(unit, edit))[1]
        row = await row_of(unit, report, version)
        assert "police" not in row["perpetrators_type"]
        assert "perpetrators_detail" not in row
        again = await publishing_service.begin(unit, moderator, report, None)
        assert again.draft.withheld == ("/review/perpetrators[2]",)
        assert again.draft.counts["/review/perpetrators"] == 2
        assert again.draft.answers["/review/perpetrators[2]/perpetrator_detail"] == typed(OFFICE)


async def test_notes_and_what_was_taken_out_stand_side_by_side(bench: Bench) -> None:
    """Neither takes the other's place."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        await card_service.add_note(unit, moderator, report, "a note")
        await save(unit, moderator, report, "/review/locality")
        await card_service.toggle(unit, moderator, report, "date")
        found = await card_service.notes_of(unit, report)
        assert ([one.text for one in found.notes], list(found.checks)) == (["a note"], ["date"])
        assert TOWN in str(await reading.read_beside(unit, report))


async def test_it_goes_with_the_report(bench: Bench) -> None:
    """Once that has expired the version stays, and nothing of what was taken out is left."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        await save(unit, moderator, report, "/review/locality")
        key = report.data_key_id
        await retention.expire_all(unit, [report])
        assert await opens(unit, key) == [False]
        assert await unit.session.scalar(select(Report.notes)) is None


async def test_where_nothing_is_taken_out_nothing_is_written_beside(bench: Bench) -> None:
    """The version takes the draft's key, as ever."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        await save(unit, moderator, report)
        assert await unit.session.scalar(select(Report.notes)) is None
