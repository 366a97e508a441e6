"""A code that nobody has written down yet leaves the chat only after its reporter was told that it will."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from bot.chat.buttons import Act, encode
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import messages, ways
from bot.reports.talk.messages import MessageContent
from bot.safety.pseudonym import codes_in
from bot.store.sent_messages import Stay
from bot.transport.call import Call, Delivered, DeliverySnapshot, QueuedRow
from db.models import OutboxRow, Report
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.reports.talking import ME, begun, buttons, deleted, ready, said, sent, text

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


async def deliver(chats: Chats, rows: Sequence[QueuedRow]) -> list[int]:
    """These reach the chat."""
    done = [Delivered(row, (chats.number(),)) for row in rows]
    await chats.batch(drained=DeliverySnapshot(done))
    return [one for each in done for one in each.message_ids]


async def test_by_a_question_that_is_opened(bench: Bench) -> None:
    """The message that asks for the last part of the code says it: whoever looks it up above has not kept it."""
    chats = Chats(bench)
    number, code = await received(chats)
    async with bench.write() as unit:
        (way,) = await ways.of_chats(unit, [ME])
        report = await unit.session.get_one(Report, way.row.report_id)
        await messages.add(unit, report, MessageContent("Кто видел?"), from_reporter=False, open_=True)
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


async def test_what_does_not_open_any_more_leaves_with_the_chat(bench: Bench) -> None:
    """Its key has left the ring: it is sent to nobody, and clearing the chat does not fail by it."""
    chats = Chats(bench)
    clear = buttons(await sent(chats))[text("reporter.clear")]
    broken = b"\0" * 64
    async with bench.write() as unit:
        shows = OutboxRow.stay != Stay.NOTHING
        await unit.session.execute(update(OutboxRow).where(shows).values(payload=broken))
    await chats.tap_data(ME, clear)
    async with bench.read() as unit:
        assert broken not in (await unit.session.scalars(select(OutboxRow.payload))).all()


async def use(
    chats: Chats, receipt: Sequence[Call], way: str, drained: DeliverySnapshot | None = None
) -> list[Call]:
    """Have done with a receipt: clear the chat by it, prove its code, withdraw its report, or keep no code. What is owed for the last
    step, at which the sender has done so much."""
    (code,) = codes_in(said(receipt))
    if way == "proved":
        asked = said(await chats.tap_data(ME, buttons(receipt)[text("reporter.receipt.check")]))
        return await chats.batch(chats.replied(ME, code[-4:], asked), drained=drained)
    if way == "withdrawn":
        sure = await chats.say(ME, f"/withdraw {code}")
        tap = buttons(sure)[text("reporter.withdraw.yes")]
    else:
        tap = buttons(receipt)[text("reporter.clear" if way == "cleared" else "reporter.receipt.none")]
    return await chats.batch(chats.tapped(ME, tap), drained=drained)


WAYS = pytest.mark.parametrize("way", ["cleared", "proved", "withdrawn", "not kept"])


@WAYS
async def test_a_receipt_that_is_still_on_its_way_comes_though_the_chat_is_cleared(
    bench: Bench, way: str
) -> None:
    """By what one does with an older receipt: nobody can look up the code of the newer one."""
    chats = Chats(bench)
    receipt = await sent(chats)
    await deliver(chats, chats.rows)
    newer = await sent(chats)  # which the bot cannot send yet
    calls = await use(chats, receipt, way)
    assert await owed_codes(bench) == list(codes_in(said(newer)))
    if way != "not kept":
        assert codes_in(said(calls[-1:])) == codes_in(
            said(newer)
        )  # last: what is said of the older does not stand below it


async def test_it_comes_too_where_something_else_clears_the_chat(bench: Bench) -> None:
    """A question that is opened, and the end of its reply that nobody touches."""
    talk = await begun(bench)
    await talk.ask("when")
    newer = codes_in(said(await sent(talk.chats)))
    await talk.open()
    assert await owed_codes(bench) == list(newer)
    bench.later(bench.settings.reply_hours + 1)
    await talk.sweep()
    assert await owed_codes(bench) == list(newer)


async def test_it_comes_too_where_its_report_is_sent_in_the_same_batch(bench: Bench) -> None:
    """Its row was never written when the chat is cleared."""
    chats = Chats(bench)
    receipt = await sent(chats)
    await deliver(chats, chats.rows)
    clear = chats.tapped(ME, buttons(receipt)[text("reporter.clear")])
    (newer,) = codes_in(said(await chats.batch(chats.tapped(ME, await ready(chats)), clear)))
    assert await owed_codes(bench) == [newer]


@pytest.mark.parametrize("act", [Act("clear"), Act("clear", "{check}", "ru")])
async def test_what_was_never_sent_nobody_has_seen(bench: Bench, act: Act) -> None:
    """Not even a receipt that has the check of the older by chance; buttons of earlier versions have none."""
    chats = Chats(bench)
    (code,) = codes_in(said(await sent(chats)))
    async with bench.read() as unit:
        check = receipts_service.check_of(unit, code)
    await chats.tap(ME, Act(act.verb, act.first.format(check=check), act.second))
    assert await owed_codes(bench) == [code]


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


async def test_nor_one_of_the_same_batch(bench: Bench) -> None:
    """The report is sent, and everything is to go before the bot has answered."""
    chats = Chats(bench)
    submit = chats.tapped(ME, await ready(chats))
    clear = chats.tapped(ME, encode(Act("clear")))
    assert codes_in(said(await chats.batch(submit, clear, chats.written(ME, "/panic")))) == ()
    assert await owed_codes(bench) == []


@WAYS
async def test_a_receipt_that_was_seen_does_not_come_again(bench: Bench, way: str) -> None:
    """Its delivery was never confirmed, so it is owed still; by its own button or its code its reporter has it. Another copy may
    stand there, which is said."""
    chats = Chats(bench)
    receipt = await sent(chats)
    calls = await use(
        chats, receipt, way, DeliverySnapshot(tried=frozenset({receipt_row(chats, receipt).id}))
    )
    assert await owed_codes(bench) == []
    assert text("reporter.may_remain") in said(calls)


@pytest.mark.parametrize("way", ["the last part", "the code"])
async def test_nor_where_a_question_is_opened_with_it(bench: Bench, way: str) -> None:
    """By what has to be typed for that."""
    chats = Chats(bench)
    receipt = await sent(chats)
    tried = DeliverySnapshot(tried=frozenset({receipt_row(chats, receipt).id}))
    (code,) = codes_in(said(receipt))
    async with bench.write() as unit:
        (known,) = await ways.of_chats(unit, [ME])
        report = await unit.session.get_one(Report, known.row.report_id)
        await messages.add(unit, report, MessageContent("Кто видел?"), from_reporter=False, open_=True)
    if way == "the code":
        state = await chats.say(ME, f"/status {code}")
        update = chats.tapped(ME, buttons(state)[text("reporter.code.read", n=1)])
    else:
        update = chats.replied(ME, code[-4:], said(await chats.tap(ME, Act("qopen"))))
    assert "Кто видел?" in said(await chats.batch(update, drained=tried))
    assert await owed_codes(bench) == []


async def test_of_a_receipt_that_may_stand_there_already_it_is_said(bench: Bench) -> None:
    """It comes again, since it need not have come."""
    chats = Chats(bench)
    clear = buttons(await sent(chats))[text("reporter.clear")]
    await deliver(chats, chats.rows)
    shown = await sent(chats)
    tried = DeliverySnapshot(tried=frozenset({receipt_row(chats, shown).id}))
    calls = await chats.batch(chats.tapped(ME, clear), drained=tried)
    assert await owed_codes(bench) == list(codes_in(said(shown)))
    assert text("reporter.may_remain") in said(calls)


def receipt_row(chats: Chats, shown: Sequence[Call]) -> QueuedRow:
    """What owes the receipt among what was owed last."""
    (found,) = (row for row, call in zip(chats.rows, shown, strict=True) if codes_in(said([call])))
    return found


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
