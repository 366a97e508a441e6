"""Marks of privacy for a form that is not to be touched, in a file beside it."""

from pathlib import Path

import pytest

from bot.form.model import Privacy
from bot.form.xlsform.reader import load
from bot.form.xlsform.sheets import FormError

FORM = """
| survey |
| | type | name | label |
| | date | born | Date of birth |
| | begin_group | home | Home |
| | text | town | Town |
| | end_group | | |
"""


def beside(folder: Path, marks: str) -> Path:
    (folder / "survey.md").write_text(FORM, "utf-8")
    (folder / "survey.md.privacy.csv").write_text(marks, "utf-8")
    return folder / "survey.md"


def test_a_file_beside_a_form_marks_its_questions(tmp_path: Path) -> None:
    """In groups too; what it does not name stays for moderators. Another mark is another form."""
    path = beside(tmp_path, "name,privacy,precision\nborn,public,year\ntown,sealed,\n")
    marked = load(path)
    assert {one.name: one.privacy for one in marked.questions} == {
        "born": Privacy.PUBLIC,
        "town": Privacy.SEALED,
    }
    assert [one.bot for one in marked.questions] == [{"precision": "year"}, {}]
    beside(tmp_path, "name,privacy\ntown,public\n")
    other = load(path)
    assert [one.privacy for one in other.questions] == [Privacy.MODERATORS, Privacy.PUBLIC]
    assert marked.digest != other.digest


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (
            "name,privacy\ntown,public\nvillage,public\n",
            "row 3, column name: `village` is not allowed here. Write the name of a question",
        ),
        ("name,privacy\nhome,public\n", "row 2, column name: `home` is not allowed here. Write the name of"),
        (
            "name,privacy\ntown,open\n",
            "row 2, column privacy: `open` is not allowed here. Write public, moder",
        ),
        ("name,privacy\ntown,\n", "row 2, column privacy: "),
        (
            "name,privacy,precision\nborn,public,hour\n",
            "row 2, column precision: `hour` is not allowed here.",
        ),
        ("name,privacy\ntown,public\ntown,sealed\n", "row 3, column name: `town` appears twice. Keep one"),
        ("name\ntown\n", "row 1, column privacy: There is no privacy. Add a column `privacy`."),
        ("", "row 1, column name: There is no column `name`."),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_row(tmp_path: Path, marks: str, said: str) -> None:
    with pytest.raises(FormError) as wrong:
        load(beside(tmp_path, marks))
    assert f"survey.md.privacy.csv, {said}" in str(wrong.value)
