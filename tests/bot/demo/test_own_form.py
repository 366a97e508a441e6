"""A demo opens a form of one's own."""

from pathlib import Path

import pytest

from bot.app import questionnaires
from bot.app.questionnaires import FORMS
from bot.demo.folder import TOKEN, DemoFolder, settings_in
from bot.demo.people import own_form
from bot.demo.stories import cases_fit
from bot.errors import SettingsError
from bot.form.xlsform.sheets import FormError
from bot.store.unit import REPORT_FORM, REVIEW_FORM

PLAIN = """
| survey |
|        | type            | name  | label::English (en)  | bind::bot:role |
|        | select_one yn   | keep  | May we keep it?      | consent_store  |
|        | text            | what  | What happened?       |                |
|        | select_one use  | share | How may we use it?   | consent_use    |
| choices |
|        | list_name | name             | label::English (en) |
|        | yn        | yes              | Yes                 |
|        | yn        | no               | No                  |
|        | use       | publish_no_names | Publish             |
| settings |
|        | form_id | version | form_title | default_language | namespaces                       |
|        | plain   | 1       | Plain      | English (en)     | bot="https://kuager.org/xforms" |
"""
"""The least that `check` accepts."""


def test_what_was_made_up_for_other_forms_is_left_out(tmp_path: Path) -> None:
    """Contacts and reports, each with a line; without a wish for reports none is said of them. The bot reads it."""
    path = tmp_path / "plain.md"
    path.write_text(PLAIN)
    own = own_form(path, fills=True)
    assert own.settings == {"form": path, "contacts": None}
    assert not own.takes_cases
    assert ["contacts" in note for note in own.notes] == [True, False]
    assert len(own_form(path, fills=False).notes) == 1
    loaded = questionnaires.load(settings_in(tmp_path, "http://127.0.0.1", **own.settings))
    assert loaded[REPORT_FORM].id == "plain"


def test_a_form_like_the_programs_keeps_everything(tmp_path: Path) -> None:
    """Its own file by another name, as one begins to change it, for reporters and for moderators."""
    for file in FORMS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    for name, setting in (("incident.md", "form"), ("review.md", "review_form")):
        own = own_form(tmp_path / name, fills=True)
        assert own.settings == {setting: tmp_path / name}
        assert (own.takes_cases, own.notes) == (True, ())


def test_a_moderators_form_without_titles_in_each_language_publishes_in_one(tmp_path: Path) -> None:
    """As those that were made for one: the demo opens with it."""
    for file in FORMS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "review.md"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "title_" not in line and "summary_" not in line))
    own = own_form(path, fills=True)
    assert own.settings == {"review_form": path, "published_languages": ()}
    assert own.takes_cases
    questionnaires.load(DemoFolder(tmp_path / "kept").settings("http://127.0.0.1", TOKEN, **own.settings))


def test_cases_fit_only_where_each_of_their_answers_can_be_given(tmp_path: Path) -> None:
    """A choice that was renamed is enough."""
    for file in FORMS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "incident.md"
    for one in (path, *tmp_path.glob("*.csv")):
        one.write_text(one.read_text().replace("publish_no_names", "publish_nameless"))
    forms = questionnaires.load(settings_in(tmp_path, "http://127.0.0.1", form=path))
    assert not cases_fit(forms[REPORT_FORM], forms[REVIEW_FORM])


def test_what_check_refuses_is_refused(tmp_path: Path) -> None:
    """With the same words."""
    path = tmp_path / "plain.md"
    path.write_text(PLAIN.replace("| yes  ", "| sure "))
    with pytest.raises(
        SettingsError, match="consent_store, so it must be a select_one with a choice named yes"
    ):
        own_form(path, fills=False)
    path.write_text(PLAIN.replace("select_one yn ", "telepathy yn"))
    with pytest.raises(FormError):
        own_form(path, fills=False)
