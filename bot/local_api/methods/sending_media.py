"""The methods that send files: https://core.telegram.org/bots/api#sendphoto and the following."""

from bot.local_api.methods.sending import caption_of, send
from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.params import Params, Upload
from bot.local_api.state.account import BotAccount
from bot.local_api.state.files import StoredFile

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
    # Telegram has two classes of files: photos and all others. A file sent again by its id stays the kind it was.
    if (file.kind == "photo") != (kind == "photo"):
        raise bad_request(f"can't use file of type {_type(file.kind)} as {_type(kind)}")
    return file


def _type(kind: str) -> str:
    return {"voice": "VoiceNote", "video_note": "VideoNote"}.get(kind, kind.title())


async def send_file(account: BotAccount, call: Params, kind: str) -> object:
    """sendPhoto, sendDocument and the like, by the kind of the file."""
    caption = caption_of(
        account,
        call.text("caption"),
        call.text("parse_mode"),
        call.structure("caption_entities", "entities"),
    )
    account.open_chat(call.text("chat_id"))
    given = call.files.get(kind) or call.text(kind)
    file = _file(account, call, given, kind, call.integer("duration") or 0)
    return send(account, call, {**file.fields(), **caption}, [file]).as_json()


async def send_media_group(account: BotAccount, call: Params) -> object:
    """sendMediaGroup: up to 10 files as an album, which has no buttons; a single file is a plain message."""
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
        about = Params(item)
        marks = about.structure("caption_entities", "entities")
        caption = caption_of(account, about.text("caption"), about.text("parse_mode"), marks)
        file = _file(account, call, item.get("media"), kind)
        bodies.append(({**file.fields(), **caption}, file))
    account.albums += 1
    group = {"media_group_id": str(account.me["id"] * 1000 + account.albums)} if len(bodies) > 1 else {}
    bare = Params({name: value for name, value in call.values.items() if name != "reply_markup"})
    return [send(account, bare, {**group, **body}, [file]).as_json() for body, file in bodies]


def _album_kinds(media: list[JSON]) -> list[str]:
    """The kinds of the files of an album. Raises ApiError for other kinds and for those that cannot be mixed."""
    kinds = [str(item.get("type")) for item in media]
    if not set(kinds) <= _ALBUM_KINDS:
        raise bad_request("type of the media must be one of audio, document, photo, video")
    for kind in ("document", "audio"):
        if kind in kinds and len(set(kinds)) > 1:
            raise bad_request(f"{kind} can't be mixed with other media types")
    return kinds
