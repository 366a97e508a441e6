"""Classification of a report: codes, dates and flags in the clear, for sorting and counting."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.form.answers import Answer, Chosen, When
from bot.form.model import Form
from bot.form.typed.dates.intervals import OPEN
from db.models import Report

CLASSIFIED = (
    *(Report.category, Report.region, Report.date_start, Report.date_end, Report.date_precision),
    Report.consent_use,
)
"""Classified columns, without the urgency, which is never empty."""


@dataclass(frozen=True, slots=True)
class Classification:
    """Values of the classified columns. `date_end` is ".." (ISO 8601-2) for an ongoing event."""

    category: str | None
    region: str | None
    date_start: str | None
    date_end: str | None
    date_precision: str | None
    urgent: bool
    consent_use: str | None


def classify(form: Form, answers: Mapping[str, Answer]) -> Classification:
    """Classify a submission by its answers to questions with roles."""

    def answer_of(role: str) -> Answer | None:
        question = form.by_role.get(role)
        return answers.get(question.path) if question else None

    def chosen(role: str) -> str | None:
        answer = answer_of(role)
        return next(iter(answer.names), None) if isinstance(answer, Chosen) else None

    when = answer_of("when")
    dated = when if isinstance(when, When) else None
    return Classification(
        category=chosen("category"),
        region=chosen("region"),
        date_start=dated.start if dated else None,
        date_end=(OPEN if dated.ongoing else dated.end) if dated else None,
        date_precision=dated.precision if dated else None,
        urgent=chosen("urgent") == "yes",
        consent_use=chosen("consent_use"),
    )


def forget(report: Report) -> None:
    report.urgent = False
    for column in CLASSIFIED:
        setattr(report, column.key, None)


class Consent(StrEnum):
    """Uses that a reporter allows: publication without names, encrypted sharing, or counting. Without an
    answer, none."""

    PUBLISH = "publish_no_names"
    SHARE = "share_trusted"
    COUNT = "statistics_only"
