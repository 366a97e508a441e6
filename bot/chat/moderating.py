"""The moderators' side of the chat: its commands and buttons, and what the reporters' side calls of it."""

from collections.abc import Awaitable, Callable, Mapping

from telegram import Update

from bot.chat.callback import Act
from bot.chat.moderation import deciding, editing, exports, queues, showing
from bot.chat.moderation.enrolment import enrol, open_invite, set_commands
from bot.chat.moderation.notices import notify_new, notify_withdrawn
from bot.chat.turn import Turn

__all__ = [
    "ACTS",
    "COMMANDS",
    "edit_saved",
    "enrol",
    "notify_new",
    "notify_withdrawn",
    "open_invite",
    "set_commands",
]

edit_saved = editing.saved

COMMANDS: Mapping[str, Callable[[Update, Turn], Awaitable[None]]] = {
    "queue": queues.queue,
    "next": queues.next_,
    "open": showing.open_,
    "edit": editing.edit,
    "approve": deciding.approve,
    "reject": deciding.reject,
    "release": deciding.release,
    "export": exports.export,
    "moderators": queues.moderators_,
}
"""By command; only a moderator's private chat comes here."""

ACTS: Mapping[str, Callable[[Turn, Act], Awaitable[None]]] = {
    "mqueue": queues.page,
    "mnext": queues.tapped_next,
    "mopen": showing.tapped_open,
    "mreopen": showing.tapped_reopen,
    "medit": editing.tapped_edit,
    "mpreview": deciding.tapped_preview,
    "mapprove": deciding.tapped_approve,
    "mask": deciding.tapped_reject,
    "mreject": deciding.tapped_reason,
    "mrelease": deciding.tapped_release,
    "mexport": exports.tapped_export,
    "mkeep": deciding.tapped_keep,
}
"""By the verb of a button; only a moderator's tap comes here."""
