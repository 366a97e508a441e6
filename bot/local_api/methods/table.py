"""Table of the methods."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from bot.local_api.delivery import Webhook
from bot.local_api.methods import editing, profile, receiving, sending
from bot.local_api.params import Params
from bot.local_api.state.account import BotAccount
from bot.local_api.state.files import MESSAGE_FILE_KINDS

Method = Callable[[BotAccount, Params], Awaitable[Any]]
UpdateMethod = Callable[[BotAccount, Params, Webhook], Awaitable[Any]]


async def accept(account: BotAccount, call: Params) -> object:
    del account, call
    return True


BOT_API_METHODS: dict[str, Method] = {
    "getme": profile.get_me,
    "sendmessage": sending.send_message,
    **{f"send{kind.replace('_', '')}": partial(sending.send_file, kind=kind) for kind in MESSAGE_FILE_KINDS},
    "sendmediagroup": sending.send_media_group,
    "sendlocation": sending.send_location,
    "sendvenue": sending.send_venue,
    "sendcontact": sending.send_contact,
    "senddice": sending.send_dice,
    "sendchataction": sending.send_chat_action,
    "copymessage": editing.copy_message,
    "forwardmessage": editing.forward_message,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "answercallbackquery": editing.answer_callback_query,
    "getfile": profile.get_file,
    "getchat": profile.get_chat,
    "getchatmember": profile.get_chat_member,
    "leavechat": profile.leave_chat,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    **profile.PROFILE_METHODS,
    "setchatmenubutton": accept,
}
"""Methods by name in lower case, since Telegram accepts any case."""

UPDATE_METHODS: dict[str, UpdateMethod] = {
    "getupdates": receiving.get_updates,
    "setwebhook": receiving.set_webhook,
    "deletewebhook": receiving.delete_webhook,
    "getwebhookinfo": receiving.get_webhook_info,
}

SENDING_METHODS = frozenset(
    name for name in BOT_API_METHODS if name.startswith(("send", "copy", "forward"))
) - {"sendchataction"}


def messages_sent(method: str, call: Params) -> int:
    """Number of messages that a call will send. Raises ApiError for a malformed album."""
    album = call.structure("media", "media") if method == "sendmediagroup" else None
    return max(len(album), 1) if isinstance(album, list) else 1
