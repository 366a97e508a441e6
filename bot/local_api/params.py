"""Parameters of a call, however they came: query, form, JSON or multipart."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientResponse, MultipartReader, web

from bot.local_api.apierror import ApiError, bad_request

UPLOAD_LIMIT = 50 * 1024 * 1024
"""What a bot may upload, in bytes: https://core.telegram.org/bots/api#sending-files."""

_DEEPEST = 100  # levels of JSON, as in tdlib's json_decode
# Wrong bytes, an unknown charset, an unknown encoding of a part, a part that cannot be unpacked.
_BROKEN = (ValueError, LookupError, RuntimeError, zlib.error)
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def parsed(text: str | bytes, *, halves: bool = False) -> Any:
    """What a JSON text in UTF-8 means. Raises ValueError for what is none, for what is too deep, for numbers that
    are not finite, which no answer could carry, and for halves of characters unless they are let through."""
    words = text if isinstance(text, str) else text.decode()
    try:
        value = json.loads(words, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deep(value):
        raise ValueError("nested too deeply")
    if not halves and "\\ud" in words.lower():
        json.dumps(value, ensure_ascii=False).encode()  # A half of a character cannot be told in UTF-8.
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits)


def number_of(value: object, name: str) -> float:
    """A finite number of JSON. Raises ValueError, which names it, for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number")
    return float(value)


def seconds_of(text: str, longest: float) -> float:
    """A wait of 0 to `longest` seconds. Raises ValueError for what is no number."""
    seconds = float(text)
    if math.isnan(seconds):
        raise ValueError("timeout must be a number of seconds")
    return min(max(seconds, 0.0), longest)


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inner = (
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        )
        level = [child for children in inner for child in children]
        if not level:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class Params:
    """Named values, text or what JSON gave, and files by the names of their parts."""

    values: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """The value as text; numbers and booleans as JSON writes them; None if absent."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value)

    def integer(self, name: str) -> int | None:
        """A whole number, or None if absent or not one: Telegram, too, reads garbage as absent."""
        value = self.values.get(name)
        # Python alone reads 1_001 as a number.
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
        """A value given as JSON, in a string or as it is; None if absent; `kind` names it in the refusal."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return parsed(value)
        except ValueError as broken:
            raise bad_request(f"can't parse {kind} JSON object") from broken

    def logged(self) -> dict[str, Any]:
        """The values with the names and sizes of the files, never their bytes."""
        files = {name: f"{upload.name} ({len(upload.content)} B)" for name, upload in self.files.items()}
        return {**self.values, **files}


async def _parts(reader: MultipartReader, limit: int) -> Params:
    values: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    async for part in reader:
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = bytes(await part.read(decode=True))
        if part.filename is None:
            values[part.name] = content.decode("utf-8", "replace")
            continue
        if len(content) > limit:
            raise ApiError(413, "Request Entity Too Large")
        mime = part.headers.get("Content-Type", "").partition(";")[0].strip()
        kind = mime if _MIME.fullmatch(mime) else "application/octet-stream"
        # Bytes that are no UTF-8 come as halves of characters, which no answer could carry.
        files[part.name] = Upload(part.filename.encode("utf-8", "replace").decode(), kind, content)
    return Params(values, files)


GIVEN: web.RequestKey[Params] = web.RequestKey("given", Params)
"""Where the parameters of a request stand once they are read: the bodies of multipart are gone by then."""


async def read_params(request: web.Request, limit: int = UPLOAD_LIMIT) -> Params:
    """All parameters of a request. Raises ApiError for a broken body, for one that is larger than the
    application takes, and for a file of more than `limit` bytes."""
    try:
        call = request[GIVEN] = await _read(request, limit)
    except _BROKEN as broken:
        raise bad_request("can't parse the request") from broken
    except web.HTTPRequestEntityTooLarge as large:
        raise ApiError(413, "Request Entity Too Large") from large
    return call


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


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = parsed(body)
    except ValueError as broken:
        raise bad_request("can't parse request JSON object") from broken
    if not isinstance(value, dict):
        raise bad_request("can't parse request JSON object")
    return value


async def read_reply(response: ClientResponse) -> Params:
    """The parameters of a call in the answer of a webhook: JSON, a form or multipart; empty for anything else."""
    if response.content_type.startswith("multipart/"):
        try:
            return await _parts(MultipartReader(response.headers, response.content), UPLOAD_LIMIT)
        except _BROKEN:
            return Params({})
    body = await response.read()
    if response.content_type == "application/x-www-form-urlencoded":
        return Params(dict(parse_qsl(body.decode("utf-8", "replace"))))
    try:
        values = parsed(body)
    except ValueError:
        return Params({})
    return Params(values if isinstance(values, dict) else {})
