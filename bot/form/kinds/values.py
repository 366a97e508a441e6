"""Answers as the values that expressions see, and back."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from bot.form.answers import Answer, Chosen, Files, Number, Part, Place, Precision, When, Written
from bot.form.expressions.coercion import Scalar, to_date, to_number, to_text
from bot.form.model import Kind

ANSWERS: Mapping[Kind, type[Answer]] = {
    Kind.TEXT: Written,
    Kind.INTEGER: Number,
    Kind.DATE: When,
    Kind.SELECT_ONE: Chosen,
    Kind.SELECT_MULTIPLE: Chosen,
    Kind.GEOPOINT: Place,
    **dict.fromkeys((Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.FILE), Files),
}
"""What a person answers to a question of each kind that takes an answer."""

_GEOPOINT = re.compile(r"-?\d{1,3}(\.\d+)? -?\d{1,3}(\.\d+)?( -?\d+(\.\d+)?){0,2}", re.ASCII)


def to_value(answer: Answer | None) -> Scalar:
    """What expressions see of an answer: of a date its first day, of files their ids, of a place what ODK
    makes of one (latitude, longitude, altitude, accuracy), blank for none."""
    match answer:
        case Written():
            return answer.text or ("voice" if answer.voices else "")
        case Number():
            return float(answer.value)
        case When():
            return _first_day(answer.start)
        case Chosen():
            return " ".join(answer.names)
        case Files():
            return " ".join(file.id for file in answer.files)
        case Place():
            return f"{degrees(answer.latitude)} {degrees(answer.longitude)} 0 0"
        case None:
            return ""


@lru_cache(maxsize=1024)
def _first_day(start: str | None) -> Scalar:
    return to_date(f"{start}-01-01"[:10]) or "" if start else ""


def to_answer(kind: Kind, value: Scalar) -> Answer | None:
    """The answer that a value is to a question of this kind; None if it cannot be one."""
    text = to_text(value).strip()
    match kind:
        case Kind.TEXT:
            return written(text)
        case Kind.INTEGER:
            number = to_number(value)
            return Number(int(number)) if number.is_integer() else None
        case Kind.DATE:
            day = to_date(value)
            return _day(day) if day else None
        case Kind.SELECT_ONE | Kind.SELECT_MULTIPLE:
            return Chosen(tuple(text.split())) if text else None
        case Kind.GEOPOINT:
            return place(text)
    return None


def fits(kind: Kind, answer: Answer) -> bool:
    """Whether an answer can be one to a question of this kind; a hidden question may hold any."""
    expected = ANSWERS.get(kind)
    if expected is None:
        return kind is Kind.HIDDEN
    several = kind is Kind.SELECT_ONE and isinstance(answer, Chosen) and len(answer.names) > 1
    return isinstance(answer, expected) and not several


def degrees(value: float, decimals: int = 7) -> str:
    """Degrees with no more decimals than they have and so many at most."""
    # Adding zero makes -0.0 plain.
    return f"{round(value, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")


def place(text: str) -> Place | None:
    """The place that ODK would write so: latitude and longitude, perhaps with altitude and accuracy."""
    if not _GEOPOINT.fullmatch(text):
        return None
    latitude, longitude = map(float, text.split()[:2])
    return Place(latitude, longitude) if is_on_earth(latitude, longitude) else None


def is_on_earth(latitude: float, longitude: float) -> bool:
    """Whether these are degrees that a place can have."""
    return abs(latitude) <= 90 and abs(longitude) <= 180


def written(text: str) -> Written | None:
    """The text as an answer; None for a blank."""
    return Written((Part(text),)) if text else None


def _day(day: date) -> When:
    text = day.isoformat()[:10]
    return When(Precision.DAY, text, text)
