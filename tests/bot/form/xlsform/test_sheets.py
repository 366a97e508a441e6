"""Code lists as CSV."""

from pathlib import Path

import pytest

from bot.form.xlsform.sheets import ANY, FormError, language_code, read_list


def written(folder: Path, text: str) -> Path:
    """A list in a file."""
    path = folder / "places.csv"
    path.write_text(text, "utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    """What is wrong with a list, a line each."""
    with pytest.raises(FormError) as caught:
        read_list(written(folder, text))
    return [str(problem) for problem in caught.value.problems]


def test_labels_are_kept_by_language_and_other_columns_beside_them(tmp_path: Path) -> None:
    """`label` is for ODK alone when other columns name their language."""
    (choice,) = read_list(
        written(
            tmp_path,
            "name,label,label::Қазақша (kk),label::Русский (ru),lat\nKZ-75,Almaty,Алматы қ.,г. Алматы,43.2\n",
        )
    )
    assert choice.name == "KZ-75"
    assert choice.label == {"kk": "Алматы қ.", "ru": "г. Алматы"}
    assert choice.columns == {"lat": "43.2"}


def test_a_list_in_no_named_language_has_its_label_for_any(tmp_path: Path) -> None:
    """A plain `label` stands for every language."""
    (choice,) = read_list(written(tmp_path, "name,label\nyes,Да\n"))
    assert choice.label == {ANY: "Да"}


def test_a_byte_order_mark_and_blank_lines_are_no_part_of_a_list(tmp_path: Path) -> None:
    """Excel writes both."""
    path = tmp_path / "places.csv"
    path.write_bytes("\ufeffname,label\r\n\r\na,A\r\n".encode())
    assert [choice.name for choice in read_list(path)] == ["a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,label\na,A\n", "places.csv, row 1, column name: There is no column `name`."),
        ("name\na\n", "places.csv, row 1, column label: There is no label."),
        ("name,label::Kazakh\na,A\n", "places.csv, row 1, column label::Kazakh: The language has no code."),
        ("name,label\na,A\na,B\n", "places.csv, row 3, column name: `a` appears twice."),
        ("name,label\na,\n", "places.csv, row 2, column label: `a` has no label here."),
        ("name,label\na b,A\n", "places.csv, row 2, column name: `a b` is not a valid code."),
        ("name,label\na,One, two\n", "places.csv, row 2: The row has more cells than the header."),
        ("name,label,label\na,A,B\n", "places.csv, row 1, column label: The column appears twice."),
        ("", "places.csv, row 1, column name: There is no column `name`."),
    ],
)
def test_what_is_wrong_is_told_with_row_and_column(tmp_path: Path, text: str, said: str) -> None:
    """Whoever edits the list finds the cell."""
    assert any(line.startswith(said) for line in problems(tmp_path, text))


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Nobody should have to try again for each mistake."""
    assert len(problems(tmp_path, "name,label\na,\na,A\n,B\n")) == 3


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    """A file that is not there is an error of the form."""
    with pytest.raises(FormError, match=r"nowhere\.csv"):
        read_list(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("name", "code"), [("Қазақша (kk)", "kk"), ("English (en-GB)", "en-gb"), ("English", None), ("(x)", None)]
)
def test_the_code_of_a_language_stands_in_brackets(name: str, code: str | None) -> None:
    """As XLSForm writes it."""
    assert language_code(name) == code
