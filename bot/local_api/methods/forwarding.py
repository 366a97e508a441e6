"""The methods that copy and forward messages: https://core.telegram.org/bots/api#forwardmessage."""

from bot.local_api.methods.sending import caption_of, send
from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.params import Params
from bot.local_api.state.account import BotAccount
from bot.local_api.state.chats import StoredMessage


def _source(account: BotAccount, call: Params, verb: str) -> StoredMessage:
    chat = account.chat(call.text("from_chat_id"))
    message = chat.messages.get(call.integer("message_id") or 0)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    return message


def _copy(account: BotAccount, call: Params, message: StoredMessage) -> StoredMessage:
    body = {name: value for name, value in message.body.items() if name != "media_group_id"}
    if call.text("caption") is not None:
        body = {name: value for name, value in body.items() if not name.startswith("caption")}
        body |= caption_of(account, call.text("caption"), call.text("parse_mode"), None)
    elif call.boolean("remove_caption"):
        body = {name: value for name, value in body.items() if not name.startswith("caption")}
    return send(account, call, body, message.files)


def _forward(account: BotAccount, call: Params, message: StoredMessage) -> StoredMessage:
    if message.protected:
        raise bad_request("the message can't be forwarded")
    origin = {"type": "user", "sender_user": message.sender, "date": message.date}
    return send(account, call, {"forward_origin": origin, **message.body}, message.files)


async def copy_message(account: BotAccount, call: Params) -> object:
    """copyMessage: as if the bot had written it; a new caption replaces the old one."""
    return {"message_id": _copy(account, call, _source(account, call, "copy")).id}


async def forward_message(account: BotAccount, call: Params) -> object:
    """forwardMessage: with its origin."""
    return _forward(account, call, _source(account, call, "forward")).as_json()
