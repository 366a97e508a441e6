"""The program's own forms, made beforehand so that a start need not import pyxform."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.form.model import form_from_json, form_to_json
from bot.form.xlsform import reader
from bot.form.xlsform.reader import FORMS, load, read_form
from scripts.forms import made

DIGESTS = {
    "incident": "abc6e46b519e03c5",
    "question": "35f54fc1f7f5d496",
    "reply": "b79bfe39637c6328",
    "review": "04619c52cc1ceed7",
}
"""Written down by hand: drafts and buttons carry them, so a change of the reader must not change them."""


def test_each_form_made_beforehand_is_what_its_tables_say() -> None:
    """Run `python -m scripts.forms` after a change of a form or of the reader."""
    for path, text in made():
        assert path.read_text("utf-8") == text, f"{path.name} is out of date: python -m scripts.forms"


@pytest.mark.parametrize("name", DIGESTS)
def test_a_form_made_beforehand_equals_one_read_anew(name: str) -> None:
    """In every field, with the digest that drafts carry, and without any warning."""
    loaded, anew = load(FORMS / f"{name}.md"), read_form(FORMS / f"{name}.md")
    assert loaded == anew.form
    assert loaded.digest == anew.form.digest == DIGESTS[name]
    assert anew.warnings == ()


def test_a_changed_form_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that was made of other tables is not taken."""
    text = (FORMS / "question.md").read_text("utf-8")
    monkeypatch.setattr(reader, "FORMS", tmp_path)
    (tmp_path / "question.md").write_text(
        text.replace("| Question | question |", "| Asked | question |"), "utf-8"
    )
    (tmp_path / "question.json").write_bytes((FORMS / "question.json").read_bytes())
    assert load(tmp_path / "question.md").title == "Asked"
    (tmp_path / "question.md").write_text(text, "utf-8")
    assert load(tmp_path / "question.md").title == "Question"


def test_a_form_in_json_keeps_its_lists_and_digest() -> None:
    """Also where no file of a list is at hand, as for a form that is put into force."""
    form = read_form(FORMS / "review.md").form
    again = form_from_json(form_to_json(form))
    assert (again, repr(again)) == (form, repr(form))


def test_reading_the_own_forms_imports_no_pyxform() -> None:
    """It would take half of a start."""
    code = (
        "import sys; from bot.form.xlsform.reader import FORMS, load; "
        "[load(path) for path in FORMS.glob('*.md')]; "
        "sys.exit(bool({'pyxform', 'openpyxl'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - ours
