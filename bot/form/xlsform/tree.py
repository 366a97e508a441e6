"""The tree of a form's rows, before expressions are parsed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.form.xlsform.columns import Line
from bot.form.xlsform.problems import Problem
from bot.form.xlsform.types import Type, understand

_NAME = re.compile(r"[^\W\d][\w.-]*")


@dataclass(slots=True)
class Branch:
    """A row of the survey, and the rows inside it."""

    line: Line
    type: Type
    name: str
    path: str
    children: "list[Branch]" = field(default_factory=list)

    def walk(self) -> "Iterator[Branch]":
        yield self
        for child in self.children:
            yield from child.walk()


def grow(root: str, rows: list[Line], problems: list[Problem]) -> list[Branch]:
    """Build the branches of the form. Adds problems for invalid types and names, and for groups that do not
    close."""
    trunk: list[Branch] = []
    open_groups: list[Branch] = []
    for line in rows:
        kind = _type(line, problems)
        if kind is None:
            continue
        if kind.what == "end":
            _close(line, kind, open_groups, problems)
            continue
        siblings = open_groups[-1].children if open_groups else trunk
        above = open_groups[-1].path if open_groups else f"/{root}"
        branch = _branch(line, kind, above, siblings, problems)
        siblings.append(branch)
        if kind.what == "begin":
            open_groups.append(branch)
    for branch in open_groups:
        word = "repeat" if branch.type.repeat else "group"
        what = f"The {word} `{branch.name}` does not end."
        problems.append(branch.line.problem("type", what, f"Add a row `end_{word}`."))
    return trunk


def _type(line: Line, problems: list[Problem]) -> Type | None:
    cell = line.cells.get("type", "")
    if not cell:
        if line.cells or line.texts:
            problems.append(line.problem("type", "The row has no type.", "Write one, or empty the row."))
        return None
    kind = understand(cell)
    if not kind.what:
        problems.append(line.problem("type", kind.reason, kind.fix))
        return None
    return None if kind.what == "metadata" else kind


def _close(line: Line, kind: Type, open_groups: list[Branch], problems: list[Problem]) -> None:
    if not open_groups or open_groups[-1].type.repeat is not kind.repeat:
        what = "It closes something that is not open."
        problems.append(
            line.problem("type", what, "Let every begin have its own end, the last opened first.")
        )
    else:
        open_groups.pop()


def _branch(line: Line, kind: Type, above: str, siblings: list[Branch], problems: list[Problem]) -> Branch:
    name = line.cells.get("name", "")
    if not _NAME.fullmatch(name):
        fix = "Use letters, digits, `_`, `-` and `.`, with a letter first."
        problems.append(line.problem("name", f"`{name}` is not a valid name.", fix))
    for other in siblings:
        if other.name.lower() == name.lower():
            what = f"`{name}` is already in row {other.line.number}."
            problems.append(line.problem("name", what, "Give each question its own name."))
    return Branch(line, kind, name, f"{above}/{name}")
