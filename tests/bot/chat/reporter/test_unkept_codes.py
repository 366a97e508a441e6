"""A code that nobody has written down yet leaves the chat only after its reporter was told that it will."""

from collections.abc import Sequence

import pytest

from bot.chat.screens.callback import Act
from bot.chat.transport.sending.call import OwedRow
from bot.chat.transport.sending.delivered import Delivered, Drained
from bot.safety.receipt import codes_in
from bot.services.reports.talk import ways, words
from bot.services.reports.talk.words import Words
from db.models import Report
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


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_in_every_language(language: str) -> None:
    """And the receipt itself says that whatever clears the chat takes the code along."""
    for key in ("flow.leave_nothing.hint", "reporter.talk.part", "reporter.receipt.then"):
        assert warns(TEXTS.text(language, key), language), key
