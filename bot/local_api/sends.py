"""The send* methods: https://core.telegram.org/bots/api#available-methods."""

from __future__ import annotations

from bot.local_api.apierror import bad_request
from bot.local_api.entities import Formatted, formatted
from bot.local_api.files import StoredFile
from bot.local_api.markup import read_markup
from bot.local_api.params import Params, Upload
from bot.local_api.state import JSON, Chat, Message
from bot.local_api.world import World

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
"""Both in UTF-16 code units after the entities are parsed."""

_ALBUM_KINDS = {"photo", "video", "document", "audio"}


def read_text(world: World, call: Params, too_long: str = "message is too long") -> Formatted:
    """The text of a message, 1 to 4096 units. Raises ApiError otherwise, with `too_long` for a longer one."""
    raw = call.text("text")
    if not raw:
        raise bad_request("message text is empty")
    result = formatted(raw, call.text("parse_mode"), call.structure("entities", "entities"), world.user)
    if not result.text:
        raise bad_request("text must be non-empty")
    if result.width > TEXT_LIMIT:
        raise bad_request(too_long)
    return result


def caption_of(world: World, raw: str | None, mode: str | None, given: object) -> JSON:
    """The body fields of a caption, up to 1024 units; empty without one. Raises ApiError."""
    if not raw:
        return {}
    result = formatted(raw, mode, given, world.user)
    if result.width > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    if not result.text:
        return {}
    body: JSON = {"caption": result.text}
    if result.entities:
        body["caption_entities"] = result.entities
    return body


def text_body(text: Formatted) -> JSON:
    """The body fields of a text."""
    return {"text": text.text, "entities": text.entities} if text.entities else {"text": text.text}


def _quoted(call: Params, chat: Chat) -> Message | None:
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


def send(world: World, call: Params, body: JSON, files: list[StoredFile] | None = None) -> Message:
    """Post a message of the bot with what all send* methods share. Raises ApiError."""
    markup = read_markup(call)
    chat = world.open_chat(call.text("chat_id"))
    return world.post(
        chat,
        world.me,
        body,
        markup=markup,
        files=files or [],
        protected=call.boolean("protect_content"),
        quoted=_quoted(call, chat),
    )


async def send_message(world: World, call: Params) -> object:
    """SendMessage."""
    return send(world, call, text_body(read_text(world, call))).as_json()


def _file(world: World, call: Params, given: object, kind: str, duration: int = 0) -> StoredFile:
    if isinstance(given, Upload):
        return world.files.add(kind, given, duration)
    reference = str(given or "")
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    if reference.startswith("attach://"):
        upload = call.files.get(reference.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"file {reference} not found in the request")
        return world.files.add(kind, upload, duration)
    if reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = world.files.get(reference)
    if file is None:
        raise bad_request("wrong remote file identifier specified: Wrong string length")
    # Telegram knows two classes of files, photos and all others, and sends what is sent again as what it was.
    if (file.kind == "photo") != (kind == "photo"):
        raise bad_request(f"can't use file of type {_type(file.kind)} as {_type(kind)}")
    return file


def _type(kind: str) -> str:
    return {"voice": "VoiceNote", "video_note": "VideoNote"}.get(kind, kind.title())


async def _send_file(world: World, call: Params, kind: str) -> object:
    caption = caption_of(
        world,
        call.text("caption"),
        call.text("parse_mode"),
        call.structure("caption_entities", "entities"),
    )
    world.open_chat(call.text("chat_id"))
    given = call.files.get(kind) or call.text(kind)
    file = _file(world, call, given, kind, call.integer("duration") or 0)
    return send(world, call, {**file.fields(), **caption}, [file]).as_json()


async def send_photo(world: World, call: Params) -> object:
    """SendPhoto."""
    return await _send_file(world, call, "photo")


async def send_document(world: World, call: Params) -> object:
    """SendDocument."""
    return await _send_file(world, call, "document")


async def send_voice(world: World, call: Params) -> object:
    """SendVoice."""
    return await _send_file(world, call, "voice")


async def send_audio(world: World, call: Params) -> object:
    """SendAudio."""
    return await _send_file(world, call, "audio")


async def send_video(world: World, call: Params) -> object:
    """SendVideo."""
    return await _send_file(world, call, "video")


async def send_animation(world: World, call: Params) -> object:
    """SendAnimation."""
    return await _send_file(world, call, "animation")


async def send_video_note(world: World, call: Params) -> object:
    """SendVideoNote."""
    return await _send_file(world, call, "video_note")


async def send_sticker(world: World, call: Params) -> object:
    """SendSticker."""
    return await _send_file(world, call, "sticker")


async def send_media_group(world: World, call: Params) -> object:
    """SendMediaGroup: up to 10 files as one album, without buttons; one alone is no album."""
    media = call.structure("media", "media")
    if not isinstance(media, list) or not all(isinstance(item, dict) for item in media):
        raise bad_request("can't parse media JSON object")
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) > 10:
        raise bad_request("too many messages to send as an album")
    world.open_chat(call.text("chat_id"))
    bodies = []
    for item, kind in zip(media, _album_kinds(media), strict=True):
        about = Params(item)
        marks = about.structure("caption_entities", "entities")
        caption = caption_of(world, about.text("caption"), about.text("parse_mode"), marks)
        file = _file(world, call, item.get("media"), kind)
        bodies.append(({**file.fields(), **caption}, file))
    world.albums += 1
    group = {"media_group_id": str(world.me["id"] * 1000 + world.albums)} if len(bodies) > 1 else {}
    bare = Params({name: value for name, value in call.values.items() if name != "reply_markup"})
    return [send(world, bare, {**group, **body}, [file]).as_json() for body, file in bodies]


def _album_kinds(media: list[JSON]) -> list[str]:
    """The kinds of the files of an album. Raises ApiError for those that are none or do not go together."""
    kinds = [str(item.get("type")) for item in media]
    if not set(kinds) <= _ALBUM_KINDS:
        raise bad_request("type of the media must be one of audio, document, photo, video")
    for kind in ("document", "audio"):
        if kind in kinds and len(set(kinds)) > 1:
            raise bad_request(f"{kind} can't be mixed with other media types")
    return kinds
