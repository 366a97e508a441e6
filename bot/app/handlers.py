"""Handler table: dispatches updates and checks permissions.

PTB's filters match updates, without its `Application`, which swallows exceptions that must make a batch
fail.
"""

from collections.abc import Sequence

from telegram import Message
from telegram.ext import filters

from bot.app.commands import ACTS, BY_NAME, REF, Command, Handle, Permission
from bot.chat import menu
from bot.chat.buttons import Act, Tap, command_in, decode
from bot.chat.turn import Turn
from bot.desk import country_update as country_update_chat
from bot.desk import practice
from bot.desk import reopening as reopening_chat
from bot.desk.card import chat as card_chat
from bot.desk.decisions import chat as decisions_chat
from bot.desk.decisions import linking
from bot.desk.forms import chat as forms_chat
from bot.desk.notices import chat as notices_chat
from bot.desk.people import chat as people_chat
from bot.desk.publishing import chat as publishing_chat
from bot.desk.queue import chat as queue_chat
from bot.desk.references import PRACTICE
from bot.desk.sharing import chat as sharing_chat
from bot.errors import Refusal, WrongArgument
from bot.form.screen import Key
from bot.reports import claims
from bot.reports import commands as reporter_commands_chat
from bot.reports.filling import chat as filling_chat
from bot.reports.receipts import chat as receipts_chat
from bot.reports.talk import chat as talk_chat
from bot.transport.updates import AnyUpdate, PlainUpdate


async def dispatch(turn: Turn) -> None:
    """Answer one turn. A Refusal becomes an answer, other errors are raised."""
    try:
        await handler_of(turn.update)(turn)
    except Refusal as refusal:
        phrase = Key(refusal.key, refusal.arguments)
        if turn.update.callback_query is not None:
            turn.answer_tap(phrase, alert=True)
        else:
            turn.say(phrase)


def handler_of(update: AnyUpdate) -> Handle:
    """Handler of an update. A plain update is a text or a tap in a private chat."""
    if isinstance(update, PlainUpdate):
        if update.callback_query is not None:
            return _tapped
        return _text if command_in(update.effective_message.text) is None else _command
    for wanted, handle in ROUTES:
        if wanted.check_update(update):
            return handle
    if update.callback_query is not None:
        return _tapped
    return notices_chat.leave_group if update.my_chat_member is not None else _ignored


async def _tapped(turn: Turn) -> None:
    query, chat = turn.update.callback_query, turn.update.effective_chat
    data = decode(query.data or "") if query is not None else None
    if chat is None or chat.type != chat.PRIVATE:
        raise Refusal("reporter.tap.stale")  # in a group or inline: there is no private chat to answer in
    if isinstance(data, Tap):
        await filling_chat.tapped(turn, data)
        if turn.saved is not None:
            await decisions_chat.show_saved(turn, turn.saved)
    elif isinstance(data, Act) and data.verb == menu.COMMAND and data.first in BY_NAME:
        await _run(turn, BY_NAME[data.first])
    elif isinstance(data, Act) and data.verb in ACTS and ACTS[data.verb].permission.allows(_role(turn)):
        turn.act = data
        if ACTS[data.verb].permission is not Permission.ANYBODY:
            turn.sit_at_desk()
        is_practice = data.first == PRACTICE and ACTS[data.verb].permission is Permission.MODERATOR
        await (practice.act if is_practice else ACTS[data.verb].acts[data.verb])(turn)
    else:
        raise Refusal("reporter.tap.stale")
    if not turn.is_tap_answered:
        turn.answer_tap()


async def _command(turn: Turn) -> None:
    """Run a command. A team's is the whole first word: `/release,R7K2Q9` would act on another report."""
    written = command_in(turn.message.text)
    assert written is not None  # noqa: S101 - the table asks this of commands alone
    entry = BY_NAME.get(written.name) if written.is_for(turn.username) else None
    if entry is None or not (written.alone or entry.permission is Permission.ANYBODY):
        await reporter_commands_chat.unknown(turn)
    else:
        await _run(turn, entry)


async def _text(turn: Turn) -> None:
    if await receipts_chat.replied(turn) or await talk_chat.replied(turn):
        return
    if turn.chat.moderator is not None and await _replied_at_desk(turn):
        return
    if turn.chat.open_draft is not None:
        if not await receipts_chat.code_alone(turn):
            await filling_chat.text(turn)
        if turn.saved is not None:
            await decisions_chat.show_saved(turn, turn.saved)
    elif turn.chat.moderator is None and await people_chat.enrol(turn):
        return
    elif Permission.MODERATOR.allows(_role(turn)) and claims.read_reference(turn.argument):
        await _run(turn, BY_NAME["open"])
    elif not (
        await receipts_chat.code_alone(turn)
        or (turn.chat.moderator is None and await talk_chat.part_alone(turn))
    ):
        await reporter_commands_chat.greet(turn)


async def _file(turn: Turn) -> None:
    if turn.typed and (await receipts_chat.replied(turn) or await talk_chat.replied(turn)):
        return
    if await receipts_chat.code_alone(turn) or await forms_chat.sent(turn) or await reopening_chat.sent(turn):
        return
    await reporter_commands_chat.file(turn)


async def _edited(turn: Turn) -> None:
    """Handle an edit, which may hold a receipt code. Numbers in a moderator's corrected note are none."""
    if turn.chat.moderator is not None or not await receipts_chat.code_alone(turn):
        await filling_chat.edited(turn)


async def _replied_at_desk(turn: Turn) -> bool:
    """Handle a member's reply to a question of the desk. One about reports can remain in the chat of a former reviewer."""
    if Permission.MODERATOR.allows(_role(turn)) and (
        await card_chat.note_replied(turn)
        or await card_chat.note_for_colleague(turn)
        or await queue_chat.replied(turn)
        or await linking.replied(turn)
    ):
        return True
    return (
        await publishing_chat.replied(turn)
        or await sharing_chat.reasoned(turn)
        or await country_update_chat.own_replied(turn)
    )


async def _ignored(turn: Turn) -> None:
    """Say nothing, as to service messages."""


def _role(turn: Turn) -> str | None:
    return turn.chat.moderator.role if turn.chat.moderator is not None else None


async def _run(turn: Turn, entry: Command) -> None:
    """Run a command if its permission allows it. For reporters a team's command does not exist."""
    role = _role(turn)
    if entry.permission.allows(role):
        if entry.permission is not Permission.ANYBODY:
            turn.sit_at_desk()
        try:
            is_practice = turn.argument.upper() == PRACTICE and entry.example == REF
            turn.act = Act(next(iter(entry.acts), ""), PRACTICE) if is_practice else turn.act
            await (practice.act if is_practice else entry.handle)(turn)
        except WrongArgument as refusal:
            turn.say(Key(refusal.key, refusal.arguments), menu.form_of(turn, entry.name))
    elif role is not None:
        is_admins = entry.permission is Permission.ADMIN
        raise Refusal("moderator.admins_only" if is_admins else "moderator.other_role")
    else:
        await reporter_commands_chat.unknown(turn)


class _Commands(filters.MessageFilter):
    def filter(self, message: Message) -> bool:
        return command_in(message.text) is not None


_NEW = filters.UpdateType.MESSAGE
ROUTES: Sequence[tuple[filters.BaseFilter, Handle]] = (
    (~filters.ChatType.PRIVATE & filters.StatusUpdate.MIGRATE, notices_chat.moved),
    (~filters.ChatType.PRIVATE, _ignored),
    (_Commands() & _NEW, _command),
    (filters.UpdateType.EDITED_MESSAGE, _edited),
    (filters.TEXT & _NEW, _text),
    (filling_chat.FILES & _NEW, _file),
    (filling_chat.PLACES & _NEW, filling_chat.place),
    (filters.StatusUpdate.ALL, _ignored),
    (_NEW, filling_chat.refused_kind),
)
"""Routes of messages in order. The first that matches a message gets it alone."""
