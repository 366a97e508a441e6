"""The list before publishing: records of an update that deserve a look, by what is the matter."""

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from bot.form.answers import Written
from bot.publish import versions
from bot.publish.country_update.context import LAW
from bot.publish.country_update.request import UpdateRecord, UpdateRequest, belongs
from bot.publish.export.cells import ExportTable
from bot.publish.export.column_values import ExportColumn
from bot.publish.export.columns import is_translated
from bot.publish.export.selection import ApprovedVersion, Period, approved_versions
from bot.publish.location import locality_in
from bot.publish.published_languages import TEXTS
from bot.publish.statistics.service import choices_of
from bot.store.unit import REPORT_FORM, REVIEW_FORM, UnitOfWork

_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_DAY = len("2024-03-08")
_MONTH = len("2024-03")
_VERY_ALIKE = 85
"""Likeness of titles, of 100 (rapidfuzz's token set ratio), from which they may tell of one event."""
_MOST_COMPARED = 100
"""Most earlier records of a region and month that a record is compared with."""


class Concern(StrEnum):
    ALIKE = "alike"
    UNCOUNTED = "uncounted"
    UNASSESSED = "unassessed"
    UNSOURCED = "unsourced"
    MIXED = "mixed"
    INVISIBLE = "invisible"


Concerns = Mapping[Concern, Sequence[tuple[str, ...]]]
"""References of the records by concern, in pairs for ALIKE. Concerns without any are left out."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Parts of a record that later ones are compared with."""

    ref: str
    event: str
    related: Set[str]
    day: str
    violations: Set[str]
    title: str


async def look_over(unit: UnitOfWork, request: UpdateRequest) -> Concerns:
    """Concerns about the records of an update, undated ones included. Opens every public version, and keeps
    in memory only references and what comparison needs."""
    table = ExportTable(unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM], unit.settings.zone)
    columns = [column for column in table.columns if is_translated(column)]
    codes = choices_of(table.review, "date_kind").keys()
    found = defaultdict[Concern, list[tuple[str, ...]]](list)
    near = defaultdict[tuple[str, str], deque[_Known]](lambda: deque(maxlen=_MOST_COMPARED))
    async for version in approved_versions(unit, Period()):
        record = UpdateRecord(table.record(version), 0, version.content.translations)
        if belongs(record, request.months) is False:
            continue
        checks = {
            Concern.UNCOUNTED: _is_uncounted(record),
            Concern.UNASSESSED: record["assertion"] is None,
            Concern.UNSOURCED: not any(map(record.listed, ("sources_kind", "sources_link", "links"))),
            Concern.MIXED: _is_mixed(record, columns, codes, request.language),
            Concern.INVISIBLE: _has_invisible(table, version),
        }
        for concern in (one for one, is_found in checks.items() if is_found):
            found[concern].append((record.ref,))
        if record.date and record["region"]:
            earlier, known = near[record["region"], record.date[:_MONTH]], _known(record)
            found[Concern.ALIKE] += [(one.ref, known.ref) for one in earlier if _are_alike(one, known)]
            earlier.append(known)
    return {concern: found[concern] for concern in Concern if found[concern]}


def _is_uncounted(record: UpdateRecord) -> bool:
    affected = record.instances("affected", "number_min", "number_more_than", "organisation")
    return record.kind != LAW and any(not any(one.values()) for one in affected)


def _is_mixed(record: UpdateRecord, columns: Sequence[ExportColumn], codes: Set[str], language: str) -> bool:
    told = (record.told(text, language)[1] for text in TEXTS)
    short = (
        record.in_language(words, language)[1] for words in _short_texts(record, columns, codes, language)
    )
    return any(one not in {"", language} for one in chain(told, short))


def _short_texts(
    record: UpdateRecord, columns: Sequence[ExportColumn], codes: Set[str], language: str
) -> Iterator[str]:
    for column in columns:
        for words in filter(None, record.listed(column.name)):
            is_code = column.role == "date_meaning" and words in codes
            is_town = column.role == "locality" and _is_listed(record, words, language)
            if isinstance(words, str) and not is_code and not is_town:
                yield words


def _is_listed(record: UpdateRecord, locality: str, language: str) -> bool:
    return locality_in(record["region"] or "", locality, language) is not None


def _has_invisible(table: ExportTable, version: ApprovedVersion) -> bool:
    answers = versions.public_answers(table.review, version.content).values()
    texts = (one.text for one in answers if isinstance(one, Written))
    translated = (said for one in version.content.translations.values() for said in one.values())
    return any(map(_INVISIBLE.search, chain(texts, translated)))


def _known(record: UpdateRecord) -> _Known:
    day = record.date if record.date and len(record.date) == _DAY else ""
    related, violations = (frozenset(record.listed(one)) for one in ("related", "violations"))
    return _Known(record.ref, record.event, related, day, violations, str(record["title"] or ""))


def _are_alike(one: _Known, other: _Known) -> bool:
    """Whether two records of a region and month may tell of one event and are not linked."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - it would make each start longer

    if one.event == other.event or other.ref in one.related or one.ref in other.related:
        return False
    is_same_act = one.day and one.day == other.day and not one.violations.isdisjoint(other.violations)
    return bool(is_same_act) or fuzz.token_set_ratio(one.title, other.title) >= _VERY_ALIKE
