"""Reader of an XLSForm (https://xlsform.org) into a `Form`.

pyxform must accept a form too, so that it opens in ODK and KoboToolbox. Errors that pyxform overlooks, or
reports without a place, are found first. Importing pyxform takes half of the start, so that is done lazily,
and tests check the program's own forms.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from bot.form.expressions.expression import cycle
from bot.form.model import Form, Group, Node, Text
from bot.form.xlsform import columns
from bot.form.xlsform.own_columns import contacts_list, misplaced
from bot.form.xlsform.questions import Builder, Choices
from bot.form.xlsform.sheets import ANY, FormError, FormSheet, Problem, language_code, read, rows_of, table_of

_OWN = Path(__file__).resolve().parents[2] / "forms"
_ROOT = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)

_HARMLESS = ("has no label", "max-pixels", "machine-readable codes", " is missing the ")
"""Warnings of pyxform that do not matter in a chat, or are checked here."""


def load(path: Path, *, by_pyxform: bool = False) -> Form:
    """Read an `.xlsx`, `.md` or `.csv` form with its CSV lists. Raises FormError with all problems.

    `by_pyxform`: check even one of the program's own by pyxform.
    """
    problems: list[Problem] = []
    sheets = read(path, problems)
    reader = _Reader(path, sheets, problems)
    form = reader.form()
    if not problems:
        reader.check_whole(form)
    if not problems and (by_pyxform or path.resolve().parent != _OWN):
        reader.check_by_pyxform(form.name)
    if problems:
        raise FormError(path.name, tuple(sorted(dict.fromkeys(problems), key=_order)))
    return form


def _order(problem: Problem) -> tuple[int, int]:
    # Files of lists first: a missing one also breaks expressions and defaults.
    sheets = ["survey", "choices", "settings"]
    return (sheets.index(problem.sheet) if problem.sheet in sheets else -1, problem.row or 0)


@dataclass
class _Reader:
    path: Path
    sheets: dict[str, FormSheet]
    problems: list[Problem]
    branches: list[columns.Branch] = field(default_factory=list)

    @cached_property
    def headings(self) -> dict[str, list[columns.Heading]]:
        return {name: columns.understand(self.sheet(name), self.problems) for name in columns.COLUMNS}

    def sheet(self, name: str) -> FormSheet:
        return self.sheets.get(name) or FormSheet(name)

    def lines(self, name: str) -> list[columns.Line]:
        headings, rows = self.headings[name], self.sheet(name).rows
        return [columns.line_of(name, row, headings, self.problems) for row in rows]

    @cached_property
    def settings(self) -> columns.Line:
        rows = self.lines("settings")
        return rows[0] if rows else columns.Line("settings", 1, {}, {}, {}, {}, {}, self.problems)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """Spelling of each language by code. For pyxform another spelling is another language."""
        spellings: dict[str, str] = {}
        for name in ("survey", "choices"):
            for column in self.headings[name]:
                written = column.header.rpartition("::")[2].strip()
                if column.language != ANY and spellings.setdefault(column.language, written) != written:
                    fix = f"Write it as `{spellings[column.language]}` in every column."
                    self._header_problem(name, column.header, "The language is written in two ways.", fix)
        return spellings

    @cached_property
    def languages(self) -> tuple[str, ...]:
        named = self.settings.cells.get("default_language", "")
        return tuple(self._spellings) or (language_code(named) or columns.UNNAMED,)

    @cached_property
    def default_language(self) -> str:
        named = self.settings.cells.get("default_language", "")
        if not self._spellings:
            return self.languages[0]
        if not named:
            self._check_unnamed_texts()
            return self.languages[0]
        if named not in self._spellings.values():
            what, fix = f"No label is in `{named}`.", f"Write one of: {', '.join(self._spellings.values())}."
            self.settings.report("default_language", what, fix)
        return language_code(named) or self.languages[0]

    def _header_problem(self, sheet: str, header: str, what: str, fix: str) -> None:
        self.problems.append(Problem(sheet, self.sheet(sheet).header_row, header, what, fix))

    def _check_unnamed_texts(self) -> None:
        for name in ("survey", "choices"):
            for column in self.headings[name]:
                if column.name in columns.TRANSLATED and column.language == ANY:
                    what = "The column names no language, others do."
                    fix = "Write it with its language, or set `default_language` in the settings."
                    self._header_problem(name, column.header, what, fix)

    def form(self) -> Form:
        """The form, as far as it can be understood."""
        if not self.sheet("survey").rows:
            what, fix = "There are no questions.", "Add a sheet `survey` with columns type, name and label."
            self.problems.append(Problem("survey", None, "", what, fix))
        cells = self.settings.cells
        form_id, version = cells.get("form_id", self.path.stem), cells.get("version", "")
        root = cells.get("name") or (form_id if _ROOT.fullmatch(form_id) else "data")
        self.branches = columns.grow(root, self.lines("survey"))
        self._check_settings()
        nodes = tuple(map(self._builder(root).node, self.branches))
        title = cells.get("form_title", form_id)
        form = Form(form_id, root, version, title, self.languages, self.default_language, nodes)
        lines = {branch.path: branch.line for branch in self._all()}
        for path, column, what, fix in misplaced(form):
            lines[path].report(f"bot:{column}", what, fix)
        return form

    def _all(self) -> list[columns.Branch]:
        return [branch for top in self.branches for branch in top.walk()]

    def _builder(self, root: str) -> Builder:
        paths: dict[str, list[str]] = defaultdict(list)
        for branch in self._all():
            paths[branch.name].append(branch.path)
        known = {f"/{root}", *(branch.path for branch in self._all())}
        choices = Choices(self.path.parent, self.lines("choices"), self.languages, self.default_language)
        return Builder(self.languages, self.default_language, paths, known, choices.of)

    def _check_settings(self) -> None:
        roles: dict[str, columns.Branch] = {}
        for branch in self._all():
            role = branch.line.bot.get("role", "")
            if role and role in roles:
                what = f"The role `{role}` is that of row {roles[role].line.number} already."
                branch.line.report("bot:role", what, "A role belongs to one question.")
            roles.setdefault(role, branch)
        uses = any(column.bot for column in self.headings["survey"])
        if uses and not re.search(r"(^|\s)bot\s*=", self.settings.cells.get("namespaces", "")):
            fix = 'Write `bot="https://kuager.org/xforms"` there.'
            what = "Columns `bind::bot:*` need their namespace."
            self.settings.report("namespaces", what, fix)

    def check_whole(self, form: Form) -> None:
        circle = cycle(form)
        if circle:
            first = next(branch for branch in self._all() if branch.path in circle)
            what = f"It depends on itself: {' → '.join(circle)}."
            column = _column_of(form.nodes[first.path])
            first.line.report(column, what, "Take out one of these references.")

    def check_by_pyxform(self, root: str) -> None:
        from pyxform import xls2xform  # type: ignore[import-untyped] # noqa: PLC0415 - the same
        from pyxform.errors import PyXFormError  # type: ignore[import-untyped] # noqa: PLC0415 - see the module

        warnings: list[str] = []
        try:
            xls2xform.convert(str(self.path), warnings=warnings, form_name=root)
        except (PyXFormError, LookupError, TypeError, ValueError, AttributeError) as error:
            # pyxform crashes on some broken forms instead of refusing them.
            self.problems.append(self._found(str(error)))
        for warning in warnings:
            if not any(harmless in warning for harmless in _HARMLESS):
                self.problems.append(self._found(warning))

    def _found(self, message: str) -> Problem:
        text = " ".join(message.split())
        counted = re.search(r"\[row : (\d+)\]", text)
        name = next((name for name in ("choices", "settings") if f"{name}' sheet" in text), "survey")
        rows = self.sheet(name).rows
        place = int(counted[1]) - 2 if counted else -1
        number = rows[place].number if 0 <= place < len(rows) else None
        if number is not None:
            text = text.replace(f"{counted[0]} " if counted else "", "")
        return Problem(name, number, "", text, "")


def _column_of(node: Node) -> str:
    if isinstance(node, Group) or node.relevant:
        return "relevant"
    return "default" if node.kind == "hidden" else "calculation"


def read_contacts(path: Path) -> Mapping[str, Text]:
    """Read contacts from a UTF-8 CSV file, by the name of their choice.

    Columns are `name` and `contact::Қазақша (kk)` and so on, or one `contact` for every language (under ANY).
    Raises FormError with row and column.
    """
    problems: list[Problem] = []
    lines, languages = table_of(path, "contact", problems)
    header = lines[0][1] if lines else []
    what, fix = "The column is not known.", "Write it as `contact::English (en)`."
    others = (one for one in header if one != "contact" and not one.startswith("contact::"))
    problems += [Problem(path.name, 1, one, what, fix) for one in others if one.lower().startswith("contact")]
    contacts = {
        row.get("name", ""): {code: row[column] for column, code in languages.items() if row.get(column)}
        for row in rows_of(path, lines, [], "Write all contacts of a choice into one row.", problems)
    }
    if problems:
        raise FormError(path.name, tuple(problems))
    return {name: contact for name, contact in contacts.items() if contact}


def with_contacts(form: Form, contacts: Mapping[str, Text]) -> Form:
    """Add contacts to the choices that a note refers to. Raises FormError for other choices."""
    notes = (one for one in form.questions if one.kind == "note" and "contacts" in one.bot)
    asked = tuple(filter(None, (contacts_list(form, note) for note in notes)))
    names = list(dict.fromkeys(choice.name for question in asked for choice in question.choices))
    there = f"There are: {', '.join(names)}." if names else "The form shows no contacts."
    wrong = (f"`{name}` is not a choice whose contacts are shown." for name in contacts if name not in names)
    problems = tuple(Problem("contacts", None, "name", what, there) for what in wrong)
    if problems:
        raise FormError(form.id, problems)
    everywhere = {
        name: dict.fromkeys(form.languages, contact[ANY]) if ANY in contact else contact
        for name, contact in contacts.items()
    }
    paths = {question.path for question in asked}
    return replace(form, children=tuple(_set(node, paths, everywhere) for node in form.children))


def _set(node: Node, paths: set[str], contacts: Mapping[str, Text]) -> Node:
    if isinstance(node, Group):
        return replace(node, children=tuple(_set(child, paths, contacts) for child in node.children))
    if node.path not in paths:
        return node
    choices = (replace(choice, contact=contacts.get(choice.name, choice.contact)) for choice in node.choices)
    return replace(node, choices=tuple(choices))
