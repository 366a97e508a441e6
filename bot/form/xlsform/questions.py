"""Builder of questions and groups from the rows of a survey."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.form.expressions.compiler import ExpressionError
from bot.form.expressions.expression import ITEM, check, expand, parse
from bot.form.kinds import KINDS
from bot.form.model import NO_TEXT, Choice, Group, Node, Privacy, Question, Text
from bot.form.xlsform.columns import Branch, Line
from bot.form.xlsform.own_columns import MORE, OFFERED, OWN_COLUMNS, SHORT, fits
from bot.form.xlsform.sheets import ANSWER_INSIDE, ANY, FormError, Problem, read_list

_YES_NO = {
    **dict.fromkeys(("yes", "true", "true()"), "true()"),
    **dict.fromkeys(("no", "false", "false()"), ""),
}
_NOT_YET = {
    "read_only": "A chat cannot show a question that may not be answered. Use a note.",
    "trigger": "Calculations here are always up to date. Remove the trigger.",
}


def _is_dynamic(default: str, kind: str) -> bool:
    """Whether a default is an expression. A plain name is not, which saves importing pyxform at the start."""
    if default.isidentifier() and default not in {"div", "mod"}:
        return False
    from pyxform.utils import default_is_dynamic  # type: ignore[import-untyped] # noqa: PLC0415 - see above

    return bool(default_is_dynamic(default, kind))


def _check_columns(line: Line, *, is_group: bool) -> None:
    for column, fix in _NOT_YET.items():
        if _YES_NO.get(line.cells.get(column, "no").lower(), "true()"):
            line.report(column, "It is not supported.", fix)
    if re.search(r"\bsearch\s*\(", line.cells.get("appearance", "")):
        what = "A chat cannot take choices from a file by `search()`."
        fix = "Name the file in the type, `select_one_from_file list.csv`, with a `choice_filter` if need be."
        line.report("appearance", what, fix)
    for name, cell in line.bot.items():
        if not fits(name, cell):
            line.report(f"bot:{name}", f"`{cell}` is not allowed here.", f"Write {OWN_COLUMNS[name]}.")
    if is_group and "privacy" in line.bot:
        fix = "Mark each question inside the group; one that is not marked is for moderators."
        line.report("bot:privacy", "A group has no privacy.", fix)


@dataclass(frozen=True, slots=True)
class Builder:
    """Builder of nodes. `paths` are the paths by name, `known` all paths. `choices` returns the choices of a
    branch."""

    languages: Sequence[str]
    default_language: str
    paths: Mapping[str, Collection[str]]
    known: Collection[str]
    choices: Callable[[Branch], tuple[Choice, ...]]

    def node(self, branch: Branch) -> Node:
        _check_columns(branch.line, is_group=not branch.type.kind)
        return self._question(branch, branch.type.kind) if branch.type.kind else self._group(branch)

    def _group(self, branch: Branch) -> Group:
        return Group(
            name=branch.name,
            path=branch.path,
            label=self._text(branch, "label"),
            children=tuple(map(self.node, branch.children)),
            relevant=self._expression(branch, "relevant"),
            repeat=branch.type.repeat,
            repeat_count=self._expression(branch, "repeat_count") if branch.type.repeat else "",
            appearance=branch.line.cells.get("appearance", ""),
            bot={name: cell for name, cell in branch.line.bot.items() if not name.startswith((SHORT, MORE))},
            short=self._labels(branch, SHORT, self._text(branch, "label")),
            more=self._labels(branch, MORE, NO_TEXT),
        )

    def _question(self, branch: Branch, kind: str) -> Question:
        line, choices = branch.line, self.choices(branch)
        required, privacy = line.cells.get("required", "").lower(), line.bot.get("privacy", "")
        if KINDS[kind].is_asked and not line.texts.get("label"):
            line.report("label", f"`{branch.name}` has no label.", "Write one in every language.")
        return Question(
            name=branch.name,
            path=branch.path,
            kind=kind,
            label=self._text(branch, "label"),
            hint=self._text(branch, "hint"),
            required=_YES_NO[required] if required in _YES_NO else self._expression(branch, "required"),
            required_message=self._text(branch, "required_message"),
            relevant=self._expression(branch, "relevant"),
            constraint=self._expression(branch, "constraint"),
            constraint_message=self._text(branch, "constraint_message"),
            choices=choices,
            choice_filter=self._choice_filter(branch, choices),
            default=self._default(branch, kind, choices),
            calculation=self._calculation(branch, kind),
            appearance=line.cells.get("appearance", ""),
            parameters=self._parameters(branch),
            privacy=Privacy(privacy) if privacy in set(Privacy) else Privacy.MODERATORS,
            role=line.bot.get("role", ""),
            bot={
                name: cell
                for name, cell in line.bot.items()
                if name not in {"privacy", "role"} and not name.startswith((SHORT, MORE, OFFERED))
            },
            short=self._labels(branch, SHORT, self._text(branch, "label")),
            offer=self._labels(branch, OFFERED, self._text(branch, "label")),
        )

    def _labels(self, branch: Branch, prefix: str, default: Text) -> Text:
        """Labels of columns with a prefix, in the languages where they are missing the default."""
        cells = branch.line.bot.items()
        given = {name.removeprefix(prefix): cell for name, cell in cells if name.startswith(prefix)}
        for code in sorted(given.keys() - set(self.languages)):
            what, fix = f"The form has no labels in `{code}`.", "Name one of its languages."
            branch.line.report(f"bot:{prefix}{code}", what, fix)
        for code in (code for code, words in given.items() if "${" in words):
            branch.line.report(f"bot:{prefix}{code}", *ANSWER_INSIDE)
        return {**default, **given} if given else NO_TEXT

    def _text(self, branch: Branch, column: str) -> Text:
        given = branch.line.texts.get(column)
        if not given:
            return NO_TEXT
        text = {self.default_language if code == ANY else code: words for code, words in given.items()}
        for code in self.languages:
            if code not in text:
                what = f"`{branch.name}` has no {column.replace('_', ' ')} in `{code}`."
                branch.line.report(f"{column}:{code}", what, "Write it in every language.")
        if any("${" in words for words in text.values()):
            branch.line.report(column, *ANSWER_INSIDE)
        return text

    def _calculation(self, branch: Branch, kind: str) -> str:
        source = self._expression(branch, "calculation")
        wrong = {p.column for p in branch.line.problems if (p.sheet, p.row) == ("survey", branch.line.number)}
        if bool(source) is not (kind == "calculate") and "calculation" not in wrong:
            what = "A calculation and the type `calculate` go together."
            fix = "Give `calculate` a calculation, and others a default instead."
            branch.line.report("calculation", what, fix)
        return source

    def _choice_filter(self, branch: Branch, choices: tuple[Choice, ...]) -> str:
        columns = {"name"}.union(*(choice.columns for choice in choices))
        known = [*self.known, *(f"{ITEM}/{column}" for column in columns)]
        return self._expression(branch, "choice_filter", context=ITEM, known=known)

    def _default(self, branch: Branch, kind: str, choices: tuple[Choice, ...]) -> str:
        cell = branch.line.cells.get("default", "")
        if not cell or _is_dynamic(cell, kind):
            return self._expression(branch, "default")
        if not KINDS[kind].suits(cell, choices):
            what = f"`{cell}` is not an answer to this question."
            branch.line.report("default", what, "Write one that could be given.")
        return literal(cell)

    def _parameters(self, branch: Branch) -> dict[str, str]:
        cell = branch.line.cells.get("parameters", "")
        pairs = [pair.partition("=") for pair in cell.replace(",", " ").replace(";", " ").split()]
        parameters = {name.strip(): value.strip() for name, _, value in pairs}
        for name in ("value", "label"):
            if name in parameters:
                what = f"A list's column cannot be renamed by `{name}=`."
                fix = f"Name the column of the file `{name if name == 'label' else 'name'}`."
                branch.line.report("parameters", what, fix)
        return parameters

    def _expression(
        self, branch: Branch, column: str, context: str = "", known: Collection[str] | None = None
    ) -> str:
        cell = branch.line.cells.get(column, "")
        if not cell:
            return ""
        try:
            source = expand(cell, self.paths)
            check(parse(source), context or branch.path, branch.path, known or self.known)
        except ExpressionError as error:
            what = f"The expression cannot be used: {error}."
            branch.line.report(column, what, "Correct it; see docs/forms.md.")
            return ""
        return source


def literal(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "concat({})".format(', "\'", '.join(f"'{part}'" for part in text.split("'")))


@dataclass(slots=True)
class Choices:
    """Choice lists of one form. `folder` holds its CSV files."""

    folder: Path
    lines: Sequence[Line]
    languages: Sequence[str]
    default_language: str
    lists: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        gathered: dict[str, dict[str, Choice]] = {}
        for line in self.lines:
            self._gather(line, gathered)
        self.lists = {name: tuple(choices.values()) for name, choices in gathered.items()}

    def of(self, branch: Branch) -> tuple[Choice, ...]:
        name = branch.type.list_name
        if name and name not in self.lists:
            if "." in name:
                self.lists[name] = self._file(branch, name)
            else:
                branch.line.report("type", f"There is no list `{name}`.", "Add it to the sheet `choices`.")
        return self.lists.get(name, ())

    def _gather(self, line: Line, gathered: dict[str, dict[str, Choice]]) -> None:
        list_name, name = line.cells.get("list_name", ""), line.cells.get("name", "")
        if not list_name or not name or any(letter.isspace() for letter in name):
            fix = "Give every choice the name of its list and a name of its own, both without spaces."
            line.report("name", "The choice has no usable name.", fix)
            return
        choices = gathered.setdefault(list_name, {})
        if name in choices:
            line.report("name", f"`{name}` appears twice in `{list_name}`.", "Give each choice its own name.")
        choices[name] = Choice(name, self._label(line, name), line.others)

    def _label(self, line: Line, name: str) -> Text:
        given = line.texts.get("label", {})
        label = {self.default_language if code == ANY else code: words for code, words in given.items()}
        for code in self.languages:
            if code not in label:
                what = f"`{name}` has no label in `{code}`."
                line.report(f"label:{code}", what, "Write it in every language.")
        for code in (code for code, words in given.items() if "${" in words):
            line.report(f"label:{code}", *ANSWER_INSIDE)
        return label

    def _file(self, branch: Branch, name: str) -> tuple[Choice, ...]:
        if Path(name).name != name or not name.lower().endswith(".csv"):
            what, fix = f"`{name}` cannot be read.", "Name a CSV file that stands beside the form."
            branch.line.report("type", what, fix)
            return ()
        problems = branch.line.problems
        try:
            choices = read_list(self.folder / name)
        except FormError as error:
            problems.extend(error.problems)
            return ()
        if not choices:
            problems.append(Problem(name, None, "", "The list has no choices.", "Add a row for each."))
            return ()
        # Every choice has a label in the languages of the file's columns.
        if ANY in choices[0].label:
            return tuple(replace(one, label=dict.fromkeys(self.languages, one.label[ANY])) for one in choices)
        for code in (code for code in self.languages if code not in choices[0].label):
            what = f"There is no label in `{code}`."
            problems.append(Problem(name, 1, f"label::… ({code})", what, "Add its column."))
        return choices
