"""The columns `bind::bot:*` that say something of one place of the form with another: whether they can."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.form.model import SELECT_KINDS, Form, Group, Kind, Node, Question


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A column that cannot stand where it does, or not with this cell; `path` is the node's."""

    path: str
    column: str
    what: str
    fix: str


def misplaced(form: Form) -> Iterator[Misplaced]:
    """All such columns of a form, in its order."""
    for node in form.nodes.values():
        for column, check in _CHECKS.items():
            cell = node.bot.get(column, "")
            found = check(form, node, cell) if cell else None
            if found is not None:
                yield Misplaced(node.path, column, *found)


def listing(form: Form, note: Question) -> Question | None:
    """The select question whose chosen choices a note with `bot:contacts` tells the contacts of."""
    name = note.bot.get("contacts", "")
    named = (asked for asked in form.questions if asked.name == name and asked.kind in SELECT_KINDS)
    return next(named, None) if name else None


_Found = tuple[str, str] | None
"""What is wrong and what to do, if anything is."""


def _extend(_: Form, node: Node, cell: str) -> _Found:
    if isinstance(node, Group) or node.kind is not Kind.SELECT_ONE:
        return "Only a choice can make a form longer.", "Write it at a question of the type `select_one`."
    names = [choice.name for choice in node.choices]
    if cell not in names:
        return f"`{cell}` is no choice of this question.", f"Write one of: {', '.join(names)}."
    return None


def _first(_: Form, node: Node, cell: str) -> _Found:
    if cell != "yes" or (isinstance(node, Group) and node.repeat and not node.repeat_count):
        return None
    return "Nothing is added here.", "Write it at a `begin_repeat` without `repeat_count`."


def _contacts(form: Form, node: Node, cell: str) -> _Found:
    if isinstance(node, Group) or node.kind is not Kind.NOTE:
        return "Only a note tells contacts.", "Write it at a question of the type `note`."
    asked = listing(form, node)
    if asked is None:
        selects = ", ".join(question.name for question in form.questions if question.kind in SELECT_KINDS)
        return f"`{cell}` is no select question of this form.", f"Write one of: {selects or 'there is none'}."
    if not set(_repeats(form, asked)) <= set(_repeats(form, node)):
        return f"`{cell}` stands in a repeat.", "Put the note into the same repeat."
    return None


def _follows(form: Form, node: Node, cell: str) -> _Found:
    if isinstance(node, Group):
        return "Only a question follows another.", "Write it at a question."
    names = [one.name for one in form.questions if one is not node and not any(_repeats(form, one))]
    if cell not in names:
        return (
            f"`{cell}` is no other question outside repeats.",
            f"Write one of: {', '.join(names) or 'none'}.",
        )
    if any(_repeats(form, node)):
        return "A question in a repeat follows none.", "Leave the cell empty."
    return None


def _most(form: Form, node: Node, cell: str) -> _Found:
    if isinstance(node, Group) or node.kind is not Kind.INTEGER:
        return "Only a whole number has a greater one.", "Write it at a question of the type `integer`."
    other = form.nodes.get(f"{node.path.rpartition('/')[0]}/{cell}")
    if other is node or not isinstance(other, Question) or other.kind is not Kind.INTEGER:
        return f"`{cell}` is no other integer question beside it.", "Name one of the same group."
    return None


def _repeats(form: Form, node: Node) -> Iterator[str]:
    path = node.path.rpartition("/")[0]
    while path in form.nodes:
        around = form.nodes[path]
        if isinstance(around, Group) and around.repeat:
            yield path
        path = path.rpartition("/")[0]


_CHECKS: Mapping[str, Callable[[Form, Node, str], _Found]] = {
    "extend": _extend,
    "first": _first,
    "contacts": _contacts,
    "follows": _follows,
    "most": _most,
}
