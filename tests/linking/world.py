"""A world in which many people report within one hour, and each report comes to an end of its own."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from bot.chat.buttons import Tap, encode
from bot.desk.decisions import service as decisions_service
from bot.form.answers import Answer, Chosen, FileKind
from bot.form.draft import REVIEW
from bot.form.events import Submit
from bot.reports import claims
from bot.safety.pseudonym import Purpose
from bot.store import allowances, drafting, files, sent_messages
from bot.store.drafting import Held
from bot.store.unit import REPORT_FORM, UnitOfWork
from bot.transport.call import Call, Delivered, DeliverySnapshot
from db.models import Moderator, Report
from tests.bench import TOLD, Bench, approve_proposal
from tests.bench import text as words
from tests.bot.chat.chats import Chats

FIRST = 5_000_000_000
ENDS = ("waiting", "withdrawn", "rejected", "approved")
"""What becomes of a report."""
ANNOUNCED_AT_ONCE = 20
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


@dataclass(slots=True)
class Sent:
    """One report: the chat that sent it, in so many messages, the hash by which that is counted on the day, and the end.
    Whoever `clears` the chat does so then. `language` is the report's, and `talk` how far the talk about it goes, of whoever agrees
    to be asked."""

    chat: int
    hashed: bytes
    length: int
    end: str
    clears: bool
    sender: bytes = b""
    code: str = ""
    report_id: str = ""
    language: str = "en"
    talk: str = ""


@dataclass
class World:
    """`sent` in the order in which the reports came. `cut_off`: nothing reaches Telegram, so all that is owed stays in the
    outbox."""

    chats: Chats
    cut_off: bool = False
    sent: list[Sent] = field(default_factory=list)
    drained: DeliverySnapshot = field(default_factory=DeliverySnapshot)
    moderator: Moderator | None = None

    @property
    def bench(self) -> Bench:
        """The bench that it stands on."""
        return self.chats.bench

    async def report(self, number: int) -> None:
        """So many people report, one after another; the moderators are told of some at once, as they are each minute."""
        if self.moderator is None:
            async with self.bench.write() as unit:
                self.moderator = await self.bench.moderator(unit)
        first = len(self.sent)
        kinds = [(5 + at % 41, ENDS[(first + at) % len(ENDS)], (first + at) % 8 < 4) for at in range(number)]
        for at, (length, end, clears) in enumerate(random.sample(kinds, number)):
            chat = FIRST + first + at
            await self._send(self.sender(chat, length, end, clears=clears))
            if (at + 1) % ANNOUNCED_AT_ONCE == 0 or at + 1 == number:
                self.reached(await self.chats.announce())
        await self.batch()
        async with self.bench.read() as unit:
            found = (await unit.session.execute(select(Report.receipt_hash, Report.id))).all()
        of_receipt = dict(found)
        for one in self.sent[first:]:
            one.report_id = of_receipt[self.bench.safe.pseudonyms.of(Purpose.RECEIPT, one.code)]

    def sender(self, chat: int, length: int, end: str, *, clears: bool) -> Sent:
        """Somebody who is about to report."""
        return Sent(chat, self.bench.safe.pseudonyms.chat(chat), length, end, clears)

    async def _send(self, one: Sent) -> None:
        """From the first message to the receipt, in the transaction that records what reached the others before."""
        async with self.bench.write() as unit:
            crowd = await allowances.count(unit, {one.chat: one.length})
            one.sender = crowd.by_chat[one.chat].sender
            for _ in range(one.length):
                sent_messages.note(unit, one.hashed, self.chats.number())
            tapped = self.chats.tapped(one.chat, await _draft(unit, one))
            raw = {"update_id": self.chats.number(), **tapped}
            result = await self.chats.processor.process(unit, [raw], self.taken())
        self.chats.rows = result.rows
        calls = [Call.load(self.bench.safe.ring, row) for row in result.rows]
        one.code = next(
            found.group() for call in calls if (found := CODE.search(str(call.params.get("text"))))
        )
        self.sent.append(one)
        self.reached(calls)

    async def end(self) -> None:
        """Each report comes to its end, in an order of its own; then chats are cleared, in another."""
        for one in random.sample(self.sent, len(self.sent)):
            if one.end == "withdrawn":
                shown = await self.batch(self.chats.written(one.chat, f"/withdraw {one.code}"))
                await self.batch(self.chats.tapped(one.chat, button(shown, "awithdraw.")))
            elif one.end != "waiting":
                await self._decide(one)
        for one in random.sample(self.sent, len(self.sent)):
            if one.clears:
                await self.batch(self.chats.tapped(one.chat, "aclear.."))
        await self.batch()

    async def _decide(self, one: Sent) -> None:
        assert self.moderator is not None
        async with self.bench.write() as unit:
            report = await unit.session.get_one(Report, one.report_id)
            await claims.claim(unit, self.moderator, report)
            sent_messages.note(unit, self.moderator.chat_hash, self.chats.number(), report.id)
            if one.end == "rejected":
                await decisions_service.reject(unit, self.moderator, report, "spam")
            else:
                await self.bench.propose(unit, self.moderator, report)
                await approve_proposal(unit, self.moderator, report)

    async def batch(self, *updates: dict[str, Any]) -> list[Call]:
        """Updates of one batch, which also records what has reached the chats; what is owed for them reaches its chats."""
        calls = await self.chats.batch(*updates, drained=self.taken())
        self.reached(calls)
        return calls

    def reached(self, calls: Sequence[Call]) -> None:
        """What is owed reaches its chats; the next batch records it."""
        if not self.cut_off:
            done = [
                Delivered(row, (self.chats.number(),) if call.shows else ())
                for row, call in zip(self.chats.rows, calls, strict=True)
            ]
            self.drained = DeliverySnapshot([*self.drained.delivered, *done])

    def taken(self) -> DeliverySnapshot:
        """What has reached the chats since the last batch."""
        taken, self.drained = self.drained, DeliverySnapshot()
        return taken


async def _draft(unit: UnitOfWork, one: Sent) -> str:
    """Everything is told, some with a photo; the button that sends it."""
    filling = await drafting.start(unit, one.hashed, REPORT_FORM, one.language)
    if one.length % 2:  # some write first, and the key that held it becomes that of the report
        await drafting.hold(unit, filling, Held("x" * 50 * one.length, "1"))
        drafting.save(unit, filling)
        await unit.session.flush()
    by_role = filling.form.by_role
    answers: dict[str, Answer] = {**TOLD, "story": words("x" * 50 * one.length)}
    answers |= {"consent_ask": Chosen(("yes",))} if one.talk else {}
    given = {by_role[role].path: answer for role, answer in answers.items()}
    short = Chosen(("short",))
    given |= {question.path: short for question in filling.form.questions if question.name == "depth"}
    filling.draft = replace(filling.draft, answers=given, position=REVIEW)
    drafting.save(unit, filling)
    if one.length % 3 == 0:
        photo = files.Incoming(FileKind.PHOTO, f"photo-{one.chat}", "", "image/jpeg", 1000 * one.length)
        files.take_note(unit, str(filling.row.data_key_id), photo)
    await unit.session.flush()
    return encode(Tap(filling.row.id[:4], filling.draft.step, Submit()))


def button(calls: Sequence[Call], begins: str) -> str:
    """The data of the button that begins so."""
    rows = [row for call in calls for row in call.params.get("reply_markup", {}).get("inline_keyboard", ())]
    found = [button["callback_data"] for row in rows for button in row]
    return str(next(data for data in found if data.startswith(begins)))
