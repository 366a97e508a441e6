"""Builder of questions and groups from the branches of a form."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from pyxform.aliases import BINDING_CONVERSIONS  # type: ignore[import-untyped]
from pyxform.utils import default_is_dynamic  # type: ignore[import-untyped]

from bot.form.expressions.compiler import ExpressionError
from bot.form.expressions.expression import ITEM, Expression, check, expand, parse
from bot.form.expressions.tables import MOST_TRIED, TABLE, paths_of
from bot.form.kinds import KINDS
from bot.form.model import NO_TEXT, Choice, Group, Node, Privacy, Question, Text
from bot.form.xlsform.columns import OWN, REFERENCE, Branch, Line, Translations
from bot.form.xlsform.lists import FOLDED, STATIC, Choices, report, search_of
from bot.form.xlsform.own_columns import MORE, OFFERED, OWN_COLUMNS, SHORT, fits
from bot.form.xlsform.sheets import ANY, FormError

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


def _check_columns(line: Line, *, is_group: bool) -> None:
    for name, cell in line.of(OWN).items():
        if not fits(name, cell):
            line.report(f"{OWN}{name}", f"`{cell}` is not allowed here.", f"Write {OWN_COLUMNS[name]}.")
    if is_group and f"{OWN}privacy" in line.cells:
        fix = "Mark each question inside the group; one that is not marked is for moderators."
        line.report(f"{OWN}privacy", "A group has no privacy.", fix)


def search_filter(arguments: Sequence[str]) -> str:
    """The filter of `search(…, 'contains', 'column', value, 'column', value)`, blank for other arguments. As in ODK,
    `matches` alone minds capitals."""
    kind, *columns = (argument.strip("'\"") for argument in arguments)
    columns, values = columns[::2], arguments[2::2]
    named = all(map(_COLUMN.fullmatch, columns)) and len(columns) == len(values)
    if kind not in _SEARCHES or not named or not 1 <= len(values) <= 2:
        return ""
    tests = [f"{column} = {value}" for column, value in zip(columns, values, strict=True)]
    if _SEARCHES[kind]:
        small = f"translate({values[0]}, '{_LETTERS}', '{_LETTERS.lower()}')"
        tests[0] = f"{_SEARCHES[kind]}({columns[0]}{FOLDED}, {small})"
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
        _check_columns(branch.line, is_group=not branch.type.kind)
        return self._question(branch, branch.type.kind) if branch.type.kind else self._group(branch)

    def _group(self, branch: Branch) -> Group:
        line = branch.line
        label = self.translations.text(line, "label")
        if branch.is_repeat and not any(label.values()):  # a chat asks for each by name
            label = {ANY: branch.name.replace("_", " ")}
        return Group(
            name=branch.name,
            path=branch.path,
            label=label,
            children=tuple(map(self.node, branch.children)),
            relevant=self._expression(branch, "relevant"),
            repeat=branch.is_repeat,
            repeat_count=self._expression(branch, "repeat_count") if branch.is_repeat else "",
            appearance=line.cells.get("appearance", ""),
            bot={name: cell for name, cell in line.of(OWN).items() if not name.startswith((SHORT, MORE))},
            short=self._labels(line, SHORT, label),
            more=self._labels(line, MORE, NO_TEXT),
            media=self.translations.media(line),
        )

    def _question(self, branch: Branch, kind: str) -> Question:
        line, text, parameters = branch.line, self.translations.text, self._parameters(branch.line)
        choices = self.choices.of(branch, parameters.get("value", ""), parameters.get("label", ""))
        label, media = text(line, "label"), self.translations.media(line)
        if KINDS[kind].has_list and "label" in line.cells.get("appearance", "").split():
            # The head of a matrix, which asks nothing.
            kind, choices = "note" if label else "hidden", ()
        hint, guidance = text(line, "hint"), text(line, "guidance_hint")
        privacy = line.cells.get(f"{OWN}privacy", "")
        if self._condition(branch, "read_only") not in {"", "true()"}:
            line.warn("read_only", "The condition is ignored: it is always asked.", "Write yes.")
        if not (label or hint) and {"calculation", "trigger"} & line.cells.keys():
            kind = "calculate"  # as in pyxform, which shows it nowhere
        if KINDS[kind].is_asked and not label:
            if not (hint or guidance or media):
                line.report("label", f"`{branch.name}` has no label.", "Write one in every language.")
            label, hint = hint or guidance or dict.fromkeys(self.translations.languages, branch.name), NO_TEXT
        return Question(
            name=branch.name,
            path=branch.path,
            kind=kind,
            label=label,
            hint=hint,
            required=self._condition(branch, "required"),
            required_message=text(line, "required_message"),
            relevant=self._expression(branch, "relevant"),
            constraint=self._expression(branch, "constraint") or branch.type.constraint,
            constraint_message=text(line, "constraint_message"),
            choices=choices,
            choice_filter=self._choice_filter(branch, choices),
            default=self._default(branch, kind, choices),
            calculation=self._expression(branch, "calculation"),
            appearance=line.cells.get("appearance", ""),
            parameters=parameters,
            privacy=Privacy(privacy) if privacy in set(Privacy) else Privacy.MODERATORS,
            role=line.cells.get(f"{OWN}role", ""),
            bot={
                name: cell
                for name, cell in line.of(OWN).items()
                if name not in {"privacy", "role"} and not name.startswith((SHORT, MORE, OFFERED))
            },
            short=self._labels(line, SHORT, label),
            offer=self._labels(line, OFFERED, label),
            guidance=guidance,
            media=media,
            read_only=self._condition(branch, "read_only"),
            trigger=self._trigger(line),
        )

    def _labels(self, line: Line, prefix: str, default: Text) -> Text:
        """Labels of columns with a prefix, in the languages where they are missing the default."""
        given = {
            name.removeprefix(prefix): cell for name, cell in line.of(OWN).items() if name.startswith(prefix)
        }
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
            is_static = any(STATIC in choice.columns for choice in choices)
            found = f"{STATIC} = 'yes' or ({found})" if is_static and found else found
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


def literal(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "concat({})".format(', "\'", '.join(f"'{part}'" for part in text.split("'")))
