"""Commands for people who write forms: no token, settings or database."""

import io
import json
import sys
from pathlib import Path

import pytest
from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from bot.form.xlsform.reader import load
from tests.bench import FORMS
from tests.bot.app.cli.conftest import Kuager

OWN_FORMS = Path(__file__).parents[3] / "data" / "forms"
VISIT = """
| survey |
| | type             | name  | label::English (en)  | label::Русский (ru)  | required | bind::bot:privacy | bind::bot:role |
| | select_one yn    | keep  | May we keep it?      | Можно это хранить?   | yes      |                   | consent_store  |
| | integer          | rooms | How many rooms?      | Сколько комнат?      |          | public            |                |
| | select_multiple w | water | Which water is used? | Какую воду берут?    |          | public            |                |
| | text             | who   | Who was met?         | Кого вы встретили?   |          | sealed            |                |
| | image            | photo | A photo of the yard? | Снимок двора?        |          |                   |                |
| | select_one use   | use   | May we publish it?   | Можно опубликовать?  | yes      |                   | consent_use    |
| choices |
| | list_name | name             | label::English (en) | label::Русский (ru) |
| | yn        | yes              | Yes                 | Да                  |
| | yn        | no               | No                  | Нет                 |
| | w         | well             | A well              | Колодец             |
| | w         | river            | A river             | Река                |
| | use       | publish_no_names | Without names       | Без имён            |
| settings |
| | form_id | version | form_title | default_language | namespaces |
| | visit   | 1       | A visit    | English (en)     | bot="https://kuager.org/xforms" |
"""


@pytest.fixture
def visit(tmp_path: Path) -> Path:
    path = tmp_path / "visit.md"
    path.write_text(VISIT, "utf-8")
    return path


def changed(path: Path, *pairs: tuple[str, str]) -> Path:
    """Write another version of a form beside it."""
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    other = path.with_name("changed.md")
    other.write_text(text, "utf-8")
    return other


def test_check_tells_what_can_be_run_and_what_the_installation_makes_of_it(
    kuager: Kuager, visit: Path
) -> None:
    """A line a subject: questions and languages, roles, privacy, exports."""
    done = kuager("form", "check", str(visit))
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert "well     form: it can be run, 6 questions in en, ru" in lines
    assert "well     roles: consent_store, consent_use" in lines
    assert "well     privacy: 2 public, 3 moderators, 1 sealed" in lines
    assert "well     exports: columns rooms, water" in lines


def test_check_gives_every_problem_a_line_with_its_place(kuager: Kuager, visit: Path) -> None:
    """Sheet, row, column, and what to do. The command fails with 1, and the installation is not looked at."""
    wrong = changed(
        visit,
        ("integer          | rooms", "integer          | 2rooms"),
        ("| w         | river ", "| w         |       "),
    )
    done = kuager("form", "check", str(wrong))
    assert done.code == 1
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [
        "survey, row 5, column name",
        "choices, row 15, column name",
    ]
    assert "installation: not checked" in done.out


def test_check_lists_for_a_program_too(kuager: Kuager, visit: Path) -> None:
    """Findings as a list of objects."""
    done = kuager("form", "check", "--json", str(visit))
    assert {row["what"]: row["level"] for row in json.loads(done.out)}["form"] == "well"


@pytest.mark.parametrize(
    "words", [("check", "none.md"), ("show", "none.md"), ("diff", "none.md", "none.md"), ("check",)]
)
def test_a_form_that_is_not_there_is_a_wrong_command_line(kuager: Kuager, words: tuple[str, ...]) -> None:
    """Code 2, so that a script can tell it from a form that is refused."""
    assert kuager("form", *words).code == 2


def walked(kuager: Kuager, monkeypatch: pytest.MonkeyPatch, *words: str, typed: str) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    done = kuager("form", "show", *words)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_show_walks_to_the_end_of_a_form(
    kuager: Kuager, visit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By numbers of buttons, typed answers and the names of files. The review shows what was answered."""
    typed = "/1\n12\n/1\n/3\nАйгүл\nyard.jpg\n/2\n/1\n/1\n"
    out = walked(kuager, monkeypatch, str(visit), typed=typed)
    assert "Which water is used?\n" in out
    assert "/1 [ ] A well   /2 [ ] A river\n" in out
    review = out[out.rindex("How many rooms?") :]
    assert ["12" in review, "A well" in review, "Айгүл" in review] == [True, True, True]
    assert review.endswith("Sent. Thank you.\n")


def test_show_speaks_a_language_of_the_form_and_ends_where_the_input_does(
    kuager: Kuager, visit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its default one unless told. A number without a button is an answer."""
    assert "Можно это хранить?" in walked(kuager, monkeypatch, str(visit), "--language", "ru", typed="")
    assert "May we keep it?" in walked(kuager, monkeypatch, str(visit), typed="/99\n")
    wrong = kuager("form", "show", str(visit), "--language", "de")
    assert (wrong.code, wrong.err) == (
        2,
        "--language is wrong: it is one of en, ru, kk. Example: --language en\n",
    )


def test_diff_tells_what_becomes_of_drafts_and_columns(kuager: Kuager, visit: Path) -> None:
    """A line for each question that is added, removed, renamed or changed, and for each column."""
    other = changed(
        visit,
        ("integer          | rooms", "text             | rooms"),
        ("| | w         | river            | A river             | Река                |\n", ""),
        ("| text             | who   ", "| text             | person"),
        ("| image            | photo | A photo of the yard? | Снимок двора? ", "| date             | day   | When was it?         | Когда это было?"),
        ("Which water is used? | Какую воду берут?    |          | public ", "Which water is used? | Какую воду берут?    |          |        "),
    )  # fmt: skip
    done = kuager("form", "diff", str(visit), str(other))
    assert done.code == 0
    assert done.out.splitlines() == [
        "changed  rooms: type integer → text; its answers are asked again",
        "changed  water: choices -river, privacy public → moderators; answers river are asked again, others kept",
        "renamed  who: it is person now; its answers are dropped, it is asked again",
        "removed  photo (image); its answers are dropped",
        "added    day (date); asked in open drafts",
        "export   column rooms: integer → text",
        "export   column water: code list → none",
        "The version is still 1: change it, as reports carry it.",
    ]


def test_diff_of_a_form_with_itself_is_one_line(kuager: Kuager, visit: Path) -> None:
    """Nothing becomes stale."""
    done = kuager("form", "diff", str(visit), str(visit))
    assert done.out == "Open drafts and their buttons go on as they are.\n"


def test_diff_sees_that_another_root_loses_every_answer(kuager: Kuager, visit: Path) -> None:
    """Answers are kept by the whole path of their question."""
    done = kuager("form", "diff", str(visit), str(changed(visit, ("| visit   | 1 ", "| trip    | 2 "))))
    assert done.out.count("its answers are dropped") == 6


@pytest.mark.parametrize("name", ["incident", "review"])
def test_the_programs_forms_leave_as_workbooks_that_are_the_same_forms(
    kuager: Kuager, tmp_path: Path, name: str
) -> None:
    """With their lists beside them. pyxform converts them without a warning."""
    to = tmp_path / "out" / "form.xlsx"
    to.parent.mkdir()
    assert kuager("form", "export", str(to), "--form", name).code == 0
    original, written = load(FORMS / f"{name}.md"), load(to)
    assert written.children == original.children
    assert written.digest == original.digest
    assert convert(str(to), form_name=original.name).warnings == []


@pytest.mark.parametrize(
    "name", ["cascade", "external_lists", "files", "household_roster", "rich_texts", "water_point"]
)
def test_any_form_leaves_as_a_workbook_that_is_the_same_form(
    kuager: Kuager, tmp_path: Path, name: str
) -> None:
    """With line breaks in its texts, all its sheets and the files that its types name."""
    original, to = OWN_FORMS / f"{name}.md", tmp_path / "form.xlsx"
    assert kuager("form", "export", str(to), "--form", str(original)).code == 0
    written, read = load(to), load(original)
    assert written.children == read.children
    assert written.digest == read.digest


@pytest.mark.outside
@pytest.mark.parametrize("name", ["incident", "review"])
def test_odk_validate_accepts_the_workbooks(kuager: Kuager, tmp_path: Path, name: str) -> None:
    """Enketo's and Collect's judge, which comes with pyxform. Needs Java (`apt-get install default-jre-headless`)."""
    to = tmp_path / "form.xlsx"
    kuager("form", "export", str(to), "--form", name)
    assert convert(str(to), validate=True).xform


def test_only_a_workbook_is_written(kuager: Kuager, visit: Path) -> None:
    """Another ending is a wrong command line."""
    done = kuager("form", "export", "out.csv", "--form", str(visit))
    assert (done.code, done.err) == (
        2,
        "OUT is wrong: it is a workbook. Example: form export incident.xlsx\n",
    )
