"""A form from the tree that pyxform makes of its sheets. pyxform stops at its first fault, so each is reported and mended
until there is a tree. Then all else can be checked."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from pyxform.aliases import yes_no  # type: ignore[import-untyped]
from pyxform.builder import create_survey_element_from_dict  # type: ignore[import-untyped]
from pyxform.parsing.expression import is_xml_tag  # type: ignore[import-untyped]
from pyxform.xls2json import workbook_to_json  # type: ignore[import-untyped]
from pyxform.xls2json_backends import get_xlsform  # type: ignore[import-untyped]

from bot.form.expressions.expression import cycle
from bot.form.kinds import KINDS
from bot.form.model import Form, Group, Node
from bot.form.xlsform.columns import OWN, REFERENCE, TITLE, Line, Translations, Type, type_of, understand
from bot.form.xlsform.own_columns import misplaced
from bot.form.xlsform.questions import Branch, Builder, Choices, own_words
from bot.form.xlsform.sheets import Findings, FormSheet

_ROOT = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_ROW = "kuager_row"
"""Column given to pyxform, so that each node tells its row."""

_COUNTED = re.compile(r"\[row : (\d+)\]\s*")
_NAMES = "Use letters, digits, `_`, `-` and `.`, with a letter first."
_FROM_FILE = re.compile(r"select[ _](one|multiple)[ _]from[ _]file ")
_MOST_FAULTS = 30
_DEEPEST = 40
_MOST_SHOWN = 8
_READ = ("survey", "choices", "settings")
_EXTERNAL = "external_choices"
_PASSED_ON = {"entities", "osm"}
_TWICE = "must be unique within"
_HARMLESS = ("label", "max-pixels", "machine-readable codes", " is missing the ", "choice list")
"""Warnings of pyxform that do not matter in a chat, or are checked here."""


@dataclass
class Tree:
    """The sheets of a form, as far as they are understood."""

    path: Path
    sheets: Mapping[str, FormSheet]
    findings: Findings
    paths: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _rows: dict[str, list[Line]] = field(default_factory=dict)
    """Lines of the rows as pyxform counts them."""
    _bare: set[int] = field(default_factory=set)
    """Rows that pyxform gets with type and name alone."""
    _ends: list[dict[str, str]] = field(default_factory=list)
    """Rows that end what the form leaves open."""
    _warnings: list[str] = field(default_factory=list)

    # What the cells are

    def sheet(self, name: str) -> FormSheet:
        return self.sheets.get(name) or FormSheet(name)

    @cached_property
    def headers(self) -> Mapping[str, dict[str, str]]:
        return {name: understand(self.sheet(name), self.findings) for name in (*_READ, _EXTERNAL)}

    def _lines(self, name: str) -> Iterator[Line]:
        headers = self.headers[name]
        for number, row in self.sheet(name).rows:
            cells = {key: row[header] for key, header in headers.items() if header in row}
            yield Line(name, number, cells, headers, self.findings)

    @cached_property
    def survey(self) -> Mapping[int, Line]:
        lines = self._lines("survey")
        return {line.number: line for line in lines if not yes_no.get(line.cells.get("disabled"))}

    @cached_property
    def settings(self) -> Line:
        return next(self._lines("settings"), Line("settings", 1, {}, {}, self.findings))

    @cached_property
    def types(self) -> dict[int, Type]:
        """Types by row. Reports those that cannot be asked."""
        types: dict[int, Type] = {}
        for number, line in self.survey.items():
            if "type" in line.cells:
                types[number] = type_of(line.cells["type"])
                self._check_type(line, types[number])
            elif "name" in line.cells or line.texts("label"):
                line.report("type", "The row has no type.", "Write one, or empty the row.")
                types[number] = Type("refused")
        return types

    def _check_type(self, line: Line, found: Type) -> None:
        if any(found.why):
            line.report("type", *found.why)
        is_blank = found.what == "ignored" or (found.kind and KINDS[found.kind].is_always_blank)
        if is_blank and not found.spelling.endswith("-external"):
            line.warn("type", f"`{found.spelling}` is not recorded.", "It stays blank.")
        name = line.cells.get("name", "")
        needs_none = found.what == "end" or (not name and {found.kind, found.spelling} & {"note", "audit"})
        if not needs_none and not is_xml_tag(name):
            if name or found.what != "refused":
                line.report("name", f"`{name}` is not a valid name.", _NAMES)
            line.mended["name"] = f"row_{line.number}"
        if found.kind == "calculate" and not {"calculation", "default"} & line.cells.keys():
            line.report("calculation", f"`{name}` has no calculation.", "Write one.")
            line.mended["calculation"] = "''"

    @cached_property
    def lists(self) -> Mapping[str, Mapping[str, list[Line]]]:
        return {sheet: self._by_list(sheet) for sheet in ("choices", _EXTERNAL)}

    def _by_list(self, sheet: str) -> Mapping[str, list[Line]]:
        """Rows of choices by list. Reports those without a name, and equal names."""
        lists: dict[str, list[Line]] = defaultdict(list)
        twice = sheet == _EXTERNAL or yes_no.get(self.settings.cells.get("allow_choice_duplicates"))
        seen = set[tuple[str, str]]()
        for line in self._lines(sheet):
            key = list_name, name = line.cells.get("list_name", ""), line.cells.get("name", "")
            if not list_name:
                line.warn("list_name", "The row names no list, so it is ignored.", "Write its list.")
            elif not name:
                line.report("name", "The choice has no name.", "Give every choice a name of its own.")
            elif key in seen and not twice:
                what = f"`{name}` appears twice in `{list_name}`."
                line.report("name", what, "Give each choice its own name.")
            else:
                seen.add(key)
                lists[list_name].append(line)
        return lists

    def _check_lists(self) -> None:
        for number, found in self.types.items():
            name = found.list_name
            if name and found.kind and (why := self._list_fault(found, name)):
                self.survey[number].report("type", *why)
                self._bare.add(number)
            for choice in self.lists["choices"].get(name, ()) if found.kind == "select_multiple" else ():
                if " " in (own := choice.cells["name"]):
                    what = f"`{own}` has a space, and is chosen with others in row {number}."
                    choice.report("name", what, "Write `_` instead.")
                    choice.mended["name"] = own.replace(" ", "_")

    def _list_fault(self, found: Type, name: str) -> tuple[str, str] | None:
        if "${" in name:
            return "A chat cannot choose among answers of a repeat yet.", "Ask it as text."
        sheet = _EXTERNAL if found.is_external else "choices"
        if _FROM_FILE.match(found.spelling) or name in self.lists[sheet]:
            return None
        return f"There is no list `{name}`.", f"Add it to the sheet `{sheet}`."

    def _mend_references(self) -> list[tuple[Line, str, str]]:
        """Lines, columns and names of references to no question or several, which pyxform does not get."""
        found = []
        for line in (*self.survey.values(), *chain(*self.lists["choices"].values()), self.settings):
            for column, cell in line.written.items():
                if "${" in cell and column not in {"type", "name"}:
                    wrong = [name for name in REFERENCE.findall(cell) if self._names[_plain(name)] != 1]
                    found += [(line, column, name) for name in wrong]
                    line.mended |= {column: "''" if column == "calculation" else ""} if wrong else {}
        return found

    @cached_property
    def _names(self) -> Counter[str]:
        """How often each name can be meant. One that is not valid counts for none."""
        rows = [self.survey[number] for number, found in self.types.items() if found.what != "end"]
        names = (line.cells.get("name", "") for line in rows if "name" not in line.mended)
        return Counter(["instanceID", *names])

    def _report_references(self, references: list[tuple[Line, str, str]]) -> None:
        """Report references, unless they follow from a name that is refused, or missing."""
        wrong = [line for line in self.survey.values() if line.header("name") in line.wrong]
        refused = {line.cells.get("name", "") for line in wrong}
        unknown = {_plain(name) for *_, name in references if not self._names[_plain(name)]} - refused
        is_clear = len(unknown) > len(wrong)
        for line, column, name in references:
            if self._names[_plain(name)] and _plain(name) not in refused:
                line.report(column, f"${{{name}}} is a name used more than once.", "Rename one of them.")
            elif is_clear and _plain(name) in unknown:
                fix = "Write the name of a question of this form."
                line.report(column, f"${{{name}}} is not in this form.", fix)

    def _check_roles(self) -> None:
        roles: dict[str, int] = {}
        for line in self.survey.values():
            role = line.cells.get(f"{OWN}role", "")
            if role and roles.setdefault(role, line.number) != line.number:
                what = f"The role `{role}` is that of row {roles[role]} already."
                line.report(f"{OWN}role", what, "A role belongs to one question.")
        uses = any(key.startswith(OWN) for key in self.headers["survey"])
        if uses and not re.search(r"(^|\s)bot\s*=", self.settings.cells.get("namespaces", "")):
            fix = 'Write `bot="https://kuager.org/xforms"` there.'
            self.settings.report("namespaces", "Columns `bind::bot:*` need their namespace.", fix)

    def _nest(self) -> bool:
        """Report and mend groups that do not begin or end. Returns False if too many are open at once."""
        is_open, is_mixed = list[int](), False
        for number, found in list(self.types.items()):
            if found.what == "begin":
                is_open.append(number)
                if len(is_open) > _DEEPEST:
                    what = f"More than {_DEEPEST} groups are open."
                    self.survey[number].report("type", what, "End some of them before.")
                    return False
            elif found.what == "end":
                closing = self._end_of(is_open[-1]) if is_open else ""
                if closing != found.spelling:
                    where = f"Row {is_open[-1]} is open here. " if is_open else ""
                    fix = f"{where}Let every begin have its own end, the last opened first."
                    self.survey[number].report("type", "It closes something that is not open.", fix)
                    self.types[number] = replace(found, spelling=closing)
                    is_mixed = is_mixed or bool(is_open)
                is_open = is_open[:-1]
        for number in reversed(is_open):
            line, end = self.survey[number], self._end_of(number)
            if not is_mixed:
                what = f"The {end.removeprefix('end_')} `{line.cells.get('name', '')}` does not end."
                line.report("type", what, f"Add a row `{end}`.")
            self._ends.append({"type": end})
        return True

    def _end_of(self, number: int) -> str:
        return self.types[number].spelling.replace("begin", "end", 1)

    # What pyxform makes of them

    @cached_property
    def root(self) -> str:
        form_id = self.settings.cells.get("form_id", self.path.stem)
        is_free = _ROOT.fullmatch(form_id) and form_id not in self._names
        name = self.settings.cells.get("name") or (form_id if is_free else "data")
        if not is_xml_tag(name):
            self.settings.report("name", f"`{name}` is not a valid name.", _NAMES)
            self.settings.mended["name"] = name = "data"
        return name

    def _grown(self) -> Mapping[str, Any]:
        """The tree of pyxform. Each fault that it finds is reported, and mended."""
        for _ in range(_MOST_FAULTS):
            found = self._try()
            if not isinstance(found, str):
                return found
            line = self._line(found) or self._culprit(found)
            self._report(line, found)
            if line is None:
                break
            self._mend(line, found)
        return {}

    def _try(self) -> Mapping[str, Any] | str:
        try:
            self._warnings = []
            book = get_xlsform(self._book())
            tree: Mapping[str, Any] = workbook_to_json(book, self.root, warnings=self._warnings)
        except Exception as error:  # noqa: BLE001 - pyxform raises anything for broken cells
            return _told(error)
        return tree

    def _book(self) -> dict[str, Any]:
        self._rows = {"survey": [], "choices": []}
        book: dict[str, Any] = {
            "survey": [*filter(None, map(self._survey_row, self.survey.values())), *self._ends],
            "settings": [cells] if (cells := self._row(self.settings)) else [],
        }
        book |= {name: list(map(self._row, chain(*lists.values()))) for name, lists in self.lists.items()}
        book |= {name: [row for _, row in self.sheet(name).rows] for name in self.sheets.keys() & _PASSED_ON}
        book |= {f"{name}_header": [dict.fromkeys(chain(*rows))] for name, rows in book.items()}
        return {**book, "sheet_names": list(self.sheets), "fallback_form_name": self.path.stem}

    def _row(self, line: Line) -> dict[str, str]:
        self._rows.setdefault(line.sheet, []).append(line)
        return {column: cell for column, cell in {**line.written, **line.mended}.items() if cell}

    def _survey_row(self, line: Line) -> dict[str, str]:
        found = self.types.get(line.number)
        if found is None or not found.spelling:
            return {}
        cells, spelling = self._row(line), found.spelling
        if line.number in self._bare or found.what == "refused":
            cells = {"name": cells["name"]} if "name" in cells else {}
            spelling = spelling if found.what in {"begin", "end"} else "text"
        return {**cells, "type": spelling, _ROW: str(line.number)}

    def _line(self, fault: str) -> Line | None:
        """The line of the row that pyxform counts."""
        found = _COUNTED.search(fault) or re.search(r"row '?(\d+)", fault)
        rows = self._rows.get(_sheet_of(fault), [])
        place = int(found[1]) - 2 if found else -1
        if named := re.search(r"^\[row : unknown\].* 'name' value '([^']+)'", fault):
            return next((line for line in reversed(rows) if line.cells.get("name") == named[1]), None)
        return rows[place] if 0 <= place < len(rows) else None

    def _culprit(self, fault: str) -> Line | None:
        """The last line without whose cells pyxform finds another fault, or none."""
        rows, bare = [number for number in self.survey if number not in self._bare], self._bare
        low, high = 0, len(rows) + 1
        while high - low > 1:
            middle = (low + high) // 2
            self._bare = bare.union(rows[:middle])
            low, high = (middle, high) if self._try() == fault else (low, middle)
        self._bare = bare
        return self.survey[rows[high - 1]] if high <= len(rows) else None

    def _report(self, line: Line | None, fault: str) -> None:
        if line is None:
            self.findings.refuse(_sheet_of(fault), None, "", fault)
        elif _TWICE in fault:
            what = f"`{line.cells.get('name', '')}` is already the name of another row there."
            line.report("name", what, "Give each its own name.")
        else:
            line.report(_column_of(fault, line), _COUNTED.sub("", fault), "")

    def _mend(self, line: Line, fault: str) -> None:
        if line.sheet != "survey":
            line.mended = {column: "" for column, cell in line.written.items() if "${" in cell}
        elif line.number in self._bare or _TWICE in fault:
            line.mended["name"] = f"{line.cells.get('name', 'row')}_{line.number}"
        else:
            self._bare.add(line.number)

    # The form

    def form(self) -> Form | None:
        """The form, as far as it can be understood."""
        for column in ("type", "name"):
            if column not in self.headers["survey"]:
                row, what = self.sheet("survey").header_row, f"There is no column `{column}`."
                self.findings.refuse("survey", row, column, what, "Add it.")
                return None
        self._check_lists()
        references = self._mend_references()
        self._check_roles()
        tree = self._grown() if self._nest() else {}
        self._report_references(references)
        if not tree:
            return None
        rows = {name: self.sheet(name).header_row for name in self.headers}
        texts = Translations.of(self.headers, self.settings, rows)
        branches = self._branches(tree["children"], f"/{self.root}", texts)
        self.paths.setdefault("instanceID", [f"/{self.root}/meta/instanceID"])
        known = {f"/{self.root}", *(path for paths in self.paths.values() for path in paths)}
        texts.paths, cells = self.paths, self.settings.cells
        choices = Choices(self.path, self.lists["choices"], self.lists[_EXTERNAL], self._files, texts)
        form_id, version = cells.get("form_id", self.path.stem), cells.get("version", "")
        builder = Builder(texts, choices, known, self.root, version)
        title, nodes = cells.get("form_title", form_id), tuple(map(builder.node, branches))
        form = Form(form_id, self.root, version, title, texts.languages, texts.default, nodes)
        titles, missing = self.settings.of(TITLE), tuple(choices.missing)
        form = replace(form, tables=choices.tables, titles=titles, missing=missing)
        _check_whole(form, {one.path: one.line for top in branches for one in top.walk()})
        if not self.findings.problems:
            self._check_xform(tree)
        return form

    @property
    def _files(self) -> Mapping[str, str]:
        """Files of selects and `csv-external` by the names of their instances."""
        names = (one.list_name for one in self.types.values() if "." in one.list_name)
        lists = {Path(name).stem: name for name in names}
        ends = {"csv-external": ".csv", "xml-external": ".xml"}
        declared = [(self.survey[row], ends.get(one.spelling)) for row, one in self.types.items()]
        files = [(line.cells.get("name", ""), end) for line, end in declared if end]
        return lists | {name: f"{name}{end}" for name, end in files}

    def _branches(self, nodes: Collection[dict[str, Any]], above: str, texts: Translations) -> list[Branch]:
        branches: list[Branch] = []
        for node in nodes:
            number, path = node.pop(_ROW, None), f"{above}/{node['name']}"
            inside = self._branches(node.get("children", ()), path, texts)
            if number is not None:
                line, found = self.survey[int(number)], self.types[int(number)]
                if found.what in {"begin", "question"}:
                    branches.append(Branch(line, found, node["name"], path, node["type"] == "repeat", inside))
            elif branches and branches[-1].type.has_other and path == f"{branches[-1].path}_other":
                branches.append(_other(branches[-1], node, path, texts))
            else:
                continue  # what it adds for itself
            self.paths[node["name"]].append(path)
        return branches

    def _check_xform(self, tree: Mapping[str, Any]) -> None:
        try:
            create_survey_element_from_dict(tree).xml()
        except Exception as error:  # noqa: BLE001 - the same
            self._report(self._line(_told(error)), _told(error))
        for warning in self._warnings:
            if not any(harmless in warning for harmless in _HARMLESS):
                row = line.number if (line := self._line(warning)) else None
                what = _COUNTED.sub("", " ".join(warning.split()))
                self.findings.warn("survey", row, "", what)


def _plain(name: str) -> str:
    return name.removeprefix("last-saved#")


def _check_whole(form: Form, lines: Mapping[str, Line]) -> None:
    for path, column, what, fix in misplaced(form):
        lines[path].report(f"{OWN}{column}", what, fix)
    circle = cycle(form)
    if first := next((path for path in form.nodes if path in circle), None):
        shown = circle if len(circle) <= _MOST_SHOWN else (*circle[: _MOST_SHOWN - 1], "…", circle[-1])
        what = f"It depends on itself: {' → '.join(shown)}."
        lines[first].report(_column_in(form.nodes[first]), what, "Take out one of these references.")


def _other(select: Branch, node: Mapping[str, Any], path: str, texts: Translations) -> Branch:
    """The question for another choice, which pyxform adds to `or_other`."""
    words = own_words("choices.specify", texts.languages)
    label = {f"label::{name}" if name else "label": words[code] for name, code in texts.codes.items()}
    cells = {"relevant": node["bind"]["relevant"], **label}
    line = Line("survey", select.line.number, cells, {}, select.line.findings)
    return Branch(line, Type("question", "text", "text"), node["name"], path)


def _told(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _sheet_of(fault: str) -> str:
    return next((name for name in ("choices", "settings") if f"'{name}' sheet" in fault), "survey")


def _column_of(fault: str, line: Line) -> str:
    """The column that a fault of pyxform speaks of."""
    if named := re.search(r"the '([^']+)' value", fault):
        return named[1]
    keys = re.findall(r"[\w-]+(?=\s*=)", line.cells.get("parameters", ""))
    if any(re.search(rf"\b{key}\b", fault) for key in keys):
        return "parameters"
    words = {"list": "type", "file extension": "type", "choice filter": "choice_filter"}
    words |= {"parameter": "parameters"}
    words |= {word: word for word in ("trigger", "calculation", "default", "appearance", "name")}
    return next((column for word, column in words.items() if word in fault.lower()), "")


def _column_in(node: Node) -> str:
    if isinstance(node, Group) or node.relevant:
        return "relevant"
    return "default" if node.kind == "hidden" else "calculation"
