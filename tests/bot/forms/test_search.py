"""Everyday phrases find what they mean in the lists. The tables were written from how people and newspapers speak, before
the search words."""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.form.typed.labels import SearchIndex, matching
from bot.form.xlsform.sheets import read_list
from bot.languages import codes

ROOT = Path(__file__).parents[3]
SEARCHED = ("statuses", "affected_groups", "perpetrator_types", "groups", "types", "regions")
LEAST_WORDS = 10
LEAST_FOUND = 0.9


def table(name: str) -> list[dict[str, str]]:
    """Rows of a table of phrases."""
    with (ROOT / "tests" / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PHRASES, OPPOSITES = table("search_phrases"), table("search_opposites")


@pytest.fixture(scope="module")
def lists() -> Mapping[str, SearchIndex]:
    """The index of each list."""
    return {name: SearchIndex(read_list(ROOT / "bot" / "forms" / f"{name}.csv")) for name in SEARCHED}


def first(lists: Mapping[str, SearchIndex], row: Mapping[str, str]) -> str:
    """The choice that stands first for a phrase, or blank."""
    return next((choice.name for _, choice in matching(lists[row["list"]], row["phrase"])), "")


@pytest.mark.parametrize("language", codes())
@pytest.mark.parametrize("name", SEARCHED)
def test_a_phrase_finds_what_it_means_first(
    lists: Mapping[str, SearchIndex], name: str, language: str
) -> None:
    """At least nine phrases of ten, of each list in each language."""
    asked = [row for row in PHRASES if (row["list"], row["language"]) == (name, language)]
    missed = [row["phrase"] for row in asked if first(lists, row) not in row["first"].split()]
    assert len(missed) <= (1 - LEAST_FOUND) * len(asked) + 1, missed


@pytest.mark.parametrize("language", codes())
def test_nearly_all_phrases_of_a_language_find_what_they_mean(
    lists: Mapping[str, SearchIndex], language: str
) -> None:
    """All lists together."""
    asked = [row for row in PHRASES if row["language"] == language]
    found = sum(first(lists, row) in row["first"].split() for row in asked)
    assert len(asked) > 200
    assert found >= LEAST_FOUND * len(asked)


@pytest.mark.parametrize("language", codes())
def test_no_phrase_finds_its_opposite_first(lists: Mapping[str, SearchIndex], language: str) -> None:
    """“Not let out” is not “not let in”, and “shot at” is not “no lawyer”."""
    opposite = [
        (row["phrase"], first(lists, row))
        for row, wrong in (
            *((row, row["never"]) for row in PHRASES),
            *((row, row["opposite"]) for row in OPPOSITES),
        )
        if row["language"] == language and first(lists, row) in wrong.split()
    ]
    assert opposite == []


@pytest.mark.parametrize("name", SEARCHED)
def test_every_choice_has_words_of_its_own(name: str) -> None:
    """At least ten; none appears twice in a choice."""
    for choice in read_list(ROOT / "bot" / "forms" / f"{name}.csv"):
        words = " ".join(choice.columns.get(column, "") for column in ("search", "within")).split()
        assert len(words) >= LEAST_WORDS, choice.name
        assert [word for word, count in Counter(words).items() if count > 1] == [], choice.name
