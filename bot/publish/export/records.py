"""Records of an export, and k-anonymity across them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.publish.export.cells import Record, frozen
from bot.publish.export.column_values import ExportColumn

_BESIDE = ("kind", "perpetrators_type", "outcomes_status", "outcomes_party", "assertion", "people_counted")
_DIGITS = 10
_MONTH, _YEAR = len("2024-03"), len("2024")

Frozen = Any


@dataclass(frozen=True, slots=True)
class Traits:
    """Traits that could identify an event. Blank where unknown or left out."""

    region: str
    month: str
    category: str
    groups: tuple[str, ...]


STEPS: tuple[Callable[[Traits], Traits], ...] = (
    lambda one: one,
    lambda one: replace(one, category=one.category.partition(".")[0]),
    lambda one: replace(one, month=one.month[:_YEAR]),
    lambda one: replace(one, groups=()),
    lambda one: replace(one, region=""),
    lambda one: replace(one, month=""),
    lambda one: replace(one, category=""),
)


@dataclass(frozen=True, slots=True)
class AnonymityPlan:
    """Traits shown for each combination, None where its rows are left out. `told` counts unchanged rows."""

    shown: Mapping[Traits, Traits | None]
    told: int = 0
    generalised: int = 0
    left_out: int = 0


def plan(numbers: Mapping[Traits, int], least: int) -> AnonymityPlan:
    """Plan rows by `numbers` for each combination, so that each one shown has at least `least` rows."""
    shown: dict[Traits, Traits | None] = dict.fromkeys(numbers)
    waiting, told = Counter(numbers), list[int]()
    current = {one: one for one in numbers}
    for step in STEPS:
        current = {one: step(traits) for one, traits in current.items()}
        alike: Counter[Traits] = Counter()
        for one, traits in current.items():
            alike[traits] += waiting[one]
        enough = {one: traits for one, traits in current.items() if alike[traits] >= least}
        shown |= enough
        told.append(sum(waiting[one] for one in enough))
        current = {one: traits for one, traits in current.items() if one not in enough}
    return AnonymityPlan(shown, told[0], sum(told[1:]), sum(waiting[one] for one in current))


class AnonymousRows:
    """Rows of a k-anonymous file, with k `least`. Equal rows are only counted, so memory stays small, and
    their order reveals nothing."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._numbers: Counter[tuple[Traits, Frozen]] = Counter()
        self._alike: Counter[Traits] = Counter()
        self._few: dict[Traits, list[str]] = {}
        """Reports that may be left out: too few have their traits so far."""

    def add(self, record: Record, report_id: str = "") -> None:
        beside = tuple(frozen(record.get(name)) for name in _BESIDE)
        month, groups = (record.get("date_start") or "")[:_MONTH], record.get("affected_groups") or ()
        codes = tuple(sorted({group for one in groups for group in one or ()}))
        traits = Traits(record.get("region") or "", month, record.get("violation_primary") or "", codes)
        self._numbers[traits, beside] += 1
        self._alike[traits] += 1
        if self._alike[traits] < self._least:
            self._few.setdefault(traits, []).append(report_id)
        else:
            self._few.pop(traits, None)

    def plan(self) -> AnonymityPlan:
        return plan(self._alike, self._least)

    def left_out(self, planned: AnonymityPlan) -> Sequence[str]:
        return [one for traits, few in self._few.items() if planned.shown[traits] is None for one in few]

    def records(self, planned: AnonymityPlan, columns: Sequence[ExportColumn]) -> Iterator[Record]:
        told: Counter[tuple[Traits, Frozen]] = Counter()
        for (one, beside), number in self._numbers.items():
            traits = planned.shown[one]
            if traits is not None:
                told[traits, beside] += number
        for (traits, beside), number in sorted(told.items(), key=repr):
            values = _told(traits) | dict(zip(_BESIDE, map(_thawed, beside), strict=True))
            record = {column.name: _value(column, values, columns) for column in columns}
            # Equal rows have equal ids in every file, so that a recipient who stores rows by id never mixes them up.
            # A report's reference would lead to its full row in another export.
            digest = hashlib.sha256(repr((traits, beside)).encode()).hexdigest()[:_DIGITS]
            for place in range(number):
                yield {**record, "id": f"{digest}-{place + 1}", "version": 1}


def _told(traits: Traits) -> dict[str, Any]:
    precision = {_MONTH: "month", _YEAR: "year"}.get(len(traits.month), "unknown")
    return {
        "region": traits.region or None,
        "date_start": traits.month or None,
        "date_precision": precision,
        "violation_primary": traits.category or None,
        "violations": [traits.category] if traits.category else [],
        "affected_groups": [list(traits.groups)] if traits.groups else [],
    }


def _value(column: ExportColumn, values: Mapping[str, Any], columns: Sequence[ExportColumn]) -> Any:
    if column.name in values:
        return values[column.name]
    blank: list[str] | None = [] if column.several else None
    if not column.repeat:
        return blank
    told = (values[one.name] for one in columns if one.repeat == column.repeat and one.name in values)
    return [blank for _ in next(told, ())]


def _thawed(value: Frozen) -> Any:
    return list(map(_thawed, value)) if isinstance(value, tuple) else value
