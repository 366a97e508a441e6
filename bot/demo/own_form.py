"""The operator's own form in a demo. Made-up data that does not fit the form is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.demo.cases.stories import cases_fit
from bot.demo.folder import CONTACTS, settings_in
from bot.errors import SettingsError
from bot.form.model import Form
from bot.form.xlsform.problems import FormError
from bot.form.xlsform.reader import read_contacts, with_contacts
from bot.services.forms import questionnaires
from bot.services.unit import REPORT_FORM, REVIEW_FORM

_NO_CONTACTS = "The demo's example contacts do not fit this form: it shows none."
_NO_CASES = "The demo's made-up reports do not fit this form: it begins without any."


@dataclass(frozen=True, slots=True)
class OwnForm:
    """A demo's changes for a form: `settings`, whether it takes made-up reports, and `notes` to print."""

    settings: Mapping[str, Path | None]
    takes_cases: bool
    notes: tuple[str, ...]


def own_form(path: Path, *, fills: bool) -> OwnForm:
    """Load a form: the moderators' if it asks for a title and a summary, else the reporters'.

    `fills` says whether made-up reports are wanted. Raises FormError or SettingsError for an unusable form.
    """
    form, fault = questionnaires.checked(path)
    if fault is not None:
        raise SettingsError(f"{path}: {fault}")
    asks_moderators = {"title", "summary"} <= form.by_role.keys()
    settings: dict[str, Path | None] = {"review_form" if asks_moderators else "form": path.resolve()}
    notes = []
    if not asks_moderators and not _takes_contacts(form):
        settings["contacts"] = None
        notes.append(_NO_CONTACTS)
    takes_cases = _takes_cases(settings)
    if fills and not takes_cases:
        notes.append(_NO_CASES)
    return OwnForm(settings, takes_cases, tuple(notes))


def _takes_contacts(form: Form) -> bool:
    try:
        with_contacts(form, read_contacts(CONTACTS))
    except FormError:
        return False
    return True


def _takes_cases(settings: Mapping[str, Path | None]) -> bool:
    forms = questionnaires.load(settings_in(Path(), "http://127.0.0.1", **settings))
    return cases_fit(forms[REPORT_FORM], forms[REVIEW_FORM])
