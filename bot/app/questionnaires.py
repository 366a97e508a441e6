"""The forms of this installation, loaded and checked against the requirements of the program."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import takewhile
from pathlib import Path, PurePath
from typing import Any, TypeVar
from zipfile import BadZipFile

from bot.errors import SettingsError
from bot.form.expressions.expression import told_by
from bot.form.kinds import kind_of, value_kind
from bot.form.model import TEXTS, Form, Group, Privacy, Question, Text, changed
from bot.form.xlsform import reader as xlsform
from bot.form.xlsform.own_columns import LEAVES, read_contacts, with_contacts
from bot.form.xlsform.sheets import FormError
from bot.publish import location, published_languages
from bot.publish.location import wrong_source
from bot.reports.filling import endings
from bot.reports.filling.screens import beside_form
from bot.reports.receipts.service import CONSENT_ASK
from bot.reports.states import Consent
from bot.settings import PREFIX, Settings, example
from bot.store.drafting import LONGEST_PATH
from bot.store.unit import QUESTION_FORM, REPLY_FORM, REPORT_FORM, REVIEW_FORM, FormRegistry
from db.models import Report

_AnyNode = TypeVar("_AnyNode", Question, Group)
CONSENTS = ("consent_store", "consent_use")
CODED = {"category": Report.category, "region": Report.region, "consent_use": Report.consent_use}
OPENNESS = (Privacy.PUBLIC, Privacy.MODERATORS, Privacy.SEALED)
"""Privacy levels, most open first."""
NEEDED = ("title", "summary")
_MOST_NAMED = 5


def report_form_fault(form: Form) -> str | None:
    """Fault of a report form as one sentence, or None."""
    return _missing(form) or next(_faults(form), None) or _too_open(form)


def review_form_fault(form: Form, report: Form, *, own: bool = True) -> str | None:
    """Fault of a moderators' form as one sentence, or None. The built-in one (not `own`) fits any report."""
    if (fault := _missing(form)) is not None:
        return fault
    missing = [role for role in NEEDED if role not in form.by_role]
    if missing:
        return f"{_named(missing)} needed: a record is published by them."
    return location.fault(form) or (wrong_source(form, report) if own else None) or _too_open(form)


def doubts(form: Form, languages: Sequence[str]) -> Iterator[str]:
    """Likely mistakes of a usable form, one sentence each."""
    use = form.by_role.get("consent_use")
    if use is not None and Consent.PUBLISH not in {choice.name for choice in use.choices}:
        yield f"no choice of {use.name} is named {Consent.PUBLISH}, so exports will hold no report"
    missing = [code for code in languages if code not in form.languages]
    if missing and len(missing) < len(languages):  # a form without named languages has one text for all
        others = f"people read {form.default_language}"
        yield f"it has no words in {', '.join(missing)}, which KUAGER_LANGUAGES offers: {others}"
    if form.source and (absent := _absent_media(form)):
        folder = f"{Path(form.source).stem}-media"
        yield f"people read the names of {_listed(absent)} instead: put the files beside the form, or in {folder}"


def _missing(form: Form) -> str | None:
    names = ", ".join(form.missing)
    return (
        f"files are missing: {names}. Put them beside the form, or into one zip with it." if names else None
    )


def _absent_media(form: Form) -> list[str]:
    shown = (*form.nodes.values(), *(choice for one in form.questions for choice in one.choices))
    texts = (text for one in shown for text in one.media.values())
    names = sorted({PurePath(name).name for text in texts for name in text.values()})
    return [name for name in names if not _is_beside(Path(form.source), name)]


def _is_beside(form: Path, name: str) -> bool:
    try:
        return bool(beside_form(form, name))
    except (OSError, KeyError, BadZipFile):
        return False


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


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
    if (early := _asked_before(form, consent)) is not None:
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


def _asked_before(form: Form, consent: Question) -> str | None:
    """First question before the consent that stores an answer of a person."""
    before = takewhile(lambda question: question is not consent, form.questions)
    return next((one.name for one in before if one.kind != "note" and kind_of(one).is_asked), None)


FORMS = Path(__file__).resolve().parents[1] / "forms"


@cache
def _own_consents() -> Mapping[str, Question]:
    own = xlsform.load(FORMS / "incident.md").by_role
    return {role: own[role] for role in (*CONSENTS, CONSENT_ASK)}


def around(form: Form) -> Form:
    """Form with the program's own questions for consent, as far as it lacks them: to store before all else,
    the others at the end. A consent asked after other questions is an ordinary question."""
    if (late := form.by_role.get("consent_store")) is not None and _asked_before(form, late) is not None:
        children = changed(form.children, lambda one: replace(one, role="") if one.path == late.path else one)
        form = replace(form, children=children)
    if form.by_role.keys() >= set(CONSENTS):
        return form
    put: dict[str, Question] = {}
    for role, question in _own_consents().items():
        name = f"kuager_{role}"
        while f"/{form.name}/{name}" in form.nodes:
            name += "_"
        if role not in form.by_role:
            put[role] = replace(question, name=name, path=f"/{form.name}/{name}")
    public = [one for one in form.questions if one.privacy is Privacy.PUBLIC]
    if "consent_use" in put and any(value_kind(one).fact_type is not None for one in public):
        put["consent_use"] = replace(put["consent_use"], bot={**put["consent_use"].bot, LEAVES: "yes"})
    first = [put.pop("consent_store")] if "consent_store" in put else []
    return replace(form, children=(*first, *form.children, *put.values()))


def load(settings: Settings) -> FormRegistry:
    """The operator's forms or the built-in ones, and two of talks. Raises SettingsError for a faulty one."""
    report = _report(settings, "form", settings.form or FORMS / "incident.md")
    more = [_report(settings, "more_forms", path) for path in settings.more_forms]
    for path, form in zip(settings.more_forms, more, strict=True):
        if [report.id, *(one.id for one in more)].count(form.id) > 1:
            raise _wrong("more_forms", path, f"another form has the form_id {form.id} too.")
    path = settings.review_form or FORMS / "review.md"
    review = _read("review_form", path, xlsform.load)
    if settings.review_form is None and not any("category" in one.by_role for one in (report, *more)):
        # For surveys of anything, which know no violations: title and summary.
        words = takewhile(lambda one: isinstance(one, Question) and one.role != "kind", review.children)
        review = replace(review, id=f"{review.id}_words", children=tuple(words))
    fault = review_form_fault(review, report, own=settings.review_form is not None)
    fault = fault or published_languages.fault(review, settings.published_languages)
    if fault is not None:
        raise _wrong("review_form", path, fault)
    talk = {kind: xlsform.load(FORMS / f"{kind}.md") for kind in (REPLY_FORM, QUESTION_FORM)}
    return FormRegistry({REPORT_FORM: report, REVIEW_FORM: review, **talk}, more)


def _report(settings: Settings, setting: str, path: Path) -> Form:
    form = around(_read(setting, path, xlsform.load))
    fault = report_form_fault(form)
    if fault is not None:
        raise _wrong(setting, path, fault)
    if settings.contacts is not None and setting == "form":
        form = _read("contacts", settings.contacts, lambda path: with_contacts(form, read_contacts(path)))
    return fitted(form, settings)


def fitted(form: Form, settings: Settings) -> Form:
    """A form as this installation asks it, with consent around it."""
    form = around(form)
    if not set(settings.languages) <= set(form.languages):
        form = _default_first(form)
    form = with_days(form, settings.talk_days)
    return replace(form, reminds=endings.reminder_hours(settings) > 0)


def _default_first(form: Form) -> Form:
    """Form whose texts are shown in its default language to people of a language that it lacks."""

    def sorted_(text: Text) -> Text:
        return {code: text[code] for code in sorted(text, key=lambda code: code != form.default_language)}

    def change(node: _AnyNode) -> _AnyNode:
        texts: dict[str, Any] = {name: sorted_(getattr(node, name)) for name in TEXTS if hasattr(node, name)}
        return replace(node, **texts, media=files(node.media))

    def files(media: Mapping[str, Text]) -> Mapping[str, Text]:
        return {name: sorted_(text) for name, text in media.items()}

    def with_choices(question: Question) -> Question:
        choices = (replace(one, label=sorted_(one.label), media=files(one.media)) for one in question.choices)
        return replace(change(question), choices=tuple(choices))

    return replace(form, children=changed(form.children, with_choices, change))


def with_days(form: Form, days: int) -> Form:
    """Form with the days of the reply channel in place of `{days}`, in its consent to be asked."""
    question = form.by_role.get(CONSENT_ASK)
    if question is None:
        return form
    hint = {code: text.replace("{days}", str(days)) for code, text in question.hint.items()}
    ask = replace(question, hint=hint)
    return replace(form, children=changed(form.children, lambda one: ask if one.path == ask.path else one))


def checked(path: Path) -> tuple[Form, str | None]:
    """Form, and its fault or None. A form with title and summary is checked as the moderators', else as the
    report form. Raises FormError for faults in its cells."""
    form = xlsform.load(path)
    if {"title", "summary"} <= form.by_role.keys():
        return form, review_form_fault(form, xlsform.load(FORMS / "incident.md"), own=False)
    form = around(form)
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
        more = f" {others} more: python -m bot form check {path}." if others and setting != "contacts" else ""
        raise _wrong(setting, path, f"{first}{more}") from None


def _wrong(setting: str, path: Path, what: str) -> SettingsError:
    return SettingsError(f"{PREFIX}{setting.upper()} is wrong: {path}: {what} {example(setting)}")
