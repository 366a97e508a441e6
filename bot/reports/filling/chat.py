"""Events of a form in a chat: taps, texts and files advance the open draft; links behind words are kept."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from telegram import Message, MessageEntity, MessageOriginChannel, Update
from telegram.ext import filters

from bot.chat.buttons import Tap, may_be_button, typed_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.answers import FileKind, FileRef, GeoPoint, Written
from bot.form.draft import REVIEW, Draft, Origin
from bot.form.events import Event, Gave, PointSent, Replaced, Rewrote, Show, Wrote
from bot.form.flow import guests, late_messages
from bot.form.kinds import kind_of
from bot.form.kinds.text import LONGEST_LINE, is_multiline, longest
from bot.form.screen import Joined, Key, Phrase, Said, Screen, title_phrase
from bot.form.typed.links import links_in
from bot.reports.filling import screens as filling_screens
from bot.reports.filling.endings import ENDINGS
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import service as talk_service
from bot.safety.pseudonym import codes_in
from bot.store import drafting, files
from bot.store.drafting import End, Held, OpenDraft
from bot.store.files import Incoming
from bot.store.unit import QUESTION_FORM, REPLY_FORM, REPORT_FORM, REVIEW_FORM
from bot.transport.updates import AnyMessage, AnyUpdate, sent_at

_USERNAME = re.compile(r"[A-Za-z0-9_]{4,32}")
_WEB = re.compile(r"https?://", re.IGNORECASE)
FILES = (
    filters.PHOTO | filters.VIDEO | filters.VIDEO_NOTE | filters.VOICE | filters.AUDIO | filters.Document.ALL
)
_SHOWN = 200
_LONGEST_CAPTION = 2000
"""Most characters of a caption with its links. Telegram allows half as many without."""
_TOLD = {REPLY_FORM, QUESTION_FORM}
_OF_REPORTERS = {REPORT_FORM, REPLY_FORM}
"""Kinds of forms whose answers get addresses behind words. A moderator's text is sent as it is seen."""
_PARTS: Mapping[str, tuple[FileKind, str, str]] = {
    "photo": (FileKind.PHOTO, "photo.jpg", "image/jpeg"),
    "voice": (FileKind.VOICE, "voice.ogg", "audio/ogg"),
    "video_note": (FileKind.VIDEO, "video.mp4", "video/mp4"),
    "video": (FileKind.VIDEO, "", ""),
    "audio": (FileKind.AUDIO, "", ""),
    "document": (FileKind.DOCUMENT, "", ""),
}
"""Parts of a message that may be its file, each with its kind, and the name and MIME type that it lacks."""
COVERED_SECONDS = 10
"""Age of an edit from which a tap on an earlier question in its message is no second tap."""
PLACES = filters.LOCATION | filters.VENUE


def with_links(message: AnyMessage, fits: Callable[[str], bool]) -> str:
    """Words of a message, then one line for each hidden address, as long as the whole `fits`."""
    words = message.text or message.caption or ""
    behind = list(_behind(message))
    shown = {_bare(one) for one in links_in(words)} if behind else set()
    for link in behind:
        longer = f"{words}\n{link}" if words else link
        if _bare(link) not in shown and fits(longer):
            shown.add(_bare(link))
            words = longer
    return words


def _behind(message: AnyMessage) -> Iterator[str]:
    """Hidden addresses. Nothing about a person, a hidden account or a private chat is ever returned."""
    if not isinstance(message, Message):
        return
    for entity in (*message.entities, *message.caption_entities):
        if entity.type == MessageEntity.TEXT_LINK and entity.url and _WEB.match(entity.url):
            yield from links_in(entity.url)
    origin = message.forward_origin
    if isinstance(origin, MessageOriginChannel) and origin.chat.type == origin.chat.CHANNEL:
        username = origin.chat.username or ""
        if _USERNAME.fullmatch(username):
            yield f"https://t.me/{username}/{origin.message_id}"


def _bare(link: str) -> str:
    """Link in a form for comparison: Telegram adds a slash after a host, people omit it and the scheme."""
    return _WEB.sub("", link, count=1).rstrip("/").lower()


def brings_file(update: AnyUpdate) -> bool:
    return isinstance(update, Update) and bool(FILES.check_update(update))


async def apply(
    turn: Turn,
    event: Event,
    tapped_step: int | None = None,
    *,
    notice: Phrase | None = None,
    whole: bool = False,
) -> None:
    """Apply an event and show the result, with `notice` if the form has none, and extras if `whole`."""
    open_draft = turn.chat.open_draft
    assert open_draft is not None  # noqa: S101 - the callers have looked
    if (prepare := turn.desk_forms.prepare.get(open_draft.row.kind)) is not None:
        await prepare(turn.unit, open_draft)
    before, turn.practises = open_draft.draft, turn.practises or open_draft.is_practice
    screen, end = await drafting.apply(turn.unit, open_draft, event)
    if end is End.OPEN:
        screen = await _at_consent(turn, open_draft, replace(screen, notice=screen.notice or notice))
        await _follow(turn, open_draft, before)
        look_over = turn.desk_forms.look_over.get(open_draft.row.kind)
        noted = look_over(open_draft, screen) if look_over is not None else screen
        beside = await filling_screens.beside(turn, open_draft, screen, whole=whole)
        filling_screens.show(turn, open_draft, noted, before, tapped_step, beside)
        return
    if end is End.SUBMITTED and open_draft.row.kind in _TOLD and talk_service.tells_nothing(open_draft):
        await apply(turn, Show(), tapped_step, notice=Key("reporter.reply.empty"))
        return
    if end is End.SUBMITTED and (require := turn.desk_forms.require.get(open_draft.row.kind)) is not None:
        try:
            require(turn.unit, open_draft)
        except Refusal as refusal:
            await apply(turn, Show(), tapped_step, notice=Key(refusal.key, refusal.arguments))
            return
    filling_screens.drop(turn)
    await ENDINGS[end](turn, open_draft)


async def _at_consent(turn: Turn, open_draft: OpenDraft, screen: Screen) -> Screen:
    """Screen that says what became of messages sent before consent."""
    if open_draft.is_forgotten:
        notice, open_draft.is_forgotten = _together(Key("reporter.held.gone"), screen.notice), False
        screen = replace(screen, notice=notice)
    return await _take_held(turn, open_draft, screen) if open_draft.held and open_draft.agrees else screen


async def _follow(turn: Turn, open_draft: OpenDraft, before: Draft) -> None:
    """Remove files that left the draft, and do what begins or ends with `leaves_nothing`."""
    if gone := before.file_ids - open_draft.draft.file_ids:
        await files.mark_for_removal(turn.unit, gone)
    if open_draft.draft.leaves_nothing and not before.leaves_nothing:
        await filling_screens.begin(turn, open_draft)
    elif before.leaves_nothing and not open_draft.draft.leaves_nothing:
        await talk_service.ask_again(turn.unit, [turn.chat.id])


def _together(*notices: Phrase | None) -> Phrase | None:
    said: list[Phrase] = []
    said += [one for one in notices if one is not None and one not in said]
    return Joined(tuple(said), "\n") if len(said) > 1 else next(iter(said), None)


async def _take_held(turn: Turn, open_draft: OpenDraft, screen: Screen) -> Screen:
    story, key_id = open_draft.form.by_role.get("story"), open_draft.row.data_key_id or ""
    places, notice = ((story.path,) if story is not None else ()), screen.notice
    taken, open_draft.held = open_draft.held, ()
    for held in taken:
        events: list[Event] = []
        if held.file is not None:
            ref = files.take_note(turn.unit, key_id, held.file)
            events.append(Gave(ref, held.source, look=files.look_of(ref.id, held.file)))
        if held.text.strip():
            events.append(Wrote(held.text, held.source, places))
        for event in events:
            asked = open_draft.draft.position
            screen, _ = await drafting.apply(turn.unit, open_draft, event)
            notice = _together(notice, screen.notice)
            # A form of another kind asks something else first.
            if story is None and asked in open_draft.draft.answers:
                title = title_phrase(open_draft.form, asked)
                notice = _together(notice, Key("reporter.held.answers", {"question": title}))
        if held.file is not None:
            await _doom_untaken(turn, ref)
    return replace(screen, notice=notice)


async def _hold(turn: Turn, open_draft: OpenDraft, incoming: Incoming | None, notice: Phrase | None) -> None:
    words = _linked(turn, lambda words: len(words) <= LONGEST_LINE)
    is_held = await drafting.hold(turn.unit, open_draft, Held(words, str(turn.message.message_id), incoming))
    said = Key("reporter.held") if is_held else Key("reporter.held.full", {"n": drafting.MOST_HELD})
    await apply(turn, Show(), notice=_together(said, notice))


async def show(turn: Turn) -> None:
    if turn.chat.open_draft is not None:
        await apply(turn, Show())


async def is_asked(turn: Turn, step: int) -> bool:
    """Whether the question of a step stands in the chat or is on its way there."""
    prompt = turn.chat.prompt
    stands = prompt is not None and (prompt.unseen or prompt.is_shown)
    return stands or await turn.outbox.has_queued_prompt(turn.chat.hash, step)


async def tapped(turn: Turn, tap: Tap) -> None:
    """Handle a tap on a form's button. A second tap or one on an older screen changes nothing."""
    open_draft = turn.chat.open_draft
    if open_draft is None:
        # Nothing is stored that tells whether it was sent, cancelled or expired.
        gone = Key("reporter.tap.no_draft", {"hours": turn.unit.settings.draft_hours})
        turn.answer_tap("moderator.tap.closed" if turn.chat.moderator is not None else gone, alert=True)
        turn.drop_message()  # its id was unknown when the form ended, so nothing else deletes it
        return
    step = open_draft.draft.step
    if open_draft.row.id[:4] != tap.draft:
        turn.answer_tap("reporter.tap.stale")
        turn.drop_message()  # a message of an earlier form
        await apply(turn, Show())
        return
    if tap.step != step:
        turn.answer_tap("reporter.tap.stale")
        repeated = tap.step == step - 1  # then the answer to the first tap is on its way or there already
        if not (repeated and not _is_covered(turn) and await is_asked(turn, step)):
            turn.drop_buttons()
            await apply(turn, Show())
        return
    turn.answer_tap()
    filling_screens.note_seen(turn)
    await apply(turn, tap.event, tap.step)


def _is_covered(turn: Turn) -> bool:
    """Whether the tapped message should long show the current question: an edit was carried out late."""
    prompt, now = turn.chat.prompt, turn.unit.now.timestamp()
    is_own = prompt is not None and turn.tapped_message_id in prompt.message_ids
    return is_own and prompt is not None and 0 < (prompt.edited_at or now) < now - COVERED_SECONDS


async def text(turn: Turn, notice: Phrase | None = None) -> None:
    """Handle a text. `notice` stands below what is said of one that is held before consent."""
    message, open_draft = turn.message, turn.chat.open_draft
    words, places = message.text or "", _places(turn, message)
    answer = _told(turn, places)
    if await _is_code(turn, answer):
        return
    pressed = None if places else _typed_button(turn, words)
    if pressed is not None:
        await apply(turn, pressed)
    elif open_draft is not None and drafting.are_held(turn.unit, open_draft, answer):
        await _hold(turn, open_draft, None, notice)
    elif not places and _is_at_review(turn):
        # A repeated review would bury the notice.
        send, edit = Key("flow.send"), Key("flow.edit")
        said = Key("reporter.review.words", {"text": Said(words[:_SHOWN]), "send": send, "edit": edit})
        assert open_draft is not None  # noqa: S101 - it is at its review
        report_id = open_draft.row.report_id
        told = filling_screens.renderer_of(turn, open_draft).message(turn.language, [said])
        turn.send(told, report_id=report_id, protect=report_id is not None)
    else:
        await apply(turn, Wrote(answer, str(message.message_id), places))


def _typed_button(turn: Turn, words: str) -> Event | None:
    open_draft, texts = turn.chat.open_draft, turn.renderer.texts
    if open_draft is None or not may_be_button(texts, words):
        return None
    return typed_button(texts, open_draft.screen(turn.unit.now), words)


def _told(turn: Turn, places: tuple[str, ...]) -> str:
    open_draft = turn.chat.open_draft
    if open_draft is None:
        return turn.typed
    path = places[-1] if places else open_draft.draft.position
    question = open_draft.form.question_at(path)
    if question is None or not (kind_of(question).takes_text or kind_of(question).takes_files):
        return turn.typed
    room, before = LONGEST_LINE, open_draft.draft.answers.get(path)
    if kind_of(question).takes_text:
        continued = before.text if isinstance(before, Written) and is_multiline(question) else ""
        room = longest(question) - (len(continued) + 1 if continued else 0)
    return _linked(turn, lambda words: len(words) <= room)


def _linked(turn: Turn, fits: Callable[[str], bool]) -> str:
    """Words of a message. A reporter's also get the addresses behind them, as long as the whole `fits`."""
    open_draft = turn.chat.open_draft
    of_reporter = open_draft is not None and open_draft.row.kind in _OF_REPORTERS
    return with_links(turn.message, fits) if of_reporter else turn.typed


async def _is_code(turn: Turn, words: str) -> bool:
    """Refuse and delete a message that holds a receipt code, which must not appear in another report.
    Returns whether it did. Before consent such a message tells the state of its report instead."""
    open_draft = turn.chat.open_draft
    if not codes_in(words) or (open_draft is not None and not open_draft.agrees):
        return False
    if not await receipts_service.holds_code(turn.unit, words, turn.chat.allowance):
        return False
    await _refuse(turn, "reporter.code_in_answer")
    return True


def _is_at_review(turn: Turn) -> bool:
    open_draft, prompt = turn.chat.open_draft, turn.chat.prompt
    if open_draft is None or open_draft.row.kind == REVIEW_FORM or prompt is None:
        return False
    draft = open_draft.draft
    shown = prompt.step == draft.step and bool(prompt.message_ids) and draft.digest == open_draft.form.digest
    return shown and draft.position == REVIEW and not (draft.view.editing or draft.view.confirming)


async def edited(turn: Turn) -> None:
    """Handle an edited message: replace the part of the answer and the file that came from it."""
    words, with_file, open_draft = _rewritten(turn), brings_file(turn.update), turn.chat.open_draft
    if open_draft is None:
        if (words or with_file) and turn.chat.moderator is None:
            turn.say("reporter.edited_late")
    elif words and await _is_code(turn, words):
        return
    elif any(one.source == str(turn.message.message_id) for one in open_draft.held):
        await _hold(turn, open_draft, incoming_of(turn.whole_message) if with_file else None, None)
    elif with_file:
        await _edited_file(turn, open_draft)
    elif words:
        await _rewrite(turn, open_draft)


async def _rewrite(turn: Turn, open_draft: OpenDraft) -> None:
    event = Rewrote(_rewritten(turn), str(turn.message.message_id))
    if not late_messages.changes_nothing(open_draft.filling, event):
        await apply(turn, event)


def _rewritten(turn: Turn) -> str:
    """Words of an edited message, with the addresses behind them if these have room: no edit fails for an untyped address."""
    open_draft, source = turn.chat.open_draft, str(turn.message.message_id)
    is_new_try = open_draft is not None and late_messages.is_kept(open_draft.filling, source)
    if open_draft is None or is_new_try or not late_messages.is_told(open_draft.filling, source):
        return _told(turn, ())
    filling = open_draft.filling_at(turn.unit.now)
    return _linked(turn, lambda words: late_messages.takes_words(filling, Rewrote(words, source)))


async def _edited_file(turn: Turn, open_draft: OpenDraft) -> None:
    """Handle an edited message with a file, which replaces the message's earlier file. An old draft may not know the
    earlier file. Then the new one is not called refused, since it may be stored already."""
    source, key_id = str(turn.message.message_id), open_draft.row.data_key_id
    is_told = late_messages.is_told(open_draft.filling, source)
    found = drafting.file_of(open_draft, source)
    if found is not None and key_id is not None:
        await _exchange(turn, found, key_id, caption="" if is_told else _captioned(turn))
    elif is_told:
        turn.say("flow.file.not_compared")
    if is_told:
        await _rewrite(turn, open_draft)
    elif found is None:
        await apply(turn, Show(), notice=Key("flow.file.not_known"))


async def _exchange(turn: Turn, found: tuple[FileRef, Origin], key_id: str, caption: str) -> None:
    (old, origin), incoming = found, incoming_of(turn.whole_message)
    if files.look_of(old.id, incoming) == origin.look:
        if caption != old.caption:
            await apply(turn, Replaced(old.id, replace(old, caption=caption)))
    elif _is_too_big(incoming):
        turn.say("reporter.file.too_big")
        await apply(turn, Show(), notice=Key("flow.file.not_replaced"))
    else:
        ref = replace(files.take_note(turn.unit, key_id, incoming), caption=caption)
        await apply(turn, Replaced(old.id, ref, origin.source, files.look_of(ref.id, incoming)))
        await _doom_untaken(turn, ref)


def _captioned(turn: Turn) -> str:
    return _linked(turn, lambda words: len(words) <= _LONGEST_CAPTION)


async def _doom_untaken(turn: Turn, ref: FileRef) -> None:
    if turn.chat.open_draft is not None and ref.id not in turn.chat.open_draft.draft.file_ids:
        await files.mark_for_removal(turn.unit, [ref.id])


def _is_too_big(incoming: Incoming) -> bool:
    return incoming.size is not None and incoming.size > files.LARGEST_FILE


async def file(turn: Turn, notice: Phrase | None = None) -> None:
    """Handle a file with its caption, which may be the answer. For `notice` see `text`."""
    open_draft, message = turn.chat.open_draft, turn.whole_message
    if open_draft is None:
        raise Refusal("reporter.file.no_draft")
    if await _is_code(turn, _captioned(turn)):
        return
    key_id, incoming = open_draft.row.data_key_id, incoming_of(message)
    if _is_too_big(incoming):
        turn.say("reporter.file.too_big")
        await apply(turn, Show())
    elif key_id is None or not open_draft.agrees:
        await _hold(turn, open_draft, incoming, notice)
    else:
        await _give(turn, open_draft, key_id, incoming)


async def _give(turn: Turn, open_draft: OpenDraft, key_id: str, incoming: Incoming) -> None:
    message = turn.whole_message
    ref = files.take_note(turn.unit, key_id, incoming)
    places = _places(turn, message)
    here, story = open_draft.draft.position, open_draft.form.by_role.get("story")
    is_story = story is not None and here == story.path  # also for who has seen only the question before it
    asked = open_draft.form.question_at(places[-1] if places and not is_story else here)
    is_answer = bool(message.caption) and asked is not None and kind_of(asked).takes_text
    told, caption = (_told(turn, places), "") if is_answer else ("", _captioned(turn))
    ref = replace(ref, caption=caption)
    look = files.look_of(ref.id, incoming)
    await apply(turn, Gave(ref, str(message.message_id), places, look))
    await _doom_untaken(turn, ref)
    if told and turn.chat.open_draft is not None:
        await apply(turn, Wrote(told, str(message.message_id), _places(turn, message)))


async def place(turn: Turn) -> None:
    """Handle a location: the answer if the question takes one. A live location is never accepted."""
    message = turn.whole_message
    location = message.location or (message.venue.location if message.venue is not None else None)
    if location is None or location.live_period is not None:
        await _refuse(turn, "reporter.refused.live")
    elif (open_draft := turn.chat.open_draft) is None or not _takes_places(turn, open_draft):
        await _refuse(turn, "reporter.refused.dangerous")
    else:
        found = GeoPoint(location.latitude, location.longitude)
        source, places = str(message.message_id), _places(turn, message)
        before = open_draft.draft.answers
        await apply(turn, PointSent(found.latitude, found.longitude, source, places))
        after = open_draft.draft.answers
        if found not in after.values() and after == before:  # nor part of a trace
            turn.delete([message.message_id], surely=True)


def _takes_places(turn: Turn, open_draft: OpenDraft) -> bool:
    is_asked = open_draft.agrees and not open_draft.draft.view.confirming
    return is_asked and guests.takes_places(open_draft.filling_at(turn.unit.now))


async def refused_kind(turn: Turn) -> None:
    """Refuse a contact, a sticker and the like. Dangerous messages are deleted."""
    if turn.message.contact is not None:
        await _refuse(turn, "reporter.refused.dangerous")
        return
    turn.say("reporter.refused.kind")
    await show(turn)


async def _refuse(turn: Turn, key: str) -> None:
    turn.say_after_deleting([turn.message.message_id], key, deleted="reporter.refused.deleted")
    await show(turn)


def incoming_of(message: Message) -> Incoming:
    part = next(part for part in _PARTS if getattr(message, part))
    kind, name, mime = _PARTS[part]
    sent: Any = message.photo[-1] if message.photo else getattr(message, part)
    name, mime = name or sent.file_name or "", getattr(sent, "mime_type", None) or mime
    return Incoming(kind, sent.file_id, name, mime, sent.file_size, message.message_id, sent.file_unique_id)


def _places(turn: Turn, message: AnyMessage) -> tuple[str, ...]:
    """Positions whose questions were perhaps seen, latest first. Empty if certainly the current one."""
    prompt, open_draft = turn.chat.prompt, turn.chat.open_draft
    if prompt is None or open_draft is None or prompt.step != open_draft.draft.step:
        return ()
    draft, steps = open_draft.draft, prompt.in_sight(message.message_id, sent_at(message))
    if steps == (draft.step,):
        return ()
    return tuple(dict.fromkeys(place for step in steps for place in draft.answerable_at(step))) or ("",)
