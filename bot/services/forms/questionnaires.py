"""This installation's forms, with the operator's contacts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bot.errors import SettingsError
from bot.form.model import Form, Group, Node, Text
from bot.form.xlsform import reader as xlsform
from bot.form.xlsform.problems import FormError
from bot.form.xlsform.reader import read_contacts, with_contacts
from bot.services.desk.publishing import published_languages
from bot.services.forms.requirements import report_form_fault, review_form_fault
from bot.services.reports.drafts import silence
from bot.services.reports.intake import CONSENT_ASK
from bot.services.unit import QUESTION_FORM, REPLY_FORM, REPORT_FORM, REVIEW_FORM
from bot.settings import PREFIX, Settings, example

FORMS = Path(__file__).resolve().parents[2] / "forms"


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
    report = replace(report, reminds=silence.reminder_hours(settings) > 0)
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
    xlsform.convert(path, form)
    if {"title", "summary"} <= form.by_role.keys():
        return form, review_form_fault(form, xlsform.load(FORMS / "incident.md"), own=False)
    return form, report_form_fault(form)


def _read(setting: str, path: Path, read: Callable[[Path], Form]) -> Form:
    if not path.is_file():
        raise _wrong(setting, path, "there is no such file.")
    try:
        return read(path)
    except FormError as error:
        first = str(error.problems[0]).removeprefix(f"{path.name}: ")
        others = len(error.problems) - 1
        more = f" {others} more: python -m bot check {path}." if others and setting != "contacts" else ""
        raise _wrong(setting, path, f"{first}{more}") from None


def _wrong(setting: str, path: Path, what: str) -> SettingsError:
    return SettingsError(f"{PREFIX}{setting.upper()} is wrong: {path}: {what} {example(setting)}")
