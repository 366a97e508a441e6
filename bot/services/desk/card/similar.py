"""Reports that may tell of one event: near in region and date, compared by kind and words.

A bounded number is decrypted, in memory only. The moderator learns which are alike, never their words. Only a
person joins reports.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.form.answers import Written
from bot.form.model import Privacy
from bot.safety.sealing import UnsealError
from bot.services import audit, vault
from bot.services.reports import reading
from bot.services.unit import REPORT_FORM, Unit
from db.models import Moderator, Report

NEAR_DAYS = 3
MOST_OF_A_DATE = 30
MOST_SHOWN = 6
MOST_COMPARED = 3000
_ALIKE, _VERY_ALIKE = 60, 85
"""Likeness of words, of 100, from which they are alike (rapidfuzz's token set ratio)."""


class Words(IntEnum):
    OTHER = 0
    ALIKE = 1
    VERY_ALIKE = 2


@dataclass(frozen=True, slots=True)
class Similar:
    report: Report
    same_date: bool
    same_kind: bool
    words: Words

    @property
    def rank(self) -> tuple[int, bool, bool]:
        return self.words, self.same_date, self.same_kind


async def to_report(unit: Unit, moderator: Moderator, report: Report) -> Sequence[Similar]:
    """At most MOST_SHOWN reports, most alike first. With unlike words, only those of equal date and kind."""
    candidates = await _candidates(unit, report)
    texts = await _texts(unit, [report, *candidates])
    own = texts.get(report.id, "")
    found = [_compared(report, own, one, texts.get(one.id, "")) for one in candidates]
    alike = [one for one in found if one.words or (one.same_date and one.same_kind)]
    shown = sorted(alike, key=lambda one: (*one.rank, one.report.submitted_hour), reverse=True)[:MOST_SHOWN]
    await audit.record(unit, moderator.alias, "similar", report.ref, str(len(shown)))
    return shown


def _compared(report: Report, own: str, other: Report, text: str) -> Similar:
    from rapidfuzz import fuzz  # noqa: PLC0415 - it would make each start longer

    ratio = fuzz.token_set_ratio(own, text) if own and text else 0
    words = Words((ratio >= _ALIKE) + (ratio >= _VERY_ALIKE))
    same_kind = other.category is not None and other.category == report.category
    return Similar(other, other.date_start == report.date_start, same_kind, words)


async def _candidates(unit: Unit, report: Report) -> Sequence[Report]:
    found: dict[str, Report] = {}
    for condition, order in _dates(report.date_start):
        query = select(Report).where(
            Report.data_key_id.is_not(None), Report.region == report.region, Report.id != report.id, condition
        )
        rows = await unit.session.scalars(query.order_by(*order).limit(MOST_OF_A_DATE))
        found |= {one.id: one for one in rows}
    return list(found.values())


def _dates(
    start: str | None,
) -> Iterable[tuple[ColumnElement[bool], Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]]]:
    newest = Report.submitted_hour.desc()
    for one in dict.fromkeys((start, start[:7], start[:4]) if start else (None,)):
        yield Report.date_start == one, (Report.region.desc(), Report.date_start.desc(), newest)
    if start:
        first, last = _around(start)
        yield (
            Report.date_start.between(first, last),
            (Report.region, Report.date_start, Report.submitted_hour),
        )


def _around(start: str) -> tuple[str, str]:
    if len(start) < len("2024-03-08"):
        return f"{start}-", f"{start}-99"
    day, near = date.fromisoformat(start), timedelta(days=NEAR_DAYS)
    return (day - near).isoformat(), (day + near).isoformat()


async def _texts(unit: Unit, reports: Sequence[Report]) -> dict[str, str]:
    from rapidfuzz.utils import default_process  # noqa: PLC0415 - it would make each start longer

    await vault.open_keys(unit, [one.data_key_id for one in reports], lenient=True)
    form, texts = unit.forms[REPORT_FORM], {}
    for one in reports:
        try:
            told = reading.told(unit, one.id, one.data_key_id or "", one.content or b"")
        except (UnsealError, KeyError):
            continue
        asked = ((form.question_at(path), answer) for path, answer in told.items())
        words = [
            answer.text
            for question, answer in asked
            if question and question.privacy is not Privacy.SEALED and isinstance(answer, Written)
        ]
        texts[one.id] = default_process("\n".join(words)[:MOST_COMPARED])
    return texts
