"""Forms read in a confined process: as the reader reads them, and nothing else comes of a file."""

import json
from collections.abc import Iterator
from functools import reduce
from io import BytesIO
from operator import getitem
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from bot.app.questionnaires import around, report_form_fault
from bot.form.model import form_to_json
from bot.form.xlsform import reader
from bot.form.xlsform.reader import FORMS, load, read_confined


def zipped(**files: bytes) -> bytes:
    memory = BytesIO()
    with ZipFile(memory, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", ".", 1), content)
    return memory.getvalue()


def test_a_form_with_its_lists_in_a_zip_is_the_form_that_the_reader_reads() -> None:
    """Files may lie in a folder of the zip."""
    memory = BytesIO()
    with ZipFile(memory, "w") as archive:
        for path in (FORMS / "review.md", *FORMS.glob("*.csv")):
            archive.writestr(f"ours/{path.name}", path.read_bytes())
    form, said = read_confined("ours.zip", memory.getvalue())
    assert form == load(FORMS / "review.md")
    assert said == []


def test_problems_come_back_with_their_places() -> None:
    form, said = read_confined("x.md", b"| survey |\n| | type | name | label |\n| | txet | a | A |\n")
    assert form is None
    assert said[0].startswith("survey, row 3, column type:")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.xlsx", b"PK but no workbook"),
        ("x.xls", b"\xd0\xcf\x11\xe0 but no workbook"),
        ("x.zip", b"no zip"),
        ("x.zip", zipped(a_txt=b"no form in it")),
        ("x.zip", zipped(a_md=bytes(60_000_000))),
        ("x.md", b"\xff\xfe"),
        ("../../x.txt", b"| survey |"),
    ],
)
def test_what_is_no_form_is_refused_in_words(name: str, content: bytes) -> None:
    form, said = read_confined(name, content)
    assert form is None
    assert len(said) == 1
    assert str(Path.cwd()) not in said[0]


def test_a_form_without_its_files_says_so() -> None:
    """And finds in its zip those that expressions name."""
    rows = """
        | survey |
        | | type | name | label | calculation |
        | | text | a | A? | |
        | | calculate | b | | pulldata('prices', 'price', 'name', ${a}) |
        | | calculate | c | | instance('towns')/root/item[name = ${a}]/label |
        | | csv-external | towns | | |
    """
    form, said = read_confined("x.zip", zipped(x_md=rows.encode(), towns_csv=b"name,label\na,A\n"))
    assert form is not None
    assert form.missing == ("prices.csv",)
    assert form.tables["towns"].rows == [{"name": "a", "label": "A"}]
    assert "There is no file prices.csv. Put it beside the form before it is used." in said[0]


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Each place in a JSON value, as the keys that lead there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*before, key)
        yield from places(one, (*before, key))


def deceived(drawn: Random, form: bytes) -> bytes:
    """A form in which one value is of another type, unknown or gone."""
    said = json.loads(form)
    *before, last = drawn.choice(list(places(said)))
    around_it = reduce(getitem, before, said)
    others: tuple[Any, ...] = (None, 1, -1, "", "x", True, [], [[]], {}, {"x": 1}, 1e99, 999)
    if (drawn_value := drawn.choice((..., *others))) is ...:
        around_it.pop(last)
    else:
        around_it[last] = drawn_value
    return json.dumps(said).encode()


def test_what_a_deceived_reader_writes_is_refused_or_judged_like_any_form() -> None:
    """A fault would come again at each look at what was sent, and hold up the forms sent after it."""
    written, drawn = form_to_json(load(FORMS / "review.md")), Random(1)
    refused = 0
    heads: tuple[dict[str, Any], ...] = ({"said": []}, {"said": 1}, {})
    for head in heads:
        for _ in range(30):
            form, said = reader._taken((head, deceived(drawn, written)))
            if form is None:
                refused += said == [reader._UNREADABLE]
            else:
                report_form_fault(around(form))
                form_to_json(form)
    assert 45 < refused < 90
