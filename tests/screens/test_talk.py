"""All that a reporter reads of the talk with moderators, in the language that nobody speaks: nothing that is not translated."""

from collections.abc import Sequence

from bot.chat.buttons import Act
from bot.chat.renderer import Renderer
from bot.demo.walk.answering import SHORT_TEXT
from bot.demo.walk.chats import Owed
from bot.desk.asking.service import READY
from bot.form import events
from bot.form.answers import FileKind, FileRef
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import messages, ways
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import CONTACTS, MessageContent, Sign
from bot.reports.talk.service import MOST_SIGNS_A_DAY
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from tests.screens.pseudo import LANGUAGE
from tests.screens.pseudo_chats import PseudoChats, data_of
from tests.screens.test_chats import KEYS, REPORTER


async def test_a_reporter_reads_nothing_of_the_talk_that_is_not_translated(chats: PseudoChats) -> None:
    """From the notice over everything that can be asked to every button beside the state of a report."""
    code = await asked_report(chats)
    await press(chats, code)
    await chats.enqueue("🕒", _owe_notices(chats))
    (question,) = [call for call in await chats.tap(REPORTER, Act("qopen")) if "text" in call.params]
    bot = {"id": 1, "is_bot": True, "first_name": "Kuager"}
    asked = {"message_id": 1, "date": 1, "chat": {"id": REPORTER, "type": "private"}, "from": bot}
    asked["text"] = question.params["text"]
    for part in ("0000", SHORT_TEXT, code[-4:]):
        calls = await chats.send(REPORTER, "…", text=part, reply_to_message=asked)
    skip, never = (named(calls, verb) for verb in ("qskip", "qnever"))
    for data in (never, Act("qstay"), skip, skip):
        await chats.tap(REPORTER, data)
    async with chats.bench.write() as unit:
        report = await receipts_service.find_by_code(unit, code)
        await messages.add(unit, report, MessageContent(ready=CONTACTS), from_reporter=False, open_=True)
    await press(chats, code, "cread", "qskip")
    await chats.tap(REPORTER, Act("cread", "too old"))
    await press(chats, code, "cadd")
    await chats.do(REPORTER, events.Skip(), events.Skip())
    await chats.say(REPORTER, SHORT_TEXT)
    await chats.do(REPORTER, events.Submit(), events.Cancel(), events.Cancel(sure=True))
    for verbs in (("curgent",), ("csafe",), ("cnever",), ("clet", "cstay"), ("clet", "cletyes")):
        await press(chats, code, *verbs)
    async with chats.bench.write() as unit:
        report = await receipts_service.find_by_code(unit, code)
        for sign in (Sign.URGENT, Sign.SAFE) * (MOST_SIGNS_A_DAY // 2 - 1) + (Sign.URGENT,):
            await talk_service.sign(unit, report, sign)
    await press(chats, code, "csafe")
    await press(chats, code, "cadd")
    await chats.say(REPORTER, SHORT_TEXT, "/report")
    await chats.do(REPORTER, events.Next(), events.Skip(), events.Submit())
    await press(chats, code, "cwithdraw", "withdraw")
    assert len(chats.said) > 60
    assert chats.plain() == {}
    wanted = {
        key
        for key in KEYS
        if key.startswith(("reporter.code.", "reporter.talk.", "talk.ready.", "talk.part."))
    }
    assert sorted(wanted - chats.pseudo.asked - {"reporter.code.moved", "reporter.talk.form_open"}) == []


async def press(chats: PseudoChats, code: str, *verbs: str) -> None:
    """Ask for the state of a report, and tap one button after the other."""
    calls = await chats.say(REPORTER, f"/status {code}")
    for verb in verbs:
        calls = await chats.tap(REPORTER, named(calls, verb))


def named(calls: Sequence[Call], verb: str) -> str:
    """The data of the button of this act."""
    (data,) = [one for one in data_of(calls) if one.startswith(f"a{verb}.")]
    return data


async def asked_report(chats: PseudoChats) -> str:
    """A report about which everything was asked that is ready, and more; its code."""
    async with chats.bench.write() as unit:
        receipt = await chats.bench.submit(unit, REPORTER)
        report = receipt.report
        report.language = LANGUAGE
        await ways.make(unit, report, REPORTER, LANGUAGE, receipt.code)
        lost = FileRef("f" * 32, FileKind.PHOTO, "", "")
        all_ = [MessageContent(ready=name) for name in (*READY, CONTACTS)]
        for said in (*all_, MessageContent(SHORT_TEXT, (lost,))):
            await messages.add(unit, report, said, from_reporter=False, open_=True)
        (way,) = await ways.of_chats(unit, [REPORTER])
        way.row.asked = report.waits = True
    return receipt.code


def _owe_notices(chats: PseudoChats) -> Owed:
    async def enqueue(unit: UnitOfWork, outbox: Outbox) -> None:
        await talk_chat.enqueue_question(Renderer(chats.pseudo), unit, outbox, await ways.due(unit))

    return enqueue
