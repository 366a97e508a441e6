"""Files sent through the local Bot API, in bounded memory."""

import hashlib
import io
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import imagesize  # type: ignore[import-untyped]

from bot.local_api.access import JSON, Upload, bad_request


def image_size(content: bytes) -> tuple[int, int]:
    """(width, height) of an image in pixels, rotated by Exif. (0, 0) for other content."""
    width, height = imagesize.get(io.BytesIO(content))
    # SVG has fractional sizes, and Telegram does not accept it as a photo.
    known = isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    return (width, height) if known else (0, 0)


DOWNLOAD_LIMIT = 20 * 1024 * 1024
"""Bytes that a bot may download (Bot API, getFile)."""

PHOTO_LIMIT = 10 * 1024 * 1024
"""Bytes of a photo (Bot API, sendPhoto)."""

# Sum of width and height, and ratio of the longer side to the shorter (Bot API, sendPhoto).
_MOST_SIDES = 10_000
_MOST_RATIO = 20
_KINDS: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "photo": ("photos", ".jpg", ()),
    "document": ("documents", "", ("file_name", "mime_type")),
    "voice": ("voice", ".oga", ("duration", "mime_type")),
    "audio": ("music", ".mp3", ("duration", "mime_type", "file_name")),
    "video": ("videos", ".mp4", ("width", "height", "duration", "mime_type", "file_name")),
    "animation": ("animations", ".mp4", ("width", "height", "duration", "mime_type", "file_name")),
    "video_note": ("video_notes", ".mp4", ("length", "duration")),
    "sticker": ("stickers", ".webp", ("type", "width", "height", "is_animated", "is_video", "emoji")),
}
"""Folder and suffix of a file's path, and its fields beyond those of all files, by kind."""
MESSAGE_FILE_KINDS = tuple(_KINDS)
"""Kinds of files in a message, and their fields in the Bot API's Message."""
_THUMBNAIL = 90
_STICKER = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}


@dataclass(frozen=True, slots=True)
class StoredFile:
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
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.content)}

    def on_phone(self) -> JSON:
        return {"kind": self.kind, "name": self.name, "mime_type": self.mime, **self.as_json()}

    def field(self) -> object:
        if self.kind == "photo":
            return _sizes(self)
        known = {
            "width": self.width or 640,
            "height": self.height or 360,
            "length": 240,
            "duration": self.duration,
            "mime_type": self.mime,
            "file_name": self.name,
            "emoji": self.emoji,
        } | (_STICKER if self.kind == "sticker" else {})
        return {**self.as_json(), **{name: known[name] for name in _KINDS[self.kind][2]}}

    def fields(self) -> JSON:
        """Message fields of the file. An animation is also a document, as in the Bot API."""
        shown = {self.kind: self.field()}
        if self.kind == "animation":
            shown["document"] = {**self.as_json(), "file_name": self.name, "mime_type": self.mime}
        return shown


def _sizes(file: StoredFile) -> list[JSON]:
    whole = {**file.as_json(), "width": file.width, "height": file.height}
    longest = max(file.width, file.height)
    if longest <= _THUMBNAIL:
        return [whole]
    ids = {"file_id": f"{file.file_id}-s", "file_unique_id": f"{file.unique_id}s"}
    sides = {side: max(1, whole[side] * _THUMBNAIL // longest) for side in ("width", "height")}
    return [{**whole, **ids, **sides}, whole]


def _measured(content: bytes) -> tuple[int, int]:
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
    """Files by file_id and by path. Drops the oldest beyond `limit` bytes, and the first of those that no
    message carries any more beyond `spare` bytes."""

    def __init__(self, limit: int = 512 * 1024 * 1024, spare: int = 24 * 1024 * 1024) -> None:
        self._limit, self._spare = limit, spare
        self._size = self._released_size = 0
        self._released: dict[str, StoredFile] = {}
        self._number = 0
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._paths: dict[str, str] = {}

    def add(self, kind: str, upload: Upload, duration: int = 0, emoji: str = "") -> StoredFile:
        """Store an upload. Raises ApiError for an empty file or a photo that Telegram would reject."""
        if not upload.content:
            raise bad_request("file must be non-empty")
        width, height = _measured(upload.content) if kind == "photo" else (0, 0)
        folder, suffix, _ = _KINDS[kind]
        path = f"{folder}/file_{self._number}{suffix or PurePosixPath(upload.name).suffix[:16]}"
        self._number += 1
        file = StoredFile(
            file_id=f"{kind[:2].upper()}{secrets.token_urlsafe(24)}",
            unique_id=f"AQ{hashlib.sha256(upload.content).hexdigest()[:16]}",
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
        """Mark a file as unused. Its file_id stays valid for a while, as with Telegram."""
        file = self._files.get(file_id)
        if file is None or file_id in self._released:
            return
        self._released[file_id] = file
        self._released_size += len(file.content)
        while self._released_size > self._spare and len(self._released) > 1:
            self._forget(next(iter(self._released)))

    def hold(self, file_id: str) -> None:
        file = self._released.pop(file_id, None)
        if file is not None:
            self._released_size -= len(file.content)

    def _forget(self, file_id: str) -> None:
        self.hold(file_id)
        file = self._files.pop(file_id)
        del self._paths[file.path]
        self._size -= len(file.content)

    def get(self, file_id: str) -> StoredFile | None:
        """A file by id, if known. The id of a photo's small size finds the photo."""
        # A random id may itself end in "-s".
        return self._files.get(file_id) or self._files.get(file_id.removesuffix("-s"))

    def at(self, path: str) -> StoredFile | None:
        return self._files.get(self._paths.get(path, ""))
