"""Records of an export, and k-anonymity across them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, NamedTuple

from bot.publish.export.cells import Record, frozen
from bot.publish.export.column_values import ExportColumn

_BESIDE = ("kind", "perpetrators_type", "outcomes_status", "outcomes_party", "assertion", "people_counted")
_DIGITS = 10
_MONTH, _YEAR = len("2024-03"), len("2024")

Frozen = Any


class Traits(NamedTuple):
    """Traits that could identify an event, blank where unknown. `date` is `2024-03`, `2024-Q1` or `2024`."""

    region: str
    date: str
    category: str
    groups: tuple[str, ...]


_WORTH = {"blank": 0, "year": 0.5, "quarter": 0.75, "group": 0.75}
_WORTH |= dict.fromkeys(("month", "type", "region", "groups"), 1)
"""Worth of a trait by its precision."""
Step = Callable[[Traits], Traits]
_UNCHANGED: tuple[str, Step] = ("", lambda one: one)
_DETAILS: Sequence[tuple[str, Step]] = (
    ("category", lambda one: one._replace(category=one.category.partition(".")[0])),
    ("date", lambda one: one._replace(date=_quarter(one.date))),
    ("date", lambda one: one._replace(date=one.date[:_YEAR])),
)
_BLANKS: Mapping[str, Step] = {
    "groups": lambda one: one._replace(groups=()),
    "region": lambda one: one._replace(region=""),
    "date": lambda one: one._replace(date=""),
    "category": lambda one: one._replace(category=""),
}
Order = tuple[tuple[str, Step], ...]


def _orders() -> Iterator[Order]:
    """Orders of generalising: details of category and date first, or after one or two traits are blank."""
    for blanks in permutations(_BLANKS.items()):
        for first in range(3):
            given = {name for name, _ in blanks[:first]}
            details = tuple(step for step in _DETAILS if step[0] not in given)
            yield (*blanks[:first], *details, *blanks[first:])
        yield (*_DETAILS[1:], _DETAILS[0], *blanks)


def _quarter(date: str) -> str:
    return f"{date[:_YEAR]}-Q{(int(date[5:7]) + 2) // 3}" if date[_YEAR:] else date


@dataclass(frozen=True, slots=True)
class AnonymityPlan:
    """Traits shown for each combination, None if left out. `told` counts unchanged rows, `order` names what was generalised."""

    shown: Mapping[Traits, Traits | None]
    told: int = 0
    generalised: int = 0
    left_out: int = 0
    order: Sequence[str] = ()


def plan(numbers: Mapping[Traits, int], least: int) -> AnonymityPlan:
    """Plan rows by `numbers`, so that each combination shown has at least `least`, in the order that leaves most."""
    order = _best_order(Counter(numbers), least)
    shown: dict[Traits, Traits | None] = dict.fromkeys(numbers)
    current, told, used = {one: one for one in numbers}, list[int](), list[str]()
    for name, step in (_UNCHANGED, *order):
        if not current:
            break
        before, current = current, {one: step(traits) for one, traits in current.items()}
        if current != before:
            used.append(name)
        alike: Counter[Traits] = Counter()
        for one, traits in current.items():
            alike[traits] += numbers[one]
        enough = {one: traits for one, traits in current.items() if alike[traits] >= least}
        shown |= enough
        told.append(sum(numbers[one] for one in enough))
        current = {one: traits for one, traits in current.items() if one not in enough}
    left_out = sum(numbers[one] for one in current)
    return AnonymityPlan(shown, sum(told[:1]), sum(told[1:]), left_out, tuple(dict.fromkeys(used)))


def _best_order(numbers: Counter[Traits], least: int) -> Order:
    """Order that leaves most, the first of equal ones. Combinations that become equal are counted together, and
    orders that begin alike share that work, so the time grows with the number of combinations."""
    known: dict[Order, tuple[Counter[Traits], float]] = {(): _waiting(numbers, least)}
    best: tuple[float, Order] = -1.0, ()
    for order in _orders():
        for end in range(1, len(order) + 1):
            if order[:end] not in known:
                waiting, worth = known[order[: end - 1]]
                alike: Counter[Traits] = Counter()
                for traits, number in waiting.items():
                    alike[order[end - 1][1](traits)] += number
                waiting, more = _waiting(alike, least)
                known[order[:end]] = waiting, worth + more
        worth = round(known[order][1], 6)
        if worth > best[0]:
            best = worth, order
    return best[1]


def _waiting(alike: Counter[Traits], least: int) -> tuple[Counter[Traits], float]:
    """Combinations that are too few, and what the rows of the others tell: 1 for a row and for each trait."""
    few = Counter({traits: number for traits, number in alike.items() if number < least})
    enough = ((_precisions(traits).values(), number) for traits, number in alike.items() if number >= least)
    return few, sum(number * (1 + sum(_WORTH[one] for one in told)) for told, number in enough)


class AnonymousRows:
    """Rows of a k-anonymous file, with k `least`. Equal rows are only counted: memory stays small, order reveals nothing."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._numbers: Counter[tuple[Traits, Frozen]] = Counter()
        self._alike: Counter[Traits] = Counter()
        self._few: dict[Traits, list[str]] = {}
        """Reports that may be left out: too few have their traits so far."""

    def add(self, record: Record, report_id: str = "") -> None:
        beside = tuple(frozen(record.get(name)) for name in _BESIDE)
        date, groups = (record.get("date_start") or "")[:_MONTH], record.get("affected_groups") or ()
        codes = tuple(sorted({group for one in groups for group in one or ()}))
        traits = Traits(record.get("region") or "", date, record.get("violation_primary") or "", codes)
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

    def kept(self, planned: AnonymityPlan) -> Mapping[str, Any]:
        """Order of generalising, and the percentage of rows that tell each trait as precisely as ever, or less."""
        shown = [(traits, self._alike[one]) for one, traits in planned.shown.items() if traits is not None]
        rows = sum(number for _, number in shown) or 1
        counts: dict[str, Counter[str]] = {name: Counter() for name in _BLANKS}
        for traits, number in shown:
            for name, precision in _precisions(traits).items():
                counts[name][precision] += number
        told = {
            name: {precision: round(100 * number / rows) for precision, number in sorted(found.items())}
            for name, found in counts.items()
        }
        return {"order": list(planned.order), "percent": told}

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


def _precisions(traits: Traits) -> Mapping[str, str]:
    date = {0: "blank", _YEAR: "year"}.get(len(traits.date), "quarter" if "Q" in traits.date else "month")
    kind = ("type" if "." in traits.category else "group") if traits.category else "blank"
    return {
        "region": "region" if traits.region else "blank",
        "date": date,
        "category": kind,
        "groups": "groups" if traits.groups else "blank",
    }


def _told(traits: Traits) -> dict[str, Any]:
    year, _, quarter = traits.date.partition("-Q")
    # A quarter is a range of months, which columns have.
    first, last = (
        (f"{year}-{3 * int(quarter) - 2:02}", f"{year}-{3 * int(quarter):02}") if quarter else ("", "")
    )
    precision = {_MONTH: "month", _YEAR: "year"}.get(len(traits.date), "unknown")
    return {
        "region": traits.region or None,
        "date_start": first or traits.date or None,
        "date_end": last or None,
        "date_precision": "range" if quarter else precision,
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
