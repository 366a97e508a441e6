"""Requirements of a form. Report form: consent first, and codes that fit the tables. Moderators' form:
answers of every public version, and sources in the report form."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from bot.form.expressions.expression import told_by
from bot.form.model import Form, Privacy, Question
from bot.services.desk.publishing import location
from bot.services.desk.publishing.prefill import wrong_source
from bot.services.reports.classification import Consent
from bot.services.reports.drafts.drafting import LONGEST_PATH
from db.models import Report

ASKS_NOTHING = frozenset({"note", "calculate"})
"""Kinds allowed before the consent, since they store no answer of a person."""
CONSENTS = ("consent_store", "consent_use")
CODED = {"category": Report.category, "region": Report.region, "consent_use": Report.consent_use}
OPENNESS = (Privacy.PUBLIC, Privacy.MODERATORS, Privacy.SEALED)
"""Privacy levels, most open first."""
NEEDED = ("title", "summary", "kind", "violations", "violation_primary", "when", "region")


def report_form_fault(form: Form) -> str | None:
    """Fault of a report form as one sentence, or None."""
    return next(_faults(form), None) or _too_open(form)


def review_form_fault(form: Form, report: Form, *, own: bool = True) -> str | None:
    """Fault of a moderators' form as one sentence, or None. The built-in form (not `own`) goes with any
    report form."""
    missing = [role for role in NEEDED if role not in form.by_role]
    if missing:
        return f"{_named(missing)} needed: exports have columns for them."
    return location.fault(form) or (wrong_source(form, report) if own else None) or _too_open(form)


def doubts(form: Form, languages: Sequence[str]) -> Iterator[str]:
    """Likely mistakes of a usable form, one sentence each."""
    use = form.by_role.get("consent_use")
    if use is not None and Consent.PUBLISH not in {choice.name for choice in use.choices}:
        yield f"no choice of {use.name} is named {Consent.PUBLISH}, so exports will hold no report"
    missing = [code for code in languages if code not in form.languages]
    if missing and len(missing) < len(languages):  # a form without named languages has one text for all
        yield f"it has no words in {', '.join(missing)}, which KUAGER_LANGUAGES offers"


def _too_open(form: Form) -> str | None:
    for question in form.questions:
        for path in told_by(form, question):
            source = form.nodes[path]
            if isinstance(source, Question) and OPENNESS.index(source.privacy) > OPENNESS.index(
                question.privacy
            ):
                return f"{question.name} tells {source.name}, which is {source.privacy}: mark it so too."
    return None


def _named(roles: Sequence[str]) -> str:
    if len(roles) == 1:
        return f"a question with bind::bot:role {roles[0]} is"
    return f"questions with bind::bot:role {', '.join(roles[:-1])} and {roles[-1]} are"


def _faults(form: Form) -> Iterator[str]:
    missing = [role for role in CONSENTS if role not in form.by_role]
    if missing:
        yield f"{_named(missing)} needed: without consent nothing may be kept, nor exported. See docs/forms.md, Roles."
        return
    consent = form.by_role["consent_store"]
    if "yes" not in {choice.name for choice in consent.choices}:
        yield f"{consent.name} has the role consent_store, so it must be a select_one with a choice named yes."
    use = form.by_role["consent_use"]
    if use.kind != "select_one":
        yield f"{use.name} has the role consent_use, so it must be a select_one: exports obey its choice."
    before = takewhile(lambda question: question is not consent, form.questions)
    early = next((question.name for question in before if question.kind not in ASKS_NOTHING), None)
    if early is not None:
        yield f"{early} is asked before consent_store; nothing may be kept before consent."
    for role, column in CODED.items():
        question = form.by_role.get(role)
        for choice in question.choices if question else ():
            if len(choice.name) > column.type.length:
                yield f"the choice {choice.name} of {role} is longer than {column.type.length} characters."
    if len(form.id) > Report.form.type.length or len(form.version) > Report.form_version.type.length:
        yield f"form_id and version may have at most {Report.form.type.length} characters."
    longest = max((len(path) for path in form.nodes), default=0)
    if longest > LONGEST_PATH:
        yield f"names of groups and questions are too long together: {longest} characters."
