"""The forms of this installation: the reporters' and the moderators', with the operator's contacts."""

from collections.abc import Callable, Mapping
from pathlib import Path

from bot.errors import SettingsError
from bot.form import xlsform
from bot.form.contacts import read_contacts, with_contacts
from bot.form.model import Form
from bot.form.problems import FormError
from bot.services.drafting import REPORT, REVIEW
from bot.services.fitness import unfit, unfit_review
from bot.settings import PREFIX, Settings

FORMS = Path(__file__).resolve().parent.parent / "forms"
"""Where the forms and the code lists are that come with the program."""


def load(settings: Settings) -> Mapping[str, Form]:
    """The forms by kind, `report` and `review`. Raises SettingsError with one line for what is wrong."""
    report = _read("form", settings.form, xlsform.load)
    fault = unfit(report)
    if fault is not None:
        raise _wrong("form", settings.form, fault)
    path = settings.review_form or FORMS / "review.md"
    review = _read("review_form", path, xlsform.load)
    fault = unfit_review(review, report)
    if fault is not None:
        raise _wrong("review_form", path, fault)
    if settings.contacts is not None:
        report = _read("contacts", settings.contacts, lambda path: with_contacts(report, read_contacts(path)))
    return {REPORT: report, REVIEW: review}


def _read(setting: str, path: Path, read: Callable[[Path], Form]) -> Form:
    try:
        return read(path)
    except FormError as error:
        raise _wrong(setting, path, str(error.problems[0])) from None
    except OSError as error:
        raise _wrong(setting, path, error.strerror or "it cannot be read.") from None


def _wrong(setting: str, path: Path, what: str) -> SettingsError:
    example = (Settings.model_fields[setting].examples or [""])[0]
    name = f"{PREFIX}{setting.upper()}"
    return SettingsError(f"{name} is wrong: {path}: {what} Example: {name}={example}")
