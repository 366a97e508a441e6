"""Edits: what a moderator's review form starts from, asks for, and comes to once it is sent."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.desk.publishing import service as publishing_service
from bot.errors import Refusal
from bot.form.answers import Chosen, Precision, When, Written
from bot.form.draft import REVIEW
from bot.form.events import Back, Show, Submit, Wrote
from bot.form.screen import Key, ScreenKind
from bot.publish import versions
from bot.publish.export import exports
from bot.reports import claims
from bot.store import drafting
from bot.store.drafting import End
from db.models import DraftRow, PublicVersion
from tests.bench import Bench, count, opens, text, typed


async def test_an_edit_starts_from_what_the_reporter_said(bench: Bench) -> None:
    """At the first text that must be written, with the codes, the date and the region; without a word of the story."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, violations=None)).report
        await claims.claim(unit, moderator, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        screen, end = await drafting.apply(unit, edit, Show())
    assert (end, screen.kind, edit.draft.position) == (End.OPEN, ScreenKind.QUESTION, "/review/title")
    assert edit.draft.answers == {
        "/review/kind": Chosen(("incident",)),
        "/review/assertion": Chosen(("alleged",)),
        "/review/violations": Chosen(("detention",)),
        "/review/violation_primary": Chosen(("detention",)),
        "/review/when": When(Precision.DAY, "2024-03-08", "2024-03-08"),
        "/review/date_kind": Chosen(("event",)),
        "/review/region": Chosen(("KZ-75",)),
    }


async def test_an_edit_asks_for_what_is_missing_and_is_not_sent_without(bench: Bench) -> None:
    """Title and summary are asked one after the other, then the review comes; whoever turns back to it is led to both again, and told
    how many there are."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        for kind in (ScreenKind.EDIT, ScreenKind.REVIEW):
            assert (await drafting.apply(unit, edit, Back()))[0].kind is kind
        screen, end = await drafting.apply(unit, edit, Submit())
        assert (end, screen.path) == (End.OPEN, "/review/title")
        assert screen.notice == Key("flow.submit.missing", {"n": 2})
        assert (await drafting.apply(unit, edit, Wrote("Title", "1")))[0].path == "/review/summary"
        screen, _ = await drafting.apply(unit, edit, Wrote("Summary", "2"))
        assert screen.kind is ScreenKind.REVIEW
        assert (await drafting.apply(unit, edit, Submit()))[1] is End.SUBMITTED


async def test_a_text_typed_at_the_review_is_the_first_that_is_missing_and_fits(bench: Bench) -> None:
    """One that is too long for a title is the summary; with nothing missing it changes nothing."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        await drafting.apply(unit, edit, Back())
        for event in (Wrote("x" * 200, "1"), Wrote("Title", "2")):
            screen, _ = await drafting.apply(unit, edit, event)
            assert screen.kind is ScreenKind.REVIEW
        told = {
            path: answer.text for path, answer in edit.draft.answers.items() if isinstance(answer, Written)
        }
        assert (told["/review/title"], told["/review/summary"]) == ("Title", "x" * 200)
        screen, _ = await drafting.apply(unit, edit, Wrote("More", "3"))
        assert screen.notice == Key("flow.use_buttons")


async def test_an_edit_goes_on_after_a_restart(bench: Bench) -> None:
    """The same draft is given back; another form in the chat must be ended first."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        first, second = [(await bench.submit(unit)).report for _ in range(2)]
        await claims.claim(unit, moderator, first)
        drafting.save(unit, await publishing_service.begin(unit, moderator, first, None))
    async with bench.write() as unit:
        found = (await drafting.load(unit, [moderator.chat_hash]))[moderator.chat_hash]
        first, second = [await claims.find(unit, report.ref) for report in (first, second)]
        assert await publishing_service.begin(unit, moderator, first, found) is found
        with pytest.raises(Refusal, match=r"edit\.other") as refused:
            await publishing_service.begin(unit, moderator, second, found)
        assert refused.value.arguments["ref"] == first.ref
        own = replace(found, row=DraftRow(kind="report"))
        with pytest.raises(Refusal, match=r"edit\.own_report"):
            await publishing_service.begin(unit, moderator, first, own)
        assert await count(unit, DraftRow) == 1


async def test_a_sent_edit_is_a_proposed_version_under_the_drafts_own_key(bench: Bench) -> None:
    """The draft is gone, its key serves the version; a later edit starts from it and takes its place."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        first = await bench.propose(unit, moderator, report, region=Chosen(("KZ-71",)))
        assert await count(unit, DraftRow) == 0
        key_id = first.data_key_id
        assert key_id != report.data_key_id
        edit = await publishing_service.begin(unit, moderator, report, None)
        assert edit.draft.answers["/review/region"] == Chosen(("KZ-71",))
        drafting.save(unit, edit)
        await publishing_service.save_edit(unit, edit)
    async with bench.read() as unit:
        found = (await unit.session.scalars(select(PublicVersion).order_by(PublicVersion.version))).all()
        assert [(one.version, one.state, one.current) for one in found] == [
            (1, "replaced", False),
            (2, "proposed", False),
        ]
        assert (found[0].content, await opens(unit, key_id)) == (None, [False])
        written = await versions.content(unit, found[1])
        assert written is not None
        assert written.answers["/review/title"] == typed("People held in Almaty")


async def test_an_edit_of_a_report_that_another_holds_is_not_saved(bench: Bench) -> None:
    """A claim that ended and went to another refuses what the first one sends."""
    async with bench.write() as unit:
        first, second = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = (await bench.submit(unit)).report
        await claims.claim(unit, first, report)
        edit = await publishing_service.begin(unit, first, report, None)
        await claims.release(unit, first, report)
        await claims.claim(unit, second, report)
        with pytest.raises(Refusal, match=r"moderator\.held"):
            await publishing_service.save_edit(unit, edit)


async def test_an_edit_begun_before_the_date_had_choices_goes_on(bench: Bench) -> None:
    """Its words for the date are kept, and exported."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        answers = {path: one for path, one in edit.draft.answers.items() if path != "/review/date_kind"}
        told = {
            "/review/date_meaning": typed("appeal ruling"),
            "/review/title": text("T"),
            "/review/summary": text("S"),
        }
        edit.draft = edit.draft.changed(answers={**answers, **told}, digest="earlier", position=REVIEW)
        for event in (Show(), Submit()):
            _, end = await drafting.apply(unit, edit, event)
        assert end is End.SUBMITTED
        _, version = await publishing_service.save_edit(unit, edit)
        said = await versions.content(unit, version)
        assert said is not None
        row = await exports.preview(unit, report, version.version, said, "en")
    assert {column.name: cell for column, _, cell in row}["date_meaning"] == "appeal ruling"
