"""More than four hundred sentences a language, made from invented records, judged by grammars and tables written by hand."""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from bot.form.model import Form
from bot.publish.country_update.request import UpdateRecord
from bot.publish.country_update.sentences import facts
from tests.bot.publish.country_update import invented, judging_english, judging_kazakh, judging_russian
from tests.bot.publish.country_update.grammar_tables import GRAMMAR, WrongSentenceError, lines_of

JUDGES: Mapping[str, Callable[[str], None]] = {
    "ru": judging_russian.judge,
    "kk": judging_kazakh.judge,
    "en": judging_english.judge,
}
LANGUAGES = ("ru", "kk", "en")
FACTS: Mapping[str, Mapping[str, Sequence[str]]] = json.loads((GRAMMAR / "facts.json").read_text("utf-8"))
NUMBERS = {
    "ru": {
        1: "один|одн",
        2: "дв(?:ое|ух|ум)",
        3: "тр(?:ое|ёх|ём)",
        4: "четвер|четырё",
        5: "пят",
        6: "шест",
        7: "сем",
        8: "вос",
        9: "девят",
    },
    "kk": dict(enumerate(("бір", "екі", "үш", "төрт", "бес", "алты", "жеті", "сегіз", "тоғыз"), 1)),
    "en": dict(enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), 1)),
}
RECORDS = 300
Told = Sequence[tuple[UpdateRecord, Sequence[str]]]


@pytest.fixture(scope="module")
def told_in(forms: Mapping[str, Form]) -> Callable[[str], Told]:
    """The sentences of each invented record in a language."""

    @cache
    def told(language: str) -> Told:
        records = invented.records(RECORDS, language)
        context = invented.context_of(forms, language, records)
        return [
            (one, [said.words.replace("\N{NO-BREAK SPACE}", " ") for said in facts(context, one)])
            for one in records
        ]

    return told


@cache
def wrong_of(language: str, sentence: str) -> str:
    """The judge's word, blank for a right sentence."""
    try:
        JUDGES[language](sentence)
    except WrongSentenceError as wrong:
        return str(wrong)
    return ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_is_right(told_in: Callable[[str], Told], language: str) -> None:
    """At least 400 different ones: cases, numbers, genders, suffixes, articles, dates, spaces and marks; no word is outside the tables."""
    sentences = {one for _, said in told_in(language) for one in said}
    assert len(sentences) >= 400
    assert [wrong for one in sorted(sentences) if (wrong := wrong_of(language, one))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fact_is_said(told_in: Callable[[str], Told], language: str) -> None:
    """Of every record: its codes, numbers, articles, years and free text."""
    missing = {
        record.ref: lost
        for record, said in told_in(language)
        if (
            lost := [
                one
                for one in _expected(record, language)
                if not re.search(one, " ".join(said), re.IGNORECASE)
            ]
        )
    }
    assert missing == {}


def _expected(record: UpdateRecord, language: str) -> Iterator[str]:
    place = LANGUAGES.index(language)
    columns = {"outcomes_status": "statuses", "perpetrators_type": "", "region": ""}
    for column, name in columns.items():
        yield from (
            FACTS[name or column][code][place] for code in record.listed(column) if code not in {None, "KZ"}
        )
    for codes, role in zip(record.listed("affected_groups"), record.listed("affected_role"), strict=True):
        # a role says more than its groups, which the annex has
        yield from (FACTS["affected_groups"][code][place] for code in codes if not role)
    yield from (re.escape(one) for one in invented.free_texts(record))
    for code in record.listed("legal_basis"):
        if article := re.fullmatch(r"KZ-(?:AOC|CC)-(.+)", code):
            yield rf"\b{article[1]}\b"
    numbers: list[Any] = [*record.listed("affected_number_min"), *record.listed("affected_number_max")]
    if record.listed("outcomes_status"):
        numbers += [one for one in record.listed("outcomes_persons") if one != 1]
    yield from (rf"\b(?:{one}|{NUMBERS[language].get(one, one)})" for one in numbers if one)
    for column in ("date_start", "date_end", "underlying_event", "outcomes_date"):
        yield from (rf"\b{one[:4]}\b" for one in record.listed(column) if one)
    for column in ("outcomes_arrest_days", "outcomes_fine_mrp"):
        yield from (rf"\b{one}\b" for one in record.listed(column) if one)
    for column in ("outcomes_prison_years", "outcomes_restriction_years"):
        yield from (rf"\b{int(one)}\b" for one in record.listed(column) if one)


@cache
def planted(language: str) -> Sequence[tuple[str, str]]:
    """Right and wrong forms, written by hand."""
    lines = (GRAMMAR / f"{language}_planted.txt").read_text("utf-8").splitlines()
    return [
        (right, wrong)
        for line in lines
        if line and not line.startswith("#")
        for right, _, wrong in [line.partition(" > ")]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_judge_catches_planted_faults(told_in: Callable[[str], Told], language: str) -> None:
    """At least forty: each alone makes a sentence wrong that was right."""
    sentences = sorted(
        {one for _, said in told_in(language) for one in said}, key=lambda one: (len(one), one)
    )
    assert len(planted(language)) >= 40
    for right, wrong in planted(language):
        pattern, found, changed = _with(sentences, language, right, wrong)
        assert found, f"no right sentence holds “{right}”: {pattern}"
        assert wrong_of(language, changed) != "", changed


def _with(sentences: Sequence[str], language: str, right: str, wrong: str) -> tuple[str, str, str]:
    """The shortest right sentence that holds a form, and the sentence with the wrong one."""
    whole = re.compile(rf"(?<!\w)(?i:{right[0]}){re.escape(right[1:])}(?!\w)")
    found = next((one for one in sentences if whole.search(one) and not wrong_of(language, one)), "")

    def planting(word: re.Match[str]) -> str:
        begins = word[0][0].isupper() and right[0].islower()
        return wrong[0].upper() + wrong[1:] if begins else wrong

    return whole.pattern, found, whole.sub(planting, found, count=1)


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_most_random_forms_are_caught(told_in: Callable[[str], Told], language: str) -> None:
    """Of 250 words that were replaced by another form of their own: the rest are right too, such as a plural for a singular."""
    chance = random.Random(33)
    forms: dict[str, set[str]] = {}
    for line in (line for one in (GRAMMAR).glob(f"{language}_[na]*.txt") for line in lines_of(one.name)):
        own = {one for one in line.replace("|", " ").split() if len(one) > 2}
        for form in own:
            forms[form] = forms.get(form, set()) | own - {form}
    sentences = sorted({one for _, said in told_in(language) for one in said if not wrong_of(language, one)})
    caught = 0
    for sentence in chance.sample(sentences, 250):
        word = chance.choice([one for one in re.findall(r"[\w-]+", sentence) if forms.get(one)])
        other = chance.choice(sorted(forms[word]))
        caught += wrong_of(language, re.sub(rf"(?<![\w-]){word}(?![\w-])", other, sentence, count=1)) != ""
    assert caught >= 210


def test_the_table_of_kazakh_suffixes_keeps_harmony() -> None:
    """Each form written by hand follows vowel harmony and the assimilation of consonants."""
    told: dict[str, list[tuple[str, str]]] = {}
    for stem, *forms in judging_kazakh.lines("kk_nouns.txt"):
        ruled = list(judging_kazakh.suffixed(stem))
        differing = [
            (form, rule) for form, rule in zip((stem, *forms), ruled, strict=True) if form not in {"-", rule}
        ]
        if differing and stem not in judging_kazakh.IRREGULAR:
            told[stem] = differing
    assert told == {}


@pytest.mark.parametrize(
    "form", ["соттың", "әкімдікке", "адамнан", "қыркүйектен", "БАҚ-тың", "партиясының", "тәртібі"]
)
def test_the_rules_of_suffixes_know_wrong_ones(form: str) -> None:
    """The rule gives the right form and none of its neighbours."""
    wrong = {
        "соттың": "сотның", "әкімдікке": "әкімдікге", "адамнан": "адамдан", "қыркүйектен": "қыркүйекден", "БАҚ-тың": "БАҚ-ның",
        "партиясының": "партияның", "тәртібі": "тәртіпі",
    }[form]  # fmt: skip
    stem = next(stem for stem, *forms in judging_kazakh.lines("kk_nouns.txt") if form in forms)
    own = list(judging_kazakh.suffixed(stem))
    assert form in own
    assert wrong not in own or wrong == "партияның"
