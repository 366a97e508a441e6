"""Columns after the fixed ones: an organisation's own public questions, and answers of reporters."""

from collections.abc import Iterable, Iterator
from functools import partial

from bot.form.kinds import fact_of, kind_of
from bot.form.kinds.kind import FactType
from bot.form.model import Form, Group, Node, Privacy, Question, schema_path
from bot.services.export.columns.definition import LABELS, ExportColumn, RowSource
from bot.services.export.columns.fixed import OBJECTS, REPEATS, fixed_columns
from bot.services.export.columns.public_answers import ExportValue


def columns_further(form: Form) -> Iterator[ExportColumn]:
    """Columns for the public questions that have no fixed column.

    Questions in nested repeats are not exported. A name that is taken gets the prefix `extra_`.
    """
    taken = {LABELS, *OBJECTS, *REPEATS}
    taken |= {name for column in fixed_columns() for name in (*column.names, column.codes)}
    repeats, covered = dict[str, str](), _covered()
    for question, around in _questions(form.children, None):
        if question.privacy is not Privacy.PUBLIC or kind_of(question).fact_type is None:
            continue
        if question.role and question.role in covered:
            continue
        if around is not None and around.path not in repeats:
            repeats[around.path] = _name_of_repeat(around, taken)
        yield _column(question, repeats[around.path] if around is not None else "", taken)


def _covered() -> set[str]:
    """Roles that the fixed columns cover. A form may publish the precision of a place too, so that is not
    among them."""
    return {column.role for column in fixed_columns()} - {"place_share"}


def columns_told(questions: Iterable[Question], columns: Iterable[ExportColumn]) -> tuple[ExportColumn, ...]:
    """Columns for answers of reporters: one for each question, with all its answers as a list."""
    taken = {
        LABELS,
        *OBJECTS,
        *REPEATS,
        *(name for column in columns for name in (*column.names, column.codes)),
    }
    told = []
    for question in questions:
        name = f"told_{question.name}"
        while name in taken:
            name = f"extra_{name}"
        taken.add(name)
        told.append(_told(name, question))
    return tuple(told)


def _told(name: str, question: Question) -> ExportColumn:
    return ExportColumn(
        name,
        derive=partial(_as_told, question),
        question=question,
        type=_type_of(question),
        several=True,
        privacy=question.privacy,
        is_own=True,
    )


def _type_of(question: Question) -> FactType:
    found = kind_of(question).fact_type or FactType.TEXT
    return FactType.TEXT if found is FactType.CODE and not question.choices else found


def _as_told(question: Question, row: RowSource) -> ExportValue:
    told = row.version.told.items()
    facts = (fact_of(question, answer) for path, answer in told if schema_path(path) == question.path)
    each = (one for fact in facts for one in (fact if isinstance(fact, list) else [fact]))
    return [one for one in each if one not in {None, ""}]


def _name_of_repeat(repeat: Group, taken: set[str]) -> str:
    """Name of a repeat, with `extra_` if taken. A repeat that fixed columns read keeps its name, so that its
    further questions join its instances."""
    name = repeat.bot.get("role") or repeat.name
    roles = {column.role for column in fixed_columns() if column.repeat == name}
    if any(question.role in roles for question, _ in _questions(repeat.children, repeat)):
        return name
    while name in taken:
        name = f"extra_{name}"
    taken.add(name)
    return name


def _column(question: Question, repeat: str, taken: set[str]) -> ExportColumn:
    name = question.name
    while True:
        column = ExportColumn(
            name,
            question.role,
            name if question.choices else "",
            repeat,
            question=question,
            type=_type_of(question),
            several=kind_of(question).has_several_facts,
            is_own=True,
        )
        if taken.isdisjoint(column.names):
            taken |= set(column.names)
            return column
        name = f"extra_{name}"


def _questions(nodes: tuple[Node, ...], repeat: Group | None) -> Iterator[tuple[Question, Group | None]]:
    for node in nodes:
        if isinstance(node, Group):
            if node.repeat and repeat is not None:
                continue
            yield from _questions(node.children, repeat or (node if node.repeat else None))
        else:
            yield node, repeat
