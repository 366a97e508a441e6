"""Methods that send messages."""

import secrets
from collections.abc import Iterator
from itertools import chain
from typing import Any

from bot.local_api.access import JSON, ApiError, Params, Upload, bad_request
from bot.local_api.state.account import BotAccount, MessageDetails, StoredChat, StoredMessage
from bot.local_api.state.files import StoredFile
from bot.local_api.text.entities import Formatted, formatted
from bot.local_api.text.html import LinkError, checked_link, mentioned_user

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


def _rows(markup: JSON, field: str) -> list[list[JSON]]:
    rows = markup[field]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        words = f"can't parse {'inline' if field == _INLINE else 'reply'} keyboard markup JSON object"
        raise bad_request(f'{words}: Field "{field}" must be an Array of Arrays')
    return [list(_labelled(row, field)) for row in rows]


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
    rows = [row for row in _rows(markup, field) if row]
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


def send(
    account: BotAccount, call: Params, body: JSON, files: list[StoredFile] | None = None
) -> StoredMessage:
    markup, chat = read_markup(call), account.open_chat(call.text("chat_id"))
    protected, quoted = call.boolean("protect_content"), _quoted(call, chat)
    given = MessageDetails(markup=markup, files=files or [], protected=protected, quoted=quoted)
    return account.post(chat, account.me, body, **given)


async def send_message(account: BotAccount, call: Params) -> object:
    return send(account, call, read_text(account, call).fields()).as_json()


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
    return send(account, call, {**file.fields(), **caption}, [file]).as_json()


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
    return [send(account, bare, {**group, **body}, [file]).as_json() for body, file in bodies]


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
    return send(
        account, call, {"location": coordinates(call) | ({"live_period": live} if live else {})}
    ).as_json()


async def send_venue(account: BotAccount, call: Params) -> object:
    """sendVenue. Like Telegram, repeats the location outside the venue."""
    point, about = coordinates(call), _given(call, "title", "address", "foursquare_id", "google_place_id")
    if "title" not in about:
        raise bad_request("venue title must be non-empty")
    return send(account, call, {"venue": {"location": point, **about}, "location": point}).as_json()


async def send_contact(account: BotAccount, call: Params) -> object:
    about = _given(call, "phone_number", "first_name", "last_name", "vcard")
    if "phone_number" not in about:
        raise bad_request("phone number must be non-empty")
    if "first_name" not in about:
        raise bad_request("first name must be non-empty")
    return send(account, call, {"contact": about}).as_json()


async def send_dice(account: BotAccount, call: Params) -> object:
    emoji = call.text("emoji") or "🎲"
    if emoji not in _DICE:
        raise bad_request("emoji must be one of " + ", ".join(sorted(_DICE)))
    dice = {"emoji": emoji, "value": 1 + secrets.randbelow(_DICE[emoji])}
    return send(account, call, {"dice": dice}).as_json()


async def send_chat_action(account: BotAccount, call: Params) -> object:
    action = (call.text("action") or "").lower()
    if action not in _CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    account.notify(account.open_chat(call.text("chat_id")), "action", action=action)
    return True
