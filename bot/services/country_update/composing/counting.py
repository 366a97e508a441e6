"""Counts of records as tables, each row with the references of what it counts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter

from bot.services.country_update.composing.context import Context
from bot.services.country_update.document import Statement, Table
from bot.services.country_update.records import UpdateRecord

Counted = Mapping[str, Sequence[UpdateRecord]]
"""Records by a code."""


def counted(records: Iterable[UpdateRecord], codes_of: Callable[[UpdateRecord], Iterable[str]]) -> Counted:
    """Records by each of their codes, the most frequent first, then in the order in which they came."""
    found: dict[str, list[UpdateRecord]] = {}
    for record in records:
        for code in dict.fromkeys(codes_of(record)):
            found.setdefault(code, []).append(record)
    return dict(sorted(found.items(), key=lambda one: -len(one[1])))


def least_people(
    records: Sequence[UpdateRecord], of: Callable[[UpdateRecord], int] = attrgetter("least_people")
) -> int:
    """People that records tell of, at least. Records of one incident and related cases may tell of the same people: of their
    numbers the largest counts, once."""
    return sum(max(map(of, those)) for those in together(records, "incident"))


def together(records: Sequence[UpdateRecord], *columns: str) -> Sequence[Sequence[UpdateRecord]]:
    """The records in sets: those of related cases, and those that say the same in one of these columns."""
    joined = _Joined()
    refs = {record.ref for record in records}
    for record in records:
        shared = [(name, record[name]) for name in columns if record[name]]
        related = [("record", ref) for ref in record.listed("related") if ref in refs]
        for other in (*shared, *related):
            joined.join(("record", record.ref), other)
    sets: dict[_Node, list[UpdateRecord]] = {}
    for record in records:
        sets.setdefault(joined.root(("record", record.ref)), []).append(record)
    return list(sets.values())


def row(
    context: Context, name: str, numbers: Sequence[int], records: Sequence[UpdateRecord]
) -> Sequence[Statement]:
    """A row of a table: a name and numbers, which come from these records; a dash where nobody gave one."""
    shown = (context.words.number(number) if number else "–" for number in numbers)
    return [context.statement(words, records) for words in (name, *shown)]


def counts(context: Context, caption: str, head: str, found: Counted, name: Callable[[str], str]) -> Table:
    """A table of counts by a code."""
    return Table(
        context.words.say(f"update.table.{caption}"),
        [context.words.say(f"update.head.{one}") for one in (head, "records", "references")],
        [row(context, name(code), [len(records)], records) for code, records in found.items()],
    )


_Node = tuple[str, str]
"""A record, an incident or an earlier event."""


class _Joined:
    """What belongs together, in sets that are disjoint (union-find)."""

    def __init__(self) -> None:
        self._above: dict[_Node, _Node] = {}

    def root(self, node: _Node) -> _Node:
        """The one of its set that stands for all."""
        while (above := self._above.get(node, node)) != node:
            self._above[node] = self._above.get(above, above)
            node = above
        return node

    def join(self, one: _Node, other: _Node) -> None:
        """Both sets are one."""
        self._above[self.root(other)] = self.root(one)
