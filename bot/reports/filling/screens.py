"""Screens of an open form: shown in place or anew, replies with their questions, and deletion of past messages."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from mimetypes import guess_type
from pathlib import Path, PurePath
from zipfile import BadZipFile, ZipFile

from bot.chat.buttons import ADDITION_WORDS, WORDS, Act
from bot.chat.prompt import Prompt, keep_prompt, trace_of
from bot.chat.renderer import SEND_METHODS, ActButton, Renderer, act_button, shortened
from bot.chat.turn import Turn
from bot.form.answers import FileRef
from bot.form.draft import Draft
from bot.form.flow.question import contact
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said, Screen, ScreenKind
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.store import drafting, files, sent_messages, vault
from bot.store.drafting import OpenDraft
from bot.store.files import CLEANED, PENDING, KeptFile, SealedFile
from bot.store.unit import REPLY_FORM, REPORT_FORM, UnitOfWork
from bot.transport.call import Attachment, Call, LostError, deletions
from bot.transport.outbox import Outbox
from bot.transport.updates import sent_at

FORM_FILE = "form"
_MEDIA = ("image", "audio", "video")
_MOST_CAPTION, _MOST_BYTES = 1000, 50_000_000
"""Limits of the Bot API, in characters and bytes."""
YOUNG_SECONDS = 24 * 60 * 60
"""Age up to which a message is edited into the next question. Telegram lets it be deleted for 48 hours."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Extras deleted with a form's screen: notes and files above it, buttons above its last row."""

    notes: tuple[tuple[Phrase, ...], ...] = ()
    files: tuple[Call, ...] = ()
    rows: tuple[tuple[ActButton, ...], ...] = ()


def renderer_of(turn: Turn, open_draft: OpenDraft) -> Renderer:
    adds = is_reply(open_draft) and not talk_service.questions_of(open_draft)
    words = ADDITION_WORDS if adds else WORDS.get(open_draft.row.kind)
    return turn.renderer if words is None else turn.renderer.reworded(words)


def show(
    turn: Turn,
    open_draft: OpenDraft,
    screen: Screen,
    before: Draft,
    tapped_step: int | None,
    beside: Beside,
) -> None:
    """Show a draft's screen, in place of the tapped message if that alone shows this step or may turn into it, else
    below everything. Messages of the draft as it was `before` are deleted or become one short line. In a draft
    that leaves nothing they are surely deleted, after the new screen."""
    step, report_id = open_draft.draft.step, open_draft.row.report_id
    leaves_nothing = open_draft.draft.leaves_nothing
    renderer = renderer_of(turn, open_draft)
    screen = replace(screen, notes=(*screen.notes, *beside.notes)) if beside.notes else screen
    tapped = turn.tapped_message_id if tapped_step is not None else None
    shown = _asking(turn, before.step)
    # Prompts of earlier updates of this batch were never sent. This screen says their notices.
    replaces = turn.outbox.drop_prompts(turn.chat.hash)
    noted = _noted(turn, screen, replaces=replaces)
    messages = renderer.screen(turn.language, noted, open_draft.row.id[:4], step)
    messages[-1].keyboard[-1:-1] = renderer.keyboard(turn.language, beside.rows)
    files, is_next = (*beside.files, *_media(turn, open_draft, screen)), tapped_step != step
    alone = len(messages) == 1 and not replaces and not screen.notes and not (is_next and screen.media)
    # Below the form's own files, which stay.
    is_below = not is_next and len(shown) == 1 + len(screen.media) and tapped == shown[-1]
    alone = alone and (len(shown) < 2 or is_below)
    if tapped is not None and alone and (not is_next or _turns_into_next(turn, open_draft, before)):
        params = {"chat_id": turn.chat.id, "message_id": tapped, **messages[0].params()}
        call = Call("editMessageText", params, protect=report_id is not None)
        if is_next:
            _expect(turn, open_draft, (tapped,))
        turn.enqueue(call, prompt_step=step if is_next else None, report_id=report_id)
        return
    asked = shown if tapped is None else (*shown, tapped)
    if leaves_nothing:
        asked = (*asked, *_beside(turn, open_draft))
    else:
        _leave(turn, open_draft, before, renderer, asked, was_shown=not replaces)
    _expect(turn, open_draft)
    # A note such as contacts is needed later. It is no prompt and is not deleted with one.
    for told in renderer.notes(turn.language, screen):
        with_prompt = step if leaves_nothing else None
        turn.send(told, prompt_step=with_prompt, report_id=report_id, protect=report_id is not None)
    for file in files:
        turn.enqueue(file, prompt_step=step, report_id=report_id)
    for message in messages:
        turn.send(message, prompt_step=step, report_id=report_id, protect=report_id is not None)
    if leaves_nothing:
        turn.delete(sorted(set(asked)), surely=True)


def _media(turn: Turn, open_draft: OpenDraft, screen: Screen) -> Iterator[Call]:
    """The form's own files. Only pictures and the like: beside a form may be what is no one's to see."""
    for one in screen.media:
        written = one.file.get(turn.language) or next(iter(one.file.values()))
        name, (method, parameter) = PurePath(written).name, SEND_METHODS[one.kind]
        if (guess_type(name)[0] or "").partition("/")[0] not in _MEDIA:
            continue
        said = turn.renderer.phrase(one.caption, turn.language) if one.caption else ""
        caption = shortened(said, _MOST_CAPTION)
        params = {"chat_id": turn.chat.id, "caption": caption}
        attach = {parameter: f"{FORM_FILE}:{name}:{open_draft.form.source}"}
        yield Call(method, params, attach, otherwise=caption or name)


async def open_form_file(spec: str) -> Attachment:
    """Opener of a form's own file, `name:path of the form`."""
    name, _, source = spec.partition(":")
    try:
        content = await asyncio.to_thread(beside_form, Path(source), name)
    except (OSError, KeyError, BadZipFile):
        raise LostError(f"{name} does not stand beside {source}") from None
    return name, content, guess_type(name)[0] or ""


def beside_form(form: Path, name: str) -> bytes:
    """A file in a form's zip, in the folder of its media, or beside it. Raises OSError, KeyError or BadZipFile."""
    if form.suffix.lower() == ".zip":
        with ZipFile(form) as archive:
            found = (one for one in archive.infolist() if PurePath(one.filename).name == name)
            within = next((one for one in found if one.file_size <= _MOST_BYTES), name)
            return archive.read(within)
    in_media = form.with_name(f"{form.stem}-media") / name
    return (in_media if in_media.is_file() else form.with_name(name)).read_bytes()


def _turns_into_next(turn: Turn, open_draft: OpenDraft, before: Draft) -> bool:
    """Whether the tapped message, a reporter's question that was answered, may be edited into the next one: it
    is the chat's last one, nothing of it has to stay, and it can be deleted for another day."""
    query, prompt = turn.update.callback_query, turn.chat.prompt
    if query is None or query.message is None or prompt is None or turn.chat.moderator is not None:
        return False
    tapped = query.message.message_id
    is_last = prompt.step == before.step and prompt.message_ids == (tapped,) and prompt.last_id <= tapped
    # After a lost answer an edit may be carried out late, and would cover the next question.
    is_last = is_last and prompt.is_shown and not prompt.doubtful
    is_young = abs(turn.unit.now.timestamp() - sent_at(query.message)) < YOUNG_SECONDS
    if open_draft.row.kind != REPORT_FORM or open_draft.draft.leaves_nothing or not (is_last and is_young):
        return False
    trace = trace_of(before, open_draft.filling)
    return trace is None or not trace.whole


def note_seen(turn: Turn) -> None:
    """Record that the person saw the current step. What an edit turned into it was there before."""
    prompt, tapped = turn.chat.prompt, turn.tapped_message_id
    if prompt is not None and tapped is not None and tapped > prompt.floor:
        turn.chat.prompt = replace(prompt, first_id=min(tapped, prompt.first_id or tapped))


def drop(turn: Turn) -> None:
    """Close the chat's form and delete its last messages, such as the review."""
    shown = turn.chat.prompt.message_ids if turn.chat.prompt is not None else ()
    tapped = turn.tapped_message_id
    last = shown if tapped is None or tapped in shown else (*shown, tapped)
    if last:
        turn.delete(last, surely=True)
    turn.outbox.drop_prompts(turn.chat.hash)
    turn.chat.open_draft = turn.chat.prompt = None


def _asking(turn: Turn, step: int) -> tuple[int, ...]:
    shown = turn.chat.prompt
    return shown.message_ids if shown is not None and shown.step == step else ()


def _beside(turn: Turn, open_draft: OpenDraft) -> tuple[int, ...]:
    shown = turn.chat.prompt
    if shown is None or not shown.beside:
        return ()
    turn.chat.prompt = replace(shown, beside=())
    keep_prompt(turn.unit, open_draft.row, turn.chat.prompt)
    return shown.beside


def _noted(turn: Turn, screen: Screen, *, replaces: bool) -> Screen:
    """Add the notices of replaced screens: a first refusal is news even if the second try succeeds."""
    notices = turn.chat.screen_notices if replaces else ()
    if screen.notice is not None and screen.notice not in notices:
        notices = (*notices, screen.notice)
    turn.chat.screen_notices = notices
    return replace(screen, notice=Joined(notices, "\n")) if notices else screen


def _leave(
    turn: Turn,
    open_draft: OpenDraft,
    before: Draft,
    renderer: Renderer,
    asked: tuple[int, ...],
    *,
    was_shown: bool,
) -> None:
    """Delete the messages of a question. The last one may become a short line, or only lose its buttons."""
    if not asked:
        return
    each, last = list(dict.fromkeys(asked)), asked[-1]
    is_left = was_shown and before.step != open_draft.draft.step
    trace = trace_of(before, open_draft.filling) if is_left else None
    if trace is None:
        turn.delete(each)
    elif trace.whole:
        turn.drop_buttons(last)
    else:
        line = trace.message(renderer, turn.language)
        params = {"chat_id": turn.chat.id, "message_id": last, **line.params()}
        turn.call("editMessageText", params, essential=False, report_id=open_draft.row.report_id)
        turn.delete([one for one in each if one != last])


def _expect(turn: Turn, open_draft: OpenDraft, edited: tuple[int, ...] = ()) -> None:
    """Record that a new prompt is queued, perhaps as an edit. Until its delivery no other message counts as the prompt."""
    step, message = open_draft.draft.step, turn.update.effective_message
    shown = turn.chat.prompt or Prompt(step, unseen=True)
    floor = max([message.message_id if message is not None else 0, *shown.message_ids])
    prompt = shown.again() if shown.step == step else shown.followed(step, floor)
    turn.chat.prompt = replace(prompt, message_ids=edited) if edited else prompt
    keep_prompt(turn.unit, open_draft.row, turn.chat.prompt)


def is_reply(open_draft: OpenDraft | None) -> bool:
    return open_draft is not None and open_draft.row.kind == REPLY_FORM


def is_emptied(open_draft: OpenDraft) -> bool:
    """Whether it is a reply without its report, as after the code was used elsewhere."""
    return is_reply(open_draft) and not talk_service.report_id_of(open_draft)


async def beside(turn: Turn, open_draft: OpenDraft, screen: Screen, *, whole: bool) -> Beside:
    """Extras of a reply's screen that asks for words. `whole` adds the files, and questions asked since it was opened."""
    asks_words = screen.kind is ScreenKind.QUESTION and screen.path == talk_service.WORDS
    if not (is_reply(open_draft) and asks_words):
        return Beside()
    report = await talk_service.report_of(turn.unit, open_draft)
    if report is None or not talk_service.questions_of(open_draft):
        return Beside()
    if await vault.is_archived(turn.unit, report.data_key_id):
        return Beside()  # its questions were closed meanwhile
    if whole:
        talk_service.widen(open_draft, await messages.unanswered(turn.unit, report))
    numbers = talk_service.questions_of(open_draft)
    asked = [one for one in await messages.said(turn.unit, report) if one.number in numbers]
    known = await messages.known_files(turn.unit, asked)
    notes = tuple(_note(turn.unit, one, known) for one in asked)
    refs = [ref for one in asked for ref in one.words.files]
    return Beside(notes, _files(turn, refs, known) if whole else (), _rows(open_draft, asked))


def _note(unit: UnitOfWork, asked: messages.Message, known: dict[str, KeptFile]) -> tuple[Phrase, ...]:
    said = asked.words
    if said.ready == messages.CONTACTS:
        return (Key("reporter.question.contacts"), *contacts(unit))
    ready = (Key(f"talk.ready.{said.ready}"),) if said.ready is not None else ()
    own = (Said(said.text),) if said.text.strip() else ()
    states = {known[ref.id].status if ref.id in known else "" for ref in said.files} - {CLEANED}
    later = (Key("reporter.question.file_later"),) if PENDING in states else ()
    lost = (Key("reporter.question.file_lost"),) if states - {PENDING} else ()
    return (Key("reporter.question"), *ready, *own, *later, *lost)


def contacts(unit: UnitOfWork) -> tuple[Phrase, ...]:
    """Contacts of helpers, from the questionnaire."""
    asked = unit.forms[REPORT_FORM].questions
    helped = {one.name: one for question in asked for one in question.choices if any(one.contact.values())}
    return (Joined(tuple(map(contact, helped.values())), "\n"),) if helped else ()


def _files(turn: Turn, refs: Sequence[FileRef], known: dict[str, KeptFile]) -> tuple[Call, ...]:
    """Clean copies of files, under names that reveal nothing."""
    shown = [ref for ref in refs if ref.id in known and known[ref.id].status == CLEANED]
    otherwise = turn.renderer.phrase(Key("reporter.question.file_lost"), turn.language)
    calls = []
    for number, ref in enumerate(shown, 1):
        method, parameter = SEND_METHODS[ref.kind]
        params = {"chat_id": turn.chat.id, "protect_content": True}
        attach = {parameter: f"copy:{ref.id}:{number}"}
        calls.append(Call(method, params, attach, otherwise=otherwise))
    return tuple(calls)


def _rows(reply: OpenDraft, asked: Sequence[messages.Message]) -> tuple[tuple[ActButton, ...], ...]:
    named = reply.row.id[:4], str(len(talk_service.questions_of(reply)))
    never = (act_button("reporter.question.never", "qnever", *named),)
    if any(one.waits for one in asked):
        return (act_button("reporter.question.skip", "qskip", *named),), never
    return (act_button("reporter.question.read", "qskip", *named, role=ButtonRole.ONWARD),), never


def is_meant(act: Act, reply: OpenDraft) -> bool:
    """Whether a question's button belongs to this reply and was shown with all its current questions."""
    asked = len(talk_service.questions_of(reply))
    return act.first == reply.row.id[:4] and act.second.isdecimal() and int(act.second) >= asked


async def begin(turn: Turn, open_draft: OpenDraft) -> None:
    """Delete everything in the chat except the current question and files that are not stored yet."""
    unit, chat_hash, prompt = turn.unit, turn.chat.hash, turn.chat.prompt
    asked = {*turn.tapped, *(prompt.message_ids if prompt is not None else ())}
    stays = asked | await files.unkept_messages(unit, open_draft.row.data_key_id or "")
    taken = await sent_messages.take(unit, chat_hash)
    for message_id in stays.intersection(taken.ids):
        sent_messages.note(unit, chat_hash, message_id)
    if taken.doubtful:
        sent_messages.note_doubt(unit, chat_hash)
    turn.delete(sorted(set(taken.ids) - stays), surely=True)


def delete_own(turn: Turn) -> None:
    """Delete a message whose words this batch stores. One with a file goes once that is stored."""
    message, open_draft = turn.update.message or turn.update.edited_message, turn.chat.open_draft
    if message is not None and open_draft is not None and open_draft.draft.leaves_nothing:
        turn.delete([message.message_id], surely=True)


async def note_stored(
    renderer: Renderer, unit: UnitOfWork, outbox: Outbox, file_id: str, sealed: SealedFile
) -> bool:
    """Record that a file is stored, and delete its message where nothing may be left in the chat."""
    brought = await files.brought_by(unit, file_id)
    kept = await files.note_stored(unit, file_id, sealed)
    open_draft = await drafting.of_key(unit, brought[0]) if brought is not None and kept else None
    if brought is None or open_draft is None or not open_draft.draft.leaves_nothing:
        return kept
    chat_id = drafting.address(unit, open_draft.row)
    if chat_id is not None:
        said = renderer.message(open_draft.language, [Key("reporter.left")]).params()
        for call in deletions(chat_id, [brought[1]], {"chat_id": chat_id, **said}):
            outbox.add(open_draft.row.chat_hash, replace(call, passing=True))
    return kept
