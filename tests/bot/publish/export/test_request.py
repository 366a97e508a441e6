"""What is asked of an export, as it is typed."""

import pytest

from bot.errors import Refusal
from bot.publish.export.request import ExportRequest


@pytest.mark.parametrize("words", [("csv", "yesterday"), ("csv", "2026-02-01", "2026-01-01")])
def test_an_export_of_no_sensible_period_is_refused(words: tuple[str, ...]) -> None:
    """A day that is none, the last before the first."""
    with pytest.raises(Refusal, match=r"export\.how"):
        ExportRequest.read(*words)


def test_an_unknown_format_is_refused_by_its_name() -> None:
    """Nothing else is written in its place; what there is is told, and a long word is said back only in part."""
    with pytest.raises(Refusal, match=r"export\.unknown_format") as refused:
        ExportRequest.read("xml" * 10)
    assert refused.value.arguments["format"] == "xmlxmlxmlxmlxmlx"
    named = str(refused.value.arguments["formats"]).split(", ")
    assert {"csv", "jsonl", "geojson", "datapackage", "hxl"} <= set(named)
