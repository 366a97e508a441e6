"""A code that nobody has written down yet leaves the chat only after its reporter was told that it will."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.chat.screens.callback import Act
from bot.chat.transport.sending.call import Call, OwedRow
from bot.chat.transport.sending.delivered import Delivered, Drained
from bot.safety.receipt import codes_in
from bot.services.reports.talk import ways, words
from bot.services.reports.talk.words import Words
from db.models import OutboxRow, Report
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.chat.reporter.talking import ME, buttons, deleted, said, sent, text

WARNINGS = {
    "kk": ("код", "сақтап алыңыз", "өшеді"),
    "ru": ("код", "сохраните", "исчезнет"),
    "en": ("code", "keep"),
}
"""Of a code, that it is to be kept, since it goes."""


def warns(shown: str, language: str = "ru") -> bool:
    """Whether a text says that a code is to be kept before one goes on."""
    return all(word in shown.lower() for word in WARNINGS[language])


async def received(chats: Chats) -> tuple[int, str]:
    """A receipt stands in the chat; the number of its message, and the code."""
    calls = await sent(chats)
    (code,) = codes_in(said(calls))
    row = next(
        row for row, call in zip(chats.rows, calls, strict=True) if call.shows and code in said([call])
    )
    (number,) = await deliver(chats, [row])
    return number, code


async def deliver(chats: Chats, rows: Sequence[OwedRow]) -> list[int]:
    """These reach the chat."""
    done = [Delivered(row, (chats.number(),)) for row in rows]
    await chats.batch(drained=Drained(done))
    return [one for each in done for one in each.message_ids]


async def test_by_a_question_that_is_opened(bench: Bench) -> None:
    """The message that asks for the last part of the code says it: whoever looks it up above has not kept it."""
    chats = Chats(bench)
    number, code = await received(chats)
    async with bench.write() as unit:
        (way,) = await ways.of_chat(unit, ME)
        report = await unit.session.get_one(Report, way.row.report_id)
        await words.add(unit, report, Words("Кто видел?"), from_reporter=False, open_=True)
    asked = await chats.tap(ME, Act("qopen"))
    assert number not in deleted(asked)
    assert warns(said(asked))
    assert number in deleted(await chats.reply(ME, code[-4:], said(asked)))


@pytest.mark.parametrize("where", ["under the first question", "where one stops"])
async def test_by_a_new_report_that_leaves_nothing(bench: Bench, where: str) -> None:
    """Wherever that is offered."""
    chats = Chats(bench)
    number, _ = await received(chats)
    consent = await chats.tap(ME, Act("begin", "ru"))
    offered = await chats.tap_data(ME, next(iter(buttons(consent).values())))
    if where == "where one stops":
        offered = await chats.say(ME, "/cancel")
    assert warns(said(offered))
    (switch,) = (data for label, data in buttons(offered).items() if text("flow.leave_nothing") in label)
    assert number in deleted(await chats.tap_data(ME, switch))


@pytest.mark.parametrize("way", ["cleared", "proved", "withdrawn"])
async def test_a_receipt_that_is_still_on_its_way_comes_though_the_chat_is_cleared(
    bench: Bench, way: str
) -> None:
    """By what one does with an older receipt: nobody can look up the code of the newer one."""
    chats = Chats(bench)
    receipt = await sent(chats)
    (older,) = codes_in(said(receipt))
    await deliver(chats, chats.rows)
    (newer,) = codes_in(said(await sent(chats)))  # which the bot cannot send yet
    if way == "cleared":
        await chats.tap_data(ME, buttons(receipt)[text("reporter.clear")])
    elif way == "proved":
        asked = said(await chats.tap_data(ME, buttons(receipt)[text("reporter.receipt.check")]))
        await chats.reply(ME, older[-4:], asked)
    else:
        sure = await chats.say(ME, f"/withdraw {older}")
        await chats.tap_data(ME, buttons(sure)[text("reporter.withdraw.yes")])
    assert await owed_codes(bench) == [newer]


@pytest.mark.parametrize("way", ["panic", "deleted"])
async def test_nothing_comes_once_everything_was_to_go(bench: Bench, way: str) -> None:
    """Then no receipt either: who asks for that may be about to be searched."""
    chats = Chats(bench)
    await received(chats)
    assert codes_in(said(await sent(chats)))
    if way == "panic":
        await chats.say(ME, "/panic")
    else:
        consent = await chats.tap(ME, Act("begin", "ru"))
        await chats.tap_data(ME, next(iter(buttons(consent).values())))
        stop = await chats.say(ME, "/cancel")
        await chats.tap_data(ME, buttons(stop)[text("flow.cancel.sure")])
    assert await owed_codes(bench) == []


async def test_a_receipt_that_was_seen_does_not_come_again(bench: Bench) -> None:
    """Its delivery was never confirmed, so it is owed still; by its own button its reporter has it."""
    chats = Chats(bench)
    shown = await sent(chats)
    (receipt,) = (row for row, call in zip(chats.rows, shown, strict=True) if codes_in(said([call])))
    tried = Drained(tried=frozenset({receipt.id}))
    update = chats.tapped(ME, buttons(shown)[text("reporter.clear")])
    calls = await chats.batch(update, drained=tried)
    assert await owed_codes(bench) == []
    assert text("reporter.may_remain") in said(calls)


async def test_of_a_receipt_that_may_stand_there_already_it_is_said(bench: Bench) -> None:
    """It comes again, since it need not have come."""
    chats = Chats(bench)
    clear = buttons(await sent(chats))[text("reporter.clear")]
    await deliver(chats, chats.rows)
    shown = await sent(chats)
    (receipt,) = (row for row, call in zip(chats.rows, shown, strict=True) if codes_in(said([call])))
    calls = await chats.batch(chats.tapped(ME, clear), drained=Drained(tried=frozenset({receipt.id})))
    assert await owed_codes(bench) == list(codes_in(said(shown)))
    assert text("reporter.may_remain") in said(calls)


async def owed_codes(bench: Bench) -> list[str]:
    """The codes in what the chats are still owed."""
    async with bench.read() as unit:
        rows = (await unit.session.scalars(select(OutboxRow))).all()
        calls = [Call.load(unit.safe.ring, row) for row in rows]
    return [code for call in calls for code in codes_in(str(call.params.get("text", "")))]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_in_every_language(language: str) -> None:
    """And the receipt itself says that whatever clears the chat takes the code along."""
    for key in ("flow.leave_nothing.hint", "reporter.talk.part", "reporter.receipt.then"):
        assert warns(TEXTS.text(language, key), language), key
