"""What an update makes of records: which belong to it, what is said of them, and that nothing else leaves."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk.decisions import incidents
from bot.errors import Refusal, WrongArgument
from bot.form.answers import Chosen, Number, Precision, When
from bot.form.model import Privacy, Question
from bot.publish.country_update.document import (
    Block,
    Document,
    DocumentTexts,
    Figure,
    Note,
    Paragraph,
    ParagraphStyle,
    Section,
    Statement,
    Table,
)
from bot.publish.country_update.request import Edition, UpdateRequest
from bot.publish.country_update.service import composed, make
from bot.publish.export import register
from bot.publish.export.register import OtherDocument
from bot.publish.export.request import ExportRequest
from bot.reports import links, withdrawal
from bot.reports.links import ExportState
from bot.store.unit import REVIEW_FORM, MakeUnit, UnitOfWork
from bot.texts import Texts
from db.models import ExportRow, Moderator, Report
from tests.bench import Bench, approve_proposal, statements, text
from tests.bot.publish.country_update.casework import LANGUAGES, answers_of, approve_case
from tests.end_to_end.cases import CASES

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What reads the database is the export's, and tested on both."""
BY_ID = {case["id"]: case for case in CASES}
MARCH = UpdateRequest.read("2024-03", "2024-03", "en", "md", "full")
DAY = When(Precision.DAY, "2024-03-08", "2024-03-08")


async def approve(
    bench: Bench, unit: UnitOfWork, moderator: Moderator, case_id: str = "case-010", **more: Any
) -> Report:
    """A case, approved, with other answers."""
    return await approve_case(bench, unit, moderator, BY_ID[case_id], **more)


def whole(section: Section) -> Iterator[Section]:
    """The section and all its parts."""
    yield section
    for part in section.parts:
        yield from whole(part)


def blocks_of(document: Document) -> Iterator[Block]:
    """All blocks, those of parts included."""
    for section in document.sections:
        for one in whole(section):
            yield from one.blocks


def stated(document: Document) -> Iterator[Statement]:
    """All statements."""
    for block in blocks_of(document):
        match block:
            case Paragraph(said):
                yield from said
            case Table(rows=rows):
                yield from (cell for row in rows for cell in row)
            case Figure(caption=caption):
                yield caption


UNASSESSED = "not said how far it is established"


def facts_below(document: Document, title: str) -> Sequence[Statement]:
    """The facts in the paragraph after that which tells a record, if there are any."""
    blocks = [*blocks_of(document), Note("")]
    (found,) = [
        following
        for one, following in pairwise(blocks)
        if isinstance(one, Paragraph)
        and one.statements[0].words
        in {f"{title}.", f"{title} (alleged, not confirmed).", f"{title} ({UNASSESSED})."}
    ]
    return found.statements if isinstance(found, Paragraph) and found.look is ParagraphStyle.FACTS else []


def words(document: Document, key: str) -> str:
    """The words of a section, a line a statement."""
    for section in document.sections:
        if section.key == key:
            return "\n".join(_in(section)).replace("\N{NO-BREAK SPACE}", " ")
    return ""


def _in(section: Section) -> Iterator[str]:
    for one in whole(section):
        yield one.title
        for block in one.blocks:
            match block:
                case Paragraph(said):
                    yield from (statement.words for statement in said)
                case Table(caption, _, rows):
                    yield caption
                    yield from (" | ".join(cell.words for cell in row) for row in rows)
                case Note(said):
                    yield said


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_statement_names_its_records(bench: Bench, language: str) -> None:
    """Each alone, not only the last of a paragraph; and every fact of a record names that record alone."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        for case in CASES[:6]:
            await approve_case(bench, unit, moderator, case)
        document = await composed(unit, UpdateRequest.read("2023-01", "2024-04", language, "md", "full"))
    found = list(stated(document))
    assert len(found) > 80
    assert [one.words for one in found if not one.references] == []
    numbers = {one.number for one in document.annex.references}
    assert set().union(*(one.references for one in found)) == numbers == set(range(1, 7))
    told = [
        block
        for block in blocks_of(document)
        if isinstance(block, Paragraph) and block.look in {"title", "facts"}
    ]
    assert {len(one.references) for block in told for one in block.statements} == {1}


async def test_a_record_belongs_by_its_date_or_that_of_an_outcome(bench: Bench) -> None:
    """What happened before comes by what became of it; what has no date is told apart and counts in nothing."""
    outcome: dict[str, Any] = {"outcomes[1]/outcome_date": When(Precision.MONTH, "2024-03")}
    before, unknown = When(Precision.MONTH, "2022-06"), When(Precision.UNKNOWN)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        inside = await approve(bench, unit, moderator)
        by_outcome = await approve(bench, unit, moderator, when=before, **outcome)
        await approve(bench, unit, moderator, when=before)
        undated = await approve(bench, unit, moderator, when=unknown)
        dated_by_outcome = await approve(bench, unit, moderator, when=unknown, **outcome)
        document = await composed(unit, MARCH)
    refs = [one.record for one in document.annex.references]
    assert refs[0] == by_outcome.ref
    assert set(refs[1:3]) == {inside.ref, dated_by_outcome.ref}
    assert refs[3:] == [undated.ref]
    assert "Records in this update: 3." in words(document, "figures")
    assert BY_ID["case-010"]["title"] in words(document, "undated")
    assert "counted in no figure: 1" in words(document, "method")
    assert 4 not in set().union(
        *(one.references for one in stated(document) if "Date: date not" in one.words)
    ) - {4}
    assert all(4 not in one.references for section in document.sections[:2] for one in _statements(section))


def _statements(section: Section) -> Sequence[Statement]:
    blocks = [block for one in whole(section) for block in one.blocks]
    return [one for block in blocks if isinstance(block, Paragraph) for one in block.statements]


async def test_outcomes_stand_in_their_order_and_say_whose_they_are(bench: Bench) -> None:
    """As the moderator gave them, dated or not; of a sentence without a person the update says that nobody knows whose it is."""
    statuses = ("charged", "convicted_prison", "investigation", "released")
    told: dict[str, Any] = {
        f"outcomes[{number}]/outcome_status": Chosen((status,)) for number, status in enumerate(statuses, 1)
    }
    told["outcomes[2]/outcome_date"] = When(Precision.MONTH, "2024-03")
    told |= dict.fromkeys(f"outcomes[{number}]/outcome_party" for number in (1, 3))
    told |= {
        "outcomes[2]/outcome_party": Chosen(("unknown",)),
        "outcomes[4]/outcome_party": Chosen(("affected",)),
    }
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        answers, counts = answers_of(BY_ID["case-010"])
        kept = {name: answer for name, answer in answers.items() if not name.startswith("outcomes")}
        await bench.propose(unit, moderator, report, counts | {"/review/outcomes": 4}, **{**kept, **told})
        await approve_proposal(unit, moderator, report)
        document = await composed(unit, MARCH)
    (said,) = {one.words for one in stated(document) if one.words.startswith("Outcome or situation")}
    found = said.replace("\N{NO-BREAK SPACE}", " ").partition(": ")[2].rstrip(".")
    assert found == (
        "Charged (whose: not known); Sentenced to prison (whose: not known; March 2024); Under investigation; "
        "Released (Affected people)"
    )


async def test_what_goes_on_is_in_every_later_period_and_in_no_month_to_come(bench: Bench) -> None:
    """The chart ends with the month of the data."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        await approve(bench, unit, moderator, when=When(Precision.RANGE, "2026-10", ongoing=True))
        document = await composed(unit, UpdateRequest.read("2026-09", "2027-02", "en", "md", "full"))
        later = await composed(unit, UpdateRequest.read("2027-02", "2027-02", "en", "md", "full"))
        earlier = await composed(unit, UpdateRequest.read("2026-01", "2026-09", "en", "md", "full"))
    (chart,) = [one for one in blocks_of(document) if isinstance(one, Figure) and "by month" in one.alt]
    assert (
        chart.alt.replace("\N{NO-BREAK SPACE}", " ")
        == "Records by month: over several months, counted once: 1."
    )
    assert len(later.annex.references) == 1
    assert len(earlier.annex.references) == 0


async def test_what_is_only_alleged_is_marked_wherever_it_is_named(bench: Bench) -> None:
    """Beside its title, above its summary too, and once among its facts; and so are records not assessed."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        await approve(bench, unit, moderator, "case-008", assertion=Chosen(("alleged",)), when=DAY)
        await approve(bench, unit, moderator, "case-006", assertion=None, when=DAY)
        document = await composed(unit, MARCH)
    for case_id, mark, sentence in (
        ("case-008", "alleged, not confirmed", "According to unconfirmed allegations, "),
        ("case-006", UNASSESSED, "According to a report not yet assessed, "),
    ):
        title = BY_ID[case_id]["title"]
        named = [one.words for one in stated(document) if title in one.words]
        assert len(named) == 3  # told under laws, named under expression, and above its facts
        assert [one for one in named if f"{title} ({mark})" not in one] == []
        below = facts_below(document, title)
        assert [one.words.startswith(sentence) for one in below].count(True) == 1
    assert "Records that are alleged and not confirmed: 1." in words(document, "figures")


async def test_words_in_another_language_say_which(bench: Bench) -> None:
    """Those that are there in the language of the document say nothing."""
    bench.settings = bench.settings.model_copy(update={"published_languages": ("en",)})
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"))
        russian = await composed(unit, replace(MARCH, language="ru"))
        english = await composed(unit, MARCH)
    case = BY_ID["case-010"]
    other = [one for one in stated(russian) if one.language]
    assert {one.language for one in other} == {"en"}
    assert f"{case['title']} [English]." in [one.words for one in other]
    assert [one.words for one in other if one.words.startswith(case["narrative"])] == [
        f"{case['narrative']} [English]"
    ]
    assert [one for one in stated(english) if one.language or "[" in one.words] == []


async def test_people_of_an_incident_are_counted_once_and_its_course_is_told_together(bench: Bench) -> None:
    """As they are in exports; related cases stand in the same course."""
    people: dict[str, Any] = {
        "affected[1]/affected_number_min": Number(12),
        "affected[1]/affected_number_max": None,
    }
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        first = await approve(bench, unit, moderator, **people)
        second = await approve(bench, unit, moderator, "case-033", when=DAY, **people)
        third = await approve(bench, unit, moderator, "case-030", when=When(Precision.MONTH, "2024-03"))
        await incidents.join(unit, moderator, second, first.ref)
        await incidents.relate(unit, moderator, second, third.ref)
        await unit.session.flush()
        document = await composed(unit, MARCH)
        russian = await composed(unit, replace(MARCH, language="ru"))
    figures = words(document, "figures")
    assert "At least 12 people were affected." in figures
    assert "Events they tell of: 2." in figures
    assert "People affected, at least | 12" in words(document, "tables")
    assert ("Пострадавшие", "не менее 12\N{NO-BREAK SPACE}человек") in russian.facts
    (course,) = [one for one in blocks_of(document) if isinstance(one, Table) and one.look == "course"]
    assert {number for row in course.rows for number in row[-1].references} == {1, 2, 3}


async def test_related_cases_count_their_largest_number_once(bench: Bench) -> None:
    """A detention, the trial that followed and its appeal may be of the same person. Those who are in no relation are added."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")

        async def case(number: int | None, persons: int | None = None, party: str = "affected") -> Report:
            known: dict[str, Any] = {
                "affected[1]/affected_number_min": None if number is None else Number(number)
            }
            if persons is not None:
                known |= {
                    "outcomes[1]/outcome_party": Chosen((party,)),
                    "outcomes[1]/outcome_persons": Number(persons),
                }
            return await approve(
                bench,
                unit,
                moderator,
                "case-033",
                when=DAY,
                **known,
                **{"affected[1]/affected_number_max": None},
            )

        detained, tried, appealed = await case(3), await case(5), await case(None, 4)
        await incidents.relate(unit, moderator, tried, detained.ref)
        await incidents.relate(unit, moderator, appealed, tried.ref)
        await case(None, 2)
        await case(1, 7, "officials")
        await unit.session.flush()
        document = await composed(unit, MARCH)
    assert "At least 8 people were affected." in words(document, "figures")  # 5, 2 and 1
    (table,) = [one for one in blocks_of(document) if isinstance(one, Table) and one.look == "groups"]
    assert [[cell.words for cell in row[:3]] for row in table.rows] == [
        ["Relative of an affected person", "5", "6"]
    ]


async def test_what_consent_withholds_is_counted_and_nothing_else(bench: Bench) -> None:
    """Neither is what waits, or was withdrawn."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        for consent in (*["share_trusted"] * 6, *["statistics_only"] * 5):
            await approve_case(bench, unit, moderator, BY_ID["case-010"], consent, title=text("WITHHELD"))
        gone = await approve(bench, unit, moderator, title=text("WITHDRAWN"))
        await withdrawal.withdraw(unit, gone)
        await bench.submit(unit)
        document = await composed(unit, MARCH)
    assert "only be shared under encryption – 6; may only be counted – 5." in words(document, "method")
    assert document.annex.references == []
    assert "No record that may be published" in words(document, "figures")
    assert not any(word in repr(document) for word in ("WITHHELD", "WITHDRAWN"))


async def test_a_question_of_ones_own_is_a_fact_of_a_record(bench: Bench) -> None:
    """By its label and the labels of its choices, if it is public; what is not public stays away."""
    review = bench.forms[REVIEW_FORM]

    def asked(name: str, privacy: Privacy) -> Question:
        kind = review.by_role["assertion"]
        return replace(
            kind,
            name=name,
            path=f"/review/{name}",
            role="",
            label={"en": f"Own {name}"},
            short={},
            privacy=privacy,
        )

    own, closed = asked("weather", Privacy.PUBLIC), asked("secret", Privacy.MODERATORS)
    form = replace(review, children=(*review.children, own, closed))
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        unit.forms = {**unit.forms, REVIEW_FORM: form}
        await approve(bench, unit, moderator, weather=Chosen(("confirmed",)), secret=Chosen(("confirmed",)))
        document = await composed(unit, MARCH)
    assert "Own weather: Confirmed." in words(document, "facts")
    assert "secret" not in repr(document)


async def test_a_form_that_asks_little_makes_an_update_too(bench: Bench) -> None:
    """Of title, summary, violations and date alone: everything else is left out, nothing is made up."""
    review = bench.forms[REVIEW_FORM]
    kept = {"published", "title", "summary", "violations", "when"}
    form = replace(review, children=tuple(one for one in review.children if one.name in kept))
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        unit.forms = {**unit.forms, REVIEW_FORM: form}
        report = (await bench.submit(unit)).report
        said: dict[str, Any] = {"violations": Chosen(("assembly.dispersed",)), "when": DAY}
        await bench.propose(unit, moderator, report, {}, **said)

        await approve_proposal(unit, moderator, report)
        document = await composed(unit, MARCH)
    told = words(document, "assembly") + words(document, "facts")
    assert words(document, "assembly").split("\n")[-3:] == [
        f"People held in Almaty ({UNASSESSED}).",
        "Three people were held.",
        "According to a report not yet assessed, this happened on 8 March 2024.",
    ]
    assert "People held in Almaty (not said how far it is established)\n" in told
    assert "Date: 8 March 2024." in told
    assert "Place:" not in told
    assert "Affected:" not in told


async def test_the_same_records_give_the_same_bytes_at_any_hour(bench: Bench) -> None:
    """In every format; another day is told, and gives others."""
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"))
    for format_ in ("docx", "html", "md"):
        request = UpdateRequest.read("2024-03", "2024-03", "kk", format_)
        first = await made(bench, request)
        bench.later(2)
        assert await made(bench, request) == first
        bench.later(24)
        assert await made(bench, request) != first


async def made(bench: Bench, request: UpdateRequest, read: MakeUnit | None = None) -> bytes:
    """The file of an update that was asked for."""
    async with bench.write() as unit:
        what = OtherDocument.COUNTRY_UPDATE
        number = (await register.begin_other(unit, "Aspan", what, request.spec())).number
    return await make(read or bench.read, bench.write, number, request, request.file_name())


async def test_an_update_is_in_the_register_with_the_versions_that_it_tells(bench: Bench) -> None:
    """So that a withdrawal names it: who made it, when, of what, its digest. A record of another time is not in it, nor is what is withheld."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        inside = await approve(bench, unit, moderator)
        outside = await approve(bench, unit, moderator, when=When(Precision.DAY, "2025-04-01", "2025-04-01"))
    content = await made(bench, MARCH)
    async with bench.read() as unit:
        (row,) = await register.newest(unit, 5)
        assert (row.actor, row.hour, row.scope, row.spec, row.state, row.rows) == (
            "Aspan", unit.hour, "country_update", "2024-03:2024-03:en:md:full", ExportState.MADE, 1,
        )  # fmt: skip
        (file,) = register.files_of(row)
        digest = hashlib.sha256(content).hexdigest()
        assert (file.name, file.bytes, file.sha256, file.rows) == (MARCH.file_name(), len(content), digest, 1)
        noted = await unit.session.execute(select(ExportRow.report_id, ExportRow.version))
        assert list(map(tuple, noted)) == [(inside.id, 1)]
        assert await links.holding(unit, outside.id) is None
    async with bench.write() as unit:
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, inside.id))
    async with bench.read() as unit:
        held = await links.holding(unit, inside.id, 1)
        assert held is not None
        assert [one.number for one in held.newest] == [row.number]


async def test_no_export_is_of_what_has_changed_since_an_update(bench: Bench) -> None:
    """It is no export: its number is refused, and `last` passes over it."""
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"))
    await made(bench, MARCH)
    async with bench.write() as unit:
        row = await register.begin(unit, "Aspan", ExportRequest.read("csv", filters="changed=last"))
        assert row.spec == "csv:::changed=0"
        with pytest.raises(WrongArgument, match="unknown_value"):
            await register.begin(unit, "Aspan", ExportRequest.read("csv", filters="changed=1"))


async def test_what_is_withdrawn_while_an_update_is_made_is_not_in_it(bench: Bench) -> None:
    """It is made anew without it."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        stays, goes = [await approve(bench, unit, moderator) for _ in range(2)]
    units = 0

    @asynccontextmanager
    async def read() -> AsyncIterator[UnitOfWork]:
        nonlocal units
        async with bench.read() as unit:
            yield unit
        units += 1
        if units == 1:  # it was read, and is written now
            async with bench.write() as unit:
                await withdrawal.withdraw(unit, await unit.session.get_one(Report, goes.id))

    told = (await made(bench, MARCH, read)).decode()
    assert units == 2
    assert stays.ref in told
    assert goes.ref not in told
    async with bench.read() as unit:
        assert list(await unit.session.scalars(select(ExportRow.report_id))) == [stays.id]


@pytest.mark.parametrize(("withheld", "told"), [(0, "fewer than five"), (4, "fewer than five"), (5, "5")])
async def test_few_that_are_withheld_are_not_counted_exactly(bench: Bench, withheld: int, told: str) -> None:
    """Of each kind, also where there are none: one more would be seen."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        for consent in ("share_trusted", "statistics_only"):
            for _ in range(withheld if consent == "share_trusted" else 1):
                await approve(bench, unit, moderator, consent=consent)
    said = (await made(bench, MARCH)).decode()
    assert f"shared under encryption – {told}; may only be counted – fewer than five." in said


async def test_an_update_asks_the_database_as_often_for_ten_records_as_for_one(bench: Bench) -> None:
    """Its queries are those of the export, and one for what is withheld."""
    asked = []
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
    for number in (1, 9):
        async with bench.write() as unit:
            for _ in range(number):
                await approve(bench, unit, moderator)
        async with bench.read() as unit, statements(unit) as found:
            await composed(unit, MARCH)
        asked.append(len(found))
    assert asked[0] == asked[1] < 10


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize(
    ("language", "date", "said"),
    [
        ("kk", "2026-11-25", "2026~жылғы 25~қараша"),
        ("kk", "2023-01/2024-04", "2023~ж.~қаңтар~– 2024~ж.~сәуір"),
        ("ru", "2026-11-25", "25~ноября~2026"),
        ("ru", "2023-01/2024-04", "январь~2023~– апрель~2024"),
        ("en", "2026-11-25", "25~November~2026"),
    ],
)
def test_no_line_ends_within_a_date_but_at_a_dash(language: str, date: str, said: str) -> None:
    """Nor between a number and what it counts: a column of dates is narrow. A tilde stands for the space that keeps together."""
    words = DocumentTexts(Texts((language,)), language)
    assert words.date(date).replace("\N{NO-BREAK SPACE}", "~") == said


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize(
    ("language", "sentence", "line"),
    [
        (
            "ru",
            "Правовое основание: статья 456-2 КоАП (ложная информация).",
            "Ложная информация (КоАП, ст.~456-2)",
        ),
        (
            "kk",
            "ӘҚБтК-нің 456-2-бабы (жалған ақпарат тарату) аталды.",
            "Жалған ақпарат тарату (ӘҚБтК, 456-2-бап)",
        ),
        (
            "en",
            "Legal basis cited: Article 456-2 of the Administrative Code (false information).",
            "False information (administrative) (Code of Administrative Offences, art. 456-2)",
        ),
    ],
)
async def test_a_law_is_named_once(bench: Bench, language: str, sentence: str, line: str) -> None:
    """Where the label of an article names its law too: in a sentence of the body, and in the line of facts."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, language="en")
        await approve(bench, unit, moderator, legal_basis=Chosen(("KZ-AOC-456-2",)))
        document = await composed(unit, UpdateRequest.read("2024-03", "2024-03", language, "md", "full"))
    facts = [one.rest for one in stated(document) if "456-2" in one.words]
    assert facts[0] == sentence
    assert facts[1].replace("\N{NO-BREAK SPACE}", "~").strip(" :.") == line


@pytest.mark.usefixtures("database_url")
def test_a_request_is_read_and_written() -> None:
    """As one word; whatever is no month, language, format or edition is refused. One of an older version was full."""
    request = UpdateRequest.read("2023-01", "2024-04", "ru", "docx")
    assert request.spec() == "2023-01:2024-04:ru:docx:short"
    assert request.file_name() == "country-update_2023-01_2024-04_ru.docx"
    switched = replace(request, charts=True, tables=False)
    assert switched.spec() == "2023-01:2024-04:ru:docx:short:+charts:-tables"
    for one in (request, switched, replace(request, edition=Edition.FULL, charts=False)):
        assert UpdateRequest.read_spec(one.spec()) == one
    assert UpdateRequest.read_spec("2023-01:2024-04:ru:docx") == replace(request, edition=Edition.FULL)
    for wrong in (
        "2024-04:2023-01:ru:docx", "2023-1:2024-04:ru:docx", "2023-13:2024-04:ru:docx", "2023-01:2024-04:xx:docx",
        "2023-01:2024-04:ru:pdf", "0000-01:2024-04:ru:md", "2023-01:2024-04:ru", "2023-01:9999-12:ru:md",
        "2023-01:2024-04:ru:docx:long", "2023-01:2024-04:ru:docx:full:charts",
    ):  # fmt: skip
        with pytest.raises(Refusal):
            UpdateRequest.read_spec(wrong)
