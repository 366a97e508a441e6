"""Parameters of a call from a query, form, JSON or multipart body."""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientResponse, MultipartReader, web

from bot.local_api.access import JSON, bad_request, read_json, too_large

BOT_UPLOAD_LIMIT = 50 * 1024 * 1024
"""Bytes that a bot may upload (Bot API, Sending files)."""

PHONE_UPLOAD_LIMIT = 64 * 1024 * 1024
"""Bytes that a phone may upload: more than a bot may, so that bots meet files too big for them."""

# Invalid UTF-8, unknown charsets and encodings, and parts that cannot be decompressed.
_UNREADABLE = (ValueError, LookupError, RuntimeError, zlib.error)
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class Params:
    """Named values, as text or parsed JSON, and files by part name."""

    values: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """The value as text, or None if absent. Numbers and booleans appear as in JSON."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value)

    def integer(self, name: str) -> int | None:
        """A whole number, or None. Like Telegram, treats any other value as absent."""
        value = self.values.get(name)
        # Unlike Telegram, int() accepts 1_001.
        if isinstance(value, str) and "_" in value:
            return None
        try:
            return int(value)  # type: ignore[arg-type]
        except (ValueError, TypeError, OverflowError):
            return None

    def boolean(self, name: str) -> bool:
        """True for true, "true", "1" and "yes", in any case."""
        return str(self.values.get(name, "")).lower() in {"true", "1", "yes"}

    def structure(self, name: str, kind: str) -> object:
        """A parsed value, or JSON in a string. None if absent. `kind` names it in a refusal."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return read_json(value)
        except ValueError as broken:
            raise bad_request(f"can't parse {kind} JSON object") from broken

    def logged(self) -> JSON:
        """Values with names and sizes of files, never their bytes."""
        files = {name: f"{upload.name} ({len(upload.content)} B)" for name, upload in self.files.items()}
        return {**self.values, **files}


async def _parts(reader: MultipartReader, limit: int) -> Params:
    values: JSON = {}
    files: dict[str, Upload] = {}
    async for part in reader:
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = bytes(await part.read(decode=True))
        if part.filename is None:
            values[part.name] = content.decode("utf-8", "replace")
            continue
        if len(content) > limit:
            raise too_large()
        mime = part.headers.get("Content-Type", "").partition(";")[0].strip()
        kind = mime if _MIME.fullmatch(mime) else "application/octet-stream"
        # aiohttp reads invalid UTF-8 as lone surrogates, which no answer could carry.
        files[part.name] = Upload(part.filename.encode("utf-8", "replace").decode(), kind, content)
    return Params(values, files)


async def read_params(request: web.Request, limit: int = BOT_UPLOAD_LIMIT) -> Params:
    """Read all parameters of a request. Raises ApiError if it is unreadable or too large, or a file exceeds
    `limit` bytes."""
    try:
        return await _read(request, limit)
    except _UNREADABLE as broken:
        raise bad_request("can't parse the request") from broken
    except web.HTTPRequestEntityTooLarge as large:
        raise too_large() from large


async def _read(request: web.Request, limit: int) -> Params:
    if request.method == "GET" or not request.body_exists:
        return Params(dict(request.query))
    if request.content_type.startswith("multipart/"):
        call = await _parts(await request.multipart(), limit)
        return Params({**request.query, **call.values}, call.files)
    if request.content_type == "application/json":
        return Params({**request.query, **_json_object(await request.read() or b"{}")})
    form = await request.post()
    return Params(
        {**request.query, **{name: value for name, value in form.items() if isinstance(value, str)}}
    )


def _json_object(body: bytes) -> JSON:
    try:
        value = read_json(body)
    except ValueError as broken:
        raise bad_request("can't parse request JSON object") from broken
    if not isinstance(value, dict):
        raise bad_request("can't parse request JSON object")
    return value


async def read_webhook_answer(response: ClientResponse) -> Params:
    """The call in a webhook's answer, from JSON, a form or multipart. Empty for anything else."""
    if response.content_type.startswith("multipart/"):
        try:
            return await _parts(MultipartReader(response.headers, response.content), BOT_UPLOAD_LIMIT)
        except _UNREADABLE:
            return Params({})
    body = await response.read()
    if response.content_type == "application/x-www-form-urlencoded":
        return Params(dict(parse_qsl(body.decode("utf-8", "replace"))))
    try:
        values = read_json(body)
    except ValueError:
        return Params({})
    return Params(values if isinstance(values, dict) else {})
