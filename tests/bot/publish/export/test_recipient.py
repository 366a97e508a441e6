"""A recipient's copy, kept by exports of changes alone, is what a fresh export holds."""

import csv
import io
import json
from typing import Any

import pytest

from bot.desk.decisions import incidents
from bot.form.answers import Chosen
from bot.publish.export.making import ExportOrder
from bot.reports.states import Consent, Status
from db.models import Report
from tests.bench import Bench, approve_proposal, text
from tests.bot.publish.export.registered import begin, correct, explained, manifest, part, reports, withdraw

Rows = dict[str, Any]


class Recipient:
    """A partner who knows the documentation alone: rows by id, where newer ones replace older ones."""

    def __init__(self, format_: str, *filters: str) -> None:
        self.words, self.rows = (format_, *filters), Rows()

    async def fetch(self, bench: Bench, changed: str = "changed=last") -> list[str]:
        """Bring the copy up to date; the ids that were deleted."""
        asked, gone = await self._made(bench, self.words, changed)
        for ref in gone:
            self.rows.pop(ref, None)
        self.rows |= asked
        return gone

    async def fresh(self, bench: Bench) -> Rows:
        """Rows of a whole export now."""
        return (await self._made(bench, self.words))[0]

    async def _made(self, bench: Bench, words: tuple[str, ...], *changed: str) -> tuple[Rows, list[str]]:
        asked = await begin(bench, *words, *changed)
        document = await part(bench, asked)
        return self._read(document[1]) if document else {}, await gone_by(bench, asked) if document else []

    def _read(self, content: bytes) -> Rows:
        if self.words[0] == "jsonl":
            return {row["id"]: row for row in map(json.loads, content.splitlines())}
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return {row["id"]: row for row in table}


async def gone_by(bench: Bench, asked: ExportOrder) -> list[str]:
    """The ids in the file beside an export, which are those of its manifest."""
    files = await explained(bench, asked.number)
    if "gone.csv" not in files:
        assert "gone" not in json.loads(files["manifest.json"])
        return []
    head, *gone = files["gone.csv"].decode().split()
    assert (head, gone) == ("id", json.loads(files["manifest.json"])["gone"])
    return gone


async def moved(bench: Bench, report: Report, region: str) -> None:
    """Another version of a record, elsewhere."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, f"Cai{bench.chats}")
        found = await unit.session.get_one(Report, report.id)
        found.status = Status.NEW
        await bench.propose(unit, moderator, found, None, region=Chosen((region,)), title=text("Elsewhere"))
        await approve_proposal(unit, moderator, found)


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
async def test_a_copy_kept_by_two_exports_of_changes_equals_a_fresh_one(bench: Bench, format_: str) -> None:
    """After a withdrawal, a correction, one out of the filter and back, another consent, something new, and what the
    withdrawal means for a record of the same event and for a related one."""
    copy = Recipient(format_, "region=KZ-75")
    one, two, three, four, five, six, seven = await reports(bench, 7)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Dana")
        await incidents.join(unit, moderator, await unit.session.get_one(Report, one.id), six.ref)
        await incidents.relate(unit, moderator, await unit.session.get_one(Report, one.id), seven.ref)
    assert await copy.fetch(bench) == []
    assert len(copy.rows) == 7
    await withdraw(bench, one)
    await correct(bench, two)
    await moved(bench, three, "KZ-71")
    assert await copy.fetch(bench) == sorted([one.ref, three.ref])
    assert copy.rows.keys() == {two.ref, four.ref, five.ref, six.ref, seven.ref}
    assert await copy.fresh(bench) == copy.rows
    (eight,) = await reports(bench, 1)
    await moved(bench, three, "KZ-75")
    async with bench.write() as unit:
        (await unit.session.get_one(Report, four.id)).consent_use = Consent.SHARE
        await incidents.leave(unit, moderator, await unit.session.get_one(Report, six.id))
    assert await copy.fetch(bench) == [four.ref]
    assert copy.rows.keys() == {one_.ref for one_ in (two, three, five, six, seven, eight)}
    assert await copy.fresh(bench) == copy.rows


async def test_a_manifest_names_what_is_gone_and_what_is_replaced(bench: Bench) -> None:
    """Only in an export of changes; where nothing but that is new, a file without rows leaves with it."""
    one, two, three = await reports(bench, 3)
    whole = await begin(bench, "jsonl")
    await part(bench, whole)
    assert {"gone", "replaced"}.isdisjoint(await manifest(bench, whole.number))
    await correct(bench, two)
    later = await begin(bench, "jsonl", "changed=last")
    await part(bench, later)
    told = await manifest(bench, later.number)
    assert (told["gone"], told["replaced"]) == ([], [{"id": two.ref, "version": 2}])
    await withdraw(bench, three)
    last = await begin(bench, "jsonl", "changed=last")
    document = await part(bench, last)
    assert document is not None
    assert document[1] == b""
    told = await manifest(bench, last.number)
    assert (told["rows"], told["gone"], told["replaced"]) == (0, [three.ref], [])
    again = await begin(bench, "jsonl", f"changed={whole.number}")
    await part(bench, again)
    assert (await manifest(bench, again.number))["gone"] == [three.ref]
    await part(bench, await begin(bench, "jsonl"))
    nothing = await begin(bench, "jsonl", "changed=last")
    assert await part(bench, nothing) is None
    await correct(bench, one)
    after = await begin(bench, "jsonl", "changed=last")
    await part(bench, after)
    assert (await manifest(bench, after.number))["gone"] == []
