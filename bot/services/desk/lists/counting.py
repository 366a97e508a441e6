"""Numbers of reports in lists, counted up to MOST_COUNTED and from indexes where possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select

from bot.services.desk.lists.filters import Filter
from bot.services.desk.lists.walking import MOST_READ, Walk, walk_of
from bot.services.unit import Unit
from db.bulk import inline
from db.models import Moderator, Report

MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Number:
    """Number of reports, or at least this many (`more`)."""

    least: int
    more: bool = False

    @property
    def none(self) -> bool:
        return self.least == 0 and not self.more

    def __str__(self) -> str:
        if self.more:
            return f"{self.least}+" if self.least else ""
        return str(self.least)


async def numbers(unit: Unit, filters: Sequence[Filter], holder: Moderator | None) -> list[Number]:
    if not filters:
        return []
    counted = [_counted(walk_of(unit, one, holder)).label(f"n{place}") for place, one in enumerate(filters)]
    row = (await unit.session.execute(select(*counted))).one()
    return [_number(int(value)) for value in row]


def _number(value: int) -> Number:
    if value < 0:  # a lower bound, encoded by `_looked_up`
        return Number(min(-1 - value, MOST_COUNTED - 1), more=True)
    return Number(min(value, MOST_COUNTED - 1), more=value >= MOST_COUNTED)


def _counted(way: Walk) -> ColumnElement[int]:
    some = _some(way)
    if way.besides:
        return _looked_up(way, some)
    few = (
        some.with_only_columns(literal(1), maintain_column_froms=True).limit(inline(MOST_COUNTED)).subquery()
    )
    return select(func.count()).select_from(few).scalar_subquery()


def _some(way: Walk) -> Select[Any]:
    rows, order = select(Report).where(*way.within, *way.since), [way.by, Report.ref]
    if len(way.urgent) == 1:
        rows = rows.where(Report.urgent if way.urgent[0] else ~Report.urgent)
    elif way.urgent and way.since:  # two ranges of hours, in no order
        return rows.where(Report.urgent.in_([True, False]))
    elif way.urgent:
        order.insert(0, Report.urgent)
    return rows.order_by(*(one.desc() for one in order) if way.down else order)


def _looked_up(way: Walk, rows: Select[Any]) -> ColumnElement[int]:
    fits = case((way.fits, 1), else_=0).label("fits")
    some = rows.with_only_columns(fits, maintain_column_froms=True).limit(inline(MOST_READ)).subquery()
    found = func.coalesce(func.sum(some.c.fits), 0)
    told = case((func.count() >= MOST_READ, -1 - found), else_=found)
    return select(told).select_from(some).scalar_subquery()
