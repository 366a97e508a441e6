"""Small numbers merged with others until none is left: what is shown is 0 or at least `least`, and so is whatever the totals leave.

Each total stands beside its parts, so the least thing withheld would be what is missing from it. Nothing is withheld, therefore:
what is too small is counted together with something else (complementary cell suppression by merging; see Hundepool et al.,
"Handbook on Statistical Disclosure Control", 2010, chapter 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MONTHS = 12
_HALVES, _QUARTERS = 6, 3


@dataclass(frozen=True, slots=True)
class Cell:
    """A number that stands for one thing or several: `names` are what it counts."""

    names: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Merged:
    """What was large enough to stand alone, and the number of all the rest: it has those that were too small, with enough others
    beside them, and whatever had none. None where nothing is left over but what had none."""

    alone: tuple[Cell, ...]
    rest: int | None


def merged(numbers: Mapping[str, int], least: int) -> Merged:
    """Things without an order, such as regions, in the order in which they were given. The smallest that could stand alone join
    the rest until that tells of nobody, equal ones together, since else their order would tell which joined; who is in the rest is
    not told, so that nobody learns where few were or none."""
    rest = {name for name, number in numbers.items() if 0 < number < least}
    hidden = len(rest) + sum(not number for number in numbers.values())
    # Where each has as much as it can have without standing alone, the sum tells what each has: then one more is needed.
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
    """Twelve numbers as months, or as quarters, halves or the year where a month in them is too small: each part of a year is told
    apart only where all of its parts can be. Named `01` to `12`, `Q1` to `Q4`, `H1`, `H2`, and blank for the year."""
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
    """The periods, and what is of no known month, which is named by a dash: where it is too small by itself, counted together with the
    first periods of the year that it takes, or with the whole year.

    Everybody knows that each of these has `least` or more, so the sum must leave that much beyond. The smallest would hide it in fewer
    periods, and tell by those that are left how large they can be at most."""
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
