"""Handling of a batch: prefetch its chats with a fixed number of queries, answer each update, and save the
drafts."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.app.commands import MENU
from bot.app.handlers import dispatch
from bot.chat.buttons import Tap, decode
from bot.chat.prompt import Prompt, chats_prompted, read_prompt, record_prompts
from bot.chat.renderer import Renderer
from bot.chat.turn import MOST_ABOVE, Chat, DeskForms, Turn
from bot.desk import practice
from bot.desk.asking import chat as asking_chat
from bot.desk.asking import service as asking_service
from bot.desk.forms import chat as forms_chat
from bot.desk.notices import chat as notices_chat
from bot.desk.notices import jobs as notices_jobs
from bot.desk.people import service as people_service
from bot.desk.publishing import chat as publishing_chat
from bot.desk.publishing import service as publishing_service
from bot.reports import limits
from bot.reports.filling import chat as filling_chat
from bot.reports.filling import endings
from bot.reports.filling import screens as filling_screens
from bot.reports.talk import chat as talk_chat
from bot.safety.logs import new_error_reference
from bot.store import drafting, sent_messages
from bot.store.sent_messages import Stay
from bot.store.unit import QUESTION_FORM, REVIEW_FORM, TRIAL_FORM, UnitOfWork
from bot.transport.batch import Batch
from bot.transport.call import Call, Delivered
from bot.transport.outbox import Outbox
from bot.transport.updates import AnyUpdate, RawUpdate, by_chat, chat_of, language_of, message_of, tap_of
from db.models import DraftRow

log = logging.getLogger(__name__)

DESK_FORMS = DeskForms(
    {
        REVIEW_FORM: practice.edit_saved,
        QUESTION_FORM: asking_chat.question_asked,
        TRIAL_FORM: forms_chat.tried,
    },
    {QUESTION_FORM: asking_service.require_leads_nowhere},
    {REVIEW_FORM: publishing_service.put_beside},
    {REVIEW_FORM: publishing_chat.looked_over},
)


@dataclass(frozen=True, slots=True)
class Conversations:
    """Handler of batches."""

    renderer: Renderer

    async def handle(self, batch: Batch) -> None:
        unit, outbox, delivered = batch.unit, batch.outbox, batch.drained.delivered
        private = {chat_id for one in batch.updates if (chat_id := _private_chat(one)) is not None}
        hashes = {chat_id: unit.safe.pseudonyms.chat(chat_id) for chat_id in private}
        rows = await drafting.rows_of(unit, chats_prompted(unit, delivered) | set(hashes.values()))
        record_prompts(unit, outbox, delivered, rows)
        notices_chat.tell_remains(unit, outbox, delivered)
        await talk_chat.note_told(unit, outbox, delivered)
        await talk_chat.note_unreachable(unit, delivered)
        await notices_chat.follow(notices_chat.Post(self.renderer, unit, outbox), delivered)
        await self._tell_unbuilt(unit, outbox, delivered)
        chats = await _chats(batch, hashes, rows)
        for update in batch.updates:
            chat = chats.get(_private_chat(update))
            if chat is not None:
                _catch_up(unit, chat)
            whose = chat or _group(unit, update)
            turn = Turn(update, whose, unit, outbox, self.renderer, MENU, batch.bot, desk_forms=DESK_FORMS)
            if chat is not None:
                await _begin(turn)
                if await _is_refused(turn, batch.numbers.get(update.update_id, 0)):
                    continue
            await dispatch(turn)
            if turn.reports_begun:
                await notices_jobs.tell_flood(turn, notices_jobs.FLOOD_OF_REPORTS, turn.reports_begun)
            await _take_back(turn)
            if not filling_chat.brings_file(update):
                filling_screens.delete_own(turn)
        for chat in chats.values():
            _end(unit, outbox, chat)
        await drafting.write(unit, rows)

    async def with_open_forms(self, unit: UnitOfWork, chat_ids: Collection[int]) -> Collection[int]:
        """Chats with a draft in the database, but those that hold messages before consent."""
        hashes = {unit.safe.pseudonyms.chat(chat_id): chat_id for chat_id in chat_ids}
        rows = await drafting.rows_of(unit, hashes)
        return {hashes[row.chat_hash] for row in rows if not (row.position and row.data_key_id)}

    async def blocked(self, unit: UnitOfWork, chat_ids: Collection[int]) -> Collection[int]:
        """Chats of blocked senders, except moderators."""
        stopped = await people_service.blocked(unit, chat_ids)
        hashes = {one: unit.safe.pseudonyms.chat(one) for one in stopped}
        active = await people_service.of_chats(unit, hashes.values()) if stopped else {}
        return [one for one in stopped if hashes[one] not in active]

    def is_urgent(self, raw: RawUpdate) -> bool:
        return limits.is_urgent(self.renderer.texts, raw)

    def repeated(self, raw: RawUpdate) -> str | None:
        return limits.repeated(raw)

    def pass_over(self, unit: UnitOfWork, outbox: Outbox, raws: Sequence[RawUpdate]) -> None:
        """Delete dangerous messages among unanswered updates, and answer taps. An urgent one gets no text, as a second may be carried out."""
        for found in by_chat(raws):
            chat_id, language = chat_of(found[0]), self._language_of_telegram(found[0])
            if chat_id is None or chat_id < 0:
                continue
            for call in limits.deletions_of(self.renderer, language, found):
                outbox.add(unit.safe.pseudonyms.chat(chat_id), call)
            for raw in found:
                if (tap := tap_of(raw)) is not None:
                    outbox.add(unit.safe.pseudonyms.chat(chat_id), self._answer(tap, raw, language))

    def _answer(self, tap: str, raw: RawUpdate, language: str) -> Call:
        params: dict[str, Any] = {"callback_query_id": tap}
        if not self.is_urgent(raw):
            text = self.renderer.texts.text(language, "reporter.enough_today")
            params |= {"text": text[:MOST_ABOVE], "show_alert": True}
        return Call("answerCallbackQuery", params, essential=False)

    async def _tell_unbuilt(self, unit: UnitOfWork, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
        for done in delivered:
            if done.unbuilt:
                chat_id = Call.of(unit.safe.ring, done.row).params.get("chat_id")
                language, stay = await _language_of(unit, done.row.chat_hash), done.row.stay
                reference = new_error_reference()
                log.error("the call that no request could be made of has the reference %s", reference)
                text = self.renderer.texts.text(language, "reporter.unbuilt", {"reference": reference})
                call = Call("sendMessage", {"chat_id": chat_id, "text": text})
                outbox.add(done.row.chat_hash, call, stay=stay)

    def pause(self, raw: RawUpdate) -> str:
        """Answer to a tap while the database is unavailable, in the language of the person's Telegram."""
        return self.renderer.texts.text(self._language_of_telegram(raw), "reporter.tap.pause")

    def _language_of_telegram(self, raw: RawUpdate) -> str:
        languages, code = self.renderer.texts.languages, (language_of(raw) or "")[:2]
        return code if code in languages else languages[0]

    def tell_waiting(self, unit: UnitOfWork, outbox: Outbox, raw: RawUpdate) -> None:
        chat_id, language = chat_of(raw) or 0, self._language_of_telegram(raw)
        said = {"chat_id": chat_id, "text": self.renderer.texts.text(language, "reporter.waiting")}
        outbox.add(unit.safe.pseudonyms.chat(chat_id), Call("sendMessage", said), stay=Stay.DAYS)

    async def apologize(self, unit: UnitOfWork, outbox: Outbox, raw: RawUpdate, reference: str) -> None:
        chat_id = chat_of(raw)
        if chat_id is None or chat_id < 0:
            return
        language = self._language_of_telegram(raw)
        text = self.renderer.texts.text(language, "reporter.failed", {"reference": reference})
        hashed = unit.safe.pseudonyms.chat(chat_id)
        stay = Stay.MINUTES if await people_service.of_chats(unit, [hashed]) else Stay.DAYS
        if (number := message_of(raw)) is not None:
            sent_messages.note(unit, hashed, number, stay=stay)
        outbox.add(hashed, Call("sendMessage", {"chat_id": chat_id, "text": text}), stay=stay)


async def _language_of(unit: UnitOfWork, chat_hash: bytes) -> str:
    for draft in await drafting.rows_of(unit, [chat_hash]):
        return draft.language or unit.settings.languages[0]
    moderator = (await people_service.of_chats(unit, [chat_hash])).get(chat_hash)
    return unit.settings.languages[0] if moderator is None else moderator.language


async def _chats(
    batch: Batch, hashes: Mapping[int, bytes], rows: Iterable[DraftRow]
) -> dict[int | None, Chat]:
    unit = batch.unit
    if not hashes:
        return {}
    known = set(hashes.values())
    drafts = await drafting.opened(unit, (row for row in rows if row.chat_hash in known))
    active = await people_service.of_chats(unit, hashes.values())
    stopped = await people_service.blocked(unit, hashes)
    chats: dict[int | None, Chat] = {}
    for chat_id, hashed in hashes.items():
        chats[chat_id] = chat = Chat(chat_id, hashed, drafts.get(hashed), active.get(hashed))
        chat.prompt = _prompt(batch, chat)
        chat.allowance = batch.crowd.by_chat.get(chat_id)
        chat.blocked = chat_id in stopped and chat.moderator is None
    return chats


def _prompt(batch: Batch, chat: Chat) -> Prompt | None:
    if chat.open_draft is None:
        return None
    step = chat.open_draft.draft.step
    recorded = read_prompt(batch.unit, chat.open_draft.row)
    if recorded is None or recorded.step != step:
        recorded = Prompt(step)
    waits = not recorded.is_shown and not recorded.doubtful
    return replace(recorded, unseen=waits and (chat.hash, step) in batch.drained.unseen_prompts)


def _catch_up(unit: UnitOfWork, chat: Chat) -> None:
    if chat.open_draft is not None and drafting.is_gone(unit, chat.open_draft):
        chat.open_draft = chat.prompt = None
    if chat.moderator is not None and not chat.moderator.active:
        chat.moderator = None
    if chat.moderator is not None:
        sent_messages.note_act(unit, chat.hash)
        people_service.note_seen(unit, chat.moderator)


def _end(unit: UnitOfWork, outbox: Outbox, chat: Chat) -> None:
    for receipt in chat.receipts:
        outbox.add(chat.hash, receipt)
    if chat.open_draft is not None and chat.open_draft.changed:
        drafting.save(unit, chat.open_draft)
        drafting.keep_address(unit, chat.open_draft, chat.id)
    if filling_screens.is_reply(chat.open_draft):
        sent_messages.scatter(unit, chat.hash)  # the number of rows must not reveal the number of questions
    # A blocked sender's form is answered without delaying others.
    goes_first = _is_answered(chat) and not chat.blocked
    if chat.allowance is not None and chat.allowance.in_report != goes_first:
        chat.allowance.open_now = goes_first


async def _begin(turn: Turn) -> None:
    _keep_messages(turn)
    reply = turn.chat.open_draft
    if reply is not None and filling_screens.is_emptied(reply):  # by use of its receipt code elsewhere
        turn.report_language = reply.language
        await endings.wipe(turn)
        await endings.leave_line(turn, reply.language, None)


def _keep_messages(turn: Turn) -> None:
    chat = turn.chat
    report_id = chat.open_draft.row.report_id if chat.open_draft is not None else None
    known = chat.prompt.message_ids if chat.prompt is not None else ()
    if turn.tapped_message_id is not None and turn.tapped_message_id not in known:
        # A message with an unknown id, since Telegram's answer was lost. One of the form goes with its report.
        stay = Stay.DAYS if report_id is None else Stay.MINUTES
        query = turn.update.callback_query
        shown = report_id if query is not None and isinstance(decode(query.data or ""), Tap) else None
        sent_messages.note(turn.unit, chat.hash, turn.tapped_message_id, shown, stay)
    if turn.update.message is not None:
        turn.keep_own_message(report_id)  # an edit of a public version is deleted with its report


async def _is_refused(turn: Turn, number: int) -> bool:
    """Refuse an update of a blocked sender or over the daily limit, and delete its message if it is
    dangerous. `number` counts the sender's updates of the day.

    The update that the person blocked the bot is never refused, since it ends the reply channels.
    """
    if turn.update.my_chat_member is not None:
        return False
    allowance, limit = turn.chat.allowance, turn.unit.settings.updates_a_day
    has_enough = allowance is not None and not _is_answered(turn.chat) and allowance.outside(number) > limit
    tell = None
    if turn.chat.blocked and not limits.may_blocked(turn):
        tell = limits.tell_blocked
    elif has_enough and not limits.may_over_limit(turn):
        tell = limits.tell_over_limit
    if tell is not None:
        await tell(turn)
        limits.delete(turn)
    if has_enough:  # a flood can also consist of urgent updates
        await notices_jobs.tell_flood(turn, notices_jobs.FLOOD_OF_MESSAGES, limit)
    elif turn.chat.open_draft is not None and number > notices_jobs.INSIDE * limit:
        await notices_jobs.tell_flood(turn, notices_jobs.FLOOD_OF_MESSAGES, notices_jobs.INSIDE * limit)
    return tell is not None


async def _take_back(turn: Turn) -> None:
    ended = sent_messages.ended_now(turn.unit)
    for report_id in ended:
        turn.keep_own_message(report_id)
    if ended:
        await notices_chat.take_back_ended(notices_chat.Post.of(turn))


def _is_answered(chat: Chat) -> bool:
    """Whether the chat counts against no limit. Messages that are held before consent still do."""
    is_open = chat.open_draft is not None and not chat.open_draft.held
    return is_open or chat.moderator is not None


def _private_chat(update: AnyUpdate) -> int | None:
    chat = update.effective_chat
    return chat.id if chat is not None and chat.type == chat.PRIVATE else None


def _group(unit: UnitOfWork, update: AnyUpdate) -> Chat:
    chat_id = update.effective_chat.id if update.effective_chat is not None else 0
    return Chat(chat_id, unit.safe.pseudonyms.chat(chat_id), None, None)
