"""A judge of what is heard in stories: it compares proposals with what a careful reader takes from each."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bot.form.answers import Answer, Chosen, Number, When, Written
from bot.form.typed.amounts import Amount, covers, takers
from bot.form.typed.heard import Heard, heard
from bot.form.typed.intervals import last_day
from bot.form.typed.phrases import normalized
from tests.bot.forms.questionnaires import INCIDENT

DATA = Path(__file__).parents[3] / "data"
CITIES = {"KZ-75": ("алматы", "almaty"), "KZ-71": ("астана", "astana"), "KZ-79": ("шымкент", "shymkent")}
"""Regions that are towns. Naming the region names the town."""
GROUPS, TYPES = ("category", "more_groups"), ("violations", "more_violations")

Story = Mapping[str, Any]
Judged = Iterator[tuple[str, bool, list[str], list[str]]]
"""A fact, whether the story tells it, and what was proposed: right and wrong."""


def stories(name: str) -> list[Story]:
    return list(json.loads((DATA / f"{name}.json").read_text("utf-8")))


def listen(text: str, today: str = "2026-05-20") -> Heard:
    return heard(INCIDENT, text, date.fromisoformat(today))


def told(found: Heard, role: str) -> Answer | None:
    """Answer proposed to the question of a role."""
    asked = INCIDENT.by_role.get(role)
    return found.answers.get(asked.path) if asked else None


def names(found: Heard, *roles: str) -> list[str]:
    """Choices that are proposed for questions of these roles."""
    answers = [told(found, role) for role in roles]
    return [name for answer in answers if isinstance(answer, Chosen) for name in answer.names]


def text(found: Heard, role: str) -> str:
    answer = told(found, role)
    return answer.text if isinstance(answer, Written) else ""


def rates(told_stories: Iterable[Story]) -> tuple[float, float]:
    """Per cent of the facts told that are proposed rightly, types apart, and of all proposals that are wrong."""
    seen: Counter[str] = Counter()
    for story in told_stories:
        for fact, is_told, right, wrong in judged(story, listen(story["text"], story["today"])):
            seen["wrong"] += len(wrong)
            seen["proposed"] += len(wrong) + len([one for one in right if one not in CITIES])
            seen["told"] += is_told and fact != "type"
            seen["right"] += bool(is_told and right) and fact != "type"
    return 100 * seen["right"] / seen["told"], 100 * seen["wrong"] / seen["proposed"]


def judged(story: Story, found: Heard) -> Judged:
    reader = {fact: _all(story, fact) for fact in story["careful_reader"]}
    parents = {name.partition(".")[0] for name in reader["types"]}
    region, town = names(found, "region"), text(found, "locality")
    towns = {normalized(one) for one in reader["locality"]}
    is_city = not town and bool(region) and not towns.isdisjoint(CITIES.get(region[0], ()))
    listed = {
        "kind": (names(found, *GROUPS), {*reader["groups"], *parents}, "groups"),
        "type": (names(found, *TYPES), {*reader["types"]}, "types"),
        "region": (region, {*reader["region"]}, "region"),
        "locality": (region[:1] if is_city else [town] if town else [], {*reader["locality"]}, "locality"),
        "links": (text(found, "links").split(), {*reader["links"]}, "links"),
    }
    for fact, (proposed, accepted, told_as) in listed.items():
        right = [
            one
            for one in proposed
            if one in accepted or (fact == "locality" and (is_city or normalized(one) in towns))
        ]
        yield (
            fact,
            bool(story["careful_reader"][told_as]),
            right,
            [one for one in proposed if one not in right],
        )
    yield _judged_date(story, found, reader["date"])
    yield _judged_number(story, found, reader["number"])


def _all(story: Story, fact: str) -> list[Any]:
    own = story["careful_reader"][fact]
    more = [*(own if isinstance(own, list) else [own]), *story["acceptable"].get(fact, ())]
    return [one for one in more if one]


def _days(when: str) -> tuple[str, str]:
    """First and last day of a date or period."""
    first, _, last = when.partition("/")
    return f"{first}-01-01"[:10] if len(first) < 10 else first, str(last_day(last or first))


def _judged_date(
    story: Story, found: Heard, accepted: Iterable[str]
) -> tuple[str, bool, list[str], list[str]]:
    own, when = story["careful_reader"]["date"], told(found, "when")
    if not isinstance(when, When):
        return "date", bool(own), [], []
    first, last = _days(f"{when.start}/{when.end or when.start}")
    known = {_days(one) for one in accepted}
    ends = {(first, last), (first, story["today"]), (first, first)} if when.ongoing else {(first, last)}
    day = _days(own) if own else ("", "")
    is_around = day[0] == day[1] and first <= day[0] <= last and (last_day(last) - last_day(first)).days <= 6
    is_right = not known.isdisjoint(ends) or (is_around and not when.ongoing)
    return "date", bool(own), [first] if is_right else [], [] if is_right else [first]


def _judged_number(
    story: Story, found: Heard, accepted: Iterable[Mapping[str, int | None]]
) -> tuple[str, bool, list[str], list[str]]:
    own, asked = story["careful_reader"]["number"], INCIDENT.by_role["affected_number"]
    named = names(found, "affected_number")
    if not named:
        return "number", bool(own), [], []
    around = asked.path.rpartition("/")[0]
    choice = next(one for one in asked.choices if one.name in named)
    is_right = any(covers(choice, Amount(one["least"], one["most"])) for one in accepted)
    for kind, taker in takers(asked, asked.choices).items():
        if taker.choice == choice:
            given = {end: found.answers.get(f"{around}/{name}") for name, end in taker.ends.items()}
            ends = {end: number.value for end, number in given.items() if isinstance(number, Number)}
            most = ends["least"] if kind == "exact" else ends.get("most")
            is_right = any((one["least"], one["most"]) == (ends["least"], most) for one in accepted)
    return "number", bool(own), named if is_right else [], [] if is_right else named
