"""Answers as the values that expressions see, and back."""

from datetime import date
from functools import lru_cache

from bot.form.answers import Answer, Chosen, Files, Number, Part, Precision, When, Written
from bot.form.coercion import Scalar, to_date, to_number, to_text
from bot.form.model import Kind


def to_value(answer: Answer | None) -> Scalar:
    """What expressions see of an answer: of a date its first day, of files their ids, blank for none."""
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
    return None


def written(text: str) -> Written | None:
    """The text as an answer; None for a blank."""
    return Written((Part(text),)) if text else None


def _day(day: date) -> When:
    text = day.isoformat()[:10]
    return When(Precision.DAY, text, text)
