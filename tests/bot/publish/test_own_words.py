"""A reporter's own words are public only once a moderator has confirmed that very text."""

import json
from typing import Any

import pytest

from bot.desk.decisions import service as decisions_service
from bot.desk.publishing import service as publishing_service
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen
from bot.publish.export import exports
from bot.publish.export.request import ExportRequest
from bot.reports import claims
from bot.store.unit import UnitOfWork
from db.models import Moderator, Report
from tests.bench import Bench, approve_proposal, as_typed, reads_in, text, typed

JSONL = ExportRequest.read("jsonl")
TOWN, LINKS = "Karasu, where my aunt lives", "https://example.org/post?id=7"
TOLD: dict[str, Answer] = {
    "depth": Chosen(("full",)),
    "region": Chosen(("KZ-39",)),
    "locality": text(TOWN),
    "links": text(LINKS),
}


async def begun(bench: Bench, unit: UnitOfWork) -> tuple[Moderator, Report]:
    """A report with free words for the public, held by a moderator."""
    moderator = await bench.moderator(unit)
    report = (await bench.submit(unit, **TOLD)).report
    await bench.propose(unit, moderator, report)
    return moderator, report


async def confirm(unit: UnitOfWork, moderator: Moderator, report: Report) -> list[str]:
    """Confirm all that waits; the texts that did."""
    found = await decisions_service.proposal(unit, report)
    proof = decisions_service.words_proof(unit, found, found.words)
    await decisions_service.confirm_words(unit, moderator, report, found, found.words, proof)
    return [one.text for one in found.words]


async def exported(unit: UnitOfWork) -> list[dict[str, Any]]:
    """The rows of an export."""
    return [json.loads(piece) async for piece in exports.stream(reads_in(unit), JSONL) if piece]


async def test_what_is_not_confirmed_is_left_out(bench: Bench) -> None:
    """The row is there, with what the moderator wrote and the codes, without the reporter's words."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        preview = await exports.preview(
            unit, report, 1, (await decisions_service.proposal(unit, report)).content, "en"
        )
        await approve_proposal(unit, moderator, report)
        (row,) = await exported(unit)
    assert TOWN not in str(preview)
    assert (row["place"]["locality"], row["links"]) == (None, [])
    assert (row["place"]["region"], row["title"]) == ("KZ-39", "People held in Almaty")


async def test_what_is_confirmed_is_public(bench: Bench) -> None:
    """As it stood on the screen; what the moderator typed and the form's own default wait for nobody."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        assert await confirm(unit, moderator, report) == [TOWN, LINKS]
        assert not (await decisions_service.proposal(unit, report)).words
        await approve_proposal(unit, moderator, report)
        (row,) = await exported(unit)
    assert (row["place"]["locality"], row["links"]) == (TOWN, [LINKS])


async def test_a_confirmation_holds_for_that_very_text_alone(bench: Bench) -> None:
    """In the next version what stayed as it was needs none; the same question with other words of a report does."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        await confirm(unit, moderator, report)
        other = {"locality": text("Karasu, second house from the bridge")}
        edit = await publishing_service.begin(unit, moderator, report, None)
        for path in [path for path in edit.draft.answers if path.endswith("/locality")]:
            edit.draft.answers[path] = other["locality"]  # type: ignore[index] # a dict
        await publishing_service.save_edit(unit, edit)
        (waiting,) = (await decisions_service.proposal(unit, report)).words
    assert waiting.text == "Karasu, second house from the bridge"


async def test_words_that_a_moderator_retyped_are_the_moderators(bench: Bench) -> None:
    """Whoever writes a text has seen it."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, **TOLD)).report
        await bench.propose(unit, moderator, report, locality=typed("Karasu"), links=None)
        assert not (await decisions_service.proposal(unit, report)).words
        assert as_typed(text("Karasu")) == typed("Karasu")


async def test_only_the_words_that_were_shown_are_confirmed(bench: Bench) -> None:
    """Neither others, nor by somebody who does not hold the report."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        found = await decisions_service.proposal(unit, report)
        part = decisions_service.words_proof(unit, found, found.words[:1])
        with pytest.raises(Refusal, match=r"approve\.stale"):
            await decisions_service.confirm_words(unit, moderator, report, found, found.words, part)
        await claims.release(unit, moderator, report)
        with pytest.raises(Refusal, match="not_held"):
            await decisions_service.confirm_words(unit, moderator, report, found, found.words[:1], part)


async def test_a_preview_shown_before_a_confirmation_approves_nothing(bench: Bench) -> None:
    """Else words would be public that its reader has not seen there."""
    async with bench.write() as unit:
        moderator, report = await begun(bench, unit)
        seen = (await decisions_service.proposal(unit, report)).proof
        await confirm(unit, moderator, report)
        with pytest.raises(Refusal, match=r"approve\.stale"):
            await decisions_service.approve(unit, moderator, report, seen)
