"""A reporter's chat and moderators who ask: what the bot owes for each step, without a network."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.chat.buttons import Act, Tap, encode
from bot.desk.asking import service as asking_service
from bot.desk.people import service as people_service
from bot.form.answers import Chosen
from bot.form.draft import REVIEW
from bot.form.events import Event, Submit
from bot.reports import claims
from bot.reports.receipts.service import Receipt
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import messages, ways
from bot.reports.talk.messages import Message, MessageContent
from bot.store import drafting
from bot.store.drafting import OpenDraft
from bot.store.unit import REPORT_FORM
from bot.transport.call import Call, Delivered, DeliverySnapshot, QueuedRow
from bot.transport.outbox import Outbox
from db.models import DraftRow, File, Moderator, Report, WayBack
from tests.bench import TOLD, Bench, count
from tests.bot.chat.chats import TEXTS, Chats

ME, OTHER = 7_100_000_001, 7_100_000_002


def text(key: str, language: str = "ru", **arguments: str | int) -> str:
    """A text of the catalogue."""
    return TEXTS.text(language, key, arguments)


def said(calls: Sequence[Call]) -> str:
    """What the bot says."""
    return "\n".join(str(call.params["text"]) for call in calls if "text" in call.params)


async def draft_of(bench: Bench, chat: int) -> OpenDraft:
    """The draft as the next batch reads it."""
    async with bench.write() as unit:
        hashed = unit.safe.pseudonyms.chat(chat)
        return (await drafting.load(unit, [hashed]))[hashed]


async def tap(chats: Chats, chat: int, event: Event) -> str:
    """Words of the bot after a tap on the screen at hand."""
    found = await draft_of(chats.bench, chat)
    return said(await chats.tap_data(chat, encode(Tap(found.row.id[:4], found.draft.step, event))))


def deleted(calls: Sequence[Call]) -> set[int]:
    """The messages that leave the chat."""
    return {number for call in calls for number in call.doomed}


def buttons(calls: Sequence[Call]) -> dict[str, str]:
    """The data of all buttons by their labels."""
    keyboards = [call.params["reply_markup"] for call in calls if "reply_markup" in call.params]
    rows = [row for one in keyboards for row in one.get("inline_keyboard", ())]
    return {one["text"]: one["callback_data"] for row in rows for one in row}


def onward(calls: Sequence[Call], send: str) -> str | None:
    """The data of the button that leads on to the end of a form of words, or, labelled `send`, ends it; None where there is none."""
    labels = (send, *(text(key) for key in ("flow.done", "reporter.reply.flow.skip", "flow.skip")))
    found = buttons(calls)
    return next((found[label] for label in labels if label in found), None)


@dataclass
class Talk:
    """A report of the reporter ME, and the moderator who holds it."""

    chats: Chats
    receipt: Receipt
    moderator_id: str
    shown: list[Call] = field(default_factory=list)

    @property
    def bench(self) -> Bench:
        """Where it happens."""
        return self.chats.bench

    @property
    def code(self) -> str:
        """The receipt's."""
        return self.receipt.code

    async def report(self) -> Report:
        """The report as it stands."""
        async with self.bench.read() as unit:
            found = await unit.session.get(Report, self.receipt.report.id)
            assert found is not None
            return found

    async def ask(self, *names: str, own: str = "") -> None:
        """Ask ready questions, or one in the moderator's own words."""
        async with self.bench.write() as unit:
            moderator, report = await self._desk(unit)
            for name in names:
                await asking_service.ask_ready(unit, moderator, report, name)
            if own:
                await asking_service._ask(
                    unit, moderator, report, MessageContent(own, alias=moderator.alias, hour=unit.hour)
                )

    async def send_contacts(self) -> None:
        """Tell whom to turn to."""
        async with self.bench.write() as unit:
            await asking_service.send_contacts(unit, *await self._desk(unit))

    async def _desk(self, unit: Any) -> tuple[Moderator, Report]:
        moderator = await unit.session.get(Moderator, self.moderator_id)
        report = await unit.session.get(Report, self.receipt.report.id)
        return moderator, report

    async def notices(self) -> list[Call]:
        """What the announcer owes reporters."""
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await talk_chat.enqueue_question(self.chats.renderer, unit, outbox, await ways.due(unit))
            await outbox.write()
        self.chats.rows = outbox.rows
        return [Call.load(self.bench.safe.ring, row) for row in outbox.rows]

    async def sweep(self) -> list[Call]:
        """What is owed for replies that nobody touches."""
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await talk_chat.put_away(self.chats.renderer, unit, outbox)
            await outbox.write()
        return [Call.load(self.bench.safe.ring, row) for row in outbox.rows]

    async def take_back(self) -> list[Call]:
        """What is owed for replies whose report is gone."""
        async with self.bench.write() as unit:
            outbox = Outbox(unit)
            await talk_chat.take_back_gone(self.chats.renderer, unit, outbox)
            await outbox.write()
        return [Call.load(self.bench.safe.ring, row) for row in outbox.rows]

    async def deliver(self, rows: Sequence[QueuedRow] = (), *, unreachable: bool = False) -> list[int]:
        """The last rows reach the chat, or cannot any more; the ids of their messages."""
        given = list(rows or self.chats.rows)
        done = []
        for row in given:
            shows = Call.load(self.bench.safe.ring, row).shows and not unreachable
            done.append(Delivered(row, (self.chats.number(),) if shows else (), unreachable=unreachable))
        await self.chats.batch(drained=DeliverySnapshot(done))
        return [one for each in done for one in each.message_ids]

    async def open(self, chat: int = ME) -> list[Call]:
        """Tap the notice, and send the last part of the code."""
        calls = await self.chats.tap(chat, Act("qopen"))
        assert said(calls) == text("reporter.talk.part")
        return await self.chats.reply(chat, self.code[-4:].lower(), said(calls))

    async def press(self, calls: Sequence[Call], label: str, chat: int = ME) -> list[Call]:
        """Tap the button of these calls with this label."""
        return await self.chats.tap_data(chat, buttons(calls)[label])

    async def answer(self, words: str, chat: int = ME) -> list[Call]:
        """Write an answer and send it."""
        calls = await self.chats.say(chat, words)
        calls = await self.press(calls, text("flow.done"), chat)
        calls = await self.press(calls, text("reporter.reply.flow.skip"), chat)
        return await self.press(calls, text("reporter.reply.flow.send"), chat)

    async def talk(self) -> Sequence[Message]:
        """All that was said."""
        async with self.bench.read() as unit:
            report = await unit.session.get(Report, self.receipt.report.id)
            assert report is not None
            return await messages.said(unit, report)

    async def waits(self) -> list[bool]:
        """Whether each message of the moderators waits for an answer."""
        return [one.open for one in await self.talk() if not one.from_reporter]

    async def ways(self) -> list[int]:
        """The chats that are kept for this report."""
        async with self.bench.read() as unit:
            found = await ways.of_report(unit, await self.report())
            return [] if found is None else [found.chat_id]


async def begun(bench: Bench, chat_id: int | None = ME, chats: Chats | None = None, **told: Any) -> Talk:
    """A report that somebody sent, who agreed to be asked in this chat, and a moderator who holds it."""
    async with bench.write() as unit:
        receipt = await bench.submit(unit, chat_id, **told)
        known = await people_service.list_moderators(unit, active=True)
        moderator = known[0] if known else await bench.moderator(unit)
        await claims.claim(unit, moderator, receipt.report)
    return Talk(chats or Chats(bench), receipt, moderator.id)


async def sent(chats: Chats, chat: int = ME) -> list[Call]:
    """A report is sent in a chat by somebody who agrees to be asked; what the bot owes for it."""
    return await chats.tap_data(chat, await ready(chats, chat))


async def ready(chats: Chats, chat: int = ME) -> str:
    """Such a report is filled in; the data of the button that sends it."""
    async with chats.bench.write() as unit:
        filling = await drafting.start(unit, unit.safe.pseudonyms.chat(chat), REPORT_FORM, "ru")
        roles = filling.form.by_role
        told = {**TOLD, "consent_ask": Chosen(("yes",))}
        answers = {roles[role].path: answer for role, answer in told.items()}
        answers |= {one.path: Chosen(("short",)) for one in filling.form.questions if one.name == "depth"}
        filling.draft = replace(filling.draft, answers=answers, position=REVIEW)
        drafting.save(unit, filling)
        return encode(Tap(filling.row.id[:4], filling.draft.step, Submit()))


def voice(chats: Chats, chat: int = ME) -> dict[str, Any]:
    """An update with a voice message."""
    update = chats.written(chat, "…")
    del update["message"]["text"]
    update["message"]["voice"] = {"file_id": "v1", "file_unique_id": "u1", "duration": 3, "file_size": 100}
    return update


async def opened(bench: Bench) -> Talk:
    """A talk whose first question stands open in the reporter's chat."""
    talk = await begun(bench)
    await talk.ask("when")
    talk.shown = await talk.open()
    return talk


async def rows(bench: Bench, table: type[DraftRow] | type[WayBack] | type[File]) -> int:
    """How many rows there are."""
    async with bench.read() as unit:
        return await count(unit, table)
