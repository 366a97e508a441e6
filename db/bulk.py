"""Statements for many rows, without SQLAlchemy's cost per value."""

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import BindParameter, literal
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import ClauseElement


class Bulk:
    """An INSERT, UPDATE or DELETE with these parameters. Values are numbers, texts, bytes or None."""

    def __init__(self, statement: ClauseElement, names: Sequence[str]) -> None:
        self._statement, self._names = statement, list(names)
        self._by_dialect: dict[str, tuple[str, itemgetter[str]]] = {}

    async def run(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        sql, values_of = self._compiled(connection)
        await connection.exec_driver_sql(sql, [values_of(row) for row in rows])

    def _compiled(self, connection: AsyncConnection) -> tuple[str, Any]:
        dialect = connection.dialect
        found = self._by_dialect.get(dialect.name)
        if found is None:
            compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._names)
            places = compiled.positiontup
            values_of: Any = itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)
            found = self._by_dialect[dialect.name] = str(compiled), values_of
        return found


_T = TypeVar("_T")


def evened(values: Collection[_T]) -> list[_T]:
    """Values padded to a power of two by repetition, so that few different statements are prepared."""
    found = list(values)
    missing = (1 << (len(found) - 1).bit_length()) - len(found) if found else 0
    return [*found, *found[:1] * missing]


def inline(limit: int) -> BindParameter[int]:
    """A limit written into the statement. PostgreSQL expects a parameter to be large, and plans anew each
    time."""
    return literal(limit, literal_execute=True)
