"""Write docs/data.md: `uv run python -m scripts.data_table` from the repository's root."""

from collections.abc import Sequence
from pathlib import Path

from bot.app.questionnaires import FORMS
from bot.form.kinds import value_kind
from bot.form.model import Form, Question
from bot.form.xlsform.reader import load
from bot.publish.export.column_values import ExportColumn
from bot.publish.export.columns import TOLD_WITH, origins

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "data.md"
BEFORE = """# The contract of data

Each fact of an export: which question or moderator's act gives it, who may see the reporter's answer, and under which
columns it leaves. The table is read off the forms by `uv run python -m scripts.data_table`; a test fails when it is out of
date. What the columns hold is told in [export.md](export.md), what the privacy words mean in [privacy.md](privacy.md), the
codes in [lists.md](lists.md). ● marks codes, which have columns of labels beside them.

Answers to a form of one's own that leave as they were given have their own export and columns: see
[Answers to the form](export.md#answers-to-the-form). No question of the program's form is among them.

"""


def document() -> str:
    """The document for the program's own forms."""
    return BEFORE + _tables(load(FORMS / "review.md"), load(FORMS / "incident.md"))


def _kept(review: Form, report: Form) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Questions of the report and of moderators whose answers are in no export."""
    leaving = origins(review, report)
    reported = {question.name for _, questions in leaving for question in questions}
    decided = {one.question.name for one, _ in leaving if one.question is not None} | TOLD_WITH
    return (
        tuple(q for q in report.questions if value_kind(q).answered_with and q.name not in reported),
        tuple(q for q in review.questions if value_kind(q).answered_with and q.name not in decided),
    )


def _tables(review: Form, report: Form) -> str:
    lines = [
        "| columns of an export | reporter's question | its privacy | moderator's act | by the program |",
        "|---|---|---|---|---|",
        *(_row(*one) for one in origins(review, report)),
        "",
        "What is in no public export; names and the story can be shared encrypted ([export.md](export.md)):",
        "",
        "| question | asked of | privacy |",
        "|---|---|---|",
    ]
    for questions, whom in zip(_kept(review, report), ("reporter", "moderator"), strict=True):
        lines += [f"| {_named(question)} | {whom} | {question.privacy} |" for question in questions]
    return "\n".join(lines) + "\n"


def _row(column: ExportColumn, questions: Sequence[Question]) -> str:
    shown = f"`{column.name}`{' ●' if column.codes else ''}"
    reported = "<br>".join(map(_named, questions))
    privacy = "<br>".join(question.privacy for question in questions)
    decided = _named(column.question) if column.question is not None else ""
    return f"| {' | '.join((shown, reported, privacy, decided, column.how))} |"


def _named(question: Question) -> str:
    label = question.label.get("en", "").partition("\n")[0].replace("|", "\\|")
    return f"`{question.name}` {label}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
