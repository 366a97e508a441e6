"""What is known of a report for sorting and counting: codes, dates and flags, from the answers by role."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.form.answers import Answer, Chosen, When
from bot.form.model import Choice, Form
from bot.services.desk.prefill import without_groups

VIOLATIONS = ("violations", "category", "more_violations", "more_groups")
"""The roles of the questions that tell what happened: types before groups, the closest first."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The plain columns of a report; `violations` are the chosen types, and the groups of which none was."""

    category: str | None
    violations: tuple[str, ...]
    region: str | None
    when: When | None
    urgent: bool
    consent_use: str | None


def facts_of(form: Form, answers: Mapping[str, Answer]) -> Facts:
    """The facts of a submission (answers by path) of a form whose questions have roles."""

    def chosen(role: str) -> tuple[str, ...]:
        question = form.by_role.get(role)
        answer = answers.get(question.path) if question else None
        return answer.names if isinstance(answer, Chosen) else ()

    when_question = form.by_role.get("when")
    when = answers.get(when_question.path) if when_question else None
    types = {role: chosen(role) for role in VIOLATIONS}
    groups = {choice.name: choice.columns.get("group", "") for choice in _choices(form, "violations")}
    return Facts(
        category=next(iter(types["category"]), None),
        violations=without_groups(
            (name, groups.get(name) or name) for names in types.values() for name in names
        ),
        region=next(iter(chosen("region")), None),
        when=when if isinstance(when, When) else None,
        urgent=chosen("urgent") == ("yes",),
        consent_use=next(iter(chosen("consent_use")), None),
    )


def _choices(form: Form, role: str) -> tuple[Choice, ...]:
    question = form.by_role.get(role)
    return question.choices if question is not None else ()
