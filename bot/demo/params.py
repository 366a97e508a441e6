"""Parameters of a call, however they came: query, form, JSON or multipart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientResponse, MultipartReader, web

from bot.demo.apierror import ApiError, bad_request

UPLOAD_LIMIT = 50 * 1024 * 1024
"""What a bot may upload, in bytes: https://core.telegram.org/bots/api#sending-files."""


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
        try:
            return int(self.values[name])
        except (KeyError, ValueError, TypeError):
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
            return json.loads(value)
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
        mime = part.headers.get("Content-Type", "application/octet-stream")
        files[part.name] = Upload(part.filename, mime, content)
    return Params(values, files)


UPLOADS: web.AppKey[int] = web.AppKey("uploads", int)
"""The largest file that an application takes, in bytes."""


async def read_params(request: web.Request) -> Params:
    """All parameters of a request. Raises ApiError when a JSON body is broken or a file too large."""
    if request.method == "GET" or not request.body_exists:
        return Params(dict(request.query))
    if request.content_type.startswith("multipart/"):
        call = await _parts(await request.multipart(), request.app.get(UPLOADS, UPLOAD_LIMIT))
        return Params({**request.query, **call.values}, call.files)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError as broken:
            raise bad_request("can't parse request JSON object") from broken
        if not isinstance(body, dict):
            raise bad_request("can't parse request JSON object")
        return Params({**request.query, **body})
    form = await request.post()
    return Params(
        {**request.query, **{name: value for name, value in form.items() if isinstance(value, str)}}
    )


async def read_reply(response: ClientResponse) -> Params:
    """The parameters of a call in the answer of a webhook: JSON, a form or multipart; empty for anything else."""
    if response.content_type.startswith("multipart/"):
        return await _parts(MultipartReader(response.headers, response.content), UPLOAD_LIMIT)
    body = await response.read()
    if response.content_type == "application/x-www-form-urlencoded":
        return Params(dict(parse_qsl(body.decode("utf-8", "replace"))))
    try:
        values = json.loads(body)
    except ValueError:
        return Params({})
    return Params(values if isinstance(values, dict) else {})
