"""What the documents say can be done and where they lead is true."""

import re
from pathlib import Path

import pytest

from scripts.data_table import DOCUMENT, document

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMANDS = ("uv run --no-dev python -m bot demo", "uv run pytest")


def test_the_two_commands_of_the_readme_are_those_that_are_tried() -> None:
    """The script that tries them in a fresh clone runs the same words."""
    readme, script = ((ROOT / path).read_text("utf-8") for path in ("README.md", ".ci/two-commands"))
    for command in COMMANDS:
        assert f"```\npip install uv && {command}\n```" in readme
        assert re.search(rf"pip install [a-z -]*uv && {re.escape(command)}['\n]", script)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    """Links and pictures that are not on the web are files of the repository."""
    found = re.findall(r'(?:\]\(|src=")([^)"#]+)', document.read_text("utf-8"))
    local = [target for target in found if not target.startswith(("http", "mailto:"))]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_the_licence_is_the_one_that_is_named() -> None:
    """The GNU Affero General Public License, version 3, whole."""
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.lstrip().startswith(
        "GNU AFFERO GENERAL PUBLIC LICENSE\n                       Version 3, 19 November 2007"
    )
    assert "13. Remote Network Interaction" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_contract_of_data_is_that_of_the_forms() -> None:
    """The table in the documents is the one that the forms and the columns give now."""
    assert DOCUMENT.read_text("utf-8") == document()
