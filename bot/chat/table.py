"""The handler table: PTB's handlers decide which update is whose; a refusal is answered kindly.

`Application` is not used: it swallows the exceptions that must make a batch fail.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ChatMemberHandler, CommandHandler, MessageHandler
from telegram.ext.filters import BaseFilter, UpdateType

from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key

Handle = Callable[[Update, Turn], Coroutine[Any, Any, None]]
AnyHandler = BaseHandler[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Handlers in the order in which they are asked; the first that wants an update gets it alone."""

    handlers: Sequence[AnyHandler]

    async def dispatch(self, turn: Turn) -> None:
        """Answer one turn. Raises whatever is not a refusal."""
        for handler in self.handlers:
            wanted = handler.check_update(turn.update)
            if wanted is not None and wanted is not False:
                try:
                    await handler.callback(turn.update, turn)
                except Refusal as refusal:
                    refuse(turn, refusal)
                return


def refuse(turn: Turn, refusal: Refusal) -> None:
    """Say why not, above the chat for a tap, else as a message."""
    phrase = Key(refusal.key, refusal.arguments)
    if turn.update.callback_query is not None:
        turn.answer_tap(phrase, alert=True)
    else:
        turn.say(phrase)


def command(name: str, handle: Handle) -> AnyHandler:
    """A command of a private chat."""
    return CommandHandler(name, handle, filters=UpdateType.MESSAGE)


def message(kinds: BaseFilter, handle: Handle) -> AnyHandler:
    """A message of these kinds."""
    return MessageHandler(kinds, handle)


def tap(handle: Handle) -> AnyHandler:
    """A tapped button."""
    return CallbackQueryHandler(handle)


def membership(handle: Handle) -> AnyHandler:
    """The bot was added, removed or blocked."""
    return ChatMemberHandler(handle, ChatMemberHandler.MY_CHAT_MEMBER)
