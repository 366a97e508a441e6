"""Whatever stands in a text comes out of each table as it went in, and no spreadsheet runs it."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import openpyxl  # type: ignore[import-untyped] # it has no types
import pytest

from bot.form.answers import Answer, Chosen, GeoPoint, Number
from bot.form.model import Form
from bot.publish.export.formats import FORMATS
from tests.bench import typed
from tests.bot.publish.export.formats.records import our_table, version, written

HOSTILE: Mapping[str, tuple[str, str]] = {
    "equals sign": ("=1+1", "=1+1"),
    "command": ("+cmd|' /C calc'!A0", "+cmd|' /C calc'!A0"),
    "minus": ("-2+3", "-2+3"),
    "at sign": ("@SUM(A1)", "@SUM(A1)"),
    "full width": ("＝1+1", "＝1+1"),
    "plus and digits": ("+77011234567", "+77011234567"),
    "formula behind ;": ("held;=1+1; ='a'!b", "held;=1+1; ='a'!b"),
    "formula behind a comma": ("held,=1+1, -b", "held,=1+1, -b"),
    "formula behind a quotation mark": ('held;"=1+1"', 'held;"=1+1"'),
    "formula behind a tab": ("held\t=1+1", "held\t=1+1"),
    "formula behind a line break": ("held\n=1+1", "held\n=1+1"),
    "apostrophes": ("''=1", "''=1"),
    "separators of lists": ("a; b | c\\d :: e", "a; b | c\\d :: e"),
    "quotation marks": ('"held", he said', '"held", he said'),
    "right to left": ("\u202eabc\u202c \u200f\u0627\u200f", "abc \u0627"),
    "isolates": ("\u2066a\u2069 \u061cb", "a b"),
    "no width": ("\ufeffa\u200bb\u2060c\xadd", "abcd"),
    "joiners between letters that need none": ("a\u200cb\u200dc", "abc"),
    "joiners of Arabic script and emoji": ("\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f4bb", "\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f4bb"),
    "emoji": ("\U0001f54a\ufe0f\U0001f1f0\U0001f1ff", "\U0001f54a\ufe0f\U0001f1f0\U0001f1ff"),
    "NUL": ("a\0b", "ab"),
    "control characters": ("a\x08\x1b[31mb\x7f\x9b", "a[31mb"),
    "no characters": ("a\ufffe\uffffb", "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"),
    "halves of a pair": ("a\ud83db\udd4a", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"),
    "line breaks of Unicode": ("a\u2028b\u2029c\x85d", "a\u2028b\u2029c\x85d"),
    "markup": ("<b>&amp;</b> ]]> <!--", "<b>&amp;</b> ]]> <!--"),
    "markup of a spreadsheet": ("<r><t>held</t></r>", "<r><t>held</t></r>"),
    "broken markup of a spreadsheet": ("<r>held</t></is></r>", "<r>held</t></is></r>"),
    "a link": ("https://example.org/?a=1&b=2#c", "https://example.org/?a=1&b=2#c"),
    "a number": ("007", "007"),
    "a date": ("1-2", "1-2"),
    "true": ("TRUE", "TRUE"),
    "an error": ("#REF!", "#REF!"),
}  # fmt: skip
"""What is typed, and what is read. A text has no blanks around it."""
LONG = "Задержали трёх человек, через час отпустили. " * 2_300
Row = tuple[str, str]
"""A title, and the role of the first people affected."""


def read_csv(content: bytes, separator: str = ",") -> Iterator[Row]:
    """As docs/export.md has it."""
    assert content.startswith(b"\xef\xbb\xbf")
    rows = csv.DictReader(
        io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator, strict=True
    )
    for row in rows:
        title, role = (unguarded(row[name], separator) for name in ("title", "affected_role"))
        yield title, re.sub(r"\\([\\;|])", r"\1", role)


def unguarded(cell: str, separator: str) -> str:
    """Without the apostrophes that docs/export.md tells of."""
    whole = cell[1:] if re.match(r"'('*\s*[=+\-@＝＋－＠]|'*[\t\r])", cell) else cell
    also = "," if separator == ";" else ""
    return re.sub(rf"([{also};\t\r\n])'(?=['\"\s]*[=+\-@＝＋－＠])", r"\1", whole)


def read_jsonl(content: bytes) -> Iterator[Row]:
    """A line a record."""
    for line in content.decode().splitlines():
        record = json.loads(line)
        yield record["title"], record["affected"][0]["role"]


def read_xlsx(content: bytes) -> Iterator[Row]:
    """A workbook; openpyxl leaves what Excel turns back into a literal `_x0041_`."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    titles, roles = (
        column(book[sheet], name) for sheet, name in (("reports", "title"), ("affected", "affected_role"))
    )
    return zip(titles, roles, strict=True)


def column(sheet: openpyxl.worksheet.worksheet.Worksheet, name: str) -> Sequence[str]:
    """The cells below a head."""
    heads, *rows = sheet.iter_rows(values_only=True)
    return [row[heads.index(name)] for row in rows]


READERS: Mapping[str, Callable[[bytes], Iterator[Row]]] = {
    "csv": read_csv,
    "excel-csv": lambda content: read_csv(content, ";"),
    "jsonl": read_jsonl,
    "xlsx": read_xlsx,
}


def exported(forms: Mapping[str, Form], format_: str, texts: Sequence[str]) -> bytes:
    """An export of a record for each text."""
    said = [
        version(f"R{number:05}", {"title": typed(text), "affected[1]/affected_role": typed(text)})
        for number, text in enumerate(texts)
    ]
    return written(FORMATS[format_], our_table(forms), said)


@pytest.mark.parametrize("format_", READERS)
def test_every_text_comes_out_as_it_went_in(forms: Mapping[str, Form], format_: str) -> None:
    """But for characters that no file can hold, in whose place there is a mark."""
    content = exported(forms, format_, [given for given, _ in HOSTILE.values()])
    found = dict(zip(HOSTILE, READERS[format_](content), strict=True))
    assert found == {name: (text, text) for name, (_, text) in HOSTILE.items()}


@pytest.mark.parametrize("format_", ["csv", "excel-csv", "jsonl"])
def test_a_story_of_a_hundred_thousand_characters_stays_whole(
    forms: Mapping[str, Form], format_: str
) -> None:
    """In a cell or a field."""
    assert len(LONG) > 100_000
    assert list(READERS[format_](exported(forms, format_, [LONG]))) == [(LONG.strip(), LONG.strip())]


@pytest.mark.parametrize("format_", READERS)
def test_an_export_of_nothing_can_be_read(forms: Mapping[str, Form], format_: str) -> None:
    """It has no record."""
    assert list(READERS[format_](exported(forms, format_, []))) == []


TABLES = [name for name, one in FORMATS.items() if one.mime.startswith("text/")]
"""Formats that a spreadsheet opens as a table of text."""


@pytest.mark.parametrize("format_", TABLES)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula_wherever_a_spreadsheet_splits(
    forms: Mapping[str, Form], format_: str, separator: str
) -> None:
    """With the right separator, or where a spreadsheet takes another one for it; plain numbers alone begin with a sign."""
    content = exported(forms, format_, [given for given, _ in HOSTILE.values()]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator):
        for cell in row:
            assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", cell) or re.fullmatch(r"[+-]?\d+", cell), cell


def test_excel_of_the_region_sees_columns_by_a_double_click(forms: Mapping[str, Form]) -> None:
    """Its list separator, the mark by which it knows UTF-8, names that programs can read in the first line."""
    content = exported(forms, "excel-csv", ["Held"])
    first = content.decode("utf-8-sig").split("\r\n")[0]
    assert first.startswith(
        '"id";"version";"approved_on";"kind";"kind_label_en";"kind_label_ru";"kind_label_kk"'
    )
    assert FORMATS["excel-csv"].extension == "csv"


def test_decimals_are_numbers_to_excel_of_the_region(forms: Mapping[str, Form]) -> None:
    """With a point it would take 3.5 for the third of May."""
    terms: Mapping[str, Answer] = {
        "outcomes[1]/outcome_status": Chosen(("toughened",)),
        "outcomes[1]/outcome_prison_years": Number(3.5),
        "place_public": GeoPoint(43.2, -76.9),
        "place_share": Chosen(("10km",)),
    }
    names = ("outcomes_prison_years", "latitude", "longitude", "within_km")
    for format_, separator, wanted in (
        ("csv", ",", ("3.5", "43.2", "-76.9", "10")),
        ("excel-csv", ";", ("3,5", "43,2", "-76,9", "10")),
    ):
        content = written(FORMATS[format_], our_table(forms), [version("R1", terms)]).decode("utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(content, newline=""), delimiter=separator)
        assert tuple(row[name] for name in names) == wanted
