"""What the program works out of a version for the columns that are no plain answer."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.answers import TAGS, Chosen, Fields, Number, Place, When, tag_of
from bot.form.derived import codes_by
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
