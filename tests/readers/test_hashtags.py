"""CSV with hashtags is what libhxl, the standard's own library, takes for HXL."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.form.model import Form
from bot.services.export.formats.hxl import HXL
from tests.bot.services.export.formats.records import OWN_ANSWERS, our_table, own_table, version, written
from tests.readers.conftest import Reading

pytestmark = pytest.mark.outside

READ = """
import hxl
def data():
    return hxl.data(path, hxl.InputOptions(allow_local=True))
problems = []
data().validate(callback=lambda error: problems.append([error.rule.severity, error.message]))
def seen(rows, *tags):
    return [[row.get(tag) for tag in tags] for row in rows]
found = {
    "problems": [problem for problem in problems if problem[0] == "error"],
    "rows": len(list(data())),
    "people": seen(data().count("#adm1+code", "sum(#affected) as #affected+sum"), "#adm1+code", "#affected+sum"),
    "types": seen(data().expand_lists("#event+type+code").count("#event+type+code"), "#event+type+code", "#meta+count"),
    "groups": seen(
        data().expand_lists("#group+affected", correlate=True), "#group+affected+code", "#group+affected+description"
    ),
}
"""


def test_people_are_counted_by_region_and_lists_fall_apart(
    forms: Mapping[str, Form], tmp_path: Path, reading: Reading
) -> None:
    """By its own filters; no rule of its schema is broken."""
    file = tmp_path / "records.hxl.csv"
    records = [version("R1"), version("R2", counts=False), version("R3")]
    file.write_bytes(written(HXL, our_table(forms), records))
    assert reading(READ, file) == {
        "problems": [],
        "rows": 3,
        "people": [["KZ-75", 4]],
        "types": [["detention", 3], ["detention.mass", 3]],
        "groups": [["journalist; activist", "journalists; two"], ["organisation", "an outlet"]] * 3,
    }


def test_a_form_of_ones_own_is_hxl_too(forms: Mapping[str, Form], tmp_path: Path, reading: Reading) -> None:
    """By the names of its questions."""
    file = tmp_path / "own.hxl.csv"
    file.write_bytes(written(HXL, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")]))
    lines = """
import hxl
rows = hxl.data(path, hxl.InputOptions(allow_local=True)).expand_lists("#meta+tools+code")
found = [[row.get("#meta+tools+code"), row.get("#event+name")] for row in rows]
"""
    assert reading(lines, file) == [["water", "Held"], ["smoke", "Held"]]
