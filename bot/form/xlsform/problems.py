"""Problems of a form, worded for the editor of the spreadsheet."""

from dataclasses import dataclass

ANSWER_INSIDE = ("A chat cannot show an answer inside a text yet.", "Write it without ${…}.")


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem and its fix. `row` counts from 1 with the header, or is the line of a text file."""

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
    """Unusable form or list, with all its problems."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(source, problems)
        self.source = source
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([f"{self.source}:", *(f"  {problem}" for problem in self.problems)])
