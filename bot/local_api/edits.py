"""Methods that change or remove what was sent, and answers to taps."""

from __future__ import annotations

from bot.local_api.apierror import bad_request
from bot.local_api.links import leads_to_telegram
from bot.local_api.markup import read_inline
from bot.local_api.params import Params
from bot.local_api.sends import caption_of, read_text, text_body
from bot.local_api.state import JSON, Chat, Message
from bot.local_api.transfers import message_numbers
from bot.local_api.world import World

DELETABLE = 48 * 3600
"""Seconds during which a bot may delete a message: https://core.telegram.org/bots/api#deletemessage."""

DICE_STANDS = 24 * 3600
"""Seconds during which dice in a private chat cannot be deleted; the same source."""

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_TEXT = ("text", "entities")
_CAPTION = ("caption", "caption_entities")


def _editable(world: World, call: Params) -> Message:
    if call.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = world.open_chat(call.text("chat_id"))
    number = call.integer("message_id")
    if not number:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(number)
    if message is None:
        raise bad_request("message to edit not found")
    if not message.outgoing or (message.markup is not None and message.inline is None):
        raise bad_request("message can't be edited")
    return message


def _change(
    world: World, message: Message, fields: JSON, names: tuple[str, ...], markup: JSON | None
) -> JSON:
    current = {name: message.body[name] for name in names if name in message.body}
    if current == fields and message.markup == markup:
        raise bad_request(_NOT_MODIFIED)
    # Telegram sets edit_date when the content changes, not when only the buttons do.
    when = world.now() if current != fields else None
    message.body = {name: value for name, value in message.body.items() if name not in names} | fields
    message.markup = markup
    world.touch(message, when)
    return message.as_json()


async def edit_message_text(world: World, call: Params) -> object:
    """EditMessageText."""
    text, markup = read_text(world, call, "MESSAGE_TOO_LONG"), read_inline(call)
    message = _editable(world, call)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    return _change(world, message, text_body(text), _TEXT, markup)


async def edit_message_caption(world: World, call: Params) -> object:
    """EditMessageCaption; no caption removes it."""
    given = call.structure("caption_entities", "entities")
    caption = caption_of(world, call.text("caption"), call.text("parse_mode"), given)
    markup = read_inline(call)
    message = _editable(world, call)
    if not message.files:
        raise bad_request("there is no caption in the message to edit")
    return _change(world, message, caption, _CAPTION, markup)


async def edit_message_reply_markup(world: World, call: Params) -> object:
    """EditMessageReplyMarkup; no markup removes the buttons."""
    markup = read_inline(call)
    return _change(world, _editable(world, call), {}, (), markup)


def _check_deletable(world: World, message: Message) -> None:
    age = world.clock() - message.date
    # A throw of dice can be taken back only when a day has passed: nobody may throw until they like it.
    thrown = "dice" in message.body and message.chat.kind == "private" and age < DICE_STANDS
    if age > DELETABLE or thrown:
        raise bad_request("message can't be deleted for everyone")
    if not message.outgoing and message.chat.kind != "private":
        raise bad_request("message can't be deleted")


def _chat(world: World, call: Params) -> Chat:
    # One's own words can be taken back from a person who blocked the bot, not from a group that was left.
    chat = world.chat(call.text("chat_id"))
    return chat if chat.kind == "private" else world.open_chat(chat.id)


async def delete_message(world: World, call: Params) -> object:
    """DeleteMessage: both sides' messages in private chats, for 48 hours."""
    chat = _chat(world, call)
    number = call.integer("message_id")
    if not number:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(number)
    if message is None:
        raise bad_request("message to delete not found")
    _check_deletable(world, message)
    world.remove([message])
    return True


async def delete_messages(world: World, call: Params) -> object:
    """DeleteMessages: 1 to 100 ids; unknown ones are skipped."""
    chat = _chat(world, call)
    found = [chat.messages[number] for number in message_numbers(call) if number in chat.messages]
    for message in found:
        _check_deletable(world, message)
    world.remove(found)
    return True


async def answer_callback_query(world: World, call: Params) -> object:
    """AnswerCallbackQuery: within 150 s; a second answer is accepted and not shown."""
    number = call.text("callback_query_id")
    query = world.query(number)
    text = call.text("text") or ""
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.text("url") or ""
    if url and not leads_to_telegram(url):
        raise bad_request("URL_INVALID")
    if query.answered:
        return True
    query.answered = True
    answer = {"query_id": number, "text": text, "show_alert": call.boolean("show_alert"), "url": url}
    world.feeds[query.person].add("answer", chat_id=query.chat.id, **answer)
    return True
