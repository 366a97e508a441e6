"""A form from the tree that pyxform makes of its sheets.

pyxform stops at its first fault. So faults that are found here are mended first, and each that it finds is reported
and mended too, until it makes a tree: then all else can be checked.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pyxform.builder import create_survey_element_from_dict  # type: ignore[import-untyped]
from pyxform.parsing.expression import is_xml_tag  # type: ignore[import-untyped]
from pyxform.xls2json import workbook_to_json  # type: ignore[import-untyped]
from pyxform.xls2json_backends import get_xlsform  # type: ignore[import-untyped]

from bot.form.expressions.expression import cycle
from bot.form.model import Form, Group, Node
from bot.form.xlsform.columns import Branch, Heading, Line, Type, line_of, type_of, understand
from bot.form.xlsform.lists import Choices
from bot.form.xlsform.own_columns import misplaced
from bot.form.xlsform.questions import Builder
from bot.form.xlsform.sheets import Findings, FormSheet, Problem
from bot.form.xlsform.translations import REFERENCE, Translations, translations

_ROOT = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_ROW = "kuager_row"
"""Column given to pyxform, so that each node tells its row."""

_ROW_TOLD = re.compile(r"\[row : (\d+)\]\s*")

_MOST_FAULTS = 30
_MOST_MENDS = 2
"""A row is mended by taking all but its type and name, then by another name, then it is taken out."""

_DEEPEST = 40
_READ = ("survey", "choices", "settings")

_HARMLESS = (
    "has no label",
    "max-pixels",
    "machine-readable codes",
    " is missing the ",
    "choice list",
    "label",
)
"""Warnings of pyxform that do not matter in a chat, or are checked here."""


@dataclass
class Tree:
    """The sheets of a form, as far as they are understood."""

    path: Path
    sheets: Mapping[str, FormSheet]
    findings: Findings
    branches: list[Branch] = field(default_factory=list)
    paths: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    pyxform_warnings: list[str] = field(default_factory=list)
    _rows: dict[str, list[Line]] = field(default_factory=dict)
    """Lines of the rows as pyxform counts them."""
    _mends: Counter[int] = field(default_factory=Counter)
    _ends: list[str] = field(default_factory=list)
    _is_unbalanced: bool = False

    # What the cells are

    @cached_property
    def headings(self) -> Mapping[str, list[Heading]]:
        return {name: understand(self.sheet(name), self.findings) for name in _READ}

    def sheet(self, name: str) -> FormSheet:
        return self.sheets.get(name) or FormSheet(name)

    def _lines(self, name: str) -> list[Line]:
        return [line_of(name, row, self.headings[name], self.findings) for row in self.sheet(name).rows]

    @cached_property
    def survey(self) -> Mapping[int, Line]:
        return {line.number: line for line in self._lines("survey")}

    @cached_property
    def settings(self) -> Line:
        empty = Line("settings", 1, {}, {}, {}, {}, {}, self.findings, {})
        return next(iter(self._lines("settings")), empty)

    @cached_property
    def types(self) -> dict[int, Type]:
        """Types by row. Reports those that cannot be asked."""
        types: dict[int, Type] = {}
        for line in self.survey.values():
            cell = line.cells.get("type", "")
            if cell:
                types[line.number] = type_of(cell)
                self._check_type(line, types[line.number])
            elif "name" in line.cells or "label" in line.texts:
                line.report("type", "The row has no type.", "Write one, or empty the row.")
                types[line.number] = Type("refused", spelling="text")
        return types

    def _check_type(self, line: Line, found: Type) -> None:
        if any(found.why):
            line.report("type", *found.why)
        elif found.what == "ignored":
            line.warn("type", f"A `{found.spelling}` is not recorded.", "It stays blank.")
        name = line.cells.get("name", "")
        if found.what != "end" and not is_xml_tag(name) and (name or found.kind != "note"):
            fix = "Use letters, digits, `_`, `-` and `.`, with a letter first."
            line.report("name", f"`{name}` is not a valid name.", fix)
            line.mend("name", f"row_{line.number}")
        if found.kind == "calculate" and not {"calculation", "default"} & line.cells.keys():
            line.mend("calculation", "''")

    @cached_property
    def choices(self) -> Mapping[str, list[Line]]:
        """Rows of choices by list. Reports those without a name, and equal names."""
        lists: dict[str, list[Line]] = defaultdict(list)
        twice = self.settings.cells.get("allow_choice_duplicates", "").lower() in {"yes", "true", "true()"}
        seen = set[tuple[str, str]]()
        for line in self._lines("choices"):
            key = list_name, name = line.cells.get("list_name", ""), line.cells.get("name", "")
            if list_name and not name:
                line.report("name", "The choice has no name.", "Give every choice a name of its own.")
            elif not list_name:
                line.warn("list_name", "The row names no list, so it is ignored.", "Write its list.")
            elif key in seen and not twice:
                line.report(
                    "name", f"`{name}` appears twice in `{list_name}`.", "Give each choice its own name."
                )
            else:
                seen.add(key)
                lists[list_name].append(line)
        return lists

    def _check_lists(self) -> Iterator[str]:
        """Lists that are named, and not there."""
        for number, found in self.types.items():
            line, name = self.survey[number], found.list_name
            if "${" in name:
                what, fix = "A chat cannot choose among answers of a repeat yet.", "Ask it as text."
                line.report("type", what, fix)
            elif name and "." not in name and name not in self.choices and found.kind:
                line.report("type", f"There is no list `{name}`.", "Add it to the sheet `choices`.")
                yield name
            for choice in self.choices.get(name, ()) if found.kind == "select_multiple" else ():
                if " " in choice.cells["name"]:
                    what = f"`{choice.cells['name']}` has a space, and is chosen with others in row {number}."
                    choice.report("name", what, "Write `_` instead.")
                    choice.mend("name", choice.cells["name"].replace(" ", "_"))

    def _check_references(self) -> None:
        names = Counter(
            line.mended.get(line.header("name")) or line.cells.get("name") for line in self.survey.values()
        )
        ends = (
            line
            for number, line in self.survey.items()
            if number in self.types and self.types[number].what == "end"
        )
        names.subtract(line.cells["name"] for line in ends if "name" in line.cells)
        names["instanceID"] = 1
        lines = [
            *self.survey.values(),
            *(line for rows in self.choices.values() for line in rows),
            self.settings,
        ]
        for line in lines:
            skipped = {line.header("type"), line.header("name")}
            for header, cell in line.written.items():
                if "${" in cell and header not in skipped:
                    self._check_cell(line, header, cell, names)

    def _check_cell(self, line: Line, header: str, cell: str, names: Counter[str | None]) -> None:
        for name in REFERENCE.findall(cell):
            count = names[name.removeprefix("last-saved#")]
            if count < 1:
                fix = "Write the name of a question of this form."
                line.refuse(header, f"${{{name}}} is not in this form.", fix)
            elif count > 1:
                line.refuse(header, f"${{{name}}} is a name used more than once.", "Rename one of them.")
            if count != 1:
                line.mended[header] = ""

    # What pyxform makes of them

    @cached_property
    def root(self) -> str:
        form_id = self.settings.cells.get("form_id", self.path.stem)
        return self.settings.cells.get("name") or (form_id if _ROOT.fullmatch(form_id) else "data")

    def _grown(self, missing: Collection[str]) -> Mapping[str, Any]:
        """The tree of pyxform. Each fault that it finds is reported, and mended."""
        for _ in range(_MOST_FAULTS):
            found = self._try(missing)
            if not isinstance(found, str):
                return found
            line = self._line(found) or self._culprit(found, missing)
            if line is None:
                self.findings.problems.append(Problem(_sheet_of(found), None, "", found, ""))
                return {}
            self._report(line, found)
            self._mend(line, found)
        return {}

    def _try(self, missing: Collection[str]) -> Mapping[str, Any] | str:
        try:
            self.pyxform_warnings = []
            book = get_xlsform(self._book(missing))
            tree: Mapping[str, Any] = workbook_to_json(book, self.root, warnings=self.pyxform_warnings)
        except Exception as error:  # noqa: BLE001 - pyxform raises anything for broken cells
            return " ".join(str(error).split()) or type(error).__name__
        return tree

    def _book(self, missing: Collection[str]) -> dict[str, Any]:
        book: dict[str, Any] = {"sheet_names": list(self.sheets), "fallback_form_name": self.path.stem}
        for name in self.sheets.keys() & {"external_choices", "entities", "osm"}:
            book[name] = [row.cells for row in self.sheet(name).rows]
            book[f"{name}_header"] = [dict.fromkeys(filter(None, self.sheet(name).header))]
        self._rows = {"survey": [], "choices": []}
        book["survey"] = [cells for line in self.survey.values() if (cells := self._survey_row(line))]
        book["survey"] += [{self._header("survey", "type"): end} for end in self._ends]
        book["choices"] = [
            cells for rows in self.choices.values() for line in rows if (cells := self._row(line))
        ]
        listed, named = self._header("choices", "list name"), self._header("choices", "name")
        book["choices"] += [{listed: name, named: "x"} for name in missing]
        book["settings"] = [self._row(self.settings)] if self.settings.written else []
        for name in _READ:
            own = [one.header for one in self.headings[name] if one.is_pyxforms]
            book[f"{name}_header"] = [
                dict.fromkeys([*own, *(column for row in book[name] for column in row)])
            ]
        return book

    def _header(self, sheet: str, column: str) -> str:
        plain = column.replace(" ", "_")
        return next((one.header for one in self.headings[sheet] if one.name == plain), column)

    def _row(self, line: Line) -> dict[str, str]:
        if line.sheet in self._rows:
            self._rows[line.sheet].append(line)
        return {header: cell for header, cell in {**line.written, **line.mended}.items() if cell}

    def _survey_row(self, line: Line) -> dict[str, str]:
        found, mends = self.types.get(line.number), self._mends[line.number]
        if found is None or (mends and found.what == "end") or mends > _MOST_MENDS:
            return {}
        cells, name = self._row(line), line.header("name")
        spelling = found.spelling
        if mends:
            cells = {name: cells[name]} if name in cells else {}
            spelling = spelling if found.what == "begin" else "text"
        if mends == _MOST_MENDS:
            cells[name] = f"{cells.get(name, 'row')}_{line.number}"
        return {**cells, line.header("type"): spelling, _ROW: str(line.number)}

    def _line(self, fault: str) -> Line | None:
        """The line of the row that pyxform counts."""
        found = _ROW_TOLD.search(fault) or re.search(r"row '?(\d+)", fault)
        rows = self._rows.get(_sheet_of(fault), [])
        place = int(found[1]) - 2 if found else -1
        return rows[place] if 0 <= place < len(rows) else None

    def _culprit(self, fault: str, missing: Collection[str]) -> Line | None:
        """The last line without which pyxform finds another fault, or none."""
        rows, mends = [number for number in self.survey if not self._mends[number]], self._mends
        low, high = 0, len(rows) + 1
        while high - low > 1:
            middle = (low + high) // 2
            self._mends = mends + Counter(rows[:middle])
            low, high = (middle, high) if self._try(missing) == fault else (low, middle)
        self._mends = mends
        return self.survey[rows[high - 1]] if high <= len(rows) else None

    def _report(self, line: Line, fault: str) -> None:
        found, name = self.types.get(line.number), line.cells.get("name", "")
        if line.wrong or ("Unmatched 'begin" in fault and self._is_unbalanced):
            return
        if found is not None and "Unmatched 'begin" in fault:
            word = found.spelling[len("begin ") :]
            line.report("type", f"The {word} `{name}` does not end.", f"Add a row `end_{word}`.")
        elif "Unmatched 'end" in fault:
            is_open = self._open_at(line)
            what = "It closes something that is not open."
            where = f"Row {is_open.number} is open here. " if is_open else ""
            line.report("type", what, f"{where}Let every begin have its own end, the last opened first.")
        elif "must be unique within" in fault:
            line.report(
                "name", f"`{name}` is already the name of another row there.", "Give each its own name."
            )
        else:
            line.report(_column_of(fault), _ROW_TOLD.sub("", fault), "")

    def _mend(self, line: Line, fault: str) -> None:
        found = self.types.get(line.number)
        if line.sheet != "survey" or found is None:
            line.mended = {header: "" for header in line.written if "${" in line.written[header]}
        elif "Unmatched 'begin" in fault:
            self._ends.append(found.spelling.replace("begin", "end", 1))
        elif "Unmatched 'end" in fault and (is_open := self._open_at(line)):
            spelling = self.types[is_open.number].spelling.replace("begin", "end", 1)
            self.types[line.number] = replace(found, spelling=spelling)
            self._is_unbalanced = True
        else:
            self._mends[line.number] += 1

    def _open_at(self, line: Line) -> Line | None:
        """The row of the innermost group that is open before a row."""
        is_open: list[int] = []
        for number in (number for number in self.types if number < line.number):
            if self.types[number].what == "begin":
                is_open.append(number)
            elif self.types[number].what == "end" and not self._mends[number]:
                is_open.pop()
        return self.survey[is_open[-1]] if is_open else None

    # The form

    def form(self) -> Form | None:
        """The form, as far as it can be understood."""
        for column in ("type", "name"):
            if all(one.name != column for one in self.headings["survey"]):
                sheet = self.sheet("survey")
                what, fix = f"There is no column `{column}`.", "Add it."
                self.findings.problems.append(Problem("survey", sheet.header_row, column, what, fix))
                return None
        missing = dict.fromkeys(self._check_lists())
        self._check_references()
        self._check_roles()
        tree = self._grown(missing) if self._is_shallow() else {}
        if not tree:
            return None
        texts = translations(self.headings, self.settings, self._header_rows, self.findings)
        texts.paths = self.paths
        self.branches = self._branches(tree["children"], f"/{self.root}", texts)
        self.paths["instanceID"] = [f"/{self.root}/meta/instanceID"]
        known = {f"/{self.root}", *(path for paths in self.paths.values() for path in paths)}
        builder = Builder(texts, Choices(self.path.parent, self.choices, texts), known, self.root)
        cells = self.settings.cells
        form_id = cells.get("form_id", self.path.stem)
        title, version = cells.get("form_title", form_id), cells.get("version", "")
        nodes = tuple(map(builder.node, self.branches))
        form = Form(form_id, self.root, version, title, texts.languages, texts.default, nodes)
        self._check_whole(form)
        if not self.findings.problems:
            self._check_xform(tree)
        return form

    @property
    def _header_rows(self) -> Mapping[str, int]:
        return {name: self.sheet(name).header_row for name in _READ}

    def _is_shallow(self) -> bool:
        depth = 0
        for number, found in self.types.items():
            depth += {"begin": 1, "end": -1}.get(found.what, 0)
            if depth > _DEEPEST:
                what, fix = f"More than {_DEEPEST} groups are open.", "End some of them before."
                self.survey[number].report("type", what, fix)
                return False
        return True

    def _check_roles(self) -> None:
        roles: dict[str, int] = {}
        for line in self.survey.values():
            role = line.bot.get("role", "")
            if role and roles.setdefault(role, line.number) != line.number:
                what = f"The role `{role}` is that of row {roles[role]} already."
                line.report("bot:role", what, "A role belongs to one question.")
        uses = any(column.bot for column in self.headings["survey"])
        if uses and not re.search(r"(^|\s)bot\s*=", self.settings.cells.get("namespaces", "")):
            fix = 'Write `bot="https://kuager.org/xforms"` there.'
            self.settings.report("namespaces", "Columns `bind::bot:*` need their namespace.", fix)

    def _branches(self, nodes: Collection[dict[str, Any]], above: str, texts: Translations) -> list[Branch]:
        branches: list[Branch] = []
        for node in nodes:
            number, name = node.pop(_ROW, None), node["name"]
            path = f"{above}/{name}"
            if number is not None:
                self.paths[name].append(path)
                line, found = self.survey[int(number)], self.types[int(number)]
                inside = self._branches(node.get("children", ()), path, texts)
                if found.what in {"begin", "question"}:
                    branches.append(Branch(line, found, name, path, node["type"] == "repeat", inside))
            elif branches and branches[-1].type.has_other and name == f"{branches[-1].name}_other":
                self.paths[name].append(path)
                branches.append(_other(branches[-1], node, path, texts))
            else:
                self._branches(node.get("children", ()), path, texts)  # what it adds for itself
        return branches

    def _check_whole(self, form: Form) -> None:
        lines = {branch.path: branch.line for top in self.branches for branch in top.walk()}
        for path, column, what, fix in misplaced(form):
            lines[path].report(f"bot:{column}", what, fix)
        circle = cycle(form)
        first = next((path for path in form.nodes if path in circle), None)
        if first:
            what = f"It depends on itself: {' → '.join(circle)}."
            lines[first].report(_column_in(form.nodes[first]), what, "Take out one of these references.")

    def _check_xform(self, tree: Mapping[str, Any]) -> None:
        try:
            create_survey_element_from_dict(tree).to_xml(validate=False, warnings=self.pyxform_warnings)
        except Exception as error:  # noqa: BLE001 - the same
            fault = " ".join(str(error).split()) or type(error).__name__
            self.findings.problems.append(Problem("survey", None, "", fault, ""))
        for warning in self.pyxform_warnings:
            if not any(harmless in warning for harmless in _HARMLESS):
                line = self._line(warning)
                what = _ROW_TOLD.sub("", " ".join(warning.split()))
                self.findings.warnings.append(Problem("survey", line.number if line else None, "", what, ""))


def _other(select: Branch, node: Mapping[str, Any], path: str, texts: Translations) -> Branch:
    """The question for another choice, which pyxform adds to `or_other`."""
    cells = {"relevant": node["bind"]["relevant"]}
    label = {"label": dict.fromkeys(texts.codes, node["label"])}
    line = Line("survey", select.line.number, cells, label, {}, {}, {}, select.line.findings, {})
    return Branch(line, Type("question", "text", "text"), node["name"], path)


def _sheet_of(fault: str) -> str:
    named = (name for name in ("choices", "settings") if f"'{name}' sheet" in fault)
    return next(named, "survey")


def _column_of(fault: str) -> str:
    """The column that a fault of pyxform speaks of."""
    if named := re.search(r"the '([^']+)' value", fault):
        return named[1]
    if "Unmatched" in fault or "List name" in fault or "list" in fault:
        return "type"
    words = ("parameter", "trigger", "calculation", "default", "appearance", "choice filter", "name")
    said = next((word for word in words if word in fault.lower()), "")
    return {"parameter": "parameters", "choice filter": "choice_filter"}.get(said, said)


def _column_in(node: Node) -> str:
    if isinstance(node, Group) or node.relevant:
        return "relevant"
    return "default" if node.kind == "hidden" else "calculation"
