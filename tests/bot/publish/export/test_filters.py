"""Filters of an export: how they are written, and which rows they leave."""

import json
from dataclasses import replace

import pytest

from bot.desk.decisions import incidents
from bot.errors import Refusal, WrongArgument
from bot.form.answers import Chosen, Precision, When
from bot.publish.export import exports
from bot.publish.export.request import EXAMPLES, EventDays, ExportRequest, Filters
from bot.reports.states import Consent
from bot.store.unit import REVIEW_FORM, UnitOfWork
from tests.bench import Bench, reads_in
from tests.bot.publish.export.published import approve

NO_DATE = When(Precision.UNKNOWN)


async def refs(unit: UnitOfWork, *words: str) -> set[str]:
    """The references of the rows of an export with these filters."""
    request = ExportRequest.read_words(["jsonl", *words])
    return {json.loads(piece)["id"] async for piece in exports.stream(reads_in(unit), request) if piece}


@pytest.mark.parametrize("word", EXAMPLES.values())
def test_an_example_is_what_it_is_an_example_of(word: str) -> None:
    """It is read, and written again as it was; a request with it comes back from its word."""
    assert Filters.read([word]).words() == (word,)
    request = ExportRequest.read_words(["csv", word, "2024-01-01"])
    assert ExportRequest.read_spec(request.spec()) == request
    assert request.spec() == f"csv:2024-01-01::{word}"


def test_a_request_of_before_there_were_filters_is_read() -> None:
    """As an older version wrote it, and as it is still written without any."""
    for spec in ("csv::", "jsonl:2024-01-01:", "csv:2024-01-01:2024-03-31"):
        assert ExportRequest.read_spec(spec).spec() == spec
    assert ExportRequest.read_spec("csv").spec() == "csv::"


@pytest.mark.parametrize(
    "word",
    [
        *("event=March", "event=..", "event=2024-03..2024-02", "event=2024-02-30", "event=1066", "event="),
        *("region=", "region=KZ 75", "region=:", "freedom=religion", "freedom=assembly,"),
        *("language=ru,kk", "rows=reports", "changed=never", "changed=-1", "changed=1234567890"),
        f"region={','.join(f'KZ-{n}' for n in range(9))}",
    ],
)
def test_what_is_written_wrong_is_answered_with_an_example(word: str) -> None:
    """Of that very filter."""
    with pytest.raises(WrongArgument, match="wrong_filter") as refused:
        ExportRequest.read_words(["csv", word])
    assert refused.value.arguments["example"] == EXAMPLES[word.partition("=")[0]]


def test_other_wrong_words_are_refused() -> None:
    """A filter that there is not, three days, more filters than one can oversee."""
    with pytest.raises(WrongArgument, match="no_filter"):
        ExportRequest.read_words(["csv", "colour=red"])
    with pytest.raises(WrongArgument, match="no_filter"):
        ExportRequest.read_words(["csv", "region=a;b"])
    with pytest.raises(Refusal, match=r"export\.how"):
        ExportRequest.read_words(["csv", "2024-01-01", "2024-01-02", "2024-01-03"])
    many = f"category={','.join('a' * 40 + str(n) for n in range(8))}"
    with pytest.raises(WrongArgument, match="too_many_filters"):
        ExportRequest.read_words(["csv", many])


@pytest.mark.parametrize(
    ("start", "end", "ongoing", "asked"),
    [
        ("2024-03-08", "2024-03-08", False, "2024-03"),
        ("2024-03-08", "2024-03-08", False, "2024-03-08"),
        ("2024-03-08", "2024-03-08", False, "..2024-03-08"),
        ("2024-03", None, False, "2024-03-31.."),
        ("2024", None, False, "2024-12-31..2025"),
        ("2023-12", "2024-01", False, "2024-01-31"),
        ("2022-01", None, True, "2024"),
        (None, "2024-03", False, "2024-03-01"),
    ],
)
def test_what_overlaps_the_days_is_of_them(start: str, end: str, ongoing: bool, asked: str) -> None:
    """By its first or its last day, or because it goes on."""
    record = {"date_start": start, "date_end": end, "date_ongoing": ongoing}
    assert EventDays.read(asked).overlaps(record)


@pytest.mark.parametrize(
    ("start", "end", "ongoing", "asked"),
    [
        ("2024-03-08", "2024-03-08", False, "2024-03-09.."),
        ("2024-03-08", "2024-03-08", False, "..2024-03-07"),
        ("2024-03", None, False, "2024-04"),
        ("2023-12", "2024-01", False, "2024-02"),
        ("2024-03", None, True, "..2024-02"),
        ("2024-03", None, False, "2025"),
        (None, "2024-03", False, "2024-02"),
        (None, None, False, "1900.."),
        (None, None, True, "1900.."),
    ],
)
def test_what_does_not_overlap_them_is_not(start: str, end: str, ongoing: bool, asked: str) -> None:
    """Nor is what has no known date; where an end is not known nothing is made up."""
    record = {"date_start": start, "date_end": end, "date_ongoing": ongoing}
    assert not EventDays.read(asked).overlaps(record)


async def test_rows_are_those_asked_for(bench: Bench) -> None:
    """By what the public version says, not the reporter; of several values one does, of several filters each must."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        almaty = await approve(bench, unit, moderator)
        aktobe = await approve(
            bench,
            unit,
            moderator,
            written={
                "region": Chosen(("KZ-15",)),
                "violations": Chosen(("violence",)),
                "violation_primary": Chosen(("violence",)),
                "rights": Chosen(("expression",)),
                "when": When(Precision.MONTH, "2025-05"),
            },
        )
        nowhere = await approve(
            bench, unit, moderator, written={"region": Chosen(("XX-UNKNOWN",)), "when": NO_DATE}
        )
        three = {almaty.ref, aktobe.ref, nowhere.ref}
        assert almaty.region == aktobe.region == "KZ-75"
        assert await refs(unit) == three
        assert await refs(unit, "region=KZ-75") == {almaty.ref}
        assert await refs(unit, "region=KZ-75,KZ-15") == {almaty.ref, aktobe.ref}
        assert await refs(unit, "category=violence") == {aktobe.ref}
        assert await refs(unit, "category=detention") == {almaty.ref, nowhere.ref}
        assert await refs(unit, "category=detention.short_term") == {almaty.ref, nowhere.ref}
        assert await refs(unit, "category=detention.mass") == set()
        assert await refs(unit, "freedom=expression") == {aktobe.ref}
        assert await refs(unit, "freedom=assembly") == set()
        assert await refs(unit, "event=2024") == {almaty.ref}
        assert await refs(unit, "event=2024..2025") == {almaty.ref, aktobe.ref}
        assert await refs(unit, "event=2024..2025", "region=KZ-15") == {aktobe.ref}
        assert await refs(unit, "language=ru") == three
        assert await refs(unit, "language=kk") == set()


async def test_a_text_in_a_language_is_enough(bench: Bench) -> None:
    """Where records have titles in several, one that is written in another has a row too."""
    bench.settings = bench.settings.model_copy(update={"published_languages": ("ru", "en")})
    record = {"language": "ru", "title_en": None, "summary_en": "In English too", "title_kk": None}
    passes = {
        code: Filters.read([f"language={code}"]).passing(bench.forms[REVIEW_FORM])
        for code in ("ru", "en", "kk")
    }
    assert {code: one(record) for code, one in passes.items()} == {"ru": True, "en": True, "kk": False}


@pytest.mark.parametrize("consent", [Consent.SHARE, Consent.COUNT])
async def test_no_filter_goes_beyond_the_consent(bench: Bench, consent: str) -> None:
    """Whatever it asks for."""
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit), consent)
        for words in ((), ("region=KZ-75",), ("rows=incidents",), ("changed=last",), ("event=2024",)):
            request = ExportRequest.read_words(["jsonl", *words])
            request = replace(request, filters=replace(request.filters, changed=""))
            assert not [piece async for piece in exports.stream(reads_in(unit), request) if piece]


async def test_a_row_an_incident_is_the_one_that_counts_people_and_names_the_others(bench: Bench) -> None:
    """Also in a period in which another was approved; what may only be shared is not named, a related case is as ever."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        first = await approve(bench, unit, moderator)
        bench.later(24)
        unit.now = bench.now
        second, third, hidden, alone = [
            await approve(bench, unit, moderator, consent)
            for consent in (Consent.PUBLISH, Consent.PUBLISH, Consent.SHARE, Consent.PUBLISH)
        ]
        for other in (second, third, hidden):
            await incidents.join(unit, moderator, first, other.ref)
        await incidents.relate(unit, moderator, first, alone.ref)
        rows = {
            row["id"]: row["related"]
            for row in [
                json.loads(piece)
                async for piece in exports.stream(
                    reads_in(unit), ExportRequest.read_words(["jsonl", "rows=incidents"])
                )
                if piece
            ]
        }
        assert rows == {first.ref: sorted([second.ref, third.ref, alone.ref]), alone.ref: [first.ref]}
        assert await refs(unit, "2026-11-26", "rows=incidents") == {alone.ref}
        assert await refs(unit, "2026-11-26") == {second.ref, third.ref, alone.ref}


def test_what_no_row_can_be_is_told(bench: Bench) -> None:
    """A region or category that the form has not, a language that no export has."""
    review = bench.forms[REVIEW_FORM]
    for word in ("region=KZ-99", "category=weather", "language=xx"):
        with pytest.raises(WrongArgument, match="unknown_value"):
            Filters.read([word]).require_known(review)
    for word in EXAMPLES.values():
        Filters.read([word]).require_known(review)
