"""The acceptance cases stand in the country update of January 2023 to April 2024, in three languages and formats, read by a judge who has
the cases alone: each under its heading, each statement with its reference, each number counted again, and nothing else."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.bot.publish.country_update.casework import LANGUAGES
from tests.bot.publish.country_update.conftest import Made
from tests.bot.publish.country_update.judging import Read, Said, W, parts_of, read, read_html
from tests.bot.publish.country_update.wording import (
    SHORT_PLACES,
    date_of,
    fixed_words,
    indexed_of,
    said_of,
    words_of,
    words_of_case,
)
from tests.end_to_end import domain
from tests.end_to_end.cases import CASES, Case, in_language
from tests.end_to_end.people import ROOT

FORMATS = ("md", "html", "docx")
HEADINGS = {
    "laws": {"en": "Laws and policies", "ru": "Законы и политика властей", "kk": "Заңдар мен билік саясаты"},
    "accountability": {
        "en": "Accountability and positive developments",
        "ru": "Ответственность за нарушения и позитивные изменения",
        "kk": "Бұзушылық үшін жауапқа тарту және оң өзгерістер",
    },
    "other": {"en": "Other rights", "ru": "Другие права", "kk": "Басқа құқықтар"},
    "figures": {"en": "Key figures", "ru": "Основные показатели", "kk": "Негізгі көрсеткіштер"},
    "method": {"en": "Method", "ru": "Методика", "kk": "Әдістеме"},
    "facts": {"en": "Annex: facts", "ru": "Приложение: факты", "kk": "Қосымша: деректер"},
    "tables": {
        "en": "Annex: charts and tables",
        "ru": "Приложение: диаграммы и таблицы",
        "kk": "Қосымша: диаграммалар мен кестелер",
    },
    "new": {
        "en": "New since the last update",
        "ru": "Новое после прошлого обзора",
        "kk": "Алдыңғы шолудан кейінгі жаңалықтар",
    },
    "annex": {"en": "Annex: references", "ru": "Приложение: записи", "kk": "Қосымша: жазбалар"},
    "chronology": {
        "en": "Events and what followed",
        "ru": "События и их последствия",
        "kk": "Оқиғалар және олардың салдары",
    },
}
RECORDS = {"en": "Records", "ru": "Записи", "kk": "Жазбалар"}
PEOPLE = {
    "en": "People affected, at least",
    "ru": "Пострадавших, не менее",
    "kk": "Зардап шеккен адам, кемінде",
}
ALLEGED = {
    "en": "alleged, not confirmed",
    "ru": "утверждается, не подтверждено",
    "kk": "айтылған, расталмаған",
}
ALLEGEDLY = {
    "en": "According to unconfirmed allegations,",
    "ru": "По неподтверждённым утверждениям,",
    "kk": "Расталмаған мәлімет бойынша,",
}
BELOW = {
    "en": "Each case is told in its moderator's words; the facts recorded about it are set off below.",
    "ru": "Каждый случай описан словами модератора, а ниже, с отступом, стоят отмеченные им факты.",
    "kk": "Әр оқиға модератордың сөзімен баяндалған, ал төменде шегініспен ол белгілеген деректер тұр.",
}
"""The note at the end of the key figures."""
ALL = [(language, format_) for language in LANGUAGES for format_ in FORMATS]


TOLD_WITH = {"case-014": "case-013", "case-016": "case-013", "case-017": "case-013"}
"""Cases after the events of January 2022: one story, which stands where the gravest of them belongs."""
AFTER_JANUARY = {
    "en": "The following cases stem from the events of January 2022.",
    "ru": "Следующие случаи связаны с событиями января 2022 года.",
    "kk": "Келесі істер 2022 жылғы қаңтарда болған оқиғаларға байланысты.",
}


def told_under(case: Case) -> str:
    """The section that a case is told in, by the rules of docs/country-update.md."""
    case = _lead(case)
    if case["kind"] == "law_policy":
        return "laws"
    if case["kind"] in {"accountability", "positive"}:
        return "accountability"
    rights = domain.rights_of([case["violation_primary"]])
    mainly = [one for one in case["freedoms"] if one in rights]
    return str(next(iter([*mainly, *case["freedoms"]]), "other"))


def _lead(case: Case) -> Case:
    return next(one for one in CASES if one["id"] == TOLD_WITH.get(case["id"], case["id"]))


def heading(section: str, language: str) -> str:
    """What a section is called."""
    return HEADINGS[section][language] if section in HEADINGS else domain.LABELS["rights"][section][language]


def part(case: Case, language: str) -> str:
    """What the part of a section is called that a case is told in."""
    case = _lead(case)
    if told_under(case) == "accountability":
        return domain.LABELS["kinds"][case["kind"]][language]
    return domain.LABELS["groups"][case["violation_primary"].partition(".")[0]][language]


def document(made: Made, language: str, format_: str) -> Read:
    """One of the files, read."""
    return read(made.files[language, format_], format_)


def numbers_of(made: Made, found: Read, language: str) -> dict[str, int]:
    """The number of each case's reference, as the annex has it."""
    rows = [one.cells for one in found.under(heading("annex", language)) if one.cells]
    by_ref = {cells[1]: int(cells[0].strip("[]")) for cells in rows}
    assert by_ref.keys() == set(made.refs.values())
    return {case: by_ref[ref] for case, ref in made.refs.items()}


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_each_case_is_told_once_under_its_heading(made: Made, language: str, format_: str) -> None:
    """With its title and its summary, each with the number of its record; its sentences say what is only alleged."""
    found = document(made, language, format_)
    numbers = numbers_of(made, found, language)
    for case in CASES:
        said = in_language(case, language)
        wanted = (heading(told_under(case), language), part(case, language))
        alleged = case["review"].get("assertion", "alleged") == "alleged"
        title = f"{said['title']} ({ALLEGED[language]})" if alleged else said["title"]
        whole = f"{title}. {said['narrative']}"
        places = [one for one in found.said if whole in one.words]
        assert [(one.under, one.numbers) for one in places] == [(wanted, frozenset({numbers[case["id"]]}))], (
            whole
        )
        assert (ALLEGEDLY[language] in found.below(places[0]).words) == alleged
        assert [one.words for one in found.under(heading("facts", language))].count(title) == 1
    (after,) = [one for one in found.said if one.words == AFTER_JANUARY[language]]
    assert after.numbers == {numbers[one] for one in {*TOLD_WITH, *TOLD_WITH.values()}}


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_facts_stand_right_below_their_summary(made: Made, language: str, format_: str) -> None:
    """Set off, under the same heading, with the same references; in both editions."""
    for found in (document(made, language, format_), short(made, language, format_)):
        numbers = numbers_of(made, found, language)
        for case in CASES:
            said = in_language(case, language)
            alleged = case["review"].get("assertion", "alleged") == "alleged"
            mark = f" ({ALLEGED[language]})" if alleged else ""
            whole = f"{said['title']}{mark}. {said['narrative']}"
            (told,) = [one for one in found.said if one.words == whole]
            below = found.below(told)
            assert (told.set_off, below.set_off, below.under) == (False, True, told.under)
            assert told.numbers == below.numbers == {numbers[case["id"]]}


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_each_case_is_named_under_every_other_freedom_it_concerns(
    made: Made, language: str, format_: str
) -> None:
    """By its title, with its number; under no freedom that it does not concern."""
    found = document(made, language, format_)
    numbers = numbers_of(made, found, language)
    for freedom in domain.FREEDOMS:
        under = found.under(heading(freedom, language))
        for case in CASES:
            title = in_language(case, language)["title"]
            is_there = any(
                one.words.startswith(title) and one.numbers == {numbers[case["id"]]} for one in under
            )
            assert is_there == (freedom in case["freedoms"]), (case["id"], freedom)


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_nothing_is_said_without_a_reference(made: Made, language: str, format_: str) -> None:
    """But how the document was made, and how to read it; and each reference is that of a record in the annex."""
    found = document(made, language, format_)
    numbers = set(numbers_of(made, found, language).values())
    about = {heading(one, language) for one in ("method", "annex", "new")}
    stated = [one for one in found.said if not about & set(one.under)]
    assert len(stated) > 100
    assert [(one.words, *one.under) for one in stated if not one.numbers] == [
        (BELOW[language], heading("figures", language))
    ]
    assert [one.words for one in stated if not one.numbers <= numbers] == []


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_every_date_is_written_as_people_write_it(made: Made, language: str, format_: str) -> None:
    """With the name of its month; also the day of approval in the annex."""
    found = document(made, language, format_)
    annex = [one.cells for one in found.under(heading("annex", language)) if one.cells]
    assert len(annex) == len(CASES)
    assert [cells for cells in annex if not re.search(r"[^\W\d_]{3}", cells[4])] == []
    assert [one.words for one in found.said if re.search(r"\d{4}-\d{2}", one.words)] == []


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_key_figures_are_those_of_the_cases(made: Made, language: str, format_: str) -> None:
    """Counted again, with the references of just those cases that count."""
    found = document(made, language, format_)
    numbers = numbers_of(made, found, language)
    listed = [one for one in found.under(heading("tables", language)) if len(one.cells) == 3]
    rows = {one.cells[0]: one for one in listed}
    assert len(rows) == len(listed)
    wanted: dict[str, tuple[int, list[Case]]] = {}

    def count(name: str, cases: Sequence[Case], number: int | None = None) -> None:
        if cases:
            wanted[name] = (len(cases) if number is None else number, list(cases))

    count(RECORDS[language], CASES)
    for kind, labels in domain.LABELS["kinds"].items():
        count(labels[language], [one for one in CASES if one["kind"] == kind])
    for freedom in domain.FREEDOMS:
        count(
            domain.LABELS["rights"][freedom][language], [one for one in CASES if freedom in one["freedoms"]]
        )
    count(heading("other", language), [one for one in CASES if not one["freedoms"]])
    counting = [one for one in CASES if people(one)]
    count(PEOPLE[language], counting, sum(map(people, counting)))
    for group, labels in domain.LABELS["groups"].items():
        mainly = [one for one in CASES if one["violation_primary"].partition(".")[0] == group]
        count(labels[language], mainly)
    for region, labels in domain.LABELS["regions"].items():
        count(labels[language], [one for one in CASES if one["place"]["region"] == region])
    for status, labels in domain.LABELS["statuses"].items():
        having = [one for one in CASES if status in {outcome["status"] for outcome in one["outcome"]}]
        count(labels[language], having if status != "unknown" else [])
    assert {name: (int(row.cells[1]), row.numbers) for name, row in rows.items()} == {
        name: (number, frozenset(numbers[one["id"]] for one in cases))
        for name, (number, cases) in wanted.items()
    }


def people(case: Case) -> int:
    """How many people a case tells of, at least."""
    affected = sum(one["number_min"] or 0 for one in case["affected"])
    return max(
        affected, *(one.get("persons") or 0 for one in outcomes_of(case) if one["party"] == "affected"), 0
    )


def outcomes_of(case: Case) -> list[dict[str, Any]]:
    """What a moderator knows of the outcomes of a case."""
    found: list[dict[str, Any]] = case["review"].get("outcomes") or []
    return found


TOLD_OF = {
    "case-002": 1, "case-011": 1, "case-013": 1, "case-014": 1, "case-020": 2, "case-021": 2, "case-023": 1, "case-025": 1,
    "case-026": 1, "case-033": 2,
}  # fmt: skip
"""How many people a reader of each case can be sure of, counted by hand; the others say no number."""


@pytest.mark.parametrize("format_", ["md", "html", "docx"])
def test_figures_are_the_sums_of_the_documents_own_sentences(made: Made, format_: str) -> None:
    """People and records apart: what each record says of them adds up to the key figures."""
    found = document(made, "en", format_)
    numbers = numbers_of(made, found, "en")
    facts = [
        one for one in found.said if re.match(r"Date: .*Affected: ", one.words) and len(one.numbers) == 1
    ]
    said: dict[int, int] = {}
    for one in facts:
        affected = re.search(r" Affected: (.*?)\. (?:Alleged perpetrator|Violations): ", one.words)
        assert affected
        outcomes = re.findall(r"\(Affected people; (?:at least )?(\d+) p", one.words)
        counted = sum(map(int, re.findall(r"; (?:at least )?(\d+) p(?:erson|eople)\)", affected[1])))
        said[next(iter(one.numbers))] = max(counted, *map(int, outcomes), 0)
    assert {case: said[numbers[case]] for case in TOLD_OF} == TOLD_OF
    assert sum(said.values()) == sum(TOLD_OF.values())
    sentences = " ".join(one.words for one in found.under("Key figures"))
    assert f"At least {sum(TOLD_OF.values())} people were affected." in sentences
    assert f"Records in this update: {len(CASES)}." in sentences


def test_each_chart_has_each_record_once(made: Made) -> None:
    """One that lasts for months stands in a column of its own, and the numbers add up to the records."""
    told = [str(one["alt"]) for one in read_html(made.files["en", "html"]).pictures]
    charts = [one for one in told if one.startswith("Records by ")]
    assert len(charts) == 3
    for chart in charts:
        assert sum(map(int, re.findall(r": (\d+)(?=[;.])", chart))) == len(CASES), chart


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_no_word_is_anybody_elses(made: Made, language: str, format_: str) -> None:
    """Each paragraph and row has the words of the cases that it names, of the labels of their codes, and of the fixed wording: in both
    editions."""
    for found in (document(made, language, format_), short(made, language, format_)):
        _no_strange_word(made, found, language)


def _no_strange_word(made: Made, found: Read, language: str) -> None:
    numbers = numbers_of(made, found, language)
    own = {numbers[case["id"]]: words_of_case(case, language) for case in CASES}
    annex = heading("annex", language)

    def strange(one: Said) -> set[str]:
        if annex in one.under and not one.cells:  # the sources of all
            return words_of(one.words) - set().union({"s"}, fixed_words(language), *own.values())
        named = {int(one.cells[0].strip("[]"))} if annex in one.under else one.numbers
        refs = words_of(*made.refs.values()) if annex in one.under else set()
        languages = {"қазақша", "русский", "english"}
        return (
            words_of(one.words)
            - fixed_words(language)
            - languages
            - refs
            - {"s"}
            - set().union(*(own[n] for n in named))
        )

    assert {one.words: strange(one) for one in found.said if strange(one)} == {}
    assert words_of(*found.named) <= fixed_words(language) | set().union(*own.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_followed_is_told_with_its_month(made: Made, language: str) -> None:
    """The conviction of November 2023, upheld in January 2024, and the arrest of May 2024 stand one after the other; cases that followed the
    events of January 2022 stand together."""
    found = document(made, language, "md")
    numbers = numbers_of(made, found, language)
    rows = [one for one in found.under(heading("chronology", language)) if one.cells]
    of_leader = [one.words for one in rows if one.numbers == {numbers["case-023"]}]
    statuses = domain.LABELS["statuses"]
    months = {
        "en": ("November", "January", "May"),
        "ru": ("ноябрь", "январь", "май"),
        "kk": ("қараша", "қаңтар", "мамыр"),
    }
    dated = [
        (month, statuses[status][language])
        for month, status in zip(months[language], ("convicted_prison", "upheld", "detained"), strict=True)
    ]
    told = [words for words in of_leader if any(label in words for _, label in dated)]
    assert [month in words and label in words for words, (month, label) in zip(told, dated, strict=True)] == [
        True
    ] * 3
    after_january = {numbers[case["id"]] for case in CASES if case["underlying_event"]}
    assert len(after_january) > 1
    assert after_january <= set().union(*(one.numbers for one in rows))


def test_every_case_is_in_the_period() -> None:
    """By the judge's own reckoning: else the tests above would not be of all of them."""
    for case in CASES:
        start, end = case["date"]["start"], case["date"]["end"] or case["date"]["start"]
        assert start[:7] <= "2024-04", case["id"]
        assert end[:7] >= "2023-01", case["id"]


def test_the_fixed_headings_are_those_of_the_catalogues() -> None:
    """The judge's own table of them holds what translators wrote."""
    texts = {
        language: (Path(ROOT) / f"locales/{language}/LC_MESSAGES/update.po").read_text("utf-8")
        for language in LANGUAGES
    }
    for names in HEADINGS.values():
        assert [
            language for language, words in names.items() if f'msgstr "{words}"' not in texts[language]
        ] == []


WORDS, PAGES = 2200, 7


def short(made: Made, language: str, format_: str) -> Read:
    """The short edition, read."""
    return read(made.short[language, format_], format_)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_short_edition_is_short(made: Made, language: str) -> None:
    """Its annexes, contents and title page included, as the reader of Word counts; it has neither a chart nor a table of counts."""
    body = ElementTree.fromstring(parts_of(made.short[language, "docx"])["word/document.xml"])  # noqa: S314 - our own
    paragraphs = ["".join(one.text or "" for one in each.iter(f"{W}t")) for each in body.iter(f"{W}p")]
    assert 900 < sum(len(one.split()) for one in paragraphs) <= WORDS
    assert not list(body.iter(f"{W}drawing"))
    assert len(list(body.iter(f"{W}tbl"))) == 2  # the title page, and the references


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_the_short_edition_has_every_fact_of_a_case(made: Made, language: str, format_: str) -> None:
    """Its title and summary in one paragraph of the body, below it a sentence for what happened, each law, each outcome; groups, violations
    and how far it is established, and no more, in the index; the place and the date beside its reference."""
    found = short(made, language, format_)
    rows = [one.cells for one in found.under(heading("annex", language)) if one.cells]
    index = [one.values for one in found.under(heading("facts", language))]
    assert len(index) == 3
    for case in CASES:
        ((number, place),) = [(one[0], " ".join(one)) for one in rows if one[1] == made.refs[case["id"]]]
        beside = f"{date_of(case, language)} {SHORT_PLACES[case['place']['region']][language]} "
        assert beside in place.replace("\N{NO-BREAK SPACE}", " ")
        indexed = [
            value
            for values in index
            for value, numbers in values.items()
            if int(number.strip("[]")) in numbers
        ]
        assert sorted(indexed) == sorted(indexed_of(case, language)), case["id"]
        (told,) = [one for one in found.said if in_language(case, language)["narrative"] in one.words]
        assert told.under == (heading(told_under(case), language),)
        assert int(number.strip("[]")) in told.numbers
        said = found.below(told).words.casefold()
        missing = [one for one in said_of(case, language) if one.casefold() not in said]
        assert missing == [], (case["id"], said)


@pytest.mark.parametrize(("language", "format_"), ALL)
def test_headings_and_contents_are_numbered(made: Made, language: str, format_: str) -> None:
    """1, 1.1, in their order, in both editions; the parts of a section in the full one alone."""
    for found, has_parts in (
        (document(made, language, format_), True),
        (short(made, language, format_), False),
    ):
        numbers = [number for number in found.numbers if number]
        tops = [one for one in numbers if "." not in one]
        assert tops == [str(one) for one in range(1, len(tops) + 1)]
        assert len(tops) > 9
        assert any(one.endswith(".1") for one in numbers) == has_parts
