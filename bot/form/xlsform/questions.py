"""Builder of questions and groups from the branches of a form, with choices from its sheets and from files beside it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from pyxform.aliases import BINDING_CONVERSIONS  # type: ignore[import-untyped]
from pyxform.utils import default_is_dynamic  # type: ignore[import-untyped]

from bot.form.expressions.compiler import ExpressionError
from bot.form.expressions.expression import ITEM, Expression, check, expand, parse
from bot.form.expressions.paths import MOST_TRIED, TABLE, paths_of
from bot.form.kinds import KINDS
from bot.form.model import NO_TEXT, Choice, Group, Node, Privacy, Question, Table, Text
from bot.form.xlsform.columns import OWN, REFERENCE, Line, Translations, Type
from bot.form.xlsform.own_columns import MORE, OFFERED, OWN_COLUMNS, SHORT, fits
from bot.form.xlsform.sheets import ANY, FormError, lines_of, read_rows, refused
from bot.languages import languages

OTHER = "other"
_FOLDED, _STATIC = "._folded", "_static"
"""End of the name of a column in small letters, and column of choices that are always shown, for `search()`."""

_LONGEST_NAME = 200
_FOLD = str.maketrans({letter: letter.lower() for letter in map(chr, range(ord("A"), ord("Z") + 1))})
_SEARCH = re.compile(r"\bsearch\s*\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\([^()]*\)|\$\{[^}]*\}|[^,()'\"])+")
_YES_NO = {
    **dict.fromkeys(("yes", "true", "true()"), "true()"),
    **dict.fromkeys(("", "no", "false", "false()"), ""),
}
_BOUND = frozenset({"relevant", "constraint", "calculation"})
"""Other columns with expressions that may be a plain `yes` or `FALSE`."""

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)")
_OF_DATA = re.compile(r"(?<![\w.*/\])])/data/")
"""Root of a form without a name of its own in ODK."""

_TABLES = re.compile(
    r"\b(instance|pulldata)\s*\(\s*['\"]([^'\"]+)['\"](?:\s*,\s*'([^']*)'\s*,\s*'([^']*)'(?=\s*,))?"
)
"""A table that an expression names, and the columns that are looked up."""

_SEARCHES = {"matches": "", "contains": "contains", "startswith": "starts-with", "endswith": "ends-with"}
_COLUMN = re.compile(r"[^\W\d][\w.-]*")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_NOT_KEPT = re.compile(r"\$\{\s*last-saved#[^}]*\}|\bproperty\s*\([^()]*\)")
_VERSION = re.compile(r"\bversion\s*\(\s*\)")


def search_of(line: Line) -> tuple[str, ...]:
    """Arguments of a `search()` in an appearance: the file's name without its end, then those as written."""
    found = _SEARCH.search(line.cells.get("appearance", ""))
    file, *others = map(str.strip, _ARGUMENT.findall(found[1]) or [""]) if found else [""]
    return (file.strip("'\"").removesuffix(".csv"), *others) if found else ()


def report(line: Line, column: str, error: FormError) -> None:
    """Refuse a cell whose file cannot be read, or the file's own cells."""
    for problem in error.problems:
        if problem.row is None:
            line.report(column, str(problem), "")
        else:
            line.findings.problems.append(problem)


@dataclass(slots=True)
class Branch:
    """A row of the survey, and the rows inside it."""

    line: Line
    type: Type
    name: str
    path: str
    is_repeat: bool = False
    children: "list[Branch]" = field(default_factory=list)

    def walk(self) -> "Iterator[Branch]":
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class Choices:
    """Choice lists of one form. `lines` and `external` are the rows of its sheets by list, `files` the names of the
    files that it declares, by what `instance()` calls them."""

    path: Path
    lines: Mapping[str, Sequence[Line]]
    external: Mapping[str, Sequence[Line]]
    files: Mapping[str, str]
    translations: Translations
    tables: dict[str, Table] = field(default_factory=dict)
    """Tables that expressions name, by name."""
    missing: list[str] = field(default_factory=list)
    """Names of files that are not beside the form."""
    _read: dict[object, tuple[Choice, ...]] = field(default_factory=dict)

    def of(self, branch: Branch, value: str = "", label: str = "") -> tuple[Choice, ...]:
        """Choices of a select, from these columns of a file. Empty if its list is missing or wrong."""
        name, is_external, search = branch.type.list_name, branch.type.is_external, search_of(branch.line)
        key = (name, is_external, value, label, search)
        if key not in self._read:
            lines = (self.external if is_external else self.lines).get(name, ())
            made = self._searched(branch.line, search, lines) if search else map(self._choice, lines)
            is_file = not lines and "." in name
            try:
                self._read[key] = tuple(self._file(branch.line, name, value, label) if is_file else made)
            except FormError as error:
                report(branch.line, "appearance" if search else "type", error)
                self._read[key] = ()
        choices = self._read[key]
        if choices and branch.type.has_other and all(choice.name != OTHER for choice in choices):
            choices += (Choice(OTHER, own_words("choices.other", self.translations.languages)),)
        return choices

    def _choice(self, line: Line) -> Choice:
        name, label = line.cells["name"], self.translations.text(line, "label")
        media = self.translations.media(line)
        if not label:
            if not media:
                line.warn("label", f"`{name}` has no label.", "Its name is shown.")
            label = dict.fromkeys(self.translations.languages, name)
        return Choice(name, label, line.of("?"), media=media)

    def _file(self, line: Line, name: str, value: str, label: str) -> Iterator[Choice]:
        if (path := self._beside(line, "type", name)) is None:
            return
        own = ("id", "title") if name.lower().endswith(".geojson") else ("name", "label")
        value, label = value or own[0], label or own[1]
        rows, languages = read_rows(path, label, "", needs_text=False, name=value)
        if not rows:
            line.report("type", f"{name}: The list has no choices.", "Add a row for each.")
        spoken, findings = self.translations.languages, self.translations.findings
        for code in spoken if ANY not in languages.values() else ():
            if code not in languages.values():
                what, column = f"There is no label in `{code}`.", f"label::… ({code})"
                findings.warn(name, 1, column, what, "Another language's is shown.")
        # A filter may read any column by its own name.
        known = {"", value, label, *languages} - ({value, label} - {"name", "label"})
        for _, row in rows:
            said = {code: row.get(column) or row[value] for column, code in languages.items()}
            instead = said.pop(ANY, "") or said.get(self.translations.default) or next(iter(said.values()))
            columns = {column: cell for column, cell in row.items() if column not in known}
            yield Choice(row[value], dict.fromkeys(spoken, instead) | said, columns)

    def _found(self, name: str) -> Path | None:
        """A file beside the form, or in the folder of its media; folders in its name do not count. Raises FormError if
        none can have the name."""
        plain = Path(name).name
        if plain.startswith(".") or not 0 < len(plain.encode(errors="replace")) <= _LONGEST_NAME:
            raise refused(self.path, plain[:50] or name, "It is not the name of a file.", "Correct it.")
        in_media = self.path.with_name(f"{self.path.stem}-media") / plain
        return next((one for one in (in_media, self.path.with_name(plain)) if one.is_file()), None)

    def _beside(self, line: Line, column: str, name: str) -> Path | None:
        """As above. The first cell that needs a missing file tells it."""
        found, plain = self._found(name), Path(name).name
        if found is None and plain not in self.missing:
            self.missing.append(plain)
            line.warn(column, f"There is no file {plain}.", "Put it beside the form before it is used.")
        return found

    def _searched(self, line: Line, search: Sequence[str], lines: Sequence[Line]) -> Iterator[Choice]:
        """Choices of `search()`: the file's, whose columns the first row names, and those of other rows if their name
        is a number or they name no column."""
        if (table := self.table(line, "appearance", f"{search[0]}.csv")) is None:
            return
        folded, is_first = [argument.strip("'\"") for argument in search[2:3]], True
        for row in lines:
            choice, name = self._choice(row), row.cells["name"]
            labels = {code: re.split(r"[,\s]+", cell.strip(", ")) for code, cell in choice.label.items()}
            columns = dict.fromkeys((name, *chain(*labels.values())))
            if name.removeprefix("-").isdecimal() or not (is_first or table.columns & columns.keys()):
                yield replace(choice, columns={**choice.columns, _STATIC: "yes"})
                continue
            is_first = False
            for column in (column for column in columns if column not in table.columns):
                what = f"`{search[0]}` has no column `{column}`."
                return row.report("name" if column == name else "label", what, "Name one of its columns.")
            for cells in (cells for cells in table.rows if cells.get(name)):
                told = {code: filter(None, map(cells.get, named)) for code, named in labels.items()}
                label = {code: ", ".join(words) or cells[name] for code, words in told.items()}
                small = {f"{one}{_FOLDED}": cells.get(one, "").translate(_FOLD) for one in folded}
                yield Choice(cells[name], label, {**cells, **small})

    def table(self, line: Line, column: str, name: str) -> Table | None:
        """The list of a name, or its file, for expressions. None if the file is missing. Raises FormError if it cannot
        be read, or the form declares none of the name."""
        if name not in self.tables and (rows := self._rows(line, column, name)) is not None:
            self.tables[name] = Table(tuple(rows))
        return self.tables.get(name)

    def _rows(self, line: Line, column: str, name: str) -> Iterable[Mapping[str, str]] | None:
        lines = self.lines.get(name) or self.external.get(name)
        if lines and name not in self.files:  # not of a `name.csv`
            default, listed = self.translations.default, map(self._choice, lines)
            return ({"name": one.name, "label": one.label.get(default, ""), **one.columns} for one in listed)
        file = name if name.endswith(".csv") else self.files.get(name, f"{name}.csv")
        is_declared = file == name or name in self.files or file in self.missing
        if not is_declared and self._found(file) is None:
            raise refused(self.path, name, "There is no such list or file.", "Correct its name.")
        if (path := self._beside(line, column, file)) is None:
            return None
        header, *rows = lines_of(path) or [(0, [])]
        return (dict(zip(header[1], cells, strict=False)) for _, cells in rows)


def own_words(key: str, codes: Iterable[str]) -> Text:
    """Words of the bot in its languages, and in English for others."""
    known = {one.code: one.phrases[key][0] for one in languages() if key in one.phrases}
    return {**known, **{code: known["en"] for code in codes if code not in known}}


def search_filter(arguments: Sequence[str]) -> str:
    """The filter of `search(…, 'contains', 'column', value, …)`, blank for other arguments. As in ODK, only `matches`
    minds capitals."""
    kind, *columns = (argument.strip("'\"") for argument in arguments)
    columns, values = columns[::2], arguments[2::2]
    named = all(map(_COLUMN.fullmatch, columns)) and len(columns) == len(values)
    if kind not in _SEARCHES or not named or not 1 <= len(values) <= 2:
        return ""
    tests = [f"{column} = {value}" for column, value in zip(columns, values, strict=True)]
    if _SEARCHES[kind]:
        small = f"translate({values[0]}, '{_LETTERS}', '{_LETTERS.lower()}')"
        tests[0] = f"{_SEARCHES[kind]}({columns[0]}{_FOLDED}, {small})"
    return " and ".join(tests)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builder of nodes. `known` are the paths of the form."""

    translations: Translations
    choices: Choices
    known: Collection[str]
    root: str
    version: str

    def node(self, branch: Branch) -> Node:
        line, kind = branch.line, branch.type.kind
        for name, cell in line.of(OWN).items():
            if not fits(name, cell):
                line.report(f"{OWN}{name}", f"`{cell}` is not allowed here.", f"Write {OWN_COLUMNS[name]}.")
        label, media = self.translations.text(line, "label"), self.translations.media(line)
        cells = {
            "name": branch.name,
            "path": branch.path,
            "relevant": self._expression(branch, "relevant"),
            "appearance": line.cells.get("appearance", ""),
            "media": media,
        }
        return self._question(branch, kind, label, cells) if kind else self._group(branch, label, cells)

    def _group(self, branch: Branch, label: Text, cells: dict[str, Any]) -> Group:
        line = branch.line
        if f"{OWN}privacy" in line.cells:
            fix = "Mark each question inside the group; one that is not marked is for moderators."
            line.report(f"{OWN}privacy", "A group has no privacy.", fix)
        if branch.is_repeat and not any(label.values()):  # a chat asks for each by name
            label = {ANY: branch.name.replace("_", " ")}
        return Group(
            **cells,
            label=label,
            children=tuple(map(self.node, branch.children)),
            repeat=branch.is_repeat,
            repeat_count=self._expression(branch, "repeat_count") if branch.is_repeat else "",
            bot=_own(line, (SHORT, MORE)),
            short=self._labels(line, SHORT, label),
            more=self._labels(line, MORE, NO_TEXT),
        )

    def _question(self, branch: Branch, kind: str, label: Text, cells: dict[str, Any]) -> Question:
        line, text, parameters = branch.line, self.translations.text, self._parameters(branch.line)
        choices = self.choices.of(branch, parameters.get("value", ""), parameters.get("label", ""))
        if KINDS[kind].has_list and "label" in cells["appearance"].split():
            # The head of a matrix, which asks nothing.
            kind, choices = "note" if label else "hidden", ()
        hint, guidance = text(line, "hint"), text(line, "guidance_hint")
        privacy = line.cells.get(f"{OWN}privacy", "")
        read_only = self._condition(branch, "read_only")
        if read_only not in {"", "true()"}:
            line.warn("read_only", "The condition is ignored: it is always asked.", "Write yes.")
        if not (label or hint) and {"calculation", "trigger"} & line.cells.keys():
            kind = "calculate"  # as in pyxform, which shows it nowhere
        if KINDS[kind].is_asked and not label:
            if not (hint or guidance or cells["media"]):
                line.report("label", f"`{branch.name}` has no label.", "Write one in every language.")
            label, hint = hint or guidance or dict.fromkeys(self.translations.languages, branch.name), NO_TEXT
        return Question(
            **cells,
            kind=kind,
            label=label,
            hint=hint,
            guidance=guidance,
            required=self._condition(branch, "required"),
            required_message=text(line, "required_message"),
            constraint=self._expression(branch, "constraint") or branch.type.constraint,
            constraint_message=text(line, "constraint_message"),
            choices=choices,
            choice_filter=self._choice_filter(branch, choices),
            default=self._default(branch, kind, choices),
            calculation=self._expression(branch, "calculation"),
            parameters=parameters,
            privacy=Privacy(privacy) if privacy in set(Privacy) else Privacy.MODERATORS,
            role=line.cells.get(f"{OWN}role", ""),
            bot=_own(line, (SHORT, MORE, OFFERED, "privacy", "role")),
            short=self._labels(line, SHORT, label),
            offer=self._labels(line, OFFERED, label),
            read_only=read_only,
            trigger=self._trigger(line),
        )

    def _labels(self, line: Line, prefix: str, default: Text) -> Text:
        """Labels of columns with a prefix, in the languages where they are missing the default."""
        given = line.of(f"{OWN}{prefix}")
        for code in sorted(given.keys() - set(self.translations.languages)):
            what, fix = f"The form has no labels in `{code}`.", "Name one of its languages."
            line.report(f"{OWN}{prefix}{code}", what, fix)
        words = {code: self.translations.with_paths(cell) for code, cell in given.items()}
        return {**default, **words} if words else NO_TEXT

    def _choice_filter(self, branch: Branch, choices: tuple[Choice, ...]) -> str:
        search = search_of(branch.line)[1:]
        if not choices or not (search or "choice_filter" in branch.line.cells):
            return self._expression(branch, "choice_filter", context=ITEM, known=())
        columns = {"name", "label"}.union(*(choice.columns for choice in choices))
        known = {*self.known, *(f"{ITEM}/{column}" for column in columns)}
        source = self._expression(branch, "choice_filter", context=ITEM, known=known)
        if search:
            found = self._expression(branch, "appearance", ITEM, known, search_filter(search))
            if not search_filter(search):
                fix = "Write `search('file', 'contains', 'column', ${question})`."
                branch.line.report("appearance", "These are not the arguments of search().", fix)
            is_static = any(_STATIC in choice.columns for choice in choices)
            found = f"{_STATIC} = 'yes' or ({found})" if is_static and found else found
            source = " and ".join(f"({one})" for one in (source, found) if one)
        if source and len(choices) > MOST_TRIED and parse(source).narrow is None:
            what = f"The list has {len(choices)} choices, and trying each takes too long."
            branch.line.report("choice_filter", what, "Compare a column by `=`.")
        return source

    def _default(self, branch: Branch, kind: str, choices: tuple[Choice, ...]) -> str:
        cell = branch.line.cells.get("default", "")
        if found := _MOMENT.fullmatch(cell):  # a workbook's cell with a date
            cell = found[1] if kind == "date" else "T".join(found.groups())
        if not cell or default_is_dynamic(cell, branch.type.spelling):
            return self._expression(branch, "default")
        if KINDS[kind].takes_files:
            branch.line.warn("default", f"The file `{cell}` is ignored.", "The question starts without one.")
            return ""
        is_answered = KINDS[kind].answered_with is not None and (choices or not KINDS[kind].has_list)
        if is_answered and not KINDS[kind].suits(cell, choices):
            what = f"`{cell}` is not an answer to this question."
            branch.line.report("default", what, "Write one that could be given.")
        return literal(cell)

    def _parameters(self, line: Line) -> dict[str, str]:
        written = "" if line.is_spoilt("parameters") else line.cells.get("parameters", "")
        cell = re.sub(r"\s*=\s*", "=", written)
        pairs = [pair.partition("=") for pair in cell.replace(",", " ").replace(";", " ").split()]
        return {name: self._expanded(value) for name, _, value in pairs}

    def _trigger(self, line: Line) -> tuple[str, ...]:
        names = REFERENCE.findall(line.cells.get("trigger", ""))
        return tuple(path for name in names for path in self.translations.paths.get(name, ()))

    def _condition(self, branch: Branch, column: str) -> str:
        cell = branch.line.cells.get(column, "").lower()
        return _YES_NO[cell] if cell in _YES_NO else self._expression(branch, column)

    def _expression(
        self,
        branch: Branch,
        column: str,
        context: str = "",
        known: Collection[str] | None = None,
        cell: str | None = None,
    ) -> str:
        """XPath of a cell, or of another text in its place. Paths are checked unless `known` is empty."""
        cell = branch.line.cells.get(column, "") if cell is None else cell
        cell = BINDING_CONVERSIONS.get(cell, cell) if column in _BOUND else cell
        if not cell or branch.line.is_spoilt(column):
            return ""
        if found := _NOT_KEPT.search(cell):
            whose = "earlier reports" if found[0].startswith("$") else "a phone"
            branch.line.warn(column, f"Nothing of {whose} is kept.", f"`{found[0]}` stays blank.")
        try:
            source = self._expanded(cell)
            parsed = parse(source)
            if "once" in parsed.functions and parsed.paths:
                what = "once() keeps no answer from before."
                branch.line.warn(column, what, "It is calculated again when what it reads changes.")
            if known is None or known:
                there, tables = known or self.known, frozenset(self._in_tables(branch.line, column, parsed))
                check(parsed, context or branch.path, branch.path, tables.union(there) if tables else there)
        except FormError as error:
            report(branch.line, column, error)
            return ""
        except ExpressionError as error:
            what = f"The expression cannot be used: {error}."
            branch.line.report(column, what, "Correct it; see docs/forms.md.")
            return ""
        return source

    def _in_tables(self, line: Line, column: str, parsed: Expression) -> Iterator[str]:
        """Paths in the lists and files that an expression names. Of a missing file, any path."""
        steps = [step for path in parsed.paths for step in path.steps]
        for function, name, wanted, key in _TABLES.findall(parsed.source):
            pulled = f"{name.removesuffix('.csv')}.csv"
            table = self.choices.table(line, column, pulled if function == "pulldata" else name)
            if table is None:
                read = chain.from_iterable(path.names("", "") for path in parsed.paths)
                yield from (path for path in read if path.startswith(f"{TABLE}{name}/"))
                continue
            if lacking := {wanted, key} - {"", *table.columns}:
                raise ExpressionError(f"`{name}` has no column `{min(lacking)}`")
            if len(table.rows) > MOST_TRIED and any(one.predicates and one.narrow is None for one in steps):
                raise ExpressionError(f"`{name}` has {len(table.rows)} rows; compare a column by `=`")
            yield from paths_of(name, table)

    def _expanded(self, cell: str) -> str:
        """A cell with paths for names, and blanks for what is not kept."""
        plain = _VERSION.sub(lambda _: literal(self.version), _NOT_KEPT.sub("''", cell))
        source = expand(plain, self.translations.paths)
        return _OF_DATA.sub(f"/{self.root}/", source)


def _own(line: Line, apart: tuple[str, ...]) -> dict[str, str]:
    """Cells of own columns but those whose names begin so."""
    return {name: cell for name, cell in line.of(OWN).items() if not name.startswith(apart)}


def literal(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "concat({})".format(', "\'", '.join(f"'{part}'" for part in text.split("'")))
