"""Data Packages are valid to frictionless, and their descriptors to the JSON Schema that the standard publishes."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.form.model import Form
from bot.services.export.formats.data_package import DATA_PACKAGE
from bot.services.export.formats.writer import About
from tests.bot.services.export.formats.records import (
    HOSTILE,
    OWN_ANSWERS,
    PLACED,
    our_table,
    own_table,
    titled,
    version,
    written,
)
from tests.bot.services.export.test_export import FULL
from tests.readers.conftest import Reading

pytestmark = pytest.mark.outside

VALIDATED = """
import pathlib, zipfile
import check_datapackage
from frictionless import Package
found = {}
for package in sorted(pathlib.Path(path).glob("*.zip")):
    report = Package(str(package)).validate()
    descriptor = json.loads(zipfile.ZipFile(package).read("datapackage.json"))
    found[package.stem] = [
        [[error.type, error.note] for error in (*report.errors, *(one for task in report.tasks for one in task.errors))],
        [[issue.jsonpath, issue.message] for issue in check_datapackage.check(descriptor)],
        len(report.tasks) - len(descriptor["resources"]),
    ]
"""
"""By the packages of a folder, what is wrong with the rows, and with the descriptor; and how many tables were not looked at."""
WRONG: Mapping[str, tuple[str, str, str, str]] = {
    "record": ("affected.csv", "R00001,1", "R99999,1", "foreign-key"),
    "instance": ("affected_groups.csv", "R00001,2,1", "R00001,7,1", "foreign-key"),
    "code": ("reports.csv", ",KZ-75,", ",KZ-99,", "foreign-key"),
    "date": ("outcomes.csv", "2024-04-02", "2 April", "constraint-error"),
    "number": ("perpetrators.csv", "R00001,1", "R00001,one", "type-error"),
}
"""What is changed in a table, and the error that it is."""


def ours(forms: Mapping[str, Form]) -> bytes:
    """A full package."""
    table = our_table(forms)
    full = version("R7K3QV", {**FULL, **PLACED}, incident="E2M9XA", related=("R00009",))
    about = About("Human Rights Bureau", "CC-BY-4.0")
    return written(DATA_PACKAGE, table, [full, *titled(table, HOSTILE)], about)


def test_packages_are_valid(forms: Mapping[str, Form], tmp_path: Path, reading: Reading) -> None:
    """Full, empty, and of a form of one's own: every cell, key and reference, and the descriptor."""
    own = written(DATA_PACKAGE, own_table(forms, tmp_path), [version("R1", OWN_ANSWERS, "own")])
    packages = {"full": ours(forms), "empty": written(DATA_PACKAGE, our_table(forms), []), "own": own}
    for name, content in packages.items():
        (tmp_path / f"{name}.zip").write_bytes(content)
    assert reading(VALIDATED, tmp_path) == {name: [[], [], 0] for name in packages}


def test_packages_that_are_wrong_are_found_out(
    forms: Mapping[str, Form], tmp_path: Path, reading: Reading
) -> None:
    """So the judge looks at what it says nothing of."""
    content = io.BytesIO(ours(forms))
    for case, (name, old, new, _) in WRONG.items():
        with zipfile.ZipFile(content) as good, zipfile.ZipFile(tmp_path / f"{case}.zip", "w") as wrong:
            for entry in good.infolist():
                text = good.read(entry).decode()
                wrong.writestr(entry.filename, text.replace(old, new) if entry.filename == name else text)
    found = reading(VALIDATED, tmp_path)
    kinds = {case: {kind for kind, _ in errors} for case, (errors, _, _) in found.items()}
    assert {case: error for case, (*_, error) in WRONG.items() if error in kinds[case]} == {
        case: error for case, (*_, error) in WRONG.items()
    }
