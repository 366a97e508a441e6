"""Files that travelled through the local Bot API, kept in memory within a bound."""

import hashlib
import io
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import PurePosixPath

import imagesize  # type: ignore[import-untyped]

from bot.local_api.access import JSON, bad_request
from bot.local_api.params import Upload


def image_size(content: bytes) -> tuple[int, int]:
    """(width, height) in pixels as an image is shown, turned as its Exif says; (0, 0) for anything else."""
    width, height = imagesize.get(io.BytesIO(content))
    # Fractions are the sizes of SVG, which Telegram does not take for a photo.
    known = isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    return (width, height) if known else (0, 0)


MESSAGE_FILE_KINDS = ("photo", "document", "voice", "audio", "video", "animation", "video_note", "sticker")
"""The kinds of files a message may carry; each is also a field of the Bot API's Message."""

DOWNLOAD_LIMIT = 20 * 1024 * 1024
"""What getFile gives to a bot, in bytes: https://core.telegram.org/bots/api#getfile."""

PHOTO_LIMIT = 10 * 1024 * 1024
"""What a photo may weigh, in bytes: https://core.telegram.org/bots/api#sendphoto."""

# Width and height together, and the longer side by the shorter: the same source.
_MOST_SIDES = 10_000
_MOST_RATIO = 20
_FOLDERS = {
    "photo": ("photos", ".jpg"),
    "document": ("documents", ""),
    "voice": ("voice", ".oga"),
    "audio": ("music", ".mp3"),
    "video": ("videos", ".mp4"),
    "animation": ("animations", ".mp4"),
    "video_note": ("video_notes", ".mp4"),
    "sticker": ("stickers", ".webp"),
}
_THUMBNAIL = 90
_STICKER = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as Telegram names it; `path` is the file_path of getFile."""

    file_id: str
    unique_id: str
    path: str
    kind: str
    name: str
    mime: str
    content: bytes
    width: int = 0
    height: int = 0
    duration: int = 0
    emoji: str = ""

    def as_json(self) -> JSON:
        """The fields common to every kind."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.content)}

    def field(self) -> object:
        """The value of the message's field named by `kind`: an object, or for photos a list of sizes."""
        common = self.as_json()
        if self.kind == "photo":
            return _sizes(self, common)
        if self.kind == "sticker":
            return {**common, **_STICKER, "emoji": self.emoji}
        if self.kind == "video_note":
            return {**common, "length": 240, "duration": self.duration}
        if self.kind in {"video", "animation"}:
            size = {"width": self.width or 640, "height": self.height or 360}
            return {
                **common,
                **size,
                "duration": self.duration,
                "mime_type": self.mime,
                "file_name": self.name,
            }
        if self.kind == "voice":
            return {**common, "duration": self.duration, "mime_type": self.mime}
        if self.kind == "audio":
            return {**common, "duration": self.duration, "mime_type": self.mime, "file_name": self.name}
        return {**common, "file_name": self.name, "mime_type": self.mime}

    def fields(self) -> JSON:
        """The fields of a message that carries it; an animation is also a document (Bot API, Message)."""
        shown = {self.kind: self.field()}
        if self.kind == "animation":
            shown["document"] = {**self.as_json(), "file_name": self.name, "mime_type": self.mime}
        return shown


def _sizes(file: StoredFile, common: JSON) -> list[JSON]:
    whole = {**common, "width": file.width, "height": file.height}
    longest = max(file.width, file.height)
    if longest <= _THUMBNAIL:
        return [whole]
    small = {
        "file_id": f"{file.file_id}-s",
        "file_unique_id": f"{file.unique_id}s",
        "file_size": len(file.content),
        "width": max(1, file.width * _THUMBNAIL // longest),
        "height": max(1, file.height * _THUMBNAIL // longest),
    }
    return [small, whole]


def _measured(content: bytes) -> tuple[int, int]:
    """Width and height of a photo. Raises ApiError if it is not one, or too large or too narrow."""
    if len(content) > PHOTO_LIMIT:
        raise bad_request(
            f"file of size {len(content)} bytes is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes"
        )
    width, height = image_size(content)
    if not width or not height:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if width + height > _MOST_SIDES or max(width, height) > _MOST_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height


class StoredFiles:
    """Files by file_id and by path.

    Beyond `limit` bytes the oldest are forgotten; beyond `spare` bytes of files that no message carries any more,
    the first of those.
    """

    def __init__(self, limit: int = 512 * 1024 * 1024, spare: int = 24 * 1024 * 1024) -> None:
        self._limit, self._spare = limit, spare
        self._size = self._released_size = 0
        self._released: dict[str, StoredFile] = {}
        self._number = 0
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._paths: dict[str, str] = {}

    def add(self, kind: str, upload: Upload, duration: int = 0, emoji: str = "") -> StoredFile:
        """Keep an upload. Raises ApiError for an empty file and for a photo that Telegram would not accept."""
        if not upload.content:
            raise bad_request("file must be non-empty")
        width, height = _measured(upload.content) if kind == "photo" else (0, 0)
        folder, suffix = _FOLDERS[kind]
        path = f"{folder}/file_{self._number}{suffix or PurePosixPath(upload.name).suffix[:16]}"
        self._number += 1
        digest = hashlib.sha256(upload.content).hexdigest()[:16]
        file = StoredFile(
            file_id=f"{kind[:2].upper()}{secrets.token_urlsafe(24)}",
            unique_id=f"AQ{digest}",
            path=path,
            kind=kind,
            name=PurePosixPath(upload.name).name or "file",
            mime=upload.mime,
            content=upload.content,
            width=width,
            height=height,
            duration=duration,
            emoji=emoji,
        )
        self._keep(file)
        return file

    def _keep(self, file: StoredFile) -> None:
        self._files[file.file_id] = file
        self._paths[file.path] = file.file_id
        self._size += len(file.content)
        while self._size > self._limit and len(self._files) > 1:
            self._forget(next(iter(self._files)))

    def release(self, file_id: str) -> None:
        """No message carries this file any more. As with Telegram, its file_id stays valid for a while."""
        file = self._files.get(file_id)
        if file is None or file_id in self._released:
            return
        self._released[file_id] = file
        self._released_size += len(file.content)
        while self._released_size > self._spare and len(self._released) > 1:
            self._forget(next(iter(self._released)))

    def hold(self, file_id: str) -> None:
        """A message carries this file, perhaps again."""
        file = self._released.pop(file_id, None)
        if file is not None:
            self._released_size -= len(file.content)

    def _forget(self, file_id: str) -> None:
        self.hold(file_id)
        file = self._files.pop(file_id)
        del self._paths[file.path]
        self._size -= len(file.content)

    def get(self, file_id: str) -> StoredFile | None:
        """The file of this id, the small size of a photo being the photo itself; None if unknown."""
        # An id is random and may end so itself.
        return self._files.get(file_id) or self._files.get(file_id.removesuffix("-s"))

    def at(self, path: str) -> StoredFile | None:
        """The file of this file_path; None if unknown."""
        return self._files.get(self._paths.get(path, ""))
