"""k-anonymity: of what a row could be recognised by, each combination stands in the file at least k times, or is blank, or its row is
not there (Samarati and Sweeney, "Protecting privacy when disclosing information", 1998).

Only rows that are too few are made more general, step by step, until they are enough. What is left in the end has no row."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.services.export.columns import ExportColumn
from bot.services.export.rows.table import Record

_TRAITS = ("region", "date_start", "date_precision", "violation_primary", "affected_groups")
_BESIDE = ("kind", "perpetrators_type", "outcomes_status", "outcomes_party", "assertion", "people_counted")
_MADE = ("id", "version", "violations")
COLUMNS = frozenset((*_TRAITS, *_BESIDE, *_MADE))
"""The columns of such a file that are not blank. `id` says nothing but what the row does: the reference of a record would lead to the rest
of it in another export. There are no words of anybody, and nothing that is more exact than the traits."""
_DIGITS = 10
_MONTH, _YEAR = len("2024-03"), len("2024")


@dataclass(frozen=True, slots=True)
class Traits:
    """What an event could be recognised by: its region, month, main violation, and whom it concerned; each blank where it is not known
    or not told."""

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
"""How traits become more general, each step on top of those before: the type of a violation, the month, the groups, the region, the
year, the violation."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What each combination of traits is told as, None for none of it: then its rows are left out. `told` are rows as they were,
    `generalised` those that became more general."""

    shown: Mapping[Traits, Traits | None]
    told: int = 0
    generalised: int = 0
    left_out: int = 0


def plan(numbers: Mapping[Traits, int], least: int) -> Plan:
    """How to tell rows with these traits, so many of each, so that none that are told alike are fewer than `least`."""
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
    return Plan(shown, told[0], sum(told[1:]), sum(waiting[one] for one in current))


class AnonymousRows:
    """The rows of a file of which none can be told from fewer than `least`. What is added is counted by what may be told of it, so that
    memory grows with the different rows and not with their number; and it leaves in an order that tells nothing."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._numbers: Counter[tuple[Traits, Frozen]] = Counter()
        self._alike: Counter[Traits] = Counter()
        self._few: dict[Traits, list[str]] = {}
        """The reports of traits of which there are too few so far: no others can be left out."""

    def add(self, record: Record, report_id: str = "") -> None:
        """Count the record of a report."""
        beside, traits = tuple(_frozen(record.get(name)) for name in _BESIDE), _traits_of(record)
        self._numbers[traits, beside] += 1
        self._alike[traits] += 1
        if self._alike[traits] < self._least:
            self._few.setdefault(traits, []).append(report_id)
        else:
            self._few.pop(traits, None)

    def plan(self) -> Plan:
        """How to tell all that was added."""
        return plan(self._alike, self._least)

    def left_out(self, planned: Plan) -> Sequence[str]:
        """The reports that are left out by that plan."""
        return [one for traits, few in self._few.items() if planned.shown[traits] is None for one in few]

    def records(self, planned: Plan, columns: Sequence[ExportColumn]) -> Iterator[Record]:
        """The rows of a table with these columns, as they were planned, sorted by what stands in them."""
        told: Counter[tuple[Traits, Frozen]] = Counter()
        for (one, beside), number in self._numbers.items():
            traits = planned.shown[one]
            if traits is not None:
                told[traits, beside] += number
        for (traits, beside), number in sorted(told.items(), key=repr):
            values = _told(traits) | dict(zip(_BESIDE, map(_thawed, beside), strict=True))
            record = {column.name: _value(column, values, columns) for column in columns}
            # What says the same has the same ids in every file: whoever keeps records by them keeps none for another.
            digest = hashlib.sha256(repr((traits, beside)).encode()).hexdigest()[:_DIGITS]
            for place in range(number):
                yield {**record, "id": f"{digest}-{place + 1}", "version": 1}


Frozen = Any
"""A value of an export whose lists are tuples."""


def _traits_of(record: Record) -> Traits:
    """The groups without the order of the people, who are not told apart."""
    date = record.get("date_start") or ""
    groups = sorted({group for one in record.get("affected_groups") or () for group in one or ()})
    category = record.get("violation_primary") or ""
    return Traits(record.get("region") or "", date[:_MONTH], category, tuple(groups))


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
    """What stands in a column, blank where nothing may; in one of a repeat for each instance that is told of."""
    if column.name in values:
        return values[column.name]
    blank: list[str] | None = [] if column.several else None
    if not column.repeat:
        return blank
    told = (values[one.name] for one in columns if one.repeat == column.repeat and one.name in values)
    return [blank for _ in next(told, ())]


def _frozen(value: Any) -> Frozen:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _thawed(value: Frozen) -> Any:
    return list(map(_thawed, value)) if isinstance(value, tuple) else value
