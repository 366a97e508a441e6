"""Answers that follow from others (`bot:derived`): the rights that violations touch, say, until a person decides otherwise."""

from collections.abc import Iterable, Iterator, Sequence

from bot.form.model import Form, Question

DERIVED = "derived"


def source_of(form: Form, question: Question) -> tuple[Question, str] | None:
    """The question outside repeats that this one follows, and the column of its choices that holds the codes; None for none."""
    name, _, column = question.bot.get(DERIVED, "").partition("/")
    found = next((one for one in form.questions if one.name == name), None) if column else None
    return None if found is None else (found, column)


def codes_by(source: Question, chosen: Iterable[str], column: str) -> Sequence[str]:
    """The codes in this column of the chosen choices, once each, in the order of the choices. A group, `detention`, counts only
    where none of its types, `detention.mass`, is chosen."""
    return tuple(dict.fromkeys(code for cell in cells_by(source, chosen, column) for code in cell.split()))


def cells_by(source: Question, chosen: Iterable[str], column: str) -> Iterator[str]:
    """What stands in this column of each of the chosen choices that count."""
    names = tuple(chosen)
    typed = {name.partition(".")[0] for name in names if "." in name}
    counted = (name for name in names if "." in name or name not in typed)
    return (source.columns.get(name, {}).get(column, "") for name in counted)
