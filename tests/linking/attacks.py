"""What somebody who has the database file alone can do to tell which chat sent which report: put both in order by whatever
the file says of them, and pair them off."""

import math
import random
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from operator import eq, mul
from pathlib import Path
from typing import Any

Marks = Mapping[str, Sequence[float]]
"""Numbers by the names of what they are read from, one for each chat or report."""


def bound(number: int) -> int:
    """The most links that random pairing gives in 95 of 100 cases: the number of fixed points of a random permutation is, but for
    an error far below, Poisson's with a mean of 1, whatever `number` is."""
    links, below = 0, 0.0
    while (below := below + math.exp(-1) / math.factorial(links)) < 0.95:
        links += 1
    return min(links, number)


def links(chats: Sequence[float], reports: Sequence[float]) -> int:
    """How many reports are paired with the chat that sent them, both put in order; among equals by lot."""
    return _links(_ranks(chats), _ranks(reports))


def _links(chats: Sequence[int], reports: Sequence[int]) -> int:
    return sum(map(eq, chats, reports))


def _correlation(chats: Sequence[int], reports: Sequence[int]) -> float:
    """Spearman's, of the ranks."""
    n = len(chats)
    squares = n * (n - 1) * (2 * n - 1) / 3  # of both together: each has all ranks from 0
    products: int = sum(map(mul, chats, reports))
    return 1 - 6 * (squares - 2 * products) / (n * (n * n - 1))


def _ranks(values: Sequence[float]) -> list[int]:
    """Equals have ranks by lot."""
    shuffled, ranks = random.sample(range(len(values)), len(values)), [0] * len(values)
    for rank, place in enumerate(sorted(shuffled, key=values.__getitem__)):
        ranks[place] = rank
    return ranks


def marks_of_chats(path: Path, hashes: Sequence[bytes]) -> dict[str, Sequence[float]]:
    """All that the file says of each chat, by its hash: in each table that has it the ids, how many, every number and size;
    and where in the file the hash stands, also where no row does any more."""
    found = _marks(path, [{hashed} for hashed in hashes])
    content = path.read_bytes()
    found["first place"] = [content.find(hashed) for hashed in hashes]
    found["last place"] = [content.rfind(hashed) for hashed in hashes]
    found["places"] = [content.count(hashed) for hashed in hashes]
    return found


def marks_of_talks(path: Path, reports: Sequence[Collection[str]]) -> dict[str, Sequence[float]]:
    """All that the file says of each report, by its id and its reference: of its row and of whatever leads on from it, such as what
    was said of it, the way back to its reporter, keys, files, and entries of the log. What is the same of all is left out."""
    found = _marks(path, [set(names) for names in reports])
    return {name: values for name, values in found.items() if len(set(values)) > 1}


def _marks(path: Path, owned: Sequence[set[Any]]) -> dict[str, Sequence[float]]:
    """Of each owner the rows that have something of theirs: `owned` are values that stand in rows of one owner alone; what
    stands beside them there, and nowhere else, leads on to other rows."""
    with closing(sqlite3.connect(path)) as connection:
        tables = {table: _rows(connection, table) for table in _tables(connection)}
    leading = {table: [list(filter(_leads, row)) for row in rows] for table, (_, rows) in tables.items()}
    owner_of = {value: owner for owner, values in enumerate(owned) for value in values}
    for _ in range(_HOPS):
        owner_of |= _led_to(chain.from_iterable(leading.values()), owner_of)
    found: dict[str, Sequence[float]] = {}
    for table, (names, rows) in tables.items():
        of_owner: dict[int, list[Sequence[object]]] = {}
        for row, values in zip(rows, leading[table], strict=True):
            for owner in {owner_of[value] for value in values if value in owner_of}:
                of_owner.setdefault(owner, []).append(row)
        for at, name in enumerate(names if of_owner else ()):
            measured = _numbers([row[at] for _, row in _flat(of_owner)])
            numbers: dict[int, list[float]] = {}
            for (owner, _), number in zip(_flat(of_owner), measured, strict=True):
                numbers.setdefault(owner, []).append(number)
            for measure, of in _MEASURES.items():
                found[f"{table}.{name} {measure}"] = [of(numbers.get(one, [])) for one in range(len(owned))]
    return found


_HOPS = 3
"""From a report to what was said of it, from there to the key of its files, and on to the files."""


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def _rows(connection: sqlite3.Connection, table: str) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    """The names of the columns of a table, its place among them, and its rows."""
    selected = connection.execute(f'SELECT rowid AS place, * FROM "{table}"')  # noqa: S608 - of the schema
    return [name for name, *_ in selected.description], selected.fetchall()


def _leads(value: object) -> bool:
    """Whether a value can lead from a row to others: an id, a reference, a hash."""
    return isinstance(value, str | bytes) and 6 <= len(value) <= 32


def _led_to(rows: Iterable[Sequence[Any]], owner_of: Mapping[Any, int]) -> dict[Any, int]:
    """Whatever stands in rows of one owner alone, and so leads on to other rows: these are what leads on in each row."""
    owners: dict[Any, set[int]] = {}
    for values in rows:
        own = {owner_of[value] for value in values if value in owner_of}
        for value in values if own else ():
            owners.setdefault(value, set()).update(own)
    return {value: min(own) for value, own in owners.items() if len(own) == 1}


def _flat(of_owner: Mapping[int, Sequence[Sequence[object]]]) -> Iterator[tuple[int, Sequence[object]]]:
    return ((owner, row) for owner, rows in of_owner.items() for row in rows)


_FEW = 8
"""So many words of a column are kinds, which can be told apart."""


def _numbers(values: Sequence[object]) -> Sequence[float]:
    """A number itself, the length of anything else; of a few words which one it is."""
    kinds = sorted({value for value in values if isinstance(value, str)})
    if 1 < len(kinds) <= _FEW:
        return [float(kinds.index(value)) if isinstance(value, str) else -1.0 for value in values]
    return [_size(value) for value in values]


_MEASURES: Mapping[str, Callable[[list[float]], float]] = {
    "least": lambda values: min(values, default=-1),
    "most": lambda values: max(values, default=-1),
    "count": lambda values: float(len(values)),
    "sum": lambda values: float(sum(values)),
}


def _size(value: object) -> float:
    """A number itself, the length of anything else."""
    if isinstance(value, int | float):
        return float(value)
    return float(len(value)) if isinstance(value, str | bytes) else -1.0


def marks_of_reports(path: Path, ids: Sequence[str]) -> dict[str, Sequence[float]]:
    """What the file says of each report: its place in the order in which they came, its sizes, how it ended, its files."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT reports.id, reports.rowid, coalesce(length(content), 0), reports.status, coalesce(sum(files.size), 0),"
            " coalesce(min(files.rowid), 0) FROM reports LEFT JOIN files USING (data_key_id) GROUP BY reports.id"
        ).fetchall()
    states = sorted({row[3] for row in rows})
    of_report = {row[0]: (*row[1:3], states.index(row[3]), *row[4:]) for row in rows}
    names = ("order", "size", "end", "size of files", "order of files")
    return {name: [of_report[one][at] for one in ids] for at, name in enumerate(names)}


def attacks(chats: Marks, reports: Marks) -> dict[str, tuple[int, float]]:
    """Links and correlation of each mark of the chats with each of the reports', in either direction. Lots are drawn once for a mark in a
    direction, so attacks by one mark are not independent; each alone links as many as random pairing does."""
    ranked = {report: _ranks(others) for report, others in reports.items()}
    found = {}
    for chat, values in chats.items():
        for sign in (1, -1):
            ranks = _ranks([sign * value for value in values])
            for report, others in ranked.items():
                found[f"{chat} by {report} {sign:+}"] = _links(ranks, others), _correlation(ranks, others)
    return found
