"""Disclosure control for open data: small numbers are merged, so that every number shown, and every
difference of totals, is 0 or at least `least`.

No number is withheld, since the totals would reveal it (complementary cell suppression by merging: Hundepool
et al., "Handbook on Statistical Disclosure Control", 2010, chapter 5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MONTHS = 12
_HALVES, _QUARTERS = 6, 3


@dataclass(frozen=True, slots=True)
class Cell:
    names: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells large enough to stand alone, and the sum of the rest: small and empty cells with enough others.
    `rest` is None where only empty cells are left."""

    alone: tuple[Cell, ...]
    rest: int | None


def merged(numbers: Mapping[str, int], least: int) -> Merged:
    """Merge unordered cells, such as regions, in the given order.

    The smallest that could stand alone join the rest until it identifies no one. Equal ones join together,
    since their order would reveal which did. The names in the rest are not published, so that small and empty
    cells stay unknown.
    """
    rest = {name for name, number in numbers.items() if 0 < number < least}
    hidden = len(rest) + sum(not number for number in numbers.values())
    # A sum that is the largest possible for hidden cells reveals each of them, so one more must join.
    told = hidden * (least - 1)
    for size in sorted({number for number in numbers.values() if number >= least}):
        total = sum(numbers[one] for one in rest)
        if not rest or (total >= least and total != told):
            break
        rest |= {name for name, number in numbers.items() if number == size}
        told = 0
    alone = (
        Cell((name,), number) for name, number in numbers.items() if number >= least and name not in rest
    )
    return Merged(tuple(alone), sum(numbers[name] for name in rest) if rest else None)


def periods(months: Sequence[int], least: int) -> tuple[Cell, ...]:
    """Merge twelve months into quarters, halves or the year where a month is too small.

    A period is split only if all its parts can be shown. Names are `01` to `12`, `Q1` to `Q4`, `H1`, `H2`,
    and '' for the year.
    """
    halves = [
        _whole_or_parts(
            f"H{half + 1}",
            [
                _whole_or_parts(
                    f"Q{quarter + 1}",
                    [
                        (Cell((f"{month + 1:02}",), months[month]),)
                        for month in range(quarter * _QUARTERS, (quarter + 1) * _QUARTERS)
                    ],
                    least,
                )
                for quarter in range(half * 2, half * 2 + 2)
            ],
            least,
        )
        for half in range(MONTHS // _HALVES)
    ]
    return _whole_or_parts("", halves, least)


def _whole_or_parts(name: str, parts: Sequence[tuple[Cell, ...]], least: int) -> tuple[Cell, ...]:
    totals = [sum(cell.number for cell in part) for part in parts]
    if any(0 < total < least for total in totals):
        return (Cell((name,), sum(totals)),)
    return tuple(cell for part in parts for cell in part)


def with_undated(cells: Sequence[Cell], undated: int, least: int) -> tuple[Cell, ...]:
    """Add the events of no known month, named `-`. If they are too few, they are merged with the first
    periods, or with the year.

    Each merged period is known to have at least `least`, so the sum must exceed that by `least`. Merging the
    smallest periods instead would reveal how large they can be.
    """
    if not undated:
        return tuple(cells)
    taken, total = list[Cell](), undated
    for cell in cells:
        if total >= (len(taken) + 1) * least:
            break
        if cell.number:
            taken.append(cell)
            total += cell.number
    if total < (len(taken) + 1) * least:
        return (Cell(("",), total),)
    kept = [cell for cell in cells if cell not in taken]
    return (*kept, Cell((*(name for cell in taken for name in cell.names), "-"), total))
