"""The list before publishing: records of an update that deserve a look, by what is the matter."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from bot.form.answers import Written
from bot.publish import versions
from bot.publish.country_update.context import LAW
from bot.publish.country_update.request import UpdateRecord, UpdateRequest, belongs
from bot.publish.export.cells import ExportTable, writable
from bot.publish.export.columns import short_texts
from bot.publish.export.selection import ApprovedVersion, Period, approved_versions
from bot.publish.published_languages import TEXTS
from bot.store.unit import REPORT_FORM, REVIEW_FORM, UnitOfWork

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
    language, found = request.language, defaultdict[Concern, list[tuple[str, ...]]](list)
    near = defaultdict[tuple[str, str], deque[_Known]](lambda: deque(maxlen=_MOST_COMPARED))
    async for version in approved_versions(unit, Period()):
        record = UpdateRecord(table.record(version), 0, version.content.translations)
        if belongs(record, request.months) is False:
            continue
        checks = {
            Concern.UNCOUNTED: _is_uncounted(record),
            Concern.UNASSESSED: record["assertion"] is None,
            Concern.UNSOURCED: not any(map(record.listed, ("sources_kind", "sources_link", "links"))),
            Concern.MIXED: any(record.told(one, language)[1] not in {"", language} for one in TEXTS)
            or bool(short_texts(table.review, version.content, language, missing=True)),
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


def _has_invisible(table: ExportTable, version: ApprovedVersion) -> bool:
    answers = versions.public_answers(table.review, version.content).values()
    texts = (one.text for one in answers if isinstance(one, Written))
    translated = (said for one in version.content.translations.values() for said in one.values())
    return any(writable(one)[1] for one in chain(texts, translated))


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
