"""Data contract: the question behind each exported column, and who may see its answer.

It is derived from the forms. docs/data.md shows that of the forms that come with the program.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.form.kinds import kind_of
from bot.form.model import Form, Question
from bot.services.desk.publishing.prefill import sources
from bot.services.export.columns import ExportColumn, columns_of

SEALED_SOURCES: Mapping[str, str] = {"place_share": "place_given"}
"""Roles of moderators' questions, with those of the hidden questions that know whether the report answers
them."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Origin of a column: the report's questions, the moderator's question that decides, and the program's
    part."""

    column: ExportColumn
    reported: tuple[Question, ...]
    decided: Question | None
    how: str


def provenances(review: Form, report: Form) -> tuple[Provenance, ...]:
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
    """Questions of the report and of moderators whose answers are in no export."""
    leaving = provenances(review, report)
    reported = {question.name for one in leaving for question in one.reported}
    decided = {one.decided.name for one in leaving if one.decided is not None}
    return (
        tuple(q for q in report.questions if kind_of(q).answered_with is not None and q.name not in reported),
        tuple(q for q in review.questions if kind_of(q).answered_with is not None and q.name not in decided),
    )


def as_markdown(review: Form, report: Form) -> str:
    """Contract as Markdown tables with English labels. ● marks codes that have label columns."""
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
