"""A form in a chat: taps, texts and files become events of the draft, screens become prompts."""

from dataclasses import replace

from telegram import Location, Message, Update
from telegram.ext import filters

from bot.chat import ending
from bot.chat.callback import Tap
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.answers import FileKind, Place
from bot.form.events import Event, Gave, Located, Rewrote, Show, Wrote
from bot.form.kinds import kind_of
from bot.form.model import Question
from bot.services.reports import drafting, files
from bot.services.reports.drafting import End, OpenDraft
from bot.services.reports.files import Incoming

FILES = (
    filters.PHOTO | filters.VIDEO | filters.VIDEO_NOTE | filters.VOICE | filters.AUDIO | filters.Document.ALL
)
PLACES = filters.LOCATION | filters.VENUE


async def apply(turn: Turn, event: Event, tapped_step: int | None = None) -> None:
    """Let an event happen to the chat's draft and show what comes of it."""
    filling = turn.chat.filling
    assert filling is not None  # noqa: S101 - the callers have looked
    before = filling.draft
    screen, end = await drafting.apply(turn.unit, filling, event)
    if end is End.OPEN:
        gone = files.file_ids(before) - files.file_ids(filling.draft)
        if gone:
            await files.doom(turn.unit, gone)
        turn.prompt(screen, before, tapped_step)
        return
    turn.drop_prompt()
    turn.chat.filling = turn.chat.prompt = None
    await ending.ENDINGS[end](turn, filling)


async def tapped(turn: Turn, tap: Tap) -> None:
    """A button of a form. A second tap, or one of an older screen, is answered kindly and changes nothing."""
    filling = turn.chat.filling
    if filling is None:
        closed = "moderator.tap.closed" if turn.chat.moderator is not None else "reporter.tap.no_draft"
        turn.answer_tap(closed, alert=True)
        return
    step = filling.draft.step
    if filling.row.id[:4] != tap.draft or tap.step != step:
        turn.answer_tap("reporter.tap.stale")
        repeated = filling.row.id[:4] == tap.draft and tap.step == step - 1
        prompt = turn.chat.prompt
        asked = prompt is not None and prompt.step == step
        if not (repeated and asked):
            turn.drop_buttons()
            await apply(turn, Show())
        return
    turn.answer_tap()
    await apply(turn, tap.event, tap.step)


async def text(update: Update, turn: Turn) -> None:
    """A text of a chat that has a draft."""
    message = _message(update)
    event = Wrote(message.text or "", str(message.message_id), _came_before(turn, message))
    await apply(turn, event)


async def edited(update: Update, turn: Turn) -> None:
    """An edited message: the part of the answer that it gave is replaced."""
    message = _message(update)
    words = message.text or message.caption
    if turn.chat.filling is not None and words:
        await apply(turn, Rewrote(words, str(message.message_id)))
    elif words and turn.chat.moderator is None:
        turn.say("reporter.edited_late")


async def file(update: Update, turn: Turn) -> None:
    """A photo, video, voice, audio or document. Its caption stays with it, or is the answer where a text is
    asked for."""
    filling = turn.chat.filling
    if filling is None:
        raise Refusal("reporter.file.no_draft")
    key_id = filling.row.data_key_id
    if key_id is None:
        turn.say("reporter.file.before_consent")
        await apply(turn, Show())
        return
    message = _message(update)
    incoming = incoming_of(message)
    if incoming.size is not None and incoming.size > files.LARGEST_FILE:
        turn.say("reporter.file.too_big")
        await apply(turn, Show())
        return
    ref = files.take_note(turn.unit, key_id, incoming)
    asked = _asked(filling)
    told = message.caption if asked is not None and kind_of(asked).takes_text else None
    if message.caption and not told:
        ref = replace(ref, caption=message.caption)
    await apply(turn, Gave(ref, str(message.message_id), _came_before(turn, message)))
    if turn.chat.filling is not None and ref.id not in files.file_ids(turn.chat.filling.draft):
        await files.doom(turn.unit, [ref.id])
    if told and turn.chat.filling is not None:
        await apply(turn, Wrote(told, str(message.message_id), _came_before(turn, message)))


def _asked(filling: OpenDraft) -> Question | None:
    """The question at hand."""
    return filling.form.question_at(filling.draft.position)


async def place(update: Update, turn: Turn) -> None:
    """A place: an answer where one is asked for. One that moves with the person is never taken."""
    message = _message(update)
    location = message.location or (message.venue.location if message.venue is not None else None)
    if location is None or location.live_period is not None:
        await _refuse(turn, message, "reporter.refused.live")
    elif turn.chat.filling is None or not _may_be_located(turn.chat.filling):
        await _refuse(turn, message, "reporter.refused.dangerous")
    else:
        await _locate(turn, turn.chat.filling, message, location)


async def _locate(turn: Turn, filling: OpenDraft, message: Message, location: Location) -> None:
    """Take a place that was asked for; one that the form does not allow does not stay in the chat."""
    asked, found = filling.draft.position, Place(location.latitude, location.longitude)
    source, continues = str(message.message_id), _came_before(turn, message)
    await apply(turn, Located(found.latitude, found.longitude, source, continues))
    if filling.draft.answers.get(asked) != found:
        turn.delete([message.message_id])


def _may_be_located(filling: OpenDraft) -> bool:
    """Whether a place is asked for now, of somebody who agreed that answers are kept."""
    if filling.row.data_key_id is None or filling.draft.view.confirming:
        return False
    asked = _asked(filling)
    return asked is not None and kind_of(asked).takes_places


async def refused_kind(update: Update, turn: Turn) -> None:
    """A contact, a sticker and the like: kindly refused; what may endanger somebody is deleted."""
    message = _message(update)
    if message.contact is not None:
        await _refuse(turn, message, "reporter.refused.dangerous")
        return
    turn.say("reporter.refused.kind")
    if turn.chat.filling is not None:
        await apply(turn, Show())


async def _refuse(turn: Turn, message: Message, key: str) -> None:
    """Take what may endanger somebody out of the chat, say why, and ask again."""
    turn.delete([message.message_id])
    turn.say(key)
    if turn.chat.filling is not None:
        await apply(turn, Show())


def incoming_of(message: Message) -> Incoming:
    """What a message says of its file; of a photo the largest size."""
    if message.photo:
        photo = message.photo[-1]
        return Incoming(FileKind.PHOTO, photo.file_id, "photo.jpg", "image/jpeg", photo.file_size)
    if message.voice:
        voice = message.voice
        return Incoming(
            FileKind.VOICE, voice.file_id, "voice.ogg", voice.mime_type or "audio/ogg", voice.file_size
        )
    if message.video_note:
        note = message.video_note
        return Incoming(FileKind.VIDEO, note.file_id, "video.mp4", "video/mp4", note.file_size)
    named = message.video or message.audio or message.document
    assert named is not None  # noqa: S101 - the filter lets only these through
    kind = FileKind.VIDEO if message.video else FileKind.AUDIO if message.audio else FileKind.DOCUMENT
    return Incoming(kind, named.file_id, named.file_name or "", named.mime_type or "", named.file_size)


def _came_before(turn: Turn, message: Message) -> bool:
    prompt, filling = turn.chat.prompt, turn.chat.filling
    if prompt is None or filling is None or prompt.step != filling.draft.step:
        return False
    return prompt.came_before(message.message_id)


def _message(update: Update) -> Message:
    message = update.effective_message
    assert message is not None  # noqa: S101 - the table gives only updates with messages
    return message
