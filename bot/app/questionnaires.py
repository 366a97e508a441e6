"""The forms of this installation, loaded and checked against the requirements of the program."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from bot.errors import SettingsError
from bot.form.expressions.expression import told_by
from bot.form.model import Form, Group, Node, Privacy, Question, Text
from bot.form.xlsform import reader as xlsform
from bot.form.xlsform.reader import read_contacts, with_contacts
from bot.form.xlsform.sheets import FormError
from bot.publish import location, published_languages
from bot.publish.location import wrong_source
from bot.reports.notices import service as reporter_notices_service
from bot.reports.receipts.service import CONSENT_ASK
from bot.reports.states import Consent
from bot.settings import PREFIX, Settings, example
from bot.store.drafting import LONGEST_PATH
from bot.store.unit import QUESTION_FORM, REPLY_FORM, REPORT_FORM, REVIEW_FORM
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


FORMS = Path(__file__).resolve().parents[1] / "forms"


def load(settings: Settings) -> Mapping[str, Form]:
    """Forms by kind: the operator's or the built-in ones, and the two of talks. Raises SettingsError for a
    faulty form."""
    path = settings.form or FORMS / "incident.md"
    report = _read("form", path, xlsform.load)
    fault = report_form_fault(report)
    if fault is not None:
        raise _wrong("form", path, fault)
    path = settings.review_form or FORMS / "review.md"
    review = _read("review_form", path, xlsform.load)
    fault = review_form_fault(review, report, own=settings.review_form is not None)
    fault = fault or published_languages.fault(review, settings.published_languages)
    if fault is not None:
        raise _wrong("review_form", path, fault)
    if settings.contacts is not None:
        report = _read("contacts", settings.contacts, lambda path: with_contacts(report, read_contacts(path)))
    report = with_days(report, settings.talk_days)
    report = replace(report, reminds=reporter_notices_service.reminder_hours(settings) > 0)
    talk = {kind: xlsform.load(FORMS / f"{kind}.md") for kind in (REPLY_FORM, QUESTION_FORM)}
    return {REPORT_FORM: report, REVIEW_FORM: review, **talk}


def with_days(form: Form, days: int) -> Form:
    """Form with the days of the reply channel in place of `{days}`, in its consent to be asked."""
    question = form.by_role.get(CONSENT_ASK)
    if question is None:
        return form
    hint = {code: text.replace("{days}", str(days)) for code, text in question.hint.items()}
    return replace(form, children=tuple(_with_hint(node, question.path, hint) for node in form.children))


def _with_hint(node: Node, path: str, hint: Text) -> Node:
    if isinstance(node, Group):
        return replace(node, children=tuple(_with_hint(child, path, hint) for child in node.children))
    return replace(node, hint=hint) if node.path == path else node


def checked(path: Path) -> tuple[Form, str | None]:
    """Form, and its fault or None. A form with title and summary is checked as the moderators', else as the
    report form. Raises FormError for faults in its cells."""
    form = xlsform.load(path)
    if {"title", "summary"} <= form.by_role.keys():
        return form, review_form_fault(form, xlsform.load(FORMS / "incident.md"), own=False)
    return form, report_form_fault(form)


def _read(setting: str, path: Path, read: Callable[[Path], Form]) -> Form:
    if not path.is_file():
        raise _wrong(setting, path, "there is no such file.")
    try:
        form = read(path)
        return form if form.source else replace(form, source=str(path))
    except FormError as error:
        first = str(error.problems[0]).removeprefix(f"{path.name}: ")
        others = len(error.problems) - 1
        more = f" {others} more: python -m bot check {path}." if others and setting != "contacts" else ""
        raise _wrong(setting, path, f"{first}{more}") from None


def _wrong(setting: str, path: Path, what: str) -> SettingsError:
    return SettingsError(f"{PREFIX}{setting.upper()} is wrong: {path}: {what} {example(setting)}")
