"""The descriptor of the code lists and what it finds."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.form.xlsform.sheets import read_list
from tests.bot.forms.package import problems

FORMS = Path(__file__).parents[3] / "bot" / "forms"
Change = Callable[[str], str]


def test_the_lists_are_what_their_descriptor_says() -> None:
    """Columns, types, keys and references, labels and codes of every list hold."""
    assert problems(FORMS) == []


def test_a_new_code_needs_no_more_than_its_row(tmp_path: Path) -> None:
    """A row added as the lists have them leaves nothing to complain of, and is read as a choice."""
    folder = copy(tmp_path)
    edit(
        folder / "needs.csv",
        lambda text: f"{text}psychologist,Психолог,Психолог,Психолог маман,Psychologist\n",
    )
    assert problems(folder) == ["needs.csv: psychologist: the plain label is not the Russian one"]
    edit(folder / "needs.csv", lambda text: text.replace("Психолог маман", "Психолог"))
    assert problems(folder) == []
    assert read_list(folder / "needs.csv")[-1].label["kk"] == "Психолог"


BREAKS: dict[str, tuple[str, Change, str]] = {
    "a label of 41 characters": (
        "needs.csv",
        lambda text: f"{text}new,{'ж' * 41},{'ж' * 41},{'ж' * 41},New\n",
        "new: label has 41 characters",
    ),
    "a label that is missing": (
        "needs.csv",
        lambda text: f"{text}new,Новое,,Новое,New\n",
        "label::Қазақша (kk) is empty",
    ),
    "a label that stands already": (
        "needs.csv",
        lambda text: f"{text}new,врач,Жаңа,врач,New\n",
        "label::Русский (ru) 'врач' appears twice",
    ),
    "a bar in a label": ("depth.csv", lambda text: text.replace("Full report", "Full | report"), "break"),
    "two colons in a label": ("depth.csv", lambda text: text.replace("Full report", "Full::report"), "break"),
    "a blank after a label": (
        "depth.csv",
        lambda text: text.replace("Full report", "Full report "),
        "begins or ends",
    ),
    "a code with a blank": ("depth.csv", lambda text: text.replace("\nfull,", "\nfull one,"), "is no code"),
    "a code that appears twice": ("depth.csv", lambda text: text + text.splitlines()[1] + "\n", "twice"),
    "a group that is none": (
        "statuses.csv",
        lambda text: text.replace("expression association", "expression assoc"),
        "'assoc' is no code of groups",
    ),
    "a type of a group that is none": (
        "types.csv",
        lambda text: text.replace(",detention,", ",detained,"),
        "'detained' is no code of groups",
    ),
    "an article of a type that is none": (
        "legal_basis.csv",
        lambda text: text.replace("prosecution.hooliganism", "prosecution.rude"),
        "'prosecution.rude' is no code of types",
    ),
    "a day that is none": (
        "legal_basis.csv",
        lambda text: text.replace("2020-07-09", "2020-06-31"),
        "valid_until '2020-06-31' is no date",
    ),
    "a number that is none": (
        "number_bands.csv",
        lambda text: text.replace(",6,20", ",6,some"),
        "no integer",
    ),
    "a region that ISO has not": ("regions.csv", lambda text: text.replace("KZ-75", "KZ-ALA"), "'KZ-ALA'"),
    "a code of HURIDOCS cut short": (
        "types.csv",
        lambda text: text.replace("030105000000", "0301"),
        "'0301'",
    ),
    "a column not described": ("kinds.csv", lambda text: text.replace("\n", ",\n"), "its header is"),
    "no version": ("datapackage.json", lambda text: text.replace('"version"', '"edition"'), "no version"),
    "a list that is gone": (
        "datapackage.json",
        lambda text: text.replace('"urgency.csv"', '"hurry.csv"'),
        "hurry.csv",
    ),
}


@pytest.mark.parametrize(("file", "change", "said"), BREAKS.values(), ids=BREAKS)
def test_what_is_broken_is_said(tmp_path: Path, file: str, change: Change, said: str) -> None:
    """Each of these edits of a sound folder is found."""
    folder = copy(tmp_path)
    edit(folder / file, change)
    assert any(said in problem for problem in problems(folder)), problems(folder)


def test_a_list_nobody_described_is_found(tmp_path: Path) -> None:
    """A new file needs its place in the descriptor."""
    folder = copy(tmp_path)
    shutil.copy(folder / "needs.csv", folder / "wishes.csv")
    assert [problem.partition(":")[0] for problem in problems(folder)] == ["wishes.csv"]


def copy(folder: Path) -> Path:
    """The lists and their descriptor, to be changed."""
    for path in (*FORMS.glob("*.csv"), FORMS / "datapackage.json"):
        shutil.copy(path, folder)
    return folder


def edit(path: Path, change: Change) -> None:
    """Change the text of a file, and make sure that it changed."""
    before = path.read_text("utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, "utf-8")
