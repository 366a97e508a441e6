"""Derived values of columns."""

import re
from collections.abc import Callable, Iterator, Set
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.answers import TAGS, Chosen, Fields, Number, Place, When, tag_of
from bot.form.derived import cells_by, codes_by
from bot.form.kinds import readers_of
from bot.form.model import Choice, Question
from bot.form.typed.links import links_in
from bot.form.typed.tracking import untracked as without_tracking
from bot.languages import exported_codes
from bot.services.desk.publishing import location
from bot.services.desk.publishing.published_languages import role_in
from bot.services.export.columns.definition import Reads, RowSource
from bot.services.export.columns.public_answers import ExportValue
from bot.services.unit import SECONDS_AN_HOUR

FREEDOMS = ("expression", "association", "assembly")
_BETWEEN_TAGS = re.compile(r"[,;#\n]")


def approved_on(row: RowSource) -> str:
    return _day_of(row.version.approved_hour, row.zone)


@lru_cache
def _day_of(hour: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, zone).date().isoformat()


def chosen_codes(_question: Question) -> Reads:
    none: Reads = dict.fromkeys(TAGS, lambda _fields: [])
    return {**none, tag_of(Chosen): lambda fields: list(fields["names"])}


def rights(row: RowSource) -> list[str]:
    """Rights that the moderator chose, else those of the violations. A group counts only where none of its
    types is named."""
    chosen = row.answers.codes_of_role("rights")
    if chosen:
        return chosen
    source = row.answers.form.by_role.get("violations")
    rights = codes_by(source, row.answers.codes_of_role("violations"), "rights") if source else ()
    return list(rights)


def freedoms(row: RowSource) -> list[str]:
    concerned = rights(row)
    return [right for right in FREEDOMS if right in concerned]


def more_than(_question: Question) -> Reads:
    """Exclusive lower bound, where a number was given as *more than*. Else None."""
    none: Reads = dict.fromkeys(TAGS, lambda _fields: None)
    return {**none, tag_of(Number): lambda fields: fields["value"] - 1 if fields.get("beyond") else None}


def of_date(
    part: Callable[[Fields], ExportValue], without: ExportValue = None
) -> Callable[[Question], Reads]:
    none: Reads = dict.fromkeys(TAGS, lambda _fields: without)
    return lambda _question: {**none, tag_of(When): part}


def told_in_version(role: str) -> Callable[[RowSource], ExportValue]:
    """Text in the version's language, else in the first language that has one."""

    def derive(row: RowSource) -> ExportValue:
        told = row.answers.value_of_role(role)
        if told:
            return told
        languages = (row.version.content.language, *exported_codes())
        others = (row.answers.value_of_role(role_in(role, code)) for code in languages)
        return next((text for text in others if text), None)

    return derive


def tags(question: Question) -> Reads:
    """Tags separated by commas, semicolons, line breaks or `#`: lower case, spaces as `_`, each once."""
    return _of_text(question, tags_in)


def tags_in(text: str) -> list[str]:
    words = ("_".join(word.split()).casefold() for word in _BETWEEN_TAGS.split(text))
    return list(dict.fromkeys(filter(None, words)))


def _of_text(question: Question, values_in: Callable[[Any], ExportValue]) -> Reads:
    def read_by(fact: Callable[[Fields], Any]) -> Callable[[Fields], ExportValue]:
        return lambda fields: values_in(fact(fields) or "")

    return {tag: read_by(fact) for tag, fact in readers_of(question).items()}


def locality(row: RowSource) -> str | None:
    """Locality as given, else the city that the region is: three cities have the rank of a region."""
    given: str | None = row.answers.value_of_role("locality")
    region = row.answers.value_of_role("region")
    return given or (_of_choice(row, "region", region, "locality") or None if region else None)


def _of_choice(row: RowSource, role: str, code: str, column: str) -> str:
    question = row.answers.form.by_role.get(role)
    return question.columns.get(code, {}).get(column, "") if question is not None else ""


def links(question: Question) -> Reads:
    """Links of a text, each once, without tracking parameters that reveal who shared them."""
    return _of_text(question, lambda text: list(dict.fromkeys(map(without_tracking, links_in(text)))))


def of_location(part: Callable[[Place, Choice], ExportValue]) -> Callable[[RowSource], ExportValue]:
    """Part of the public location. It exists only where a moderator chose its precision."""

    def derive(row: RowSource) -> ExportValue:
        form, answers = row.answers.form, row.version.content.answers
        question = form.by_role.get("place_public")
        if question is None or question.path not in answers:
            return None
        point, choice = answers[question.path], location.chosen(form, answers)
        return None if choice is None or not isinstance(point, Place) else part(point, choice)

    return derive


def within_km(_point: Place, choice: Choice) -> int | None:
    """Largest error of the public location in kilometres."""
    kilometres = choice.columns.get("km", "")
    return int(kilometres) if kilometres.isdecimal() else None


_SDG, _COUNTS_AS = "sdg_16_10_1", "counts_as"


def codes_in(column: str) -> Callable[[RowSource], ExportValue]:
    """Codes of the violations in a column of their list, each once, if they apply to the people affected. A
    group counts only where none of its types is named."""
    return lambda row: _codes(row, column)


def sdg_16_10_1(row: RowSource) -> list[str]:
    """Acts that SDG indicator 16.10.1 counts: those against journalists, trade unionists and human rights
    defenders."""
    counted = any(_cells(row, "kind", _SDG)) and any(_cells(row, "affected_groups", _SDG))
    return _codes(row, _SDG) if counted else []


def _codes(row: RowSource, column: str) -> list[str]:
    affected = {one for cell in _cells(row, "affected_groups", _COUNTS_AS) for one in cell.split()}
    codes = (
        _sayable(part, affected) for cell in _cells(row, "violations", column) for part in cell.split(";")
    )
    return list(dict.fromkeys(filter(None, codes)))


def _sayable(part: str, affected: Set[str]) -> str:
    """First code between bars that applies, else blank. `code @whom` needs someone affected who counts as
    `whom`."""
    pairs = (one.partition("@") for one in part.split("|"))
    return next((code.strip() for code, _, whom in pairs if not whom or whom.strip() in affected), "")


def _cells(row: RowSource, role: str, column: str) -> Iterator[str]:
    question = row.answers.form.by_role.get(role)
    if question is not None:
        for answer in row.answers.of(question).values():
            yield from cells_by(question, answer.names if isinstance(answer, Chosen) else (), column)
