"""Columns that follow the fixed ones: the public questions that an organisation adds to its review form, and what reporters told."""

from collections.abc import Iterable, Iterator
from functools import partial

from bot.form.kinds import fact_of, kind_of
from bot.form.kinds.kind import FactType
from bot.form.model import Form, Group, Node, Privacy, Question, schema_path
from bot.services.export.columns.definition import LABELS, ExportColumn, RowSource
from bot.services.export.columns.fixed import OBJECTS, REPEATS, fixed_columns
from bot.services.export.columns.public_answers import ExportValue


def columns_further(form: Form) -> Iterator[ExportColumn]:
    """Columns for the public questions of a review form that the fixed columns do not cover, under their names.

    A question in a repeat has a value an instance; one in a repeat inside a repeat does not leave. A question or repeat
    whose name is taken, by a column, a list of labels or a question before it, gets `extra_` before it.
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
    """Roles whose questions have no column beside those above. How exactly a place may be shown is a question of its own: a form may
    publish its answer too."""
    return {column.role for column in fixed_columns()} - {"place_share"}


def columns_told(questions: Iterable[Question], columns: Iterable[ExportColumn]) -> tuple[ExportColumn, ...]:
    """Columns for what reporters told, one a question with all its answers as a list; they follow those others."""
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
    """A code without a list of labels is but a text."""
    found = kind_of(question).fact_type or FactType.TEXT
    return FactType.TEXT if found is FactType.CODE and not question.choices else found


def _as_told(question: Question, row: RowSource) -> ExportValue:
    """The answers to a question as the reporter gave them, those of all instances of its repeat."""
    told = row.version.told.items()
    facts = (fact_of(question, answer) for path, answer in told if schema_path(path) == question.path)
    each = (one for fact in facts for one in (fact if isinstance(fact, list) else [fact]))
    return [one for one in each if one not in {None, ""}]


def _name_of_repeat(repeat: Group, taken: set[str]) -> str:
    """A repeat's role or name, with `extra_` before it if that is taken. The repeat that the fixed columns take instances from
    keeps its name: its further questions belong into the same instances."""
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
    """Each question with the repeat around it, without those in a repeat inside a repeat."""
    for node in nodes:
        if isinstance(node, Group):
            if node.repeat and repeat is not None:
                continue
            yield from _questions(node.children, repeat or (node if node.repeat else None))
        else:
            yield node, repeat
