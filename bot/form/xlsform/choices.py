"""Choice lists, from the sheet `choices` and from CSV files."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.form.model import Choice, Text
from bot.form.xlsform.columns import Line
from bot.form.xlsform.lists import ANY, read_list
from bot.form.xlsform.problems import ANSWER_INSIDE, FormError, Problem
from bot.form.xlsform.tree import Branch
from bot.form.xlsform.types import from_file


@dataclass(slots=True)
class Choices:
    """Choice lists of one form. `folder` holds its CSV files."""

    folder: Path
    lines: Sequence[Line]
    languages: Sequence[str]
    default_language: str
    problems: list[Problem]
    lists: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        gathered: dict[str, dict[str, Choice]] = {}
        for line in self.lines:
            self._gather(line, gathered)
        self.lists = {name: tuple(choices.values()) for name, choices in gathered.items()}

    def of(self, branch: Branch) -> tuple[Choice, ...]:
        name = branch.type.list_name
        if name and name not in self.lists:
            if from_file(name):
                self.lists[name] = self._file(branch, name)
            else:
                what, fix = f"There is no list `{name}`.", "Add it to the sheet `choices`."
                self.problems.append(branch.line.problem("type", what, fix))
        return self.lists.get(name, ())

    def _gather(self, line: Line, gathered: dict[str, dict[str, Choice]]) -> None:
        list_name, name = line.cells.get("list_name", ""), line.cells.get("name", "")
        if not list_name or not name or any(letter.isspace() for letter in name):
            fix = "Give every choice the name of its list and a name of its own, both without spaces."
            self.problems.append(line.problem("name", "The choice has no usable name.", fix))
            return
        choices = gathered.setdefault(list_name, {})
        if name in choices:
            what = f"`{name}` appears twice in `{list_name}`."
            self.problems.append(line.problem("name", what, "Give each choice its own name."))
        choices[name] = Choice(name, self._label(line, name), line.others)

    def _label(self, line: Line, name: str) -> Text:
        given = line.texts.get("label", {})
        label = {self.default_language if code == ANY else code: words for code, words in given.items()}
        for code in self.languages:
            if code not in label:
                what = f"`{name}` has no label in `{code}`."
                self.problems.append(line.problem(f"label:{code}", what, "Write it in every language."))
        for code in (code for code, words in given.items() if "${" in words):
            self.problems.append(line.problem(f"label:{code}", *ANSWER_INSIDE))
        return label

    def _file(self, branch: Branch, name: str) -> tuple[Choice, ...]:
        if Path(name).name != name or not name.lower().endswith(".csv"):
            what, fix = f"`{name}` cannot be read.", "Name a CSV file that stands beside the form."
            self.problems.append(branch.line.problem("type", what, fix))
            return ()
        try:
            choices = read_list(self.folder / name)
        except FormError as error:
            self.problems.extend(error.problems)
            return ()
        if not choices:
            self.problems.append(Problem(name, None, "", "The list has no choices.", "Add a row for each."))
        return tuple(self._in_every_language(name, choice) for choice in choices)

    def _in_every_language(self, sheet: str, choice: Choice) -> Choice:
        if ANY in choice.label:
            return replace(choice, label=dict.fromkeys(self.languages, choice.label[ANY]))
        for code in self.languages:
            if code not in choice.label:
                what, fix = f"There is no label in `{code}`.", "Add its column."
                self.problems.append(Problem(sheet, 1, f"label::… ({code})", what, fix))
        return choice
