"""Tables as analysts open them: in LibreOffice with the settings of Kazakhstan and Russia, and in pandas.

apt-get install --no-install-recommends libreoffice-calc-nogui && pytest -m outside
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped] # it has no types
import pytest
from openpyxl.cell import Cell  # type: ignore[import-untyped] # it has no types

from bot.form.answers import Answer, Chosen, GeoPoint, Number
from bot.form.model import Form
from bot.publish.export.formats import FORMATS
from tests.bench import typed
from tests.bot.publish.export.formats.records import our_table, version, written
from tests.bot.publish.export.formats.test_hostile_texts import HOSTILE, LONG, unguarded
from tests.readers.conftest import Reading

pytestmark = pytest.mark.outside
RUSSIAN = "CSV:59,34,76,1,,1049,false,true,false,false,false,0,true"
"""How it reads CSV: `;`, quotation marks, UTF-8, from the first line, in Russian, with dates and numbers found and formulas run."""
YES_NO = ("=TRUE()", "=FALSE()")
DATED: Mapping[str, Answer] = {
    "title": typed("Held"),
    "outcomes[1]/outcome_status": Chosen(("toughened",)),
    "outcomes[1]/outcome_prison_years": Number(3.5),
    "place_public": GeoPoint(43.2, -76.9),
    "place_share": Chosen(("10km",)),
}


@pytest.fixture(scope="module")
def records() -> Sequence[Any]:
    """One for each hostile text, and one with numbers."""
    hostile = [
        version(f"R{number:05}", {"title": typed(text)}) for number, (text, _) in enumerate(HOSTILE.values())
    ]
    return [*hostile, version("NUMBERS", DATED)]


def resaved(folder: Path, name: str, content: bytes, *how: str) -> openpyxl.Workbook:
    """A file as LibreOffice has read and saved it. Skips where there is none; where CI is set, fails."""
    office = shutil.which("soffice")
    if office is None:
        words = "soffice is missing: apt-get install --no-install-recommends libreoffice-calc-nogui"
        if os.environ.get("CI"):
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
    (folder / name).write_bytes(content)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        office,
        profile,
        "--headless",
        *how,
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        "saved",
        name,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 - ours
    assert done.returncode == 0, done.stderr
    return openpyxl.load_workbook((folder / "saved" / name).with_suffix(".xlsx"))


def columns(sheet: Any) -> Mapping[str, Sequence[Cell]]:
    """The cells of a sheet below their heads."""
    heads, *rows = sheet.iter_rows()
    return {str(head.value): [row[at] for row in rows] for at, head in enumerate(heads)}


def test_calc_of_the_region_opens_csv_in_columns_without_formulas(
    forms: Mapping[str, Form], tmp_path: Path, records: Sequence[Any]
) -> None:
    """Even where it is told to run what it finds."""
    content = written(FORMATS["excel-csv"], our_table(forms), records)
    found = columns(resaved(tmp_path, "table.csv", content, f"--infilter={RUSSIAN}").active)
    assert not [cell.value for cells in found.values() for cell in cells if cell.data_type == "f"]
    texts = {name: cell.value for name, cell in zip(HOSTILE, found["title"], strict=False)}
    odd = {
        "a number",
        "a date",
        "true",
        "an error",
        "plus and digits",
        "control characters",
    }  # Calc takes them for what they look like
    for name in HOSTILE.keys() - odd:
        assert unguarded(str(texts[name]).replace("\r\n", "\n"), ";") == HOSTILE[name][1].replace(
            "\r\n", "\n"
        ), name
    last = {name: cells[-1].value for name, cells in found.items()}
    assert (last["latitude"], last["longitude"], last["within_km"]) == (43.2, -76.9, 10)
    assert last["outcomes_prison_years"] == 3.5
    assert last["approved_on"] == datetime(2027, 1, 15)  # noqa: DTZ001


def test_calc_opens_a_workbook_as_it_was_written(
    forms: Mapping[str, Form], tmp_path: Path, records: Sequence[Any]
) -> None:
    """Texts, numbers, dates, what is yes or no; no formula, no link."""
    long = version("LONG", {"title": typed(LONG)})
    book = resaved(tmp_path, "book.xlsx", written(FORMATS["xlsx"], our_table(forms), [*records, long]))
    found = columns(book["reports"])
    assert [cell.value for cell in found["title"][:-2]] == [text for _, text in HOSTILE.values()]
    cells = [cell for cells in found.values() for cell in cells]
    assert not [cell for cell in cells if cell.hyperlink]
    assert {cell.value for cell in cells if cell.data_type == "f"} == set(
        YES_NO
    )  # so it saves what is yes or no
    numbers = {name: cells[-2].value for name, cells in found.items()}
    assert (numbers["latitude"], numbers["approved_on"]) == (43.2, datetime(2027, 1, 15))  # noqa: DTZ001
    assert (numbers["people_counted"], numbers["date_ongoing"]) == YES_NO
    whole = found["title"][-1].value.removesuffix(" […]") + "".join(
        cell.value for cell in columns(book["continued"])["text"]
    )
    assert whole == LONG.strip()
    assert book["reports"].freeze_panes == "B2"


READ = """
import pandas
tables = pandas.read_excel(path, sheet_name=None)
people = tables["reports"].merge(tables["affected"], on="id")
found = {
    "sheets": list(tables),
    "titles": tables["reports"]["title"].tolist(),
    "types": [str(tables["reports"][name].dtype) for name in ("version", "approved_on", "people_counted")],
    "people": int(people["affected_number_min"].sum()),
    "groups": tables["lists"].query("column == 'affected_groups'")["value"].value_counts().to_dict(),
}
"""
READ_CSV = """
import pandas
table = pandas.read_csv(path, sep=";", decimal=",")
found = {"titles": table["title"].tolist(), "latitude": table["latitude"].dropna().tolist()}
"""


def test_pandas_reads_a_workbook_and_joins_its_sheets(
    forms: Mapping[str, Form], tmp_path: Path, records: Sequence[Any], reading: Reading
) -> None:
    """With the first row as the heads, and types as they are."""
    book, table = tmp_path / "book.xlsx", tmp_path / "table.csv"
    full = [version("FULL1"), version("FULL2")]
    book.write_bytes(written(FORMATS["xlsx"], our_table(forms), [*records, *full]))
    found = reading(READ, book)
    assert found["titles"][: len(HOSTILE)] == [text for _, text in HOSTILE.values()]
    assert found["types"][0] == "int64"
    assert found["types"][1].startswith("datetime64")
    assert found["types"][2] == "bool"
    assert found["people"] == 4
    assert found["groups"] == {"journalist": 2, "activist": 2, "organisation": 2}
    table.write_bytes(written(FORMATS["excel-csv"], our_table(forms), records))
    found = reading(READ_CSV, table)
    assert [unguarded(title, ";") for title in found["titles"][: len(HOSTILE)]] == [
        text for _, text in HOSTILE.values()
    ]
    assert found["latitude"] == [43.2]
