"""Answers derived from others (`bot:derived`), e.g. the rights that violations touch, until a person decides
otherwise."""

from collections.abc import Iterable, Iterator, Sequence

from bot.form.model import Form, Question

DERIVED = "derived"


def source_of(form: Form, question: Question) -> tuple[Question, str] | None:
    """The question, outside repeats, that this one is derived from, and its column of codes."""
    name, _, column = question.bot.get(DERIVED, "").partition("/")
    found = next((one for one in form.questions if one.name == name), None) if column else None
    return None if found is None else (found, column)


def codes_by(source: Question, chosen: Iterable[str], column: str) -> Sequence[str]:
    """Codes in a column of the chosen choices, without duplicates, in order.

    A group (`detention`) counts only if none of its types (`detention.mass`) is chosen.
    """
    return tuple(dict.fromkeys(code for cell in cells_by(source, chosen, column) for code in cell.split()))


def cells_by(source: Question, chosen: Iterable[str], column: str) -> Iterator[str]:
    """Cells of a column for the chosen choices that count."""
    names = tuple(chosen)
    typed = {name.partition(".")[0] for name in names if "." in name}
    counted = (name for name in names if "." in name or name not in typed)
    return (source.columns.get(name, {}).get(column, "") for name in counted)
