"""What the program works out of a version for the columns that are no plain answer."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.form.answers import Chosen, Fields, Place, Stored, When, tag_of
from bot.form.derived import codes_by
from bot.form.kinds import fact_of_stored
from bot.form.model import Choice, Question
from bot.form.typed.links import links_in
from bot.form.typed.tracking import untracked as without_tracking
from bot.languages import exported_codes
from bot.services.desk.publishing import location
from bot.services.desk.publishing.published_languages import role_in
from bot.services.export.columns.definition import RowSource
from bot.services.export.columns.public_answers import ExportValue
from bot.services.unit import SECONDS_AN_HOUR

FREEDOMS = ("expression", "association", "assembly")
"""The rights of the mandate."""
_CHOSEN, _WHEN = tag_of(Chosen), tag_of(When)
_BETWEEN_TAGS = re.compile(r"[,;#\n]")


def approved_on(row: RowSource) -> str:
    """The day of approval in the time zone of the row."""
    return datetime.fromtimestamp(row.version.approved_hour * SECONDS_AN_HOUR, row.zone).date().isoformat()


def chosen_codes(_question: Question, stored: Stored) -> list[str]:
    """The codes that were chosen."""
    chosen = stored.get(_CHOSEN)
    return [] if chosen is None else list(chosen["names"])


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


def of_date(
    part: Callable[[Fields], ExportValue], without: ExportValue = None
) -> Callable[[Question, Stored], ExportValue]:
    """A part of a date as it is stored; `without` of what is none."""
    return lambda _question, stored: part(stored[_WHEN]) if _WHEN in stored else without


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


def tags(question: Question, stored: Stored) -> list[str]:
    """The tags of a text, which commas, semicolons, line breaks or `#` part: in small letters, spaces as `_`, each once."""
    words = ("_".join(word.split()).casefold() for word in _BETWEEN_TAGS.split(_text(question, stored)))
    return list(dict.fromkeys(filter(None, words)))


def _text(question: Question, stored: Stored) -> str:
    text: Any = fact_of_stored(question, stored)
    return text or ""


def locality(row: RowSource) -> str | None:
    """The locality that was given, else the city that the region is: three cities have a region's rank."""
    given: str | None = row.answers.value_of_role("locality")
    region = row.answers.value_of_role("region")
    return given or (_of_choice(row, "region", region, "locality") or None if region else None)


def _of_choice(row: RowSource, role: str, code: str, column: str) -> str:
    """A column of the chosen choice of a role's question."""
    question = row.answers.form.by_role.get(role)
    return question.columns.get(code, {}).get(column, "") if question is not None else ""


def links(question: Question, stored: Stored) -> list[str]:
    """The links of a text, each once, without what tells who shared them."""
    return list(dict.fromkeys(map(without_tracking, links_in(_text(question, stored)))))


def of_location(part: Callable[[Place, Choice], ExportValue]) -> Callable[[RowSource], ExportValue]:
    """Of the public location, which is only there where a moderator chose how exact it may be."""

    def derive(row: RowSource) -> ExportValue:
        form, answers = row.answers.form, row.version.content.answers
        question, choice = form.by_role.get("place_public"), location.chosen(form, answers)
        point = answers.get(question.path) if question is not None else None
        return None if choice is None or not isinstance(point, Place) else part(point, choice)

    return derive


def within_km(_point: Place, choice: Choice) -> int | None:
    """How far off the public location may be, in kilometres."""
    kilometres = choice.columns.get("km", "")
    return int(kilometres) if kilometres.isdecimal() else None
