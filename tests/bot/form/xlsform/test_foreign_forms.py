"""Quirks of forms made for Kobo, ODK and Ona: what pyxform takes is read as pyxform reads it, and nothing else is."""

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from bot.form.model import Form, Question
from bot.form.xlsform.reader import Loaded, read_form
from bot.form.xlsform.sheets import FormError

LISTS = "| choices | | | |\n| | list_name | name | label |\n| | q1.1 | yes | Yes |\n| | yn | yes | Yes |\n"


def loaded(folder: Path, survey: str, settings: str = "| | form_id | version |\n| | f | 7 |") -> Loaded:
    """A form of the lines of its sheets. Its lists are `yn` and `q1.1`."""
    path = folder / "form.md"
    path.write_text(f"| survey |\n{survey}\n{LISTS}| settings |\n{settings}\n", "utf-8")
    return read_form(path)


def problems(folder: Path, survey: str) -> list[str]:
    with pytest.raises(FormError) as refused:
        loaded(folder, survey)
    return list(map(str, refused.value.problems))


def question(form: Form, name: str) -> Question:
    return next(one for one in form.questions if one.name == name)


@pytest.mark.parametrize(
    ("cell", "source"),
    [
        ("${a}-1", "/f/a -1"),
        ("${a}-${b-1}", "/f/a -/f/b-1"),
        ("${a}*2 div 4", "/f/a*2 div 4"),
        ("${a}mod 2", "/f/a mod 2"),
        ("yes", "true()"),
        ("FALSE", "false()"),
        ("version() + 1", "'7' + 1"),
        ("concat(property('deviceid'), ${a})", "concat('', /f/a)"),
    ],
)
def test_an_expression_is_read_as_pyxform_reads_it(tmp_path: Path, cell: str, source: str) -> None:
    """Spaces stand around a path, plain words are conditions, and nothing of a phone is kept."""
    rows = f"""
| | type | name | label | calculation |
| | integer | a | A | |
| | integer | b-1 | B | |
| | calculate | c | | {cell} |"""
    assert question(loaded(tmp_path, rows).form, "c").calculation == source


def test_a_condition_may_be_a_cell_with_a_truth_value(tmp_path: Path) -> None:
    """Excel makes `TRUE` and `FALSE` of what is typed, and moments of dates."""
    book = Workbook()
    book.active.title = "survey"
    rows = (
        ("type", "name", "label", "relevant", "constraint", "required", "default"),
        ("text", "shown", "A", True, True, True, None),
        ("text", "hidden_one", "B", False, None, False, None),
        ("date", "day", "C", None, None, None, datetime(2020, 2, 1)),  # noqa: DTZ001 - as a workbook has it
        ("datetime", "moment", "D", None, None, None, datetime(2020, 2, 1, 10, 30)),  # noqa: DTZ001 - the same
    )
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "form.xlsx")
    shown, hidden, day, moment = read_form(tmp_path / "form.xlsx").form.questions
    assert (shown.relevant, shown.constraint, shown.required) == ("true()", "true()", "true()")
    assert (hidden.relevant, hidden.required) == ("false()", "")
    assert (day.default, moment.default) == ("'2020-02-01'", "'2020-02-01T10:30:00'")


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ("| | type | name | label |\n| | begin_group | f | F |\n| | text | a | A |\n| | end_group | | |", "a"),
        ("| | type | name | label |\n| | select_one q1.1 | a | A |", "a"),
        ("| | type | name | label |\n| | audit | | |\n| | text | a | A |", "a"),
        ("| | type | name | label | disabled |\n| | any | b b | | yes |\n| | text | a | A | no |", "a"),
        ("| | type | name | label | disabled |\n| | text | a | B | TRUE |\n| | text | a | A | |", "a"),
        ("| | type | name | label | default |\n| | image | a | A | jr://images/a.jpg |", "a"),
        ("| | type | name | label | calculation |\n| | text | a | A | |\n| | calculate | b | | once(${a}) |", "a"),
    ],
    ids=["group named as the form", "dot in a list", "audit", "disabled", "disabled twin", "picture", "once"],
)  # fmt: skip
def test_a_form_that_odk_takes_is_read(tmp_path: Path, rows: str, name: str) -> None:
    """It asks its question."""
    asked = [one.name for one in loaded(tmp_path, rows).form.questions if one.label]
    assert asked == [name]


def test_once_of_an_answer_and_a_picture_beforehand_are_told_as_warnings(tmp_path: Path) -> None:
    """An answer is calculated again, and a file is not given."""
    rows = """
| | type | name | label | calculation | default |
| | text | a | A | | |
| | image | p | P | | a.jpg |
| | calculate | b | | once(${a}) | |"""
    told = [(one.row, one.column) for one in loaded(tmp_path, rows).warnings]
    assert told == [(5, "default"), (6, "calculation")]


def test_the_newer_of_two_names_of_a_form_counts(tmp_path: Path) -> None:
    """As in pyxform, `form_id` wins over `id_string`."""
    rows = "| | type | name | label |\n| | text | a | A |"
    settings = "| | id_string | form_id |\n| | old | new |"
    assert loaded(tmp_path, rows, settings).form.id == "new"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("| | Text | a | A |", "survey, row 3, column type: The type `Text` is not known. Did you mean `text`?"),
        ("| | Select_one yn | a | A |",
         "survey, row 3, column type: The type `Select_one yn` is not known. Did you mean `select_one yn`?"),
        ("| | text audit | a | A |",
         "survey, row 3, column type: The type `text audit` is not known. See docs/forms.md for the types there are."),
        ("| | text | b | B |\n| | end_score | | |",
         "survey, row 4, column type: The type `end_score` is not known. See docs/forms.md for the types there are."),
        ("| | select_one yn or_other | a | A |\n| | text | a_other | B |",
         "survey, row 4, column name: `a_other` is already the name of another row there. Give each its own name."),
    ],
)  # fmt: skip
def test_a_row_that_pyxform_refuses_is_refused_once(tmp_path: Path, rows: str, told: str) -> None:
    """With its row and column."""
    assert problems(tmp_path, f"| | type | name | label |\n{rows}") == [told]


def test_a_calculation_that_is_only_triggered_is_missing(tmp_path: Path) -> None:
    """As pyxform says, without the column too."""
    rows = """
| | type | name | label | trigger |
| | text | a | A | |
| | calculate | c | | ${a} |"""
    told = ["survey, row 5, column calculation: `c` has no calculation. Write one."]
    assert problems(tmp_path, rows) == told


def test_a_long_circle_is_told_in_short(tmp_path: Path) -> None:
    """Where it begins and ends."""
    rows = "".join(f"| | calculate | q{n} | | ${{q{(n + 1) % 90}}} + 1 |\n" for n in range(90))
    (told,) = problems(tmp_path, f"| | type | name | label | calculation |\n{rows}")
    assert told.startswith("survey, row 3, column calculation: It depends on itself: /f/q0 → ")
    assert told.count("→") == 8


def test_a_sheet_with_spaces_around_its_name_is_refused_alone(tmp_path: Path) -> None:
    """pyxform does not find it, and its lists are not missing beside it."""
    book = Workbook()
    book.active.title = "survey"
    for row in (("type", "name", "label"), ("select_one yn", "a", "A")):
        book.active.append(row)
    for row in (("list_name", "name", "label"), ("yn", "yes", "Yes")):
        sheet = book["choices "] if "choices " in book.sheetnames else book.create_sheet("choices ")
        sheet.append(row)
    book.save(tmp_path / "form.xlsx")
    with pytest.raises(FormError) as refused:
        read_form(tmp_path / "form.xlsx")
    told = list(map(str, refused.value.problems))
    assert told == ["choices: The name of the sheet has spaces around it. Take them away."]
