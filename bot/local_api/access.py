"""Access control, JSON parsing and error answers."""

import json
import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import compare_digest
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from aiohttp import BodyPartReader, ClientResponse, MultipartReader, web
from aiohttp.typedefs import Handler, Middleware

JSON = dict[str, Any]

_DEEPEST = 100  # levels, as in tdlib's json_decode


def read_json(text: str | bytes, *, lone_surrogates: bool = False) -> Any:
    """Parse a JSON text in UTF-8.

    Raises ValueError for:
    - invalid JSON, NaN and infinities
    - values nested more than 100 levels deep
    - lone surrogates, unless allowed: UTF-8 cannot encode them, so no answer could carry them
    """
    words = text if isinstance(text, str) else text.decode()
    try:
        value = json.loads(words, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deep(value):
        raise ValueError("nested too deeply")
    if not lone_surrogates and "\\ud" in words.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value


def read_object(body: bytes, *, lone_surrogates: bool = False) -> JSON:
    """Parse a JSON object, by default an empty one. Raises ValueError as `read_json` and for other values."""
    value = read_json(body or b"{}", lone_surrogates=lone_surrogates)
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - answered like every wrong value
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse_constant(digits)


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


def seconds_of(text: str, longest: float) -> float:
    """Seconds to wait, clamped to 0..`longest`. Raises ValueError for text that is not a number."""
    seconds = float(text)
    if math.isnan(seconds):
        raise ValueError("timeout must be a number of seconds")
    return min(max(seconds, 0.0), longest)


class ApiError(Exception):
    """A refused call, answered with exactly these values."""

    def __init__(self, code: int, description: str, parameters: JSON | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(words: str) -> ApiError:
    """400 "Bad Request: ...". `words` start in lower case, except codes such as BUTTON_DATA_INVALID."""
    return ApiError(400, f"Bad Request: {words}")


def forbidden(words: str) -> ApiError:
    return ApiError(403, f"Forbidden: {words}")


def conflict(words: str) -> ApiError:
    return ApiError(409, f"Conflict: {words}")


def too_many_requests(retry_after: int) -> ApiError:
    """429 with `retry_after` in whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def too_large() -> ApiError:
    """413 in Telegram's words: HTTP and Python 3.13 name this status differently."""
    return ApiError(413, "Request Entity Too Large")


def answer(body: JSON, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def refused(error: ApiError) -> web.Response:
    more = {} if error.parameters is None else {"parameters": error.parameters}
    body = {"ok": False, "error_code": error.code, "description": error.description, **more}
    return answer(body, error.code)


def checked(handler: Handler) -> Handler:
    """A handler whose errors of wrong values, types and keys are answered with 400."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValueError as wrong:
            raise bad_request(str(wrong)) from wrong
        except (TypeError, KeyError) as wrong:
            raise bad_request(f"{type(wrong).__name__}: {wrong}") from wrong

    return handle


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Host names and addresses that only this machine can reach."""

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - to tell them from the others
"""Wildcard addresses, for which host names are unknown."""

_COOKIE = "local_api_key"
_BOT_API = ("/bot", "/file/bot")


def _is_foreign(request: web.Request) -> bool:
    """Whether a browser reports a request by another origin's page. A GET without CORS carries only
    Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/). Programs send no such header. Links to the page
    itself are allowed."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return True
    if request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}:
        return False
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return not (opened and request.method == "GET" and request.path == "/")


def same_origin(hosts: frozenset[str] | None) -> Middleware:
    """Middleware that answers 403 to other origins' pages and, unless None, to other `hosts`."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Otherwise any page in the same browser could post here, or connect by DNS rebinding.
        if hosts is not None and urlsplit(f"//{request.host}").hostname not in hosts:
            raise forbidden("unknown host")
        if _is_foreign(request):
            raise forbidden("foreign origin")
        return await handler(request)

    return check


def with_key(key: str) -> Middleware:
    """Middleware that answers 403 without the key, except to the Bot API, which checks tokens. A script
    passes `key` in every query. A browser opens `/?key=<key>` and is redirected to `/` with a cookie, so the
    key stays out of its history."""

    def fits(given: str | None) -> bool:
        return given is not None and compare_digest(given.encode(), key.encode())

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_BOT_API) or fits(request.cookies.get(_COOKIE)):
            return await handler(request)
        if not fits(request.query.get("key")):
            raise forbidden("the key is missing")
        if request.path != "/":
            return await handler(request)
        headers = {"Location": "/", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        response = web.Response(status=303, headers=headers)
        # Lax: links in chats or e-mails must open the page. Foreign origins are refused anyway.
        response.set_cookie(_COOKIE, key, httponly=True, samesite="Lax", path="/")
        return response

    return check


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
    """Parameters of a request. Raises ApiError if it is unreadable or too large, or a file beyond `limit`."""
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
        try:
            return Params({**request.query, **read_object(await request.read())})
        except ValueError as broken:
            raise bad_request("can't parse request JSON object") from broken
    form = await request.post()
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    return Params({**request.query, **texts})


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
        return Params(read_object(body))
    except ValueError:
        return Params({})
