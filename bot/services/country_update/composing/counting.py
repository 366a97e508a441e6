"""Counts of records as tables, each row with the references of what it counts."""

from collections.abc import Callable, Iterable, Mapping, Sequence

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


def least_people(records: Iterable[UpdateRecord]) -> int:
    """How many people records tell of, at least, each event's once."""
    return sum(record.least_people for record in records)


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
