"""Who answers what: the handlers of reporters and moderators in one table."""

from collections.abc import Awaitable, Callable, Mapping

from telegram import Update
from telegram.ext import filters

from bot.chat import filling, moderating, reporting
from bot.chat.callback import Act, Tap, decode
from bot.chat.table import Table, command, membership, message, tap
from bot.chat.turn import Turn
from bot.errors import Refusal

PRIVATE = filters.ChatType.PRIVATE
MESSAGE = filters.UpdateType.MESSAGE

ACTS: Mapping[str, Callable[[Turn, Act], Awaitable[None]]] = {
    "begin": reporting.begin,
    "language": reporting.change_language,
    "withdraw": reporting.withdraw_surely,
    "keep": reporting.keep,
    "clear": reporting.clear,
}


async def tapped(update: Update, turn: Turn) -> None:
    """A button: of a form's screen, or of an act."""
    query = update.callback_query
    data = decode(query.data or "") if query is not None else None
    if isinstance(data, Tap):
        await filling.tapped(turn, data)
    elif isinstance(data, Act) and data.verb in ACTS:
        await ACTS[data.verb](turn, data)
    elif isinstance(data, Act) and data.verb in moderating.ACTS and turn.chat.moderator is not None:
        await moderating.ACTS[data.verb](turn, data)
    else:
        raise Refusal("reporter.tap.stale")


async def text(update: Update, turn: Turn) -> None:
    """A text: an answer where a form is open."""
    if turn.chat.filling is not None:
        await filling.text(update, turn)
    else:
        await reporting.text_without_draft(update, turn)


async def any_command(update: Update, turn: Turn) -> None:
    """A moderator's command, or one that nobody has."""
    found = update.effective_message
    name = (found.text or "/").split()[0][1:].split("@")[0].lower() if found is not None else ""
    if turn.chat.moderator is not None and name in moderating.COMMANDS:
        await moderating.COMMANDS[name](update, turn)
    else:
        await reporting.unknown_command(update, turn)


def make_table() -> Table:
    """The table, most particular first."""
    return Table(
        [
            message(~PRIVATE, reporting.ignored),
            command("start", reporting.start),
            command("report", reporting.report),
            command("language", reporting.language),
            command("cancel", reporting.cancel),
            command("status", reporting.status),
            command("withdraw", reporting.withdraw),
            command("privacy", reporting.privacy),
            command("help", reporting.help_),
            message(filters.COMMAND & MESSAGE, any_command),
            message(filters.UpdateType.EDITED_MESSAGE, filling.edited),
            message(filters.TEXT & MESSAGE, text),
            message(filling.FILES & MESSAGE, filling.file),
            message(filling.PLACES & MESSAGE, filling.place),
            message(filters.StatusUpdate.ALL, reporting.ignored),
            message(MESSAGE, filling.refused_kind),
            tap(tapped),
            membership(membership_changed),
        ]
    )


async def membership_changed(update: Update, turn: Turn) -> None:
    """In a group the bot takes its leave; a private chat that blocked it has nothing to be told."""
    member = update.my_chat_member
    if member is not None and member.chat.type != "private":
        await reporting.added_to_group(update, turn)
