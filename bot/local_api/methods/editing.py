"""Methods that edit and delete messages, and answerCallbackQuery."""

from bot.local_api.access import JSON, Params, bad_request
from bot.local_api.methods.sending import caption_of, read_inline, read_text, send
from bot.local_api.state.account import BotAccount, StoredChat, StoredMessage

_DELETABLE = 48 * 3600
"""Seconds during which a bot may delete a message (Bot API, deleteMessage)."""

_DICE_STANDS = 24 * 3600
"""Seconds during which a dice in a private chat may not be deleted (Bot API, deleteMessage)."""

_MOST_DELETED = 100  # messages by one call
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_TEXT = ("text", "entities")
_CAPTION = ("caption", "caption_entities")


def _message(chat: StoredChat, call: Params, verb: str) -> StoredMessage:
    number = call.integer("message_id")
    if not number:
        raise bad_request("message identifier is not specified")
    if (message := chat.messages.get(number)) is None:
        raise bad_request(f"message to {verb} not found")
    return message


def _editable(account: BotAccount, call: Params) -> StoredMessage:
    if call.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    message = _message(account.open_chat(call.text("chat_id")), call, "edit")
    if not message.outgoing or (message.markup is not None and message.inline is None):
        raise bad_request("message can't be edited")
    return message


def _change(
    account: BotAccount, message: StoredMessage, fields: JSON, names: tuple[str, ...], markup: JSON | None
) -> JSON:
    current = {name: message.body[name] for name in names if name in message.body}
    if current == fields and message.markup == markup:
        raise bad_request(_NOT_MODIFIED)
    # Telegram sets edit_date when the content changes, not when only the buttons do.
    when = account.now() if current != fields else None
    message.body = {name: value for name, value in message.body.items() if name not in names} | fields
    message.markup = markup
    account.touch(message, when)
    return message.as_json()


async def edit_message_text(account: BotAccount, call: Params) -> object:
    text, markup = read_text(account, call, "MESSAGE_TOO_LONG"), read_inline(call)
    message = _editable(account, call)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    return _change(account, message, text.fields(), _TEXT, markup)


async def edit_message_caption(account: BotAccount, call: Params) -> object:
    """editMessageCaption. Without a caption, removes the current one."""
    caption, markup = caption_of(account, call), read_inline(call)
    message = _editable(account, call)
    if not message.files:
        raise bad_request("there is no caption in the message to edit")
    return _change(account, message, caption, _CAPTION, markup)


async def edit_message_reply_markup(account: BotAccount, call: Params) -> object:
    """editMessageReplyMarkup. Without a markup, removes the buttons."""
    markup = read_inline(call)
    return _change(account, _editable(account, call), {}, (), markup)


def _check_deletable(account: BotAccount, message: StoredMessage) -> None:
    if account.clock() - message.date > _DELETABLE:
        raise bad_request("message can't be deleted for everyone")
    if "dice" in message.body and account.clock() - message.date < _DICE_STANDS:
        raise bad_request("message can't be deleted")
    if not message.outgoing and message.chat.kind != "private":
        raise bad_request("message can't be deleted")


def _chat(account: BotAccount, call: Params) -> StoredChat:
    # A bot can delete messages in a chat with a person who blocked it, but not in a group it left.
    chat = account.chat(call.text("chat_id"))
    return chat if chat.kind == "private" else account.open_chat(chat.id)


async def delete_message(account: BotAccount, call: Params) -> object:
    message = _message(_chat(account, call), call, "delete")
    _check_deletable(account, message)
    account.remove([message])
    return True


def _message_numbers(call: Params) -> list[int]:
    numbers = call.structure("message_ids", "message identifiers")
    if not isinstance(numbers, list) or not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > _MOST_DELETED:
        raise bad_request("too many message identifiers specified")
    try:
        return [int(number) for number in dict.fromkeys(numbers)]
    except (TypeError, ValueError, OverflowError):
        raise bad_request("can't parse message identifiers JSON object") from None


async def delete_messages(account: BotAccount, call: Params) -> object:
    chat = _chat(account, call)
    found = [chat.messages[number] for number in _message_numbers(call) if number in chat.messages]
    for message in found:
        _check_deletable(account, message)
    account.remove(found)
    return True


async def answer_callback_query(account: BotAccount, call: Params) -> object:
    """answerCallbackQuery, within 150 s. A second answer succeeds but is not shown."""
    number = call.text("callback_query_id")
    query = account.query(number)
    text = call.text("text") or ""
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    if query.answered:
        return True
    query.answered = True
    answer = {"query_id": number, "text": text, "url": call.text("url") or ""}
    alert = call.boolean("show_alert")
    account.feeds[query.person].add("answer", chat_id=query.chat.id, show_alert=alert, **answer)
    return True


def _source(account: BotAccount, call: Params, verb: str) -> StoredMessage:
    chat = account.chat(call.text("from_chat_id"))
    message = chat.messages.get(call.integer("message_id") or 0)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    return message


async def copy_message(account: BotAccount, call: Params) -> object:
    """copyMessage. A new caption replaces the old one."""
    message = _source(account, call, "copy")
    replaced = call.text("caption") is not None or call.boolean("remove_caption")
    gone = ("media_group_id", *(_CAPTION if replaced else ()))
    body = {name: value for name, value in message.body.items() if name not in gone}
    return {"message_id": send(account, call, body | caption_of(account, call), message.files).id}


async def forward_message(account: BotAccount, call: Params) -> object:
    message = _source(account, call, "forward")
    if message.protected:
        raise bad_request("the message can't be forwarded")
    origin = {"type": "user", "sender_user": message.sender, "date": message.date}
    return send(account, call, {"forward_origin": origin, **message.body}, message.files).as_json()
