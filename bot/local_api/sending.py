"""Methods that send, edit and delete messages, and answerCallbackQuery."""

import secrets
from collections.abc import Iterator
from itertools import chain
from typing import Any

from bot.local_api.access import JSON, ApiError, Params, Upload, bad_request
from bot.local_api.account import BotAccount, MessageDetails, StoredChat, StoredMessage
from bot.local_api.entities import Formatted, formatted
from bot.local_api.files import StoredFile
from bot.local_api.html import LinkError, checked_link, mentioned_user

_ACTIONS = (
    *("callback_data", "url", "login_url", "web_app", "switch_inline_query", "copy_text", "pay"),
    *("switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game"),
)
_STYLES = {"primary", "success", "danger"}
_MOST_BUTTONS = 100
_INLINE = "inline_keyboard"


def _button_error(markup: str, words: str) -> ApiError:
    return bad_request(f"can't parse {'inline ' if markup == _INLINE else ''}keyboard button: {words}")


def _link(button: JSON) -> JSON:
    url = button["url"]
    if isinstance(url, bool | dict | list):
        raise _button_error(_INLINE, 'Field "url" must be of type String')
    person = mentioned_user(str(url))
    try:
        return {**button, "url": f"tg://user?id={person}" if person else checked_link(str(url))}
    except LinkError as broken:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {broken}") from broken


def _inline_button(button: JSON) -> JSON:
    button = {
        name: value for name, value in button.items() if value is not None and (name, value) != ("url", "")
    }
    if not any(action in button for action in _ACTIONS):
        raise _button_error(_INLINE, "Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
    return _link(button) if "url" in button else dict(button)


def _labelled(row: list[Any], field: str) -> Iterator[JSON]:
    for given in row:
        button = {"text": given} if isinstance(given, str) and field != _INLINE else given
        if not isinstance(button, dict):
            words = "Inline keyboard button" if isinstance(given, str) else "Button"
            raise _button_error(field, f"{words} must be an object")
        if not isinstance(button.get("text"), str):
            raise _button_error(field, 'Field "text" must be of type String')
        if button["text"].strip():
            yield button


def _keyboard(markup: JSON, field: str) -> JSON | None:
    given = markup[field]
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        words = f"can't parse {'inline' if field == _INLINE else 'reply'} keyboard markup JSON object"
        raise bad_request(f'{words}: Field "{field}" must be an Array of Arrays')
    rows = [row for row in (list(_labelled(row, field)) for row in given) if row]
    if field == _INLINE:
        rows = [list(map(_inline_button, row)) for row in rows]
    if any(button.get("style") is not None and button["style"] not in _STYLES for button in chain(*rows)):
        raise _button_error(field, "Invalid button style specified")
    if field == _INLINE and sum(map(len, rows)) > _MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return {**({} if field == _INLINE else markup), field: rows} if rows else None


def read_markup(call: Params) -> JSON | None:
    markup = call.structure("reply_markup", "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    for field in (_INLINE, "keyboard"):
        if field in markup:
            return _keyboard(markup, field)
    if "remove_keyboard" in markup or "force_reply" in markup:
        return markup
    return None


def read_inline(call: Params) -> JSON | None:
    markup = read_markup(call)
    if markup is not None and _INLINE not in markup:
        raise bad_request("inline keyboard expected")
    return markup


TEXT_LIMIT = 4096
"""UTF-16 code units of a text without its markup (Bot API, sendMessage)."""

CAPTION_LIMIT = 1024


def read_text(account: BotAccount, call: Params, too_long: str = "message is too long") -> Formatted:
    """Text of a message. Raises ApiError if it is empty, broken or, with the words `too_long`, too long."""
    raw = call.text("text")
    if not raw:
        raise bad_request("message text is empty")
    result = formatted(raw, call.text("parse_mode"), call.structure("entities", "entities"), account.user)
    if not result.text:
        raise bad_request("text must be non-empty")
    if result.width > TEXT_LIMIT:
        raise bad_request(too_long)
    return result


def caption_of(account: BotAccount, call: Params) -> JSON:
    """Message fields of a caption, if any. Raises ApiError if it is broken or too long."""
    marks = call.structure("caption_entities", "entities")
    if not (raw := call.text("caption")):
        return {}
    result = formatted(raw, call.text("parse_mode"), marks, account.user)
    if result.width > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return result.fields("caption", "caption_entities") if result.text else {}


def _quoted(call: Params, chat: StoredChat) -> StoredMessage | None:
    reply = call.structure("reply_parameters", "reply parameters") or {}
    if not isinstance(reply, dict):
        raise bad_request("can't parse reply parameters JSON object")
    number = Params(reply).integer("message_id")
    if number is None and reply.get("message_id"):
        raise bad_request('can\'t parse ReplyParameters: Field "message_id" must be a valid Number')
    number = number or call.integer("reply_to_message_id")
    if not number:
        return None
    found = chat.messages.get(number)
    lenient = reply.get("allow_sending_without_reply") or call.boolean("allow_sending_without_reply")
    if found is None and not lenient:
        raise bad_request("message to be replied not found")
    return found


def send(account: BotAccount, call: Params, body: JSON, files: list[StoredFile] | None = None) -> JSON:
    markup, chat = read_markup(call), account.open_chat(call.text("chat_id"))
    protected, quoted = call.boolean("protect_content"), _quoted(call, chat)
    given = MessageDetails(markup=markup, files=files or [], protected=protected, quoted=quoted)
    return account.post(chat, account.me, body, **given).as_json()


async def send_message(account: BotAccount, call: Params) -> object:
    return send(account, call, read_text(account, call).fields())


_ALBUM_KINDS = {"photo", "video", "document", "audio"}
_MOST_IN_ALBUM = 10


def _file(account: BotAccount, call: Params, given: object, kind: str, duration: int = 0) -> StoredFile:
    if isinstance(given, Upload):
        return account.files.add(kind, given, duration)
    reference = str(given or "")
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    if reference.startswith("attach://"):
        upload = call.files.get(reference.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"file {reference} not found in the request")
        return account.files.add(kind, upload, duration)
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = account.files.get(reference)
    if file is None:
        raise bad_request("wrong remote file identifier specified: Wrong string length")
    # Telegram distinguishes photos from all other files. A file sent again by its id keeps its kind.
    if (file.kind == "photo") != (kind == "photo"):
        raise bad_request(f"can't use file of type {_type(file.kind)} as {_type(kind)}")
    return file


def _type(kind: str) -> str:
    return {"voice": "VoiceNote", "video_note": "VideoNote"}.get(kind, kind.title())


async def send_file(account: BotAccount, call: Params, kind: str) -> object:
    caption = caption_of(account, call)
    account.open_chat(call.text("chat_id"))
    given = call.files.get(kind) or call.text(kind)
    file = _file(account, call, given, kind, call.integer("duration") or 0)
    return send(account, call, {**file.fields(), **caption}, [file])


async def send_media_group(account: BotAccount, call: Params) -> object:
    """sendMediaGroup: up to 10 files as an album without buttons. A single file becomes a plain message."""
    media = call.structure("media", "media")
    if not isinstance(media, list) or not all(isinstance(item, dict) for item in media):
        raise bad_request("can't parse media JSON object")
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) > _MOST_IN_ALBUM:
        raise bad_request("too many messages to send as an album")
    account.open_chat(call.text("chat_id"))
    bodies = []
    for item, kind in zip(media, _album_kinds(media), strict=True):
        caption, file = caption_of(account, Params(item)), _file(account, call, item.get("media"), kind)
        bodies.append(({**file.fields(), **caption}, file))
    group = {"media_group_id": account.new_album()} if len(bodies) > 1 else {}
    bare = Params({name: value for name, value in call.values.items() if name != "reply_markup"})
    return [send(account, bare, {**group, **body}, [file]) for body, file in bodies]


def _album_kinds(media: list[JSON]) -> list[str]:
    kinds = [str(item.get("type")) for item in media]
    if not set(kinds) <= _ALBUM_KINDS:
        raise bad_request("type of the media must be one of audio, document, photo, video")
    for kind in ("document", "audio"):
        if kind in kinds and len(set(kinds)) > 1:
            raise bad_request(f"{kind} can't be mixed with other media types")
    return kinds


_CHAT_ACTIONS = frozenset(
    {
        *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
        *("record_audio", "upload_audio", "upload_document", "choose_sticker", "find_location"),
        *("record_video_note", "upload_video_note", "cancel"),
    }
)
_DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "⚽️": 5, "🎰": 64}


def coordinates(call: Params) -> JSON:
    try:
        point = {name: float(call.text(name) or "") for name in ("latitude", "longitude")}
    except ValueError:
        raise bad_request("invalid latitude or longitude specified") from None
    if not (abs(point["latitude"]) <= 90 and abs(point["longitude"]) <= 180):
        raise bad_request("wrong latitude or longitude specified")
    return point


def _given(call: Params, *names: str) -> JSON:
    return {name: call.text(name) for name in names if call.text(name)}


async def send_location(account: BotAccount, call: Params) -> object:
    """sendLocation. A live location never moves."""
    live = call.integer("live_period")
    location = coordinates(call) | ({"live_period": live} if live else {})
    return send(account, call, {"location": location})


async def send_venue(account: BotAccount, call: Params) -> object:
    """sendVenue. Like Telegram, repeats the location outside the venue."""
    point, about = coordinates(call), _given(call, "title", "address", "foursquare_id", "google_place_id")
    if "title" not in about:
        raise bad_request("venue title must be non-empty")
    return send(account, call, {"venue": {"location": point, **about}, "location": point})


async def send_contact(account: BotAccount, call: Params) -> object:
    about = _given(call, "phone_number", "first_name", "last_name", "vcard")
    if "phone_number" not in about:
        raise bad_request("phone number must be non-empty")
    if "first_name" not in about:
        raise bad_request("first name must be non-empty")
    return send(account, call, {"contact": about})


async def send_dice(account: BotAccount, call: Params) -> object:
    emoji = call.text("emoji") or "🎲"
    if emoji not in _DICE:
        raise bad_request("emoji must be one of " + ", ".join(sorted(_DICE)))
    dice = {"emoji": emoji, "value": 1 + secrets.randbelow(_DICE[emoji])}
    return send(account, call, {"dice": dice})


async def send_chat_action(account: BotAccount, call: Params) -> object:
    action = (call.text("action") or "").lower()
    if action not in _CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    account.notify(account.open_chat(call.text("chat_id")), "action", action=action)
    return True


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
    return {"message_id": send(account, call, body | caption_of(account, call), message.files)["message_id"]}


async def forward_message(account: BotAccount, call: Params) -> object:
    message = _source(account, call, "forward")
    if message.protected:
        raise bad_request("the message can't be forwarded")
    origin = {"type": "user", "sender_user": message.sender, "date": message.date}
    return send(account, call, {"forward_origin": origin, **message.body}, message.files)
