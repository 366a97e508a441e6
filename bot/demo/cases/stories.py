"""The made-up cases that come with the program: what a reporter tells of one, and what a moderator publishes of it."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.form.answers import Answer, Chosen, Number, Part, Place, Precision, When, Written
from bot.form.kinds import kind_of
from bot.form.model import Choice, Form, Group

Case = Mapping[str, Any]
_CASES = Path(__file__).resolve().parent / "cases.json"
_PERSON = {"kk": "Тұлға", "ru": "Лицо", "en": "Person"}
"""Names are this word and a number: no name in a demo is anybody's."""
_ORGANISATION = {"kk": "«Мысал» ұйымы", "ru": "Организация «Пример»", "en": "The Example Organisation"}
_OUTSIDE = {"country", "special"}
"""The types of regions that are not one of Kazakhstan's."""
_LINK = "https://example.org/{number}"
_URGENT = {"detention", "violence", "return", "pressure"}
"""The categories for which the form asks whether somebody is in danger."""


@cache
def _read() -> Mapping[str, Any]:
    read: dict[str, Any] = json.loads(_CASES.read_text("utf-8"))
    return read


def all_cases() -> Sequence[Case]:
    """All cases of the file."""
    cases: list[Case] = _read()["cases"]
    return cases


def urgent_cases() -> Sequence[Case]:
    """Those in which somebody may be in danger now."""
    return [case for case in all_cases() if case["category"] in _URGENT]


class AnswerSheet:
    """A form filled in without a chat: `answers` by instance path and `counts` by the path of each repeat, as a draft
    has them. Questions are named by their names, which are unique in this program's forms; an unknown one raises
    KeyError."""

    def __init__(self, form: Form) -> None:
        self.answers: dict[str, Answer] = {}
        self.counts: dict[str, int] = {}
        self._paths = {node.name: node.path for node in form.nodes.values()}
        self._repeats = tuple(
            node.path for node in form.nodes.values() if isinstance(node, Group) and node.repeat
        )

    def path(self, name: str, instance: int = 0) -> str:
        """The instance path of a question; `instance` counts from 1 inside a repeat."""
        path = self._paths[name]
        for repeat in self._repeats if instance else ():
            if path.startswith(f"{repeat}/"):
                return path.replace(repeat, f"{repeat}[{instance}]", 1)
        return path

    def count(self, repeat: str, instances: int) -> None:
        """Give a repeat so many instances."""
        self.counts[self._paths[repeat]] = instances

    def put(self, name: str, answer: Answer, *, instance: int = 0) -> None:
        """Answer a question."""
        self.answers[self.path(name, instance)] = answer

    def choose(self, name: str, *codes: str, instance: int = 0) -> None:
        """Answer with choices; without any the question is left out."""
        if codes:
            self.put(name, Chosen(codes), instance=instance)

    def write(self, name: str, words: str, *, instance: int = 0) -> None:
        """Answer with a text of one message."""
        self.put(name, Written((Part(words),)), instance=instance)


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a reporter tells of a case. `number` tells reports of the same case apart; `day` is the day of telling. Where and when it
    happened is drawn, unless `region`, a code, and `when` are given."""

    case: Case
    number: int
    language: str
    day: date
    consent: str
    urgent: bool
    full: bool
    rng: random.Random
    region: str = ""
    when: When | None = None

    def answers(self, form: Form) -> AnswerSheet:
        """The answers to the reporters' form. It draws from `rng`: call it once."""
        sheet = AnswerSheet(form)
        case = self.case
        sheet.choose("consent_store", "yes")
        sheet.choose("depth", "full" if self.full else "short")
        sheet.choose("category", case["category"])
        sheet.choose("types", *case["types"])
        if case["category"] in _URGENT:
            sheet.choose("urgent", "yes" if self.urgent else self.rng.choice(("no", "dont_know")))
        sheet.write("story", self._story())
        sheet.put("when", self.when or self._when())
        region = self._region(form)
        sheet.choose("region", region.name)
        if self.full:
            self._add_details(sheet, region.name, region.columns)
        if self.urgent:
            sheet.choose("needs", "lawyer")
        sheet.choose("consent_use", self.consent)
        sheet.choose("consent_ask", "no")
        return sheet

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

    def _region(self, form: Form) -> Choice:
        regions = _regions(form)
        return next((one for one in regions if one.name == self.region), None) or self.rng.choice(regions)

    def _add_details(self, sheet: AnswerSheet, code: str, region: Mapping[str, str]) -> None:
        case, rng = self.case, self.rng
        sheet.choose("more_groups", *case["more_groups"])
        sheet.choose("more_types", *case["more_types"])
        if region["type"] == "region":
            sheet.write("locality", _read()["seats"].get(code, {}).get(self.language, region["seat"]))
        if region["type"] not in _OUTSIDE and rng.random() < 0.6:
            latitude, longitude = (
                round(float(region[f"seat_{axis}"]) + rng.uniform(-0.05, 0.05), 5) for axis in ("lat", "lon")
            )
            sheet.put("place", Place(latitude, longitude))
        self._add_people(sheet)
        sheet.choose("legal_basis", *case["laws"])
        for instance, status in enumerate(case["outcomes"], 1):
            sheet.count("outcomes", instance)
            sheet.choose("outcome_status", status, instance=instance)
            if status not in {"unknown", "ongoing"}:
                sheet.put("outcome_date", When(Precision.MONTH, f"{self.day:%Y-%m}"), instance=instance)
        if rng.random() < 0.4:
            sheet.write("links", _LINK.format(number=self.number))
        source = rng.choice(("affected", "witness", "close", "public"))
        sheet.choose("source", source)
        if source != "public":
            sheet.choose("reported", rng.choice(("nowhere", "ngo", "lawyer")))
        sheet.choose("needs", rng.choice(("lawyer", "doctor", "none")))

    def _add_people(self, sheet: AnswerSheet) -> None:
        for instance, one in enumerate(self.case["affected"], 1):
            sheet.count("affected", instance)
            sheet.choose("affected_groups", *one["groups"], instance=instance)
            sheet.write("affected_role", one["role"][self.language], instance=instance)
            sheet.choose("affected_number", one["number"], instance=instance)
            if "count" in one:
                sheet.put("affected_exact", Number(one["count"]), instance=instance)
            if one.get("organisation"):
                sheet.write("affected_organisation", _ORGANISATION[self.language], instance=instance)
            if one.get("named"):
                sheet.choose("affected_name_ok", "agreed", instance=instance)
                sheet.write("affected_name", f"{_PERSON[self.language]} {self.number}", instance=instance)
        for instance, (kind, detail) in enumerate(self.case["perpetrators"], 1):
            sheet.count("perpetrators", instance)
            sheet.choose("perpetrator_type", kind, instance=instance)
            if detail:
                sheet.write("perpetrator_detail", detail[self.language], instance=instance)


def answer_to_question(testimony: Testimony) -> str:
    """What a reporter answers who is asked whether they are safe."""
    answers: list[str] = _read()["answers"][testimony.language]
    return answers[testimony.number % len(answers)]


def note_in(language: str) -> str:
    """What a moderator notes for colleagues of a report."""
    note: str = _read()["note"][language]
    return note


def cases_fit(report: Form, review: Form) -> bool:
    """Whether all that is told and published of these cases can be answered in these two forms."""
    day, rng = date(2026, 1, 31), random.Random(0)  # noqa: S311 - no secrets
    for number, case in enumerate(all_cases()):
        urgent = case["category"] in _URGENT
        told = Testimony(case, number, "en", day, "publish_no_names", urgent, True, rng)
        try:
            sheet = told.answers(report).answers
            public = public_answers(case, "en", {}, review)
        except (KeyError, StopIteration, IndexError, ValueError):
            return False
        if not (_can_be(sheet, report) and _can_be(public, review)):
            return False
    return True


def _can_be(answers: Mapping[str, Answer], form: Form) -> bool:
    """Whether each answer is one of its question's kind, and each choice one of its choices."""
    for path, answer in answers.items():
        question = form.question_at(path)
        if question is None or not kind_of(question).fits(answer):
            return False
        names = {choice.name for choice in question.choices}
        if isinstance(answer, Chosen) and not names.issuperset(answer.names):
            return False
    return True


def _regions(form: Form) -> Sequence[Choice]:
    """The regions to draw from: nearly always one of the country's, now and then the internet."""
    question = next(one for one in form.questions if one.name == "region")
    inside = [choice for choice in question.choices if choice.columns["type"] not in _OUTSIDE]
    return [*inside, *inside, *(choice for choice in question.choices if choice.name == "XX-ONLINE")]


def public_answers(
    case: Case, language: str, seeded: Mapping[str, Answer], form: Form
) -> Mapping[str, Answer]:
    """What a moderator answers beside what was seeded from the report: public title and summary, the kind of record,
    how exact the place is. A case without a public text in this language lends its story."""
    sheet = AnswerSheet(form)
    story = case["story"][language]
    sheet.write("title", case["title"].get(language) or story.partition(".")[0])
    sheet.write("summary", case["summary"].get(language) or story)
    sheet.choose("kind", case["kind"])
    if sheet.path("place_given") in seeded:
        sheet.put("place_share", Chosen(("10km",)))
    return sheet.answers
