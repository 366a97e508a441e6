"""The manifest of an export, public or shared."""

import hashlib
import json

import pyrage  # type: ignore[import-untyped] # it has no types
from sqlalchemy import select

from bot.publish.export import making, register
from bot.publish.export.making import ExportOrder
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope
from bot.store.unit import REPORT_FORM, REVIEW_FORM
from db.models import AuditEntry
from tests.bench import Bench
from tests.bot.publish.export.published import approve
from tests.bot.publish.export.registered import begin, explained, held, manifest, part, refs_in, reports


async def test_a_manifest_says_what_the_file_is(bench: Bench) -> None:
    """Digest, size, counts, filters, who and when, to the hour; the same bytes each time."""
    (one,) = await reports(bench, 1)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Dana")
        for consent in ("share_trusted", "statistics_only", "statistics_only"):
            await approve(bench, unit, moderator, consent)
    asked = await begin(bench, "jsonl", "2026-11-01", "region=KZ-75", actor="Dana")
    document = await part(bench, asked)
    assert refs_in(document) == [one.ref]
    assert document is not None
    made = await making.description_of(bench.read, asked.number)
    assert (made[0], made[2]) == ("kuager_2026-11-01.jsonl.about.zip", "application/zip")
    bench.later(48)
    assert await making.description_of(bench.read, asked.number) == made
    told = await manifest(bench, asked.number)
    assert {key: told[key] for key in ("manifest", "export", "by", "scope", "format", "rows", "made")} == {
        "manifest": making.MANIFEST_VERSION,
        "export": 1,
        "by": "Dana",
        "scope": "public",
        "format": "jsonl",
        "rows": 1,
        "made": "2026-11-25T11:00+05:00",
    }
    assert (told["approved"], told["filters"]) == (
        {"since": "2026-11-01", "until": None},
        {"region": "KZ-75"},
    )
    assert told["withheld_in_period"] == {"by_consent": {"share_trusted": 1, "statistics_only": 2}}
    assert told["files"] == [
        {
            "name": "kuager_2026-11-01.jsonl",
            "bytes": len(document[1]),
            "sha256": hashlib.sha256(document[1]).hexdigest(),
            "rows": 1,
            "is_encrypted": False,
            "generalised": 0,
            "left_out": 0,
            "marks_removed": 0,
            "kept": {},
            "unlisted": {},
        }
    ]
    versions = {bench.forms[kind].name: bench.forms[kind].version for kind in (REPORT_FORM, REVIEW_FORM)}
    assert {name: one["version"] for name, one in told["forms"].items()} == versions
    assert all(one["left_out"] and one["why"] for one in told["redactions"])
    files = await explained(bench, asked.number)
    assert {one["name"]: one["sha256"] for one in told["beside"]} == {
        f"kuager_2026-11-01.jsonl.{name}": hashlib.sha256(files[name]).hexdigest()
        for name in ("codebook.csv", "schema.json")
    }
    assert told["table"] == "1.0"
    assert {"region", "violations", "outcome_status", "consent_use"} < told["lists"].keys()


async def test_what_two_administrators_share_is_noted_and_described_too(bench: Bench) -> None:
    """Encrypted to the operator's recipients, whatever is asked; the manifest says so, and what stayed out by consent."""
    identity = pyrage.x25519.Identity.generate()
    bench.settings = bench.settings.model_copy(update={"export_recipients": (str(identity.to_public()),)})
    async with bench.write() as unit:
        moderator = await bench.moderator(unit, "Dana")
        shared = await approve(bench, unit, moderator, "share_trusted")
        await approve(bench, unit, moderator)
        row = await register.begin(unit, "Dana", ExportRequest.read("jsonl"), ExportScope.STORIES)
    asked = ExportOrder(row.number, ExportRequest.read("jsonl"), ExportScope.STORIES)
    document = await part(bench, asked)
    assert document is not None
    assert json.loads(pyrage.decrypt(document[1], [identity]))["id"] == shared.ref
    assert (await held(bench, shared)) is not None
    told = await manifest(bench, row.number)
    assert (told["scope"], told["rows"], told["files"][0]["is_encrypted"]) == ("stories", 1, True)
    assert told["withheld_in_period"]["by_consent"] == {"publish_no_names": 1, "statistics_only": 0}
    assert not [one for one in told["redactions"] if one["left_out"].startswith("answers")]
    async with bench.read() as unit:
        acts = await unit.session.scalars(
            select(AuditEntry.act).order_by(AuditEntry.id).where(AuditEntry.act == "export")
        )
        assert list(acts) == []  # `share_make` tells of it
