"""Exports that the register knows, and what becomes of the reports that they hold."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from bot.publish.export import making, register
from bot.publish.export.making import Document, ExportOrder
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope
from bot.reports import links, withdrawal
from bot.reports.states import Status
from db.models import Report
from tests.bench import Bench, approve_proposal, text
from tests.bot.publish.export.published import approve


async def begin(bench: Bench, *words: str, actor: str = "Aspan") -> ExportOrder:
    """An export that was asked for."""
    async with bench.write() as unit:
        row = await register.begin(unit, actor, ExportRequest.read_words(words or ["jsonl"]))
        return ExportOrder(row.number, ExportRequest.read_spec(row.spec), ExportScope.PUBLIC)


async def part(bench: Bench, asked: ExportOrder, number: int = 0, parts: int = 1) -> Document | None:
    """One of its files."""
    return await making.part_in_chat(bench.read, bench.write, asked, number, parts)


async def made(bench: Bench, *words: str) -> list[str]:
    """The references in the only file of a new export."""
    document = await part(bench, await begin(bench, *words))
    return refs_in(document) if document else []


def refs_in(document: Document | None) -> list[str]:
    """The references in a file of JSON Lines."""
    assert document is not None
    return [json.loads(line)["id"] for line in document[1].splitlines()]


async def explained(bench: Bench, number: int) -> Mapping[str, bytes]:
    """The files that explain an export, by the end of their names."""
    name, content, mime = await making.description_of(bench.read, number)
    assert mime == "application/zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = f"{name.removesuffix('.about.zip')}."
        return {one.removeprefix(start): archive.read(one) for one in archive.namelist()}


async def manifest(bench: Bench, number: int) -> Mapping[str, Any]:
    """The manifest of an export."""
    found: Mapping[str, Any] = json.loads((await explained(bench, number))["manifest.json"])
    return found


async def reports(bench: Bench, number: int) -> list[Report]:
    """Approved reports, one an hour."""
    found = []
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, f"Aspan{bench.chats}")
    for _ in range(number):
        async with bench.write() as unit:
            found.append(await approve(bench, unit, moderator))
        bench.later(1)
    return found


async def correct(bench: Bench, report: Report) -> None:
    """Another version of a public record."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, f"Bota{bench.chats}")
        found = await unit.session.get_one(Report, report.id)
        found.status = Status.NEW
        await bench.propose(unit, moderator, found, None, title=text("Another title"))
        await approve_proposal(unit, moderator, found)


async def withdraw(bench: Bench, report: Report) -> None:
    """What its reporter does."""
    async with bench.write() as unit:
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, report.id))


async def held(bench: Bench, report: Report) -> tuple[int, str, list[int]] | None:
    """How many exports hold a report, since which day, and the newest."""
    async with bench.read() as unit:
        found = await links.holding(unit, report.id, 2)
        if found is None:
            return None
        return found.number, links.day_of(unit, found.since_hour), [one.number for one in found.newest]
