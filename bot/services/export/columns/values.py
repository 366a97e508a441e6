"""What the program works out of a version for the columns that are no plain answer."""

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
"""The rights of the mandate."""
_BETWEEN_TAGS = re.compile(r"[,;#\n]")


def approved_on(row: RowSource) -> str:
    """The day of approval in the time zone of the row."""
    return _day_of(row.version.approved_hour, row.zone)


@lru_cache
def _day_of(hour: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, zone).date().isoformat()


def chosen_codes(_question: Question) -> Reads:
    """The codes that were chosen."""
    none: Reads = dict.fromkeys(TAGS, lambda _fields: [])
    return {**none, tag_of(Chosen): lambda fields: list(fields["names"])}


def rights(row: RowSource) -> list[str]:
    """The moderator's choice, else the rights of the violations in their order; a group of violations counts only
    where none of its types is named."""
    chosen = row.answers.codes_of_role("rights")
    if chosen:
        return chosen
    source = row.answers.form.by_role.get("violations")
    rights = codes_by(source, row.answers.codes_of_role("violations"), "rights") if source else ()
    return list(rights)


def freedoms(row: RowSource) -> list[str]:
    """Those of the rights that are freedoms of the mandate, in their order."""
    concerned = rights(row)
    return [right for right in FREEDOMS if right in concerned]


def more_than(_question: Question) -> Reads:
    """The number that people were told to be more than; None where it was not told so."""
    none: Reads = dict.fromkeys(TAGS, lambda _fields: None)
    return {**none, tag_of(Number): lambda fields: fields["value"] - 1 if fields.get("beyond") else None}


def of_date(
    part: Callable[[Fields], ExportValue], without: ExportValue = None
) -> Callable[[Question], Reads]:
    """A part of a date, of whose fields `part` takes it; `without` of what is no date."""
    none: Reads = dict.fromkeys(TAGS, lambda _fields: without)
    return lambda _question: {**none, tag_of(When): part}


def told_in_version(role: str) -> Callable[[RowSource], ExportValue]:
    """A text of TEXTS in the language of the version, where it is written in that, else in the first that it is written in."""

    def derive(row: RowSource) -> ExportValue:
        told = row.answers.value_of_role(role)
        if told:
            return told
        languages = (row.version.content.language, *exported_codes())
        others = (row.answers.value_of_role(role_in(role, code)) for code in languages)
        return next((text for text in others if text), None)

    return derive


def tags(question: Question) -> Reads:
    """The tags of a text, which commas, semicolons, line breaks or `#` part: in small letters, spaces as `_`, each once."""
    return _of_text(question, tags_in)


def tags_in(text: str) -> list[str]:
    """As `tags`."""
    words = ("_".join(word.split()).casefold() for word in _BETWEEN_TAGS.split(text))
    return list(dict.fromkeys(filter(None, words)))


def _of_text(question: Question, values_in: Callable[[Any], ExportValue]) -> Reads:
    def read_by(fact: Callable[[Fields], Any]) -> Callable[[Fields], ExportValue]:
        return lambda fields: values_in(fact(fields) or "")

    return {tag: read_by(fact) for tag, fact in readers_of(question).items()}


def locality(row: RowSource) -> str | None:
    """The locality that was given, else the city that the region is: three cities have a region's rank."""
    given: str | None = row.answers.value_of_role("locality")
    region = row.answers.value_of_role("region")
    return given or (_of_choice(row, "region", region, "locality") or None if region else None)


def _of_choice(row: RowSource, role: str, code: str, column: str) -> str:
    """A column of the chosen choice of a role's question."""
    question = row.answers.form.by_role.get(role)
    return question.columns.get(code, {}).get(column, "") if question is not None else ""


def links(question: Question) -> Reads:
    """The links of a text, each once, without what tells who shared them."""
    return _of_text(question, lambda text: list(dict.fromkeys(map(without_tracking, links_in(text)))))


def of_location(part: Callable[[Place, Choice], ExportValue]) -> Callable[[RowSource], ExportValue]:
    """Of the public location, which is only there where a moderator chose how exact it may be."""

    def derive(row: RowSource) -> ExportValue:
        form, answers = row.answers.form, row.version.content.answers
        question = form.by_role.get("place_public")
        if question is None or question.path not in answers:
            return None
        point, choice = answers[question.path], location.chosen(form, answers)
        return None if choice is None or not isinstance(point, Place) else part(point, choice)

    return derive


def within_km(_point: Place, choice: Choice) -> int | None:
    """How far off the public location may be, in kilometres."""
    kilometres = choice.columns.get("km", "")
    return int(kilometres) if kilometres.isdecimal() else None


_SDG, _COUNTS_AS = "sdg_16_10_1", "counts_as"


def codes_in(column: str) -> Callable[[RowSource], ExportValue]:
    """The codes of the violations in this column of their list that can be said of those affected: once each, in the order of
    the violations. A group of violations counts only where none of its types is named."""
    return lambda row: _codes(row, column)


def sdg_16_10_1(row: RowSource) -> list[str]:
    """The acts that SDG indicator 16.10.1 counts, where it counts the case: one against a journalist, trade unionist or human
    rights defender, by the groups of those affected and the kind of the record."""
    counted = any(_cells(row, "kind", _SDG)) and any(_cells(row, "affected_groups", _SDG))
    return _codes(row, _SDG) if counted else []


def _codes(row: RowSource, column: str) -> list[str]:
    affected = {one for cell in _cells(row, "affected_groups", _COUNTS_AS) for one in cell.split()}
    codes = (
        _sayable(part, affected) for cell in _cells(row, "violations", column) for part in cell.split(";")
    )
    return list(dict.fromkeys(filter(None, codes)))


def _sayable(part: str, affected: Set[str]) -> str:
    """The first of the codes between bars that can be said where these were affected; blank for none. `code @whom` can be said
    only where one of them counts as that."""
    pairs = (one.partition("@") for one in part.split("|"))
    return next((code.strip() for code, _, whom in pairs if not whom or whom.strip() in affected), "")


def _cells(row: RowSource, role: str, column: str) -> Iterator[str]:
    """What stands in this column of the codes chosen for a role, in all instances of its repeat."""
    question = row.answers.form.by_role.get(role)
    if question is not None:
        for answer in row.answers.of(question).values():
            yield from cells_by(question, answer.names if isinstance(answer, Chosen) else (), column)
