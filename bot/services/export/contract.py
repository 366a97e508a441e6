"""The contract of data: which question gives each fact, who may see it, under which columns it leaves.

It is read off the forms and the columns of exports, so it is true of whatever forms are used; docs/data.md
shows it for those that come with the program.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.form.model import Form, Kind, Question
from bot.services.desk.prefill import sources
from bot.services.export import columns
from bot.services.export.columns import ROLES

DERIVED: Mapping[str, tuple[str, str]] = {
    "id": ("", "made at submission, tells nothing"),
    "version": ("", "one more with each correction"),
    "approved_on": ("", "/approve"),
    "freedoms": ("rights", "those of the rights that are freedoms of the mandate"),
    "rights": ("rights", "by the violations unless changed"),
    "date_start": ("when", ""),
    "date_end": ("when", ""),
    "date_precision": ("when", ""),
    "date_ongoing": ("when", ""),
    "locality": ("locality", "of a region that is a city, the city"),
    "latitude": ("place_share", "rounded"),
    "longitude": ("place_share", "rounded"),
    "within_km": ("place_share", "by the rounding"),
    "language": ("", "of the moderator's form"),
}
"""Columns that are not simply an answer: the role of the moderator's question, and what is done to it."""
SEALED_SOURCES: Mapping[str, str] = {"place_share": "place_given"}
"""The hidden question that knows whether the report has what a moderator's question is about."""
SILENT = frozenset({Kind.NOTE, Kind.CALCULATE, Kind.HIDDEN})


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of an export. `asked` are the report's questions that it starts from, with their privacy;
    `decided` the moderator's question, blank for none; `how` what the program does."""

    columns: tuple[str, ...]
    asked: tuple[Question, ...]
    decided: str
    how: str


def facts(review: Form, report: Form) -> tuple[Fact, ...]:
    """Every fact of an export, in the order of the columns."""
    names = {question.name: question for question in report.questions}
    further = {column.name: question for column, question in columns.further(review)}
    found = []
    for column in columns.columns(review):
        role, how = DERIVED.get(column.name, (ROLES.get(column.name, column.name), ""))
        question = further.get(column.name) or review.by_role.get(role)
        asked = [names[name] for name in _sources(review, question)]
        if column.name == "consent" and "consent_use" in report.by_role:
            asked = [report.by_role["consent_use"]]
        found.append(Fact(column.names, tuple(asked), question.name if question else "", how))
    return tuple(found)


def _sources(review: Form, question: Question | None) -> Iterator[str]:
    hidden = review.by_role.get(SEALED_SOURCES.get(question.role, "")) if question else None
    for node in (question, hidden):
        for source in sources(node) if node else ():
            yield source.partition("/")[0]


def kept(review: Form, report: Form) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """The report's and the moderators' questions whose answers are in no export."""
    exported = facts(review, report)
    leaving = {question.name for fact in exported for question in fact.asked}
    decided = {fact.decided for fact in exported}
    return (
        tuple(q for q in report.questions if q.kind not in SILENT and q.name not in leaving),
        tuple(q for q in review.questions if q.kind not in SILENT and q.name not in decided),
    )


def as_markdown(review: Form, report: Form) -> str:
    """The contract as tables in Markdown, labels in English; ● marks codes with columns of labels."""
    lines = [
        "| columns of an export | reporter's question | its privacy | moderator's act | by the program |",
        "|---|---|---|---|---|",
        *(_row(review, fact) for fact in facts(review, report)),
        "",
        "What never leaves in an export:",
        "",
        "| question | asked of | privacy |",
        "|---|---|---|",
    ]
    for questions, whom in zip(kept(review, report), ("reporter", "moderator"), strict=True):
        lines += [f"| {_named(question)} | {whom} | {question.privacy} |" for question in questions]
    return "\n".join(lines) + "\n"


def _row(review: Form, fact: Fact) -> str:
    shown = f"`{fact.columns[0]}`{' ●' if len(fact.columns) > 1 else ''}"
    asked = "<br>".join(map(_named, fact.asked))
    privacy = "<br>".join(question.privacy for question in fact.asked)
    decided = next((question for question in review.questions if question.name == fact.decided), None)
    cells = (shown, asked, privacy, _named(decided) if decided else "", fact.how)
    return f"| {' | '.join(cells)} |"


def _named(question: Question) -> str:
    label = question.label.get("en", "").partition("\n")[0].replace("|", "\\|")
    return f"`{question.name}` {label}"
