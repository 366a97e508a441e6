"""How an update tells: what belongs together in one paragraph, the important first, and what is new since the last one."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk.decisions import incidents
from bot.desk.publishing import service as publishing_service
from bot.form.answers import Chosen, Number, Precision, When
from bot.publish.country_update.document import Paragraph, ParagraphStyle
from bot.publish.country_update.request import Edition, UpdateRequest
from bot.publish.country_update.service import composed
from bot.publish.own_texts import OwnPart, set_text
from bot.reports import claims
from bot.store.unit import UnitOfWork
from db.models import Moderator, Report
from tests.bench import Bench, approve_proposal, text
from tests.bot.publish.country_update.test_update import approve, blocks_of, facts_below, made, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
JANUARY = UpdateRequest.read("2024-01", "2024-01", "en", "md")
MARCH = UpdateRequest.read("2024-02", "2024-03", "en", "md")
WINTER, DAY = When(Precision.MONTH, "2024-01"), When(Precision.DAY, "2024-03-08", "2024-03-08")


async def titled(bench: Bench, unit: UnitOfWork, title: str, **more: Any) -> Report:
    """A record of 8 March of an assembly, without people and outcomes."""
    nothing: dict[str, Any] = {
        "affected[1]/affected_number_min": None,
        "affected[1]/affected_number_max": None,
        "outcomes[1]/outcome_date": None,
        "when": DAY,
    }
    moderator = await unit.session.scalar(select(Moderator)) or await bench.moderator(unit, language="en")
    return await approve(bench, unit, moderator, title=text(title), title_en=text(title), **nothing | more)


def paragraphs(document: Any, section: str) -> list[list[str]]:
    """The titles in each paragraph of a section."""
    (found,) = [one for one in document.sections if one.key == section]
    told = [block for block in found.blocks if isinstance(block, Paragraph)]
    return [
        titles for one in told if (titles := [said.name.rstrip(".") for said in one.statements if said.name])
    ]


async def test_the_important_comes_first(bench: Bench) -> None:
    """More people before fewer; then the graver violation by the order of its list; then what no update told before; then time. A theme stays
    together."""
    async with bench.write() as unit:
        told = await titled(bench, unit, "told", when=When(Precision.RANGE, "2024-01", "2024-03"))
        await titled(bench, unit, "later", when=When(Precision.DAY, "2024-03-09", "2024-03-09"))
        await titled(bench, unit, "new")
        for title, code in (("lower in the list", "assembly.dispersed"), ("mass", "detention.mass")):
            await titled(bench, unit, title, violations=Chosen((code,)), violation_primary=Chosen((code,)))
        many = {"affected[1]/affected_number_min": Number(40)}
        await titled(bench, unit, "many", **many)
        assert told.ref
    await made(bench, JANUARY)
    async with bench.read() as unit:
        document = await composed(unit, MARCH)
    assert paragraphs(document, "assembly") == [
        [one] for one in ("many", "new", "later", "told", "lower in the list", "mass")
    ]


async def test_what_belongs_together_stands_in_one_paragraph_across_months(bench: Bench) -> None:
    """Related cases, by time; with the marks of each after its own sentences, and below after its own facts."""
    async with bench.write() as unit:
        await titled(bench, unit, "other")
        appeal = await titled(bench, unit, "appeal", when=When(Precision.MONTH, "2024-03"))
        trial = await titled(bench, unit, "trial", when=When(Precision.MONTH, "2024-02"))
        moderator = await unit.session.get_one(Moderator, await unit.session.scalar(select(Moderator.id)))
        await incidents.relate(unit, moderator, appeal, trial.ref)
        await unit.session.flush()
        document = await composed(unit, MARCH)
    assert ["trial", "appeal"] in paragraphs(document, "assembly")
    blocks = list(blocks_of(document))
    (place,) = [
        place
        for place, one in enumerate(blocks)
        if isinstance(one, Paragraph) and one.statements[0].name == "trial."
    ]
    for block, look in zip(
        blocks[place : place + 2], (ParagraphStyle.TEXT, ParagraphStyle.FACTS), strict=True
    ):
        assert isinstance(block, Paragraph)
        assert block.look is look
        assert [[mark.words for mark in marks] for _, marks in block.runs if marks] == [["1"], ["2"]]


async def test_what_is_ticked_is_left_out_below(bench: Bench) -> None:
    """A record whose every fact is ticked has no facts below, unless it is only alleged: then that alone."""
    everything = Chosen(("who", "by_whom", "place", "date", "law", "outcomes", "earlier"))
    async with bench.write() as unit:
        await titled(bench, unit, "nothing")
        await titled(bench, unit, "law", said_in_summary=Chosen(("law",)))
        await titled(bench, unit, "everything", said_in_summary=everything)
        alleged = {"said_in_summary": everything, "assertion": Chosen(("alleged",))}
        await titled(bench, unit, "alleged", **alleged)
        document = await composed(unit, MARCH)
    told = {
        title: " ".join(one.words for one in facts_below(document, title))
        for title in ("nothing", "law", "everything", "alleged")
    }
    law = "Legal basis cited: the Law on peaceful assemblies. "
    assert law in told["nothing"]
    assert told["law"] == told["nothing"].replace(law, "")
    assert (told["everything"], told["alleged"]) == ("", "This is alleged and not confirmed.")


async def test_what_is_new_and_what_became_of_earlier_cases(bench: Bench) -> None:
    """Against the last update of an earlier period, in whatever language it was. A case that was corrected since is told again, though
    it is of another period and counts in no figure."""
    async with bench.write() as unit:
        corrected = await titled(bench, unit, "wrong", when=WINTER)
        sentence = {
            "outcomes[1]/outcome_status": Chosen(("fined",)),
            "outcomes[1]/outcome_date": When(Precision.MONTH, "2024-03"),
        }
        await titled(bench, unit, "fined later", when=WINTER, **sentence)
        await titled(bench, unit, "still of January", when=WINTER)
        first = await composed(unit, JANUARY)
        in_full = await composed(unit, replace(JANUARY, edition=Edition.FULL))
    assert words(in_full, "new") == "New since the last update\nThis is the first update."
    assert words(first, "new") == ""  # the short edition has nothing to say of it
    assert words(first, "became") == ""
    await made(bench, replace(JANUARY, language="kk", edition=Edition.FULL))
    async with bench.write() as unit:
        await titled(bench, unit, "of March")
        moderator = await unit.session.get_one(Moderator, await unit.session.scalar(select(Moderator.id)))
        report = await unit.session.get_one(Report, corrected.id)
        await claims.correct(unit, moderator, report)
        await bench.propose(
            unit, moderator, report, when=WINTER, title=text("right"), summary=text("Now it is right.")
        )
        await approve_proposal(unit, moderator, report)
    async with bench.read() as unit:
        document = await composed(unit, MARCH)
        again = await composed(unit, replace(JANUARY, edition=Edition.FULL))
    assert words(document, "new") == (
        "New since the last update\n"
        "Records that were not in the update of January 2024: 1.\n"
        "of March (8 March 2024)"
    )
    became = words(document, "became")
    assert "fined later – Fined (" in became
    assert "March 2024)" in became
    assert "right" in became
    assert "Now it is right." in became
    assert "wrong" not in repr(document)
    assert "still of January" not in repr(document)
    assert "Records in this update: 2." in words(document, "figures")
    assert [one.record for one in document.annex.references][2:] == [corrected.ref]
    assert "This is the first update." in words(again, "new")  # no update of January is before it


async def test_a_translation_is_no_news_of_a_case_but_a_correction_below_it_is(bench: Bench) -> None:
    """A record without a date, corrected since, is told once, among those without one."""
    bench.settings = bench.settings.model_copy(update={"published_languages": ("en", "ru")})
    async with bench.write() as unit:
        case = await titled(bench, unit, "a case", when=WINTER)
        undated = await titled(bench, unit, "undated", when=When(Precision.UNKNOWN))
    await made(bench, JANUARY)
    async with bench.write() as unit:
        moderator = await unit.session.get_one(Moderator, await unit.session.scalar(select(Moderator.id)))
        report = await unit.session.get_one(Report, undated.id)
        await claims.correct(unit, moderator, report)
        await bench.propose(
            unit, moderator, report, title=text("undated still"), title_en=text("undated still")
        )
        await approve_proposal(unit, moderator, report)
        case = await unit.session.get_one(Report, case.id)
        ru = ("Людей задержали", "Троих человек задержали у здания суда.")
        await publishing_service.translate(unit, moderator, case, "ru", ru)
        await unit.session.flush()
        document = await composed(unit, MARCH)
        assert paragraphs(document, "undated") == [["undated still"]]
        assert words(document, "became") == ""
        await claims.correct(unit, moderator, case)
        await bench.propose(unit, moderator, case, title=text("corrected"), title_en=text("corrected"))
        await approve_proposal(unit, moderator, case)
        await publishing_service.translate(unit, moderator, case, "ru", ru)
        await unit.session.flush()
        assert paragraphs(await composed(unit, MARCH), "became") == [["corrected"]]


async def test_the_organisations_own_texts_stand_in_their_places(bench: Bench) -> None:
    """Introduction and context before all else, conclusions before the method, a paragraph a line."""
    async with bench.write() as unit:
        await titled(bench, unit, "a case")
        for part in OwnPart:
            await set_text(unit, "Aspan", part, "en", JANUARY.months, f"{part} one.\n\n{part} two.")
        await unit.session.flush()
        document = await composed(unit, MARCH)
    keys = [one.key for one in document.sections]
    assert (keys[:3], keys[-3:]) == (
        ["introduction", "context", "figures"],
        ["conclusions", "method", "facts"],
    )
    assert words(document, "context") == "Context\ncontext one.\ncontext two."
    assert [one.number for one in document.sections] == [str(number) for number in range(1, len(keys) + 1)]
