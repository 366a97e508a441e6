"""CSV with hashtags, judged by what HXL's tagging conventions (1.1, sections 2 and 3) say of them and by nothing of the program."""

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.form.model import Form
from bot.publish.export import column_values, columns
from bot.publish.export.formats.lines import _TAGS, HXL, _tags
from tests.bot.publish.export.formats.records import (
    CUT_SHORT,
    HOSTILE,
    OWN_ANSWERS,
    PLACED,
    our_table,
    own_table,
    titled,
    version,
    written,
)
from tests.bot.publish.export.published import FULL

_TAG = re.compile(r"#[A-Za-z][A-Za-z0-9_]*(\s*\+[A-Za-z][A-Za-z0-9_]*)*")
_CORE = """
access activity adm1 adm2 adm3 adm4 adm5 affected beneficiary capacity cause channel contact country crisis currency date
delivery description event frequency geo group impact indicator inneed item loc meta modality need operations org output
population reached region respondee sector service severity status subsector targeted value
"""
"""The hashtags of the dictionary of HXL 1.1."""


def read(content: bytes) -> tuple[list[str], list[str], list[list[str]]]:
    """The headings, the hashtags and the rows, each as long as the others."""
    heads, tags, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    assert {len(row) for row in rows} <= {len(heads)} == {len(tags)}
    assert [tag for tag in tags if not _TAG.fullmatch(tag)] == []
    assert {tag[1:].partition("+")[0] for tag in tags} <= set(_CORE.split())
    return heads, tags, rows


def by_tag(content: bytes) -> list[dict[str, str]]:
    """The rows by their hashtags."""
    _, tags, rows = read(content)
    return [dict(zip(tags, row, strict=True)) for row in rows]


def test_a_full_record_is_found_by_its_hashtags(forms: Mapping[str, Form]) -> None:
    """Codes and labels side by side; the parts of lists and of repeats are parted by bars, as programs for HXL expect."""
    content = written(HXL, our_table(forms), [version("R7K3QV", {**FULL, **PLACED}, incident="E2M9XA")])
    (row,) = by_tag(content)
    wanted = {
        "#meta+id": "R7K3QV",
        "#meta+version": "1",
        "#date+approved": "2027-01-15",
        "#date+start": "2024-03",
        "#date+end": "2024-04",
        "#event+id": "E2M9XA",
        "#event+kind+code": "pattern",
        "#event+name": "'=Journalists held",
        "#description": "Two were held.\nOne; the other | later.",
        "#event+freedom+code+list": "assembly",
        "#event+right+code+list": "liberty|assembly",
        "#event+type+code+list": "detention.mass|detention",
        "#event+type+main+code": "detention.mass",
        "#adm1+code": "KZ-75",
        "#adm1+name+i_en": "Almaty",
        "#adm1+name+i_kk": "Алматы қаласы",
        "#loc+name": "Almaty",
        "#geo+lat": "43.2",
        "#geo+lon": "76.9",
        "#geo+precision+km": "10",
        "#group+affected+code+list": "journalist; activist|organisation",
        "#group+affected+description+list": "journalists; two|an outlet",
        "#org+affected+name+list": "|Dala ¦ Press",
        "#cause+type+code+list": "police",
        "#status+outcome+code+list": "fined|toughened",
        "#meta+outcomes_fine_tenge+list": "184600|",
        "#meta+url+list": "https://example.org/a|https://example.org/b",
        "#meta+tags+list": "floods_2024|january_2022",
        "#meta+assertion+code": "confirmed",
        "#affected+min": "2",
    }
    assert {tag: row[tag] for tag in wanted} == wanted


@pytest.mark.parametrize(
    ("numbers", "counted", "cell"),
    [([2, 30], True, "32"), ([0], True, "0"), ([2], False, ""), ([None], True, "")],
)
def test_people_are_a_number_that_can_be_added_up(
    forms: Mapping[str, Form], numbers: list[int | None], counted: bool, cell: str
) -> None:
    """Once for each incident, and blank where nobody said how many."""
    table = our_table(forms)
    record = {**table.record(version("R1")), "affected_number_min": numbers, "people_counted": counted}
    assert by_tag(written(HXL, table, [record]))[0]["#affected+min"] == cell


def test_what_a_program_takes_for_a_date_or_a_number_is_one(forms: Mapping[str, Form]) -> None:
    """HXL's schema has `#date` for dates and `#affected` for numbers, whatever the attributes."""
    content = written(HXL, our_table(forms), [version("R1", {**FULL, **PLACED})])
    for tag, cell in by_tag(content)[0].items():
        if tag.startswith("#date"):
            assert re.fullmatch(r"\d{4}(-\d\d){0,2}", cell)
        if tag.startswith(("#affected", "#geo")):
            assert re.fullmatch(r"\d+(\.\d+)?", cell)


def test_no_hashtag_is_of_a_column_that_is_gone() -> None:
    """Those of the vocabulary are of columns that there are, and no two are the same."""
    assert _TAGS.keys() <= {column.name for column in columns.fixed_columns()}
    assert len(set(_TAGS.values())) == len(_TAGS)


def test_hostile_texts_come_out_and_none_is_a_formula(forms: Mapping[str, Form]) -> None:
    """With an apostrophe before what a spreadsheet could calculate, also behind a `;`."""
    table = our_table(forms)
    found = by_tag(written(HXL, table, titled(table, [*HOSTILE, *CUT_SHORT])))
    guarded = {one: f"'{one}" for one in HOSTILE if one[0] in "=+-@\t\r"} | {
        "+1": "+1",
        "a; b;=c": "a; b;'=c",
    }
    assert [row["#event+name"] for row in found] == [
        *(guarded.get(one, one) for one in HOSTILE),
        *CUT_SHORT.values(),
    ]
    assert found[HOSTILE.index("a | b || c :: d")]["#group+affected+description+list"] == "a ¦ b ¦¦ c :: d|"


def test_an_export_of_nothing_has_its_two_lines(forms: Mapping[str, Form]) -> None:
    """The header is the same."""
    heads, tags, rows = read(written(HXL, our_table(forms), []))
    assert (heads[0], tags[0], heads[-1], rows) == ("id", "#meta+id", "affected", [])


def test_a_form_of_ones_own_is_tagged_by_its_names(forms: Mapping[str, Form], tmp_path: Path) -> None:
    """As what else there is."""
    content = written(HXL, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")])
    (row,) = by_tag(content)
    wanted = {
        "#event+name": "Held",
        "#meta+reports": "'=none",
        "#meta+tools+code+list": "water|smoke",
        "#meta+tools+name+i_ru+list": "Вода|Дым",
        "#meta+hours": "2",
        "#meta+age+list": "40|",
        "#meta+saw+code+list": "|smoke",
    }
    assert {tag: row[tag] for tag in wanted} == wanted
    assert b"Aigerim" not in content


@pytest.mark.parametrize(
    ("name", "tag"), [("q2-Number.b", "#meta+q2_number_b"), ("2nd", "#meta+x_2nd"), ("саны", "#meta+x")]
)
def test_any_name_makes_an_attribute(name: str, tag: str) -> None:
    """Of letters that HXL allows."""
    assert _tags(column_values.ExportColumn(name)) == [tag]
