"""The program's made-up cases."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.form.answers import Answer, Chosen, GeoPoint, Number, Precision, TextPart, When, Written
from bot.form.kinds import kind_of
from bot.form.model import Choice, Form, Group
from bot.publish.published_languages import NAMED

Case = Mapping[str, Any]
_READ: Mapping[str, Any] = json.loads((Path(__file__).resolve().parent / "cases.json").read_text("utf-8"))
_PERSON = {"kk": "Тұлға", "ru": "Лицо", "en": "Person"}
"""Names are this word with a number, so that no demo names a real person."""
_ORGANISATION = {"kk": "«Мысал» ұйымы", "ru": "Организация «Пример»", "en": "The Example Organisation"}
_OUTSIDE = {"country", "special"}
_LINK = "https://example.org/{number}"
_URGENT = {"detention", "violence", "return", "pressure"}
"""Categories for which the form asks about danger."""


def all_cases() -> Sequence[Case]:
    return list(_READ["cases"])


def urgent_cases() -> Sequence[Case]:
    return [case for case in all_cases() if case["category"] in _URGENT]


class AnswerSheet:
    """A form filled in without a chat. `answers` and `counts` are those of a draft. Methods take question
    names, which are unique in the program's forms. Raises KeyError for an unknown name."""

    def __init__(self, form: Form) -> None:
        self.answers: dict[str, Answer] = {}
        self.counts: dict[str, int] = {}
        self._paths = {node.name: node.path for node in form.nodes.values()}
        self._repeats = tuple(
            node.path for node in form.nodes.values() if isinstance(node, Group) and node.repeat
        )

    def path(self, name: str, instance: int = 0) -> str:
        """Instance path of a question. `instance` counts from 1 inside a repeat."""
        path = self._paths[name]
        for repeat in self._repeats if instance else ():
            if path.startswith(f"{repeat}/"):
                return path.replace(repeat, f"{repeat}[{instance}]", 1)
        return path

    def count(self, repeat: str, instances: int) -> None:
        self.counts[self._paths[repeat]] = instances

    def put(self, name: str, answer: Answer, *, instance: int = 0) -> None:
        self.answers[self.path(name, instance)] = answer

    def choose(self, name: str, *codes: str, instance: int = 0) -> None:
        """Answer with choices. Leaves the question out without any."""
        if codes:
            self.put(name, Chosen(codes), instance=instance)

    def write(self, name: str, words: str, *, instance: int = 0) -> None:
        self.put(name, Written((TextPart(words),)), instance=instance)


@dataclass(frozen=True, slots=True)
class Testimony:
    """A reporter's account of a case, told on `day`. `number` distinguishes reports of one case. Without
    `region` (a code) and `when`, place and time are random."""

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
        """Answers to the reporters' form. Draws from `rng`, so call it only once."""
        sheet = AnswerSheet(form)
        case = self.case
        sheet.choose("consent_store", "yes")
        sheet.choose("depth", "full" if self.full else "short")
        sheet.choose("category", case["category"])
        sheet.choose("types", *case["types"])
        if case["category"] in _URGENT:
            sheet.choose("urgent", "yes" if self.urgent else self.rng.choice(("no", "dont_know")))
        ending = self.rng.choice(_READ["endings"][self.language])
        sheet.write("story", f"{case['story'][self.language]} {ending}".strip())
        sheet.put("when", self.when or self._when())
        regions = _regions(form)
        region = next((one for one in regions if one.name == self.region), None) or self.rng.choice(regions)
        sheet.choose("region", region.name)
        if self.full:
            self._add_details(sheet, region.name, region.columns)
        if self.urgent:
            sheet.choose("needs", "lawyer")
        sheet.choose("consent_use", self.consent)
        sheet.choose("consent_ask", "no")
        return sheet

    def _when(self) -> When:
        day = self.day - timedelta(days=self.rng.randrange(20))
        match self.rng.random():
            case chance if chance < 0.7:
                return When(Precision.DAY, day.isoformat(), day.isoformat())
            case chance if chance < 0.9:
                return When(Precision.MONTH, f"{day:%Y-%m}")
        begun = day - timedelta(days=self.rng.randrange(1, 30))
        return When(Precision.RANGE, begun.isoformat(), day.isoformat())

    def _add_details(self, sheet: AnswerSheet, code: str, region: Mapping[str, str]) -> None:
        case, rng = self.case, self.rng
        sheet.choose("more_groups", *case["more_groups"])
        sheet.choose("more_types", *case["more_types"])
        if region["type"] == "region":
            sheet.write("locality", _READ["seats"].get(code, {}).get(self.language, region["seat"]))
        if region["type"] not in _OUTSIDE and rng.random() < 0.6:
            latitude, longitude = (
                round(float(region[f"seat_{axis}"]) + rng.uniform(-0.05, 0.05), 5) for axis in ("lat", "lon")
            )
            sheet.put("place", GeoPoint(latitude, longitude))
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
    answers = _READ["answers"][testimony.language]
    return str(answers[testimony.number % len(answers)])


def note_in(language: str) -> str:
    return str(_READ["note"][language])


def cases_fit(report: Form, review: Form) -> bool:
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
    for path, answer in answers.items():
        question = form.question_at(path)
        if question is None or not kind_of(question).fits(answer):
            return False
        names = {choice.name for choice in question.choices}
        if isinstance(answer, Chosen) and not names.issuperset(answer.names):
            return False
    return True


def _regions(form: Form) -> Sequence[Choice]:
    question = next(one for one in form.questions if one.name == "region")
    inside = [choice for choice in question.choices if choice.columns["type"] not in _OUTSIDE]
    return [*inside, *inside, *(choice for choice in question.choices if choice.name == "XX-ONLINE")]


def public_answers(
    case: Case, language: str, seeded: Mapping[str, Answer], form: Form
) -> Mapping[str, Answer]:
    """A moderator's answers beyond those `seeded` from the report. A case without a public text in this
    language uses its story. The other published languages get the texts that the case has: translators find
    those that lack."""
    sheet, question = AnswerSheet(form), form.by_role.get(NAMED)
    named = seeded.get(question.path) if question is not None else None
    for one in named.text.split() if isinstance(named, Written) else ():
        if one in case["title"] or one == language:
            _write_public(sheet, case, one, f"_{one}")
    if not sheet.answers:
        _write_public(sheet, case, language)
    sheet.choose("kind", case["kind"])
    if sheet.path("place_given") in seeded:
        sheet.put("place_share", Chosen(("10km",)))
    return sheet.answers


def _write_public(sheet: AnswerSheet, case: Case, language: str, ending: str = "") -> None:
    story = case["story"][language]
    sheet.write(f"title{ending}", case["title"].get(language) or story.partition(".")[0])
    sheet.write(f"summary{ending}", case["summary"].get(language) or story)
