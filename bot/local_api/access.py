"""Access control, JSON parsing and error answers."""

import json
import math
from secrets import compare_digest
from typing import Any, NoReturn
from urllib.parse import urlsplit

from aiohttp import web
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

    def as_json(self) -> JSON:
        body: JSON = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


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
    return answer(error.as_json(), error.code)


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Host names and addresses that only this machine can reach."""

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - to tell them from the others
"""Wildcard addresses, for which host names are unknown."""

_COOKIE = "local_api_key"
_BOT_API = ("/bot", "/file/bot")


def _is_foreign(request: web.Request) -> bool:
    """Whether a browser reports a request by another origin's page.

    A GET without CORS carries only Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/). Programs send no
    such header. Links to the page itself are allowed.
    """
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
            return refused(forbidden("unknown host"))
        if _is_foreign(request):
            return refused(forbidden("foreign origin"))
        return await handler(request)

    return check


def with_key(key: str) -> Middleware:
    """Middleware that answers 403 without the key, except to the Bot API, which checks tokens.

    A script passes `key` in every query. A browser opens `/?key=<key>` and is redirected to `/` with a
    cookie, so the key stays out of its history.
    """

    def fits(given: str | None) -> bool:
        return given is not None and compare_digest(given.encode(), key.encode())

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_BOT_API) or fits(request.cookies.get(_COOKIE)):
            return await handler(request)
        if not fits(request.query.get("key")):
            return refused(forbidden("the key is missing"))
        return _keep_key(key) if request.path == "/" else await handler(request)

    return check


def _keep_key(key: str) -> web.Response:
    headers = {"Location": "/", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    response = web.Response(status=303, headers=headers)
    # Lax: links in chats or e-mails must open the page. Foreign origins are refused anyway.
    response.set_cookie(_COOKIE, key, httponly=True, samesite="Lax", path="/")
    return response
