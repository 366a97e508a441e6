"""The operator's forms and contacts are read at the start, and what is wrong is told in one line."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from bot.app.questionnaires import FORMS, checked, doubts, load
from bot.errors import SettingsError
from tests.bench import settings

CONTACTS = "name,contact::Қазақша (kk),contact::Русский (ru),contact::English (en)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the forms and lists."""
    return copytree(FORMS, tmp_path / "forms")


def changed(path: Path, old: str, new: str) -> None:
    """Replace a text that stands there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_operator_s_contacts_stand_on_the_choices(tmp_path: Path) -> None:
    """Only on those that the file names."""
    path = tmp_path / "contacts.csv"
    path.write_text(f"{CONTACTS}lawyer,заңгер 1,адвокат 1,lawyer 1\n", "utf-8")
    forms = load(settings().model_copy(update={"contacts": path}))
    contacts = {choice.name: choice.contact for choice in forms["report"].by_role["needs"].choices}
    assert contacts["lawyer"] == {"kk": "заңгер 1", "ru": "адвокат 1", "en": "lawyer 1"}
    assert not contacts["doctor"]


def test_without_contacts_there_are_none() -> None:
    """Nobody is invented."""
    forms = load(settings())
    assert not any(choice.contact for choice in forms["report"].by_role["needs"].choices)


SMALL = """
| survey |
| | type | name | label | bind::bot:role |
| | select_one yes | keep | May we keep it? | consent_store |
| | text | what | What happened? | story |
| | select_one yes | use | May we use it? | consent_use |

| choices |
| | list_name | name | label |
| | yes | yes | Yes |

| settings |
| | form_title | form_id | name | version | namespaces |
| | F | f | f | 1 | bot="https://kuager.org/xforms" |
"""


def test_any_report_form_goes_with_the_moderators_form_of_the_program(tmp_path: Path) -> None:
    """An organisation that has only its own questionnaire needs no second form."""
    path = tmp_path / "small.md"
    path.write_text(SMALL)
    forms = load(settings().model_copy(update={"form": path}))
    assert forms["report"].id == "f"
    assert checked(path) == (forms["report"], None)


def test_moderators_write_words_alone_about_a_survey_without_categories(tmp_path: Path) -> None:
    """Title and summary in each language; one form with categories among several, and the whole form is filled in."""
    path = tmp_path / "small.md"
    path.write_text(SMALL)
    alone = load(settings().model_copy(update={"form": path, "more_forms": ()}))["review"]
    names = [one.name for one in alone.questions]
    assert names == [
        "published", "title", "summary", "title_kk", "summary_kk", "title_ru", "summary_ru", "title_en", "summary_en"
    ]  # fmt: skip
    both = load(settings().model_copy(update={"more_forms": (path,)}))["review"]
    assert {"kind", "violations", "region"} < both.by_role.keys()


def test_a_form_can_be_checked_by_itself(tmp_path: Path) -> None:
    """A reporters' form, a moderators' form, and what neither can use."""
    assert checked(FORMS / "review.md")[1] is None
    path = tmp_path / "small.md"
    path.write_text(SMALL.replace("select_one yes | keep", "text | keep"))
    assert "consent_store" in str(checked(path)[1])


def test_further_forms_stand_beside_the_first(tmp_path: Path) -> None:
    """Each has an id of its own, since people and links name a form by it."""
    (path := tmp_path / "small.md").write_text(SMALL)
    (other := tmp_path / "other.md").write_text(SMALL.replace("| F | f | f |", "| G | g | g |"))
    made = settings().model_copy(update={"form": path, "more_forms": (other,)})
    assert [form.title for form in load(made).offered] == ["F", "G"]
    with pytest.raises(
        SettingsError, match=r"KUAGER_MORE_FORMS is wrong.* another form has the form_id f too"
    ):
        load(made.model_copy(update={"more_forms": (path,)}))


def lose_the_title(folder: Path) -> None:
    """A review form without the role `title`."""
    changed(folder / "review.md", "| public | title |", "| public | heading |")


def ask_from_nowhere(folder: Path) -> None:
    """A source that the report form does not have."""
    changed(
        folder / "review.md",
        "| affected_organisation | affected_organisation |",
        "| affected_organisation | nobody |",
    )


def break_the_report_form(folder: Path) -> None:
    """A report form that cannot be read."""
    changed(folder / "incident.md", "select_one yesno", "select_one nolist")


@pytest.mark.parametrize(
    ("fault", "setting", "told"),
    [
        (lose_the_title, "REVIEW_FORM", "role title is needed"),
        (ask_from_nowhere, "REVIEW_FORM", "bind::bot:from: the report form has no nobody"),
        (break_the_report_form, "FORM", "nolist"),
    ],
)
def test_a_form_that_does_not_fit_is_told_in_one_line(
    folder: Path, fault: Callable[[Path], None], setting: str, told: str
) -> None:
    """The setting, the file, what is wrong, an example."""
    fault(folder)
    made = settings().model_copy(update={"form": folder / "incident.md", "review_form": folder / "review.md"})
    with pytest.raises(SettingsError) as caught:
        load(made)
    line = str(caught.value)
    assert line.startswith(f"KUAGER_{setting} is wrong: {folder}")
    assert told in line
    assert f"Example: KUAGER_{setting}=" in line
    assert "\n" not in line


def test_a_list_that_is_missing_is_told_before_what_is_wrong_for_the_lack_of_it(folder: Path) -> None:
    """A form alone, without the lists beside it: all of them, and nothing else."""
    alone = folder / "alone"
    alone.mkdir()
    (folder / "incident.md").rename(alone / "incident.md")
    told = r"^KUAGER_FORM is wrong: \S+: files are missing: groups\.csv, (\w+\.csv, )+\w+\.csv\. Put them beside the form"
    with pytest.raises(SettingsError, match=told):
        load(settings().model_copy(update={"form": alone / "incident.md"}))


def test_moderators_too_need_the_lists_of_their_form(folder: Path) -> None:
    alone = folder / "alone"
    alone.mkdir()
    (folder / "review.md").rename(alone / "review.md")
    with pytest.raises(SettingsError, match=r"^KUAGER_REVIEW_FORM is wrong: \S+: files are missing: "):
        load(settings().model_copy(update={"review_form": alone / "review.md"}))


@pytest.mark.parametrize("rows", ["name,label\n", ""])
def test_a_list_without_choices_is_told_as_that(folder: Path, rows: str) -> None:
    """Not as a choice that is none of no others."""
    (folder / "depth.csv").write_text(rows, "utf-8")
    with pytest.raises(SettingsError) as told:
        load(settings().model_copy(update={"form": folder / "incident.md"}))
    assert "depth.csv" in str(told.value)
    assert "Write one of: ." not in str(told.value)


@pytest.mark.parametrize("setting", ["form", "review_form", "contacts"])
def test_a_file_that_is_not_there_is_told_as_that(tmp_path: Path, setting: str) -> None:
    """Without a word on how to save it."""
    with pytest.raises(
        SettingsError, match=rf"^KUAGER_{setting.upper()} is wrong: \S+: there is no such file\. "
    ):
        load(settings().model_copy(update={setting: tmp_path / "none.md"}))


@pytest.mark.parametrize("rows", ["pilot,а,б,в\n", "lawyer,а,б,в,г\n", ""])
def test_contacts_that_cannot_be_used_are_told_in_one_line(tmp_path: Path, rows: str) -> None:
    """An unknown need, a row too long, a file that is not there."""
    path = tmp_path / "contacts.csv"
    if rows:
        path.write_text(CONTACTS + rows, "utf-8")
    with pytest.raises(SettingsError, match=r"^KUAGER_CONTACTS is wrong: .* Example: KUAGER_CONTACTS="):
        load(settings().model_copy(update={"contacts": path}))


@pytest.mark.parametrize(("hours", "reminds"), [(1, False), (3, False), (4, True), (72, True)])
def test_a_reminder_is_offered_where_there_is_time_for_one(hours: int, *, reminds: bool) -> None:
    """No draft of before is of other questions by that."""
    found = load(settings().model_copy(update={"draft_hours": hours}))["report"]
    assert found.reminds is reminds
    assert found.digest == load(settings())["report"].digest


PICTURED = """
| survey |
| | type | name | label::English (en) | label::Español (es) | image::English (en) | image::Español (es) |
| | text | what | What happened? | ¿Qué pasó? | map.png | mapa.png |
| settings |
| | form_title | form_id | version | default_language |
| | F | f | 1 | Español (es) |
"""


def test_pictures_are_those_of_the_language_that_is_shown(tmp_path: Path) -> None:
    """A form without a person's language shows its default language, with its files; absent ones are a doubt."""
    path = tmp_path / "f.md"
    path.write_text(PICTURED)
    (tmp_path / "map.png").write_bytes(b"x")
    form = load(settings().model_copy(update={"form": path, "languages": ("ru",)}))["report"]
    (asked,) = (one for one in form.questions if one.name == "what")
    assert next(iter(asked.media["image"].values())) == "mapa.png"
    instead = "people read the names of mapa.png instead: put the files beside the form, or in f-media"
    assert instead in list(doubts(form, ("ru",)))
    (tmp_path / "f-media").mkdir()
    (tmp_path / "f-media" / "mapa.png").write_bytes(b"x")
    assert instead not in list(doubts(form, ("ru",)))
