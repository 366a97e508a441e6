"""The codes of international standards that a record has, by the columns of its code lists (docs/lists.md)."""

from collections.abc import Callable, Iterator, Set

from bot.form.answers import Chosen
from bot.form.derived import cells_by
from bot.services.export.columns.definition import RowSource
from bot.services.export.columns.public_answers import ExportValue

_SDG, _COUNTS_AS = "sdg_16_10_1", "counts_as"


def codes_in(column: str) -> Callable[[RowSource], ExportValue]:
    """The codes of the violations in this column of their list that can be said of those affected: once each, in the order of
    the violations. A group of violations counts only where none of its types is named."""
    return lambda row: _codes(row, column)


def sdg_16_10_1(row: RowSource) -> list[str]:
    """The acts that SDG indicator 16.10.1 counts, where it counts the case: one against a journalist, trade unionist or human
    rights defender, by the groups of those affected and the kind of the record."""
    counted = any(_cells(row, "kind", _SDG)) and any(_cells(row, "affected_groups", _SDG))
    return _codes(row, _SDG) if counted else []


def _codes(row: RowSource, column: str) -> list[str]:
    affected = {one for cell in _cells(row, "affected_groups", _COUNTS_AS) for one in cell.split()}
    codes = (
        _sayable(part, affected) for cell in _cells(row, "violations", column) for part in cell.split(";")
    )
    return list(dict.fromkeys(filter(None, codes)))


def _sayable(part: str, affected: Set[str]) -> str:
    """The first of the codes between bars that can be said where these were affected; blank for none. `code @whom` can be said
    only where one of them counts as that."""
    pairs = (one.partition("@") for one in part.split("|"))
    return next((code.strip() for code, _, whom in pairs if not whom or whom.strip() in affected), "")


def _cells(row: RowSource, role: str, column: str) -> Iterator[str]:
    """What stands in this column of the codes chosen for a role, in all instances of its repeat."""
    question = row.answers.form.by_role.get(role)
    if question is not None:
        for answer in row.answers.of(question).values():
            yield from cells_by(question, answer.names if isinstance(answer, Chosen) else (), column)
