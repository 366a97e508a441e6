"""Prefilled review form of a report, and its public location: its sealed point as a moderator rounds it, or none."""

import csv
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from bot.form.answers import Answer, Chosen, GeoPoint, Number, TextPart, Written
from bot.form.draft import Draft
from bot.form.flow.instance import Instance
from bot.form.kinds import kind_of
from bot.form.model import Choice, Form, Group, Node, Privacy, Question
from bot.publish.statistics import choices_of
from bot.reports import reading
from bot.safety.sealing import UnsealError
from bot.store.unit import REVIEW_FORM, UnitOfWork
from bot.store.vault import InArchive
from db.models import Report

log = logging.getLogger(__name__)
MOST_DECIMALS = 2
"""Public decimals of a degree: about a kilometre."""

_BESIDE = {"title": "story", "summary": "story", "legal_basis": "law_text"}
"""Roles of the report's texts that stand beside what a moderator writes, by the role there or its beginning."""

FROM = "from"
IS_ANSWERED = "yes"

_RENAMED: Mapping[str, str] = {
    "/review/source_reliability": "/review/reliability",
    "/review/information_credibility": "/review/credibility",
}
"""Renamed questions of the built-in review form. Until version 2 assessments were in no export, so an export
of an old version has none, but a moderator's edit shows them."""


async def coarsened(
    unit: UnitOfWork, report: Report, form: Form, answers: Mapping[str, Answer], earlier: Mapping[str, Answer]
) -> Mapping[str, Answer]:
    """Answers with the public location that they ask for, or none. Once the report is sealed or destroyed, the point comes from
    the `earlier` version, never finer than there, and the choice is changed to match."""
    public, share = form.by_role.get("place_public"), form.by_role.get("place_share")
    if public is None or share is None:
        return answers
    rest = {path: answer for path, answer in answers.items() if path != public.path}
    choice = chosen(form, answers)
    if choice is None or not choice.columns.get("decimals"):
        return rest
    point = None
    with suppress(InArchive):
        point = await _point(unit, report)
    if point is None:
        before, known = chosen(form, earlier), earlier.get(public.path)
        if before is None or not isinstance(known, GeoPoint):
            return rest
        point, choice = known, min(before, choice, key=_decimals)
    return rest | {share.path: Chosen((choice.name,)), public.path: rounded(point, _decimals(choice))}


async def finest(unit: UnitOfWork, report: Report) -> tuple[GeoPoint, int] | None:
    """Point of the reporter at the finest public rounding, and that in kilometres. None without a point or such a choice."""
    choices = choices_of(unit.forms[REVIEW_FORM], "place_share").values()
    shared = [one for one in choices if one.columns.get("decimals")]
    point = await _point(unit, report) if shared else None
    if point is None:
        return None
    choice = max(shared, key=_decimals)
    return rounded(point, _decimals(choice)), int(choice.columns["km"])


def chosen(form: Form, answers: Mapping[str, Answer], role: str = "place_share") -> Choice | None:
    question = form.by_role.get(role)
    answer = answers.get(question.path) if question is not None else None
    if question is None or not isinstance(answer, Chosen):
        return None
    return next((choice for choice in question.choices if choice.name in answer.names), None)


@cache
def _localities() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Names of towns by language, by region and any of their spellings."""
    found = dict[tuple[str, str], Mapping[str, str]]()
    with (Path(__file__).parent / "localities.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names = {code: name for code, name in row.items() if len(code) == 2}
            for spelling in filter(None, (*names.values(), *row["others"].split("; "))):
                found[row["region"], _spelling(spelling)] = names
    return found


def _spelling(name: str) -> str:
    folded = " ".join(re.sub(r"[-‐‑–]", " ", name.casefold().replace("ё", "е")).split())
    return re.sub(r"^(?:[гқ]\. ?|город )| (?:қаласы|city)$", "", folded)


def locality_in(region: str, name: str, language: str) -> str | None:
    """Name of a town of a region in a language. None for a town or language that is not in the list."""
    return _localities().get((region, _spelling(name)), {}).get(language)


def rounded(point: GeoPoint, decimals: int) -> GeoPoint:
    """Point rounded to decimals of a degree. One decimal is about 11 km from south to north."""
    return GeoPoint(round(point.latitude, decimals), round(point.longitude, decimals))


def fault(form: Form) -> str | None:
    """Error in the form's choices of precision, as a sentence, or None."""
    public, share = form.by_role.get("place_public"), form.by_role.get("place_share")
    if (public is None) is not (share is None):
        return "the roles place_share and place_public go together."
    for choice in share.choices if share is not None else ():
        decimals, kilometres = choice.columns.get("decimals", ""), choice.columns.get("km", "")
        if decimals and not (decimals in set("012"[: MOST_DECIMALS + 1]) and kilometres.isdecimal()):
            return f"the choice {choice.name} of place_share needs decimals from 0 to {MOST_DECIMALS} and whole km."
    return None


def _decimals(choice: Choice) -> int:
    return int(choice.columns.get("decimals") or -1)


async def _point(unit: UnitOfWork, report: Report) -> GeoPoint | None:
    try:
        content = await reading.content_of(unit, report)
    except UnsealError:
        log.error("report %s does not open: its key has left the ring", report.ref)  # noqa: TRY400 - no trace helps
        return None
    question = content.form.by_role.get("place") if content is not None else None
    point = content.all.get(question.path) if content is not None and question is not None else None
    return point if isinstance(point, GeoPoint) else None


@dataclass(frozen=True, slots=True)
class Prefill:
    answers: Mapping[str, Answer]
    counts: Mapping[str, int]


def prefill(review: Form, report: Form, answers: Mapping[str, Answer], now: datetime) -> Prefill:
    """Start of the form `review` from `answers` to the form `report`, else its defaults. Skips codes unknown to `review`."""
    told = _ReportAnswers(report, answers)
    given = dict(told.prefilled(review.children, {}))
    counts = {path: count for path, node in _repeats(review) if (count := told.instances(node))}
    form = Instance(review, given, counts, now)
    for path in form.order():
        node = form.node(path)
        default = form.default(path) if isinstance(node, Question) and path not in given else None
        if default is not None:
            given[path] = default
    return Prefill(given, counts)


def said(review: Form, report: Form, answers: Mapping[str, Answer], draft: Draft) -> Mapping[str, Answer]:
    """Answers of a report beside the form `review`, by path: starting values, numbers of instances, stories beside texts."""
    told = _ReportAnswers(report, answers)
    found = dict(told.prefilled(review.children, {}))
    found |= {path: Number(told.instances(node)) for path, node in _repeats(review) if sources(node)}
    for role, asked in review.by_role.items():
        own = report.by_role.get(_BESIDE.get(role if role in _BESIDE else role.partition("_")[0], ""))
        is_title = role.startswith("title") and asked.path in draft.answers
        if own is not None and own.path in answers and not is_title:
            found.setdefault(asked.path, answers[own.path])
    return found


def sources(node: Node) -> tuple[str, ...]:
    return tuple(node.bot.get(FROM, "").split())


def wrong_source(review: Form, report: Form) -> str | None:
    """Error of the first unusable source, as a sentence, or None."""
    for node in review.nodes.values():
        for source in sources(node):
            fault = _fault(review, report, node, source)
            if fault is not None:
                return f"{node.name}, bind::bot:from: {fault}"
    return None


def _fault(review: Form, report: Form, node: Node, source: str) -> str | None:
    name, _, column = source.partition("/")
    found = [other for other in report.nodes.values() if other.name == name]
    if len(found) != 1:
        return f"the report form has {'several' if found else 'no'} {name}."
    asked = found[0]
    if isinstance(node, Group) or isinstance(asked, Group):
        both = isinstance(node, Group) and isinstance(asked, Group) and node.repeat and asked.repeat
        return None if both else f"{name} is no repeat for a repeat, or no question for a question."
    if column and not any(column in choice.columns for choice in asked.choices):
        return f"the list of {name} has no column {column}."
    if column and not kind_of(node).starts_from_column:
        return f"the column {column} of {name} starts only a text, an integer or a hidden question."
    around, inside = review.nodes.get(_around(review, node.path)), _around(report, asked.path)
    starts = [other.path for other in report.nodes.values() if around and other.name in sources(around)]
    if inside and inside not in starts:
        return f"{name} stands in a repeat from which the repeat around {node.name} does not start."
    return None


def without_groups(chosen: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Codes from pairs of code and group, without the groups of other codes."""
    codes = dict(chosen)
    typed = {group for code, group in codes.items() if group != code}
    return tuple(code for code in codes if code not in typed)


def hidden_answers(form: Form, answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
    hidden = {question.path for question in form.questions if question.kind == "hidden"}
    return {path: answer for path, answer in answers.items() if path in hidden}


def renamed(form: Form, answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
    """Answers of an older version at the paths of this form. Words for the meaning of a date become its code."""
    kind, meaning = (form.by_role.get(role) for role in ("date_kind", "date_meaning"))
    told = answers.get(meaning.path) if meaning is not None else None
    if kind is not None and meaning is not None and isinstance(told, Written) and kind.path not in answers:
        answers = {**answers, kind.path: Chosen((told.text if told.text in kind.labels else "other",))}
    return {
        _RENAMED[path] if path not in form.nodes and _RENAMED.get(path) in form.nodes else path: answer
        for path, answer in answers.items()
    }


def _repeats(form: Form) -> Iterator[tuple[str, Group]]:
    for path, node in form.nodes.items():
        if isinstance(node, Group) and node.repeat and not _around(form, path):
            yield path, node


def _around(form: Form, path: str) -> str:
    parts = path.split("/")
    for end in range(3, len(parts)):  # the shortest path of a repeat: "", the root and one name
        outer = form.nodes.get("/".join(parts[:end]))
        if isinstance(outer, Group) and outer.repeat:
            return outer.path
    return ""


class _ReportAnswers:
    def __init__(self, report: Form, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self._nodes = {node.name: node for node in report.nodes.values()}

    def prefilled(self, nodes: Sequence[Node], instance: Mapping[str, int]) -> Iterator[tuple[str, Answer]]:
        """Prefilled answers of these nodes. `instance` has the instance by the path of each repeat around a source."""
        for node in nodes:
            if isinstance(node, Question):
                answer = self._answer(node, instance)
                if answer is not None:
                    yield node.path, answer
            elif not node.repeat:
                yield from self.prefilled(node.children, instance)
            elif not instance and (source := self._repeat_of(node)):
                for number in range(1, self.instances(node) + 1):
                    for path, answer in self.prefilled(node.children, {source.path: number}):
                        yield path.replace(node.path, f"{node.path}[{number}]", 1), answer

    def _repeat_of(self, repeat: Group) -> Group | None:
        source = self._nodes.get(next(iter(sources(repeat)), ""))
        return source if isinstance(source, Group) and source.repeat else None

    def instances(self, repeat: Group) -> int:
        if (source := self._repeat_of(repeat)) is None:
            return 0
        found = re.compile(re.escape(source.path) + r"\[(\d+)\]")
        return max((int(match[1]) for path in self._answers if (match := found.match(path))), default=0)

    def _answer(self, question: Question, instance: Mapping[str, int]) -> Answer | None:
        found = list(self._found(question, instance))
        if question.kind == "hidden":
            return Written((TextPart(IS_ANSWERED),)) if found else None
        public = [one for one in found if one[0].privacy is Privacy.PUBLIC]
        if question.kind == "select_multiple":
            groups = {choice.name: choice.columns.get("group", "") for choice in question.choices}
            names = (name for _, _, one in public if isinstance(one, Chosen) for name in one.names)
            codes = without_groups((name, groups[name] or name) for name in names if name in groups)
            return Chosen(codes) if codes else None
        fitting = (_fitting(question, *one) for one in public)
        return next((answer for answer in fitting if answer is not None), None)

    def _found(
        self, question: Question, instance: Mapping[str, int]
    ) -> Iterator[tuple[Question, str, Answer]]:
        for source in sources(question):
            name, _, column = source.partition("/")
            node = self._nodes.get(name)
            if not isinstance(node, Question):
                continue
            path = node.path
            for repeat, number in instance.items():
                if path.startswith(f"{repeat}/"):
                    path = path.replace(repeat, f"{repeat}[{number}]", 1)
            if path in self._answers:
                yield node, column, self._answers[path]


def _fitting(question: Question, source: Question, column: str, answer: Answer) -> Answer | None:
    kind = kind_of(question)
    if column and isinstance(answer, Chosen):
        cells = (choice.columns.get(column, "") for choice in source.choices if choice.name in answer.names)
        return kind.of_column(next(cells, ""))
    return kind.adopted(question, answer)
