"""The made-up cases that come with the program, and what a reporter and a moderator make of one."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.demo.paper import Paper
from bot.form.answers import Answer, Chosen, Number, Place, Precision, When
from bot.form.model import Form

FILE = Path(__file__).resolve().parent / "cases.json"
Case = Mapping[str, Any]
PERSON = {"kk": "Тұлға", "ru": "Лицо", "en": "Person"}
"""How somebody is named, with a number: no name in a demo is anybody's."""
ORGANISATION = {"kk": "«Мысал» ұйымы", "ru": "Организация «Пример»", "en": "The Example Organisation"}
_NOWHERE = {"country", "special"}
_LINK = "https://example.org/{number}"
_URGENT = {"detention", "violence", "return", "pressure"}
"""Where the form asks whether somebody is in danger."""


@cache
def _read() -> Mapping[str, Any]:
    read: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return read


def all_cases() -> Sequence[Case]:
    """All cases of the file."""
    cases: list[Case] = _read()["cases"]
    return cases


def urgent_cases() -> Sequence[Case]:
    """Those in which somebody may be in danger now."""
    return [case for case in all_cases() if case["category"] in _URGENT]


@dataclass(frozen=True, slots=True)
class Told:
    """What a reporter tells of a case. By its number a report differs from others of the same case."""

    case: Case
    number: int
    language: str
    day: date
    """The day on which it is told."""
    consent: str
    urgent: bool
    full: bool
    rng: random.Random

    def answers(self, form: Form) -> Paper:
        """The answers to the form of reporters."""
        paper = Paper(form)
        case = self.case
        paper.choose("consent_store", "yes")
        paper.choose("depth", "full" if self.full else "short")
        paper.choose("category", case["category"])
        paper.choose("types", *case["types"])
        if case["category"] in _URGENT:
            paper.choose("urgent", "yes" if self.urgent else self.rng.choice(("no", "dont_know")))
        paper.write("story", self._story())
        paper.put("when", self._when())
        region = self.rng.choice(_regions(form))
        paper.choose("region", region.name)
        if self.full:
            self._more(paper, region.columns)
        if self.urgent:
            paper.choose("needs", "lawyer")
        paper.choose("consent_use", self.consent)
        return paper

    def _story(self) -> str:
        ending = self.rng.choice(_read()["endings"][self.language])
        return f"{self.case['story'][self.language]} {ending}".strip()

    def _when(self) -> When:
        day = self.day - timedelta(days=self.rng.randrange(20))
        match self.rng.random():
            case chance if chance < 0.7:
                return When(Precision.DAY, day.isoformat(), day.isoformat())
            case chance if chance < 0.9:
                return When(Precision.MONTH, f"{day:%Y-%m}")
        begun = day - timedelta(days=self.rng.randrange(1, 30))
        return When(Precision.RANGE, begun.isoformat(), day.isoformat())

    def _more(self, paper: Paper, region: Mapping[str, str]) -> None:
        case, rng = self.case, self.rng
        paper.choose("more_groups", *case["more_groups"])
        paper.choose("more_types", *case["more_types"])
        if region["type"] == "region":
            paper.write("locality", region["seat"])
        if region["type"] not in _NOWHERE and rng.random() < 0.6:
            near = (rng.uniform(-0.05, 0.05) for _ in "12")
            paper.put(
                "place",
                Place(*(round(float(region[f"seat_{way}"]) + next(near), 5) for way in ("lat", "lon"))),
            )
        self._people(paper)
        paper.choose("legal_basis", *case["laws"])
        for instance, status in enumerate(case["outcomes"], 1):
            paper.count("outcomes", instance)
            paper.choose("outcome_status", status, instance=instance)
            if status not in {"unknown", "ongoing"}:
                paper.put("outcome_date", When(Precision.MONTH, f"{self.day:%Y-%m}"), instance=instance)
        if rng.random() < 0.4:
            paper.write("links", _LINK.format(number=self.number))
        source = rng.choice(("affected", "witness", "close", "public"))
        paper.choose("source", source)
        if source != "public":
            paper.choose("reported", rng.choice(("nowhere", "ngo", "lawyer")))
        paper.choose("needs", rng.choice(("lawyer", "doctor", "none")))

    def _people(self, paper: Paper) -> None:
        for instance, one in enumerate(self.case["affected"], 1):
            paper.count("affected", instance)
            paper.choose("affected_groups", *one["groups"], instance=instance)
            paper.write("affected_role", one["role"][self.language], instance=instance)
            paper.choose("affected_number", one["number"], instance=instance)
            if "count" in one:
                paper.put("affected_exact", Number(one["count"]), instance=instance)
            if one.get("organisation"):
                paper.write("affected_organisation", ORGANISATION[self.language], instance=instance)
            if one.get("named"):
                paper.choose("affected_name_ok", "agreed", instance=instance)
                paper.write("affected_name", f"{PERSON[self.language]} {self.number}", instance=instance)
        for instance, (kind, detail) in enumerate(self.case["perpetrators"], 1):
            paper.count("perpetrators", instance)
            paper.choose("perpetrator_type", kind, instance=instance)
            if detail:
                paper.write("perpetrator_detail", detail[self.language], instance=instance)


def _regions(form: Form) -> Sequence[Any]:
    """Where something may have happened; nearly always somewhere in the country."""
    question = next(one for one in form.questions if one.name == "region")
    some = [choice for choice in question.choices if choice.columns["type"] not in _NOWHERE]
    return [*some, *some, *(choice for choice in question.choices if choice.name == "XX-ONLINE")]


def version(case: Case, language: str, seeded: Mapping[str, Answer], form: Form) -> Mapping[str, Answer]:
    """What a moderator answers beside what the report gave: the words for the public, the kind of record, and how
    exact the place may be. Where nobody wrote words for the public in this language, they are the story's."""
    paper = Paper(form)
    story = case["story"][language]
    paper.write("title", case["title"].get(language) or story.partition(".")[0])
    paper.write("summary", case["summary"].get(language) or story)
    paper.choose("kind", case["kind"])
    if paper.path("place_given") in seeded:
        paper.put("place_share", Chosen(("10km",)))
    return paper.answers
