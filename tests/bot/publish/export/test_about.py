"""What an export says of itself: whose it is, and what others may do with it."""

import io
import json
import zipfile
from typing import Any

from bot.publish.export import exports
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import SHARED, ExportScope
from bot.reports.states import Consent
from bot.settings.values import read_wording
from bot.store.unit import UnitOfWork
from tests.bench import Bench, reads_in
from tests.bot.publish.export.published import approve

WHOSE = {
    "organisation": read_wording("ru: Бюро | en: Bureau", ("ru", "en"), 80),
    "export_licence": "CC-BY-4.0",
}


async def descriptor(unit: UnitOfWork, scope: ExportScope) -> dict[str, Any]:
    """`datapackage.json` of an export, before it is encrypted if it is to be."""
    request = ExportRequest.read("datapackage")
    content = b"".join([piece async for piece in exports.stream(reads_in(unit), request, scope)])
    found: dict[str, Any] = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("datapackage.json"))
    return found


async def test_the_organisation_and_the_licence_of_the_settings_are_named(bench: Bench) -> None:
    """No licence is in what only its recipients may see, whatever is set: it would let them pass on names."""
    bench.settings = bench.settings.model_copy(update=WHOSE)
    async with bench.write() as unit:
        await approve(bench, unit, await bench.moderator(unit), Consent.SHARE)
    async with bench.read() as unit:
        said = {scope: await descriptor(unit, scope) for scope in ExportScope}
    assert said[ExportScope.PUBLIC]["licenses"][0]["name"] == "CC-BY-4.0"
    assert [one["contributors"][0]["title"] for one in said.values()] == ["Bureau"] * 4
    assert not [scope for scope in SHARED if "licenses" in said[scope]]


async def test_nothing_is_said_where_nothing_is_set(bench: Bench) -> None:
    """As it is when Kuager is new."""
    async with bench.read() as unit:
        assert not (await descriptor(unit, ExportScope.PUBLIC)).keys() & {"contributors", "licenses"}
