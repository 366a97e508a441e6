"""Deletion of a reporter's messages from the chat of a draft that leaves nothing, once their content is
stored. Screens are deleted by `form_screens`."""

from dataclasses import replace

from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.call import deletions
from bot.chat.transport.sending.outbox import Outbox
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.services import sent_messages
from bot.services.reports import files
from bot.services.reports.drafts import drafting
from bot.services.reports.drafts.drafting import OpenDraft
from bot.services.reports.files import SealedFile
from bot.services.unit import Unit


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
    """Delete the person's message, whose words this batch stores. One with a file is deleted once the file
    is stored."""
    message, open_draft = turn.update.message or turn.update.edited_message, turn.chat.open_draft
    if message is not None and open_draft is not None and open_draft.draft.leaves_nothing:
        turn.delete([message.message_id], surely=True)


async def note_stored(
    renderer: Renderer, unit: Unit, outbox: Outbox, file_id: str, sealed: SealedFile
) -> bool:
    """Record that a file is stored (see `files.note_stored`), and delete its message from a chat where
    nothing may be left."""
    brought = await files.brought_by(unit, file_id)
    kept = await files.note_stored(unit, file_id, sealed)
    open_draft = await drafting.of_key(unit, brought[0]) if brought is not None and kept else None
    if brought is None or open_draft is None or not open_draft.draft.leaves_nothing:
        return kept
    chat_id = drafting.address(unit, open_draft)
    if chat_id is not None:
        said = renderer.message(open_draft.language, [Key("reporter.left")]).params()
        for call in deletions(chat_id, [brought[1]], {"chat_id": chat_id, **said}):
            outbox.add(open_draft.row.chat_hash, replace(call, passing=True))
    return kept
