"""People told as more than a number: every format says both that number and the least that they are."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.form.answers import Number
from bot.form.model import Form
from bot.publish.country_update.service import composed
from bot.publish.export.formats import FORMATS
from bot.publish.export.formats.writing import Format
from tests.bench import Bench
from tests.bot.publish.country_update.test_update import MARCH, approve, words
from tests.bot.publish.export.formats.made import exported
from tests.bot.publish.export.published import FULL

PLACE = "affected[1]/affected_number_"


def unpacked(content: bytes) -> str:
    """All text of a file, of an archive that of what it holds."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content.decode("utf-8")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(unpacked(archive.read(name)) for name in archive.namelist())


@pytest.mark.parametrize(
    "format_", [one for one in FORMATS.values() if not one.of_reporters], ids=lambda one: one.name
)
def test_every_format_says_more_than_and_the_least(forms: Mapping[str, Form], format_: Format) -> None:
    """Where the number was told as such alone."""
    told = {**FULL, f"{PLACE}min": Number(4322, beyond=True), f"{PLACE}max": None}
    plain = {**told, f"{PLACE}min": Number(4322)}
    more, least = (unpacked(exported(forms, format_, one)) for one in (told, plain))
    assert "4322" in more
    assert "4321" in more
    assert "4321" not in least


async def test_the_update_prints_more_than_and_sums_one_more(bench: Bench) -> None:
    """In each language."""
    people: dict[str, Any] = {f"{PLACE}min": Number(31, beyond=True), f"{PLACE}max": None}
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit, language="en"), **people)
        documents = {one: await composed(unit, replace(MARCH, language=one)) for one in ("en", "ru", "kk")}
    for language, said in (
        ("en", "more than 30 people"),
        ("ru", "больше 30 человек"),
        ("kk", "30 адамнан көп"),
    ):
        document = documents[language]
        whole = repr(document).replace("\\xa0", " ")
        assert said in whole, language
    assert "At least 31 people were affected." in words(documents["en"], "figures")
