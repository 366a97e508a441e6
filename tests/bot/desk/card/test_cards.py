"""Cards: a report with its talk, its files numbered through, and what was seen of it."""

import pytest

from bot.desk.card import service as card_service
from bot.form.answers import FileKind, FileRef
from bot.reports import withdrawal
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import MessageContent
from bot.store import files
from bot.store.files import CLEANED, FAILED, PENDING, STORED, Incoming
from bot.store.unit import UnitOfWork
from db.models import File, Report
from tests.bench import Bench
from tests.bot.reports.talking import Talk, begun


async def card_of(unit: UnitOfWork, talk: Talk) -> card_service.Card:
    """The card of a talk's report."""
    return await card_service.card(unit, await unit.session.get_one(Report, talk.receipt.report.id))


async def tell(unit: UnitOfWork, talk: Talk, *photos: str) -> list[FileRef]:
    """The reporter tells something with photos."""
    report = await unit.session.get_one(Report, talk.receipt.report.id)
    await messages.said(unit, report)  # opens the key
    incoming = [Incoming(FileKind.PHOTO, name, f"{name}.jpg", "image/jpeg", 1) for name in photos]
    refs = [files.take_note(unit, report.data_key_id or "", one) for one in incoming]
    await talk_service._tell(unit, report, MessageContent("вот", tuple(refs), hour=unit.hour), frozenset())
    return refs


async def test_files_of_a_talk_are_numbered_after_the_reports_own(bench: Bench) -> None:
    """In the order in which they were told; one that nothing is known of could not be had."""
    talk = await begun(bench)
    async with bench.write() as unit:
        refs = [*await tell(unit, talk, "a", "b"), *await tell(unit, talk, "c")]
    async with bench.read() as unit:
        card = await card_of(unit, talk)
    assert [one.id for one in card.refs] == [one.id for one in refs]
    assert [card.number(one) for one in card.refs] == [1, 2, 3]
    assert {card.kept(one).status for one in card.refs} == {PENDING}
    unknown = FileRef("unknown", FileKind.PHOTO)
    assert card.kept(unknown).status == FAILED


async def test_what_a_card_has_shown_is_new_no_more_and_what_comes_after_is(bench: Bench) -> None:
    """Nor is anybody to be told of it; moderators' questions wait still."""
    talk = await begun(bench)
    await talk.ask("when")
    for expected in ([True, True], [True, False, True]):
        async with bench.write() as unit:
            await tell(unit, talk)
        async with bench.write() as unit:
            card = await card_of(unit, talk)
            assert [one.open for one in card.talk] == expected
            await card_service.note_read(unit, card)
            assert (card.report.unread, card.report.untold, card.report.waits) == (False, False, True)


@pytest.mark.parametrize("came_to", [CLEANED, STORED, FAILED])
async def test_what_came_with_a_file_is_new_until_that_was_fetched(bench: Bench, came_to: str) -> None:
    """Or can never be had: whoever looked too early looks again. Words of the same reporter are read meanwhile."""
    talk = await begun(bench)
    async with bench.write() as unit:
        (ref,) = await tell(unit, talk, "a")
        await tell(unit, talk)
    for status, new in ((PENDING, [True, False]), (came_to, [False, False])):
        async with bench.write() as unit:
            (await unit.session.get_one(File, ref.id)).status = status
            card = await card_of(unit, talk)
            assert card.talk[0].open
            await card_service.note_read(unit, card)
            assert [one.open for one in (await card_of(unit, talk)).talk] == new
            assert (card.report.unread, card.report.untold) == (any(new), False)


async def test_of_a_report_that_is_gone_a_card_has_neither_talk_nor_way(bench: Bench) -> None:
    """Only what it still is."""
    talk = await begun(bench)
    await talk.ask("when")
    async with bench.read() as unit:
        before = await card_of(unit, talk)
    assert (len(before.talk), before.way is not None, before.content is not None) == (1, True, True)
    async with bench.write() as unit:
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, talk.receipt.report.id))
        card = await card_of(unit, talk)
    assert (card.content, list(card.talk), card.way, list(card.refs), dict(card.files)) == (
        None,
        [],
        None,
        [],
        {},
    )
