"""The contract of data: which question gives each column of an export, and who may see the answer behind it.

It is read off the forms and the columns, so it holds for whatever forms are used; docs/data.md shows it for those
that come with the program.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.form.kinds import kind_of
from bot.form.model import Form, Question
from bot.services.desk.publishing.prefill import sources
from bot.services.export.columns import ExportColumn, columns_of

SEALED_SOURCES: Mapping[str, str] = {"place_share": "place_given"}
"""By the role of a moderator's question, that of the hidden one which knows whether the report has what it is about."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a column comes from: the report's questions that it starts from, the moderator's question that decides
    (None for none), and what the program does."""

    column: ExportColumn
    reported: tuple[Question, ...]
    decided: Question | None
    how: str


def provenances(review: Form, report: Form) -> tuple[Provenance, ...]:
    """The provenance of every column, in the order of the columns."""
    return tuple(
        Provenance(column, tuple(_reported(column, review, report)), column.question, column.how)
        for column in columns_of(review)
    )


def _reported(column: ExportColumn, review: Form, report: Form) -> Iterator[Question]:
    if column.reported in report.by_role:
        yield report.by_role[column.reported]
    if column.question is None:
        return
    names = {question.name: question for question in report.questions}
    hidden = review.by_role.get(SEALED_SOURCES.get(column.question.role, ""))
    for node in (column.question, hidden):
        for source in sources(node) if node else ():
            yield names[source.partition("/")[0]]


def kept(review: Form, report: Form) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """The report's and the moderators' questions whose answers are in no export."""
    leaving = provenances(review, report)
    reported = {question.name for one in leaving for question in one.reported}
    decided = {one.decided.name for one in leaving if one.decided is not None}
    return (
        tuple(q for q in report.questions if kind_of(q).answered_with is not None and q.name not in reported),
        tuple(q for q in review.questions if kind_of(q).answered_with is not None and q.name not in decided),
    )


def as_markdown(review: Form, report: Form) -> str:
    """The contract as tables in Markdown, with labels in English; ● marks codes that have columns of labels."""
    lines = [
        "| columns of an export | reporter's question | its privacy | moderator's act | by the program |",
        "|---|---|---|---|---|",
        *(_row(one) for one in provenances(review, report)),
        "",
        "What is in no public export; names and the story can be shared encrypted ([export.md](export.md)):",
        "",
        "| question | asked of | privacy |",
        "|---|---|---|",
    ]
    for questions, whom in zip(kept(review, report), ("reporter", "moderator"), strict=True):
        lines += [f"| {_named(question)} | {whom} | {question.privacy} |" for question in questions]
    return "\n".join(lines) + "\n"


def _row(one: Provenance) -> str:
    shown = f"`{one.column.name}`{' ●' if one.column.codes else ''}"
    reported = "<br>".join(map(_named, one.reported))
    privacy = "<br>".join(question.privacy for question in one.reported)
    decided = _named(one.decided) if one.decided is not None else ""
    return f"| {' | '.join((shown, reported, privacy, decided, one.how))} |"


def _named(question: Question) -> str:
    label = question.label.get("en", "").partition("\n")[0].replace("|", "\\|")
    return f"`{question.name}` {label}"
