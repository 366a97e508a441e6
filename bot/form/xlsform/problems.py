"""What is wrong with a form, said so that whoever edits the spreadsheet can put it right."""

from dataclasses import dataclass

ANSWER_INSIDE = ("A chat cannot show an answer inside a text yet.", "Write it without ${…}.")
"""The problem of a text with `${…}` in it, and its mend."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. `row` counts from 1, header included; in `.md` and `.csv` files it is the line.
    `fix` says what to do."""

    sheet: str
    row: int | None
    column: str
    what: str
    fix: str

    def __str__(self) -> str:
        place = [self.sheet]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.what} {self.fix}".rstrip()


class FormError(Exception):
    """A form or list that cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(source, problems)
        self.source = source
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([f"{self.source}:", *(f"  {problem}" for problem in self.problems)])
