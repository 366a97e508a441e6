"""What somebody who has the database file alone can do to tell which chat sent which report: put both in order by whatever
the file says of them, and pair them off."""

import math
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

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
    pairs = zip(_order(chats), _order(reports), strict=True)
    return sum(chat == report for chat, report in pairs)


def correlation(chats: Sequence[float], reports: Sequence[float]) -> float:
    """Spearman's, of the ranks; equals have ranks by lot."""
    n, pairs = len(chats), zip(_ranks(chats), _ranks(reports), strict=True)
    return 1 - 6 * sum((a - b) ** 2 for a, b in pairs) / (n * (n * n - 1))


def _order(values: Sequence[float]) -> list[int]:
    shuffled = random.sample(range(len(values)), len(values))
    return sorted(shuffled, key=values.__getitem__)


def _ranks(values: Sequence[float]) -> list[int]:
    order, ranks = _order(values), [0] * len(values)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks


def marks_of_chats(path: Path, hashes: Sequence[bytes]) -> dict[str, Sequence[float]]:
    """All that the file says of each chat, by its hash: in each table that has it the ids, how many, every number and size;
    and where in the file the hash stands, also where no row does any more."""
    found: dict[str, Sequence[float]] = {}
    with closing(sqlite3.connect(path)) as connection:
        for table, column in _columns_with(connection, hashes):
            selected = connection.execute(f'SELECT "{column}", rowid AS place, * FROM "{table}"')  # noqa: S608 - of the schema
            rows, names = selected.fetchall(), [name for name, *_ in selected.description[1:]]
            of_chat: dict[bytes, list[Sequence[object]]] = {}
            for hashed, *row in rows:
                of_chat.setdefault(hashed, []).append(row)
            for at, name in enumerate(names):
                values = [[_size(row[at]) for row in of_chat.get(hashed, ())] for hashed in hashes]
                for measure, measured in _MEASURES.items():
                    found[f"{table}.{name} {measure}"] = [measured(one) for one in values]
    content = path.read_bytes()
    found["first place"] = [content.find(hashed) for hashed in hashes]
    found["last place"] = [content.rfind(hashed) for hashed in hashes]
    found["places"] = [content.count(hashed) for hashed in hashes]
    return found


_MEASURES: Mapping[str, Callable[[list[float]], float]] = {
    "least": lambda values: min(values, default=-1),
    "most": lambda values: max(values, default=-1),
    "count": lambda values: float(len(values)),
}


def _size(value: object) -> float:
    """A number itself, the length of anything else."""
    if isinstance(value, int | float):
        return float(value)
    return float(len(value)) if isinstance(value, str | bytes) else -1.0


def _columns_with(connection: sqlite3.Connection, hashes: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    """The columns in which some of these hashes stand."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for _, column, kind, *_ in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
            if kind.startswith("BLOB"):
                stored = connection.execute(f'SELECT "{column}" FROM "{table}"')  # noqa: S608 - of the schema
                if {value for (value,) in stored} & set(hashes):
                    yield table, column


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
    """Links and correlation of each mark of the chats with each of the reports', in either direction."""
    found = {}
    for chat, values in chats.items():
        for report, others in reports.items():
            for sign in (1, -1):
                signed = [sign * value for value in values]
                told = links(signed, others), correlation(signed, others)
                found[f"{chat} by {report} {sign:+}"] = told
    return found
