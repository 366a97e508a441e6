"""A workbook as openpyxl reads it: what its sheets hold, of which type, and what its files say."""

import io
import tracemalloc
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl  # type: ignore[import-untyped] # it has no types
import pytest
from openpyxl.worksheet.worksheet import Worksheet  # type: ignore[import-untyped] # it has no types

from bot.form.answers import Answer, Chosen, GeoPoint, Number, Precision, When
from bot.form.model import Form
from bot.form.xlsform.reader import load
from bot.languages import exported_codes
from bot.publish.export.cells import ExportTable
from bot.publish.export.formats import XLSX, writing
from bot.publish.export.formats import xlsx as sheets
from bot.publish.export.formats.writing import ExportFacts
from bot.publish.export.selection import ExportScope
from tests.bench import typed
from tests.bot.publish.export.formats.records import OWN_ANSWERS, ZONE, our_table, own_table, version, written
from tests.bot.publish.export.formats.test_archive import on_disk
from tests.bot.publish.export.formats.test_hostile_texts import HOSTILE, LONG

Cells = Mapping[str, Any]
SECRET = "Aigerim Bekova"


def opened(content: bytes) -> openpyxl.Workbook:
    """The workbook."""
    return openpyxl.load_workbook(io.BytesIO(content))


def rows(sheet: Worksheet) -> list[Cells]:
    """The rows below the heads, without blank cells."""
    heads, *found = sheet.iter_rows(values_only=True)
    return [
        {str(head): cell for head, cell in zip(heads, row, strict=True) if cell is not None} for row in found
    ]


def some(row: Cells, *names: str) -> Cells:
    """These cells of a row."""
    return {name: row.get(name) for name in names}


def test_a_full_record_is_in_typed_cells(forms: Mapping[str, Form]) -> None:
    """Numbers are numbers, whole days are dates, what is yes or no is that; a month is a text."""
    book = opened(
        written(XLSX, our_table(forms), [version("R00001", counts=False, incident="E1", related=("R00002",))])
    )
    assert book.sheetnames == [
        *("reports", "affected", "perpetrators", "outcomes", "sources", "lists", "dictionary", "codes")
    ]
    (row,) = rows(book["reports"])
    assert some(row, "id", "version", "approved_on", "title", "date_start", "date_end", "date_ongoing") == {
        "id": "R00001", "version": 1, "approved_on": datetime(2027, 1, 15), "title": "=Journalists held",  # noqa: DTZ001
        "date_start": "2024-03", "date_end": "2024-04", "date_ongoing": False,
    }  # fmt: skip
    assert some(row, "people_counted", "incident", "related", "links", "region", "region_label_kk") == {
        "people_counted": False, "incident": "E1", "related": "R00002",
        "links": "https://example.org/a; https://example.org/b", "region": "KZ-75", "region_label_kk": "Алматы қаласы",
    }  # fmt: skip
    assert rows(book["affected"])[1] == {
        "id": "R00001", "instance": 2, "affected_role": "an outlet", "affected_groups": "organisation",
        "affected_groups_label_en": "Organisation, outlet", "affected_groups_label_ru": "Организация, редакция",
        "affected_groups_label_kk": "Ұйым, редакция", "affected_organisation": "Dala | Press",
    }  # fmt: skip
    first, second = rows(book["outcomes"])
    assert some(first, "outcomes_date", "outcomes_persons", "outcomes_fine_tenge", "outcomes_prison_years") == {
        "outcomes_date": datetime(2024, 4, 2), "outcomes_persons": 2, "outcomes_fine_tenge": 184600,  # noqa: DTZ001
        "outcomes_prison_years": None,
    }  # fmt: skip
    assert (second["outcomes_prison_years"], second["instance"]) == (3.5, 2)
    (date,) = [cell for cell in book["outcomes"][2] if cell.is_date]
    assert date.number_format == "yyyy-mm-dd"


def test_each_value_of_a_list_has_a_row(forms: Mapping[str, Form]) -> None:
    """With its label, and the instance it belongs to."""
    found = rows(opened(written(XLSX, our_table(forms), [version("R00001")]))["lists"])
    groups = [row for row in found if row["column"] == "affected_groups"]
    assert [(row["instance"], row["position"], row["value"], row["label_ru"]) for row in groups] == [
        (1, 1, "journalist", "Журналисты, работники СМИ"),
        (1, 2, "activist", "Гражданские активисты"),
        (2, 1, "organisation", "Организация, редакция"),
    ]
    assert [row["value"] for row in found if row["column"] == "links"] == [
        "https://example.org/a",
        "https://example.org/b",
    ]
    assert {row["column"] for row in found} == {
        *("freedoms", "rights", "violations", "affected_groups", "legal_basis", "links", "tags"),
        *("iccpr", "civicus", "sdg_16_10_1", "acled", "huridocs"),
    }


def test_every_file_of_a_workbook_is_xml_without_formulas_and_links(forms: Mapping[str, Form]) -> None:
    """Whatever its texts are."""
    said = [
        version("R1", {"title": typed(given), "links": typed("https://example.org/a")})
        for given, _ in HOSTILE.values()
    ]
    with zipfile.ZipFile(io.BytesIO(written(XLSX, our_table(forms), said))) as book:
        assert book.testzip() is None
        for name in book.namelist():
            found = {element.tag.rpartition("}")[2] for element in ET.fromstring(book.read(name)).iter()}  # noqa: S314 - ours
            assert not found & {"f", "hyperlink", "hyperlinks", "externalReference"}, name


def test_what_excel_takes_for_an_escape_is_escaped(forms: Mapping[str, Form]) -> None:
    """ECMA-376, part 1, 22.9.2.19: `_x0041_` stands for a letter, `_x005F_` for the first sign of it."""
    said = [version("R1", {"title": typed("_x0041_ and _xyz_")})]
    assert (
        rows(opened(written(XLSX, our_table(forms), said))["reports"])[0]["title"]
        == "_x005F_x0041_ and _xyz_"
    )


def test_a_text_that_would_be_a_formula_once_edited_stays_a_text(forms: Mapping[str, Form]) -> None:
    """Its cell has the quote prefix."""
    said = [version("R1", {"title": typed("=1+1")}), version("R2", {"title": typed("1+1")})]
    sheet = opened(written(XLSX, our_table(forms), said))["reports"]
    at = [cell.value for cell in sheet[1]].index("title")
    assert [sheet[row][at].quotePrefix for row in (2, 3)] == [True, False]


def test_a_text_that_no_cell_can_hold_goes_on_elsewhere(forms: Mapping[str, Form]) -> None:
    """Marked where it is cut, and whole once its parts are joined; a pair of surrogates is never cut."""
    story = "\U0001f54a" + ("ә\U0001f54a" * 40_000)
    said = [version("R1", {"title": typed(LONG), "affected[1]/affected_role": typed(story)}), version("R2")]
    book = opened(written(XLSX, our_table(forms), said))
    assert book.sheetnames[-3:] == ["continued", "dictionary", "codes"]
    more = rows(book["continued"])
    assert {row["id"] for row in more} == {"R1"}
    for sheet, name, text, instance in (
        ("reports", "title", LONG.strip(), None),
        ("affected", "affected_role", story, 1),
    ):
        cell = rows(book[sheet])[0][name]
        parts = [row for row in more if row["sheet"] == sheet]
        assert [row["part"] for row in parts] == list(range(2, len(parts) + 2))
        assert {(row["column"], row.get("instance")) for row in parts} == {(name, instance)}
        assert cell.endswith(" […]")
        assert cell.removesuffix(" […]") + "".join(row["text"] for row in parts) == text
        assert all(
            len(one.encode("utf-16-le")) // 2 <= 32_767 for one in (cell, *(row["text"] for row in parts))
        )


def test_rows_that_no_sheet_can_hold_go_on_the_next(
    forms: Mapping[str, Form], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same heads, in the same order."""
    monkeypatch.setattr(sheets, "MOST_ROWS", 4)
    book = opened(written(XLSX, our_table(forms), [version(f"R{number}") for number in range(7)]))
    titles = ["reports", "reports_2", "reports_3"]
    assert book.sheetnames[:3] == titles
    assert [row["id"] for title in titles for row in rows(book[title])] == [
        f"R{number}" for number in range(7)
    ]
    assert len({tuple(cell.value for cell in book[title][1]) for title in titles}) == 1
    assert sheets.MOST_ROWS == 4


def test_a_form_of_ones_own_has_its_columns_and_sheets(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """Also where its names are those of sheets; what is not public is nowhere."""
    content = written(XLSX, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")])
    book = opened(content)
    (row,) = rows(book["reports"])
    assert some(row, "title", "reports", "tools", "tools_label_ru", "hours", "seen_on") == {
        "title": "Held", "reports": "=none", "tools": "water; smoke", "tools_label_ru": "Вода; Дым",
        "hours": 2, "seen_on": datetime(2024, 3, 8),  # noqa: DTZ001
    }  # fmt: skip
    assert rows(book["witnesses"]) == [
        {"id": "R1", "instance": 1, "number": "one", "age": 40},
        {"id": "R1", "instance": 2, "saw": "smoke", "saw_label_en": "Smoke", "saw_label_ru": "Дым"},
    ]
    described = {one["name"]: one for one in rows(book["dictionary"]) if one["sheet"] == "witnesses"}
    assert described["age"] == {
        "sheet": "witnesses", "name": "age", "heading_en": "Age", "heading_ru": "Возраст", "heading_kk": "age",
        "type": "integer", "several": "no", "moderators_question": "age", "privacy": "public",
    }  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        assert not [name for name in files.namelist() if SECRET.encode() in files.read(name)]


REPEATS = """
| survey |
| | type | name | label | bind::bot:privacy |
| | begin_repeat | {0} | One | |
| | text | first | Who? | public |
| | end_repeat | | | |
| | begin_repeat | {1} | Two | |
| | text | second | Who? | public |
| | end_repeat | | | |

| settings |
| | form_title | form_id | name | version | namespaces |
| | Own | own | own | 1 | bot="https://kuager.org/xforms" |
"""


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        (("reports", "History"), ["reports_2", "History_2"]),
        (("a" * 40 + "1", "a" * 40 + "2"), ["a" * 31, "a" * 27 + "_2"]),
    ],
)
def test_sheets_have_titles_that_excel_takes(
    forms: Mapping[str, Form], tmp_path: Path, names: Sequence[str], titles: Sequence[str]
) -> None:
    """Each once, whatever the case of its letters, of 31 characters at most."""

    (tmp_path / "own.md").write_text(REPEATS.format(*names), "utf-8")
    table = ExportTable(load(tmp_path / "own.md"), forms["report"], ZONE)
    answers = {f"{names[0]}[1]/first": typed("one"), f"{names[1]}[1]/second": typed("two")}
    book = opened(written(XLSX, table, [version("R1", answers, "own")]))
    assert [title for title in book.sheetnames if title in titles] == titles


def test_no_sheet_takes_the_place_of_another(
    forms: Mapping[str, Form], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where rows go on, and a repeat is called as the sheet would be on which they do."""
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    (tmp_path / "own.md").write_text(REPEATS.format("reports_2", "two"), "utf-8")
    table = ExportTable(load(tmp_path / "own.md"), forms["report"], ZONE)
    said = [version(f"R{number}", {"reports_2[1]/first": typed("one")}, "own") for number in range(3)]
    book = opened(written(XLSX, table, said))
    found = [row for sheet in book for row in rows(sheet) if "first" in row and sheet.title != "dictionary"]
    assert [row["id"] for row in found] == ["R0", "R1", "R2"]
    assert [row["id"] for title in ("reports", "reports_3") for row in rows(book[title])] == [
        "R0",
        "R1",
        "R2",
    ]


def test_the_dictionary_says_what_every_column_is(forms: Mapping[str, Form]) -> None:
    """Each head of each sheet once, with words in every language; and each code its label."""
    book = opened(written(XLSX, our_table(forms), [version("R1", {"title": typed(LONG)})]))
    described = rows(book["dictionary"])
    heads = [
        (sheet.title, cell.value)
        for sheet in book
        if sheet.title not in {"dictionary", "codes"}
        for cell in sheet[1]
    ]
    assert [(row["sheet"], row["name"]) for row in described] == heads
    for row in described:
        assert all(row[f"heading_{language}"] for language in exported_codes())
        assert row["privacy"] == "public"
    by_name = {row["name"]: row for row in described if row["sheet"] == "reports"}
    assert some(by_name["region"], "type", "list", "heading_ru", "reported_question", "moderators_question") == {
        "type": "code", "list": "region", "heading_ru": "Область или город", "reported_question": "region",
        "moderators_question": "region",
    }  # fmt: skip
    assert by_name["region_label_kk"]["heading_en"] == f"{by_name['region']['heading_en']} (Қазақша)"
    labels = {(row["list"], row["code"]): row["label_kk"] for row in rows(book["codes"])}
    assert labels["region", "KZ-75"] == "Алматы қаласы"


def test_heads_stay_and_filter(forms: Mapping[str, Form]) -> None:
    """Every sheet has its heads frozen, a filter over all of its rows, and columns of a sensible width."""
    for sheet in opened(written(XLSX, our_table(forms), [version("R1"), version("R2")])):
        assert sheet.freeze_panes in {"A2", "B2"}
        fits = sheet.sheet_properties.pageSetUpPr is not None and bool(
            sheet.sheet_properties.pageSetUpPr.fitToPage
        )
        assert fits is (sheet.title in {"dictionary", "codes"})  # these are read on paper, from side to side
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(8 <= one.width <= 90 for one in sheet.column_dimensions.values())


ODD: Mapping[str, Answer] = {
    "affected[1]/affected_number_min": Number(10**20),
    "affected[1]/affected_number_max": Number(0),
    "outcomes[1]/outcome_fine_mrp": Number(1e-7),
    "outcomes[1]/outcome_fine_tenge": Number(-5),
    "outcomes[1]/outcome_date": When(Precision.DAY, "1899-12-31", "1899-12-31"),
    "underlying_event": When(Precision.DAY, "1986-12-17", "1986-12-17"),
    "region": Chosen(("no_longer_listed",)),
    "place_public": GeoPoint(43.2, 76.9),
    "place_share": Chosen(("10km",)),
}


def test_what_a_spreadsheet_would_change_is_a_text(forms: Mapping[str, Form]) -> None:
    """More digits than it keeps, a day before its first; a code without a label is but the code."""
    book = opened(written(XLSX, our_table(forms), [version("R1", ODD)]))
    (people,), (outcome,), (row,) = rows(book["affected"]), rows(book["outcomes"]), rows(book["reports"])
    assert (people["affected_number_min"], people["affected_number_max"]) == ("1" + "0" * 20, 0)
    assert (outcome["outcomes_fine_mrp"], outcome["outcomes_fine_tenge"]) == (1e-7, -5)
    assert outcome["outcomes_date"] == "1899-12-31"
    assert row["underlying_event"] == datetime(1986, 12, 17)  # noqa: DTZ001
    assert (row["latitude"], row["longitude"], row["within_km"]) == (43.2, 76.9, 10)
    assert some(row, "region", "region_label_en") == {"region": "no_longer_listed", "region_label_en": None}


def test_the_same_records_give_the_same_bytes(
    forms: Mapping[str, Form], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it is made."""
    made = []
    for zone in ("UTC", "Asia/Almaty"):
        monkeypatch.setenv("TZ", zone)
        made.append(written(XLSX, our_table(forms), [version("R1"), version("R2")]))
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as book:
        assert {one.date_time for one in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"1980-01-01T00:00:00Z" in book.read("docProps/core.xml")


def test_nothing_of_a_workbook_is_on_a_disk_in_the_clear(
    forms: Mapping[str, Form], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its rows wait encrypted, in files without names that are gone with it."""
    monkeypatch.setattr(writing, "_MOST_IN_MEMORY", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    table, before = our_table(forms, ExportScope.STORIES), len(on_disk())
    writer = XLSX.writer(table, ExportFacts())
    story = {"/incident/story": typed(SECRET * 10_000)}
    for number in range(20):
        writer.row(table.record(version(f"R{number}", told=story)))
        assert not list(tmp_path.iterdir())
    waiting = on_disk()
    assert len(waiting) > before
    for content in waiting:
        assert SECRET.encode() not in content
        assert b"inlineStr" not in content
    pieces = writer.end()
    next(pieces)
    pieces.close()
    del writer
    assert len(on_disk()) == before


def test_rows_that_are_all_alike_are_never_in_memory_at_once() -> None:
    """Packed they are a hundredth; they are unpacked in pieces."""
    rows = sheets.Rows()
    for _ in range(40_000):
        rows.append("<c>" + "x" * 1000 + "</c>")
    rows.finish(b"<sheetData>", b"</sheetData>")
    tracemalloc.start()
    try:
        assert sum(map(len, rows.pieces())) == rows.size > 40_000_000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
        rows.close()
