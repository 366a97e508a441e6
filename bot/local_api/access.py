"""Who may reach the server: programs on this machine, and pages that it served itself."""

import json
import math
from secrets import compare_digest
from typing import Any, NoReturn
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

JSON = dict[str, Any]
"""A JSON object."""

_DEEPEST = 100  # levels, as in tdlib's json_decode


def read_json(text: str | bytes, *, lone_surrogates: bool = False) -> Any:
    """The value of a JSON text in UTF-8.

    Raises ValueError for anything else, for a value nested more than 100 levels deep, for NaN and infinities, and
    for lone surrogates unless they are let through: UTF-8 has no bytes for them, so no answer could carry them.
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
    """How long to wait: 0 to `longest` seconds. Raises ValueError for anything but a number."""
    seconds = float(text)
    if math.isnan(seconds):
        raise ValueError("timeout must be a number of seconds")
    return min(max(seconds, 0.0), longest)


class ApiError(Exception):
    """A refused call; `code`, `description` and `parameters` go into the answer as they are."""

    def __init__(self, code: int, description: str, parameters: JSON | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> JSON:
        """The body of the answer: https://core.telegram.org/bots/api#making-requests."""
        body: JSON = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


def bad_request(words: str) -> ApiError:
    """400, "Bad Request: ..."; `words` begin in lower case but for codes such as BUTTON_DATA_INVALID."""
    return ApiError(400, f"Bad Request: {words}")


def forbidden(words: str) -> ApiError:
    """403, "Forbidden: ..."."""
    return ApiError(403, f"Forbidden: {words}")


def conflict(words: str) -> ApiError:
    """409, "Conflict: ..."."""
    return ApiError(409, f"Conflict: {words}")


def too_many_requests(retry_after: int) -> ApiError:
    """429 with `retry_after` in whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def too_large() -> ApiError:
    """413. These are Telegram's words: HTTP's own have changed since, and Python 3.13 has the newer ones."""
    return ApiError(413, "Request Entity Too Large")


def answer(body: JSON, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def refused(error: ApiError) -> web.Response:
    """The answer that tells of a refusal."""
    return answer(error.as_json(), error.code)


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names and addresses under which only this machine is reached."""

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - to tell them from the others
"""Addresses that stand for all of a machine's, whose names nobody here can know."""

_COOKIE = "local_api_key"
_BOT_API = ("/bot", "/file/bot")


def _is_foreign(request: web.Request) -> bool:
    """Whether a browser says that a page of another origin made the request.

    A GET without CORS has no Origin, but says so in Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/); other
    programs send neither. A link that opens the page itself may be followed.
    """
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return True
    if request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}:
        return False
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return not (opened and request.method == "GET" and request.path == "/")


def same_origin(hosts: frozenset[str] | None) -> Middleware:
    """A middleware that refuses (403) other host names than these, unless None, and requests of foreign pages."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Any page in the same browser could otherwise post here, or reach here by rebinding its own name.
        if hosts is not None and urlsplit(f"//{request.host}").hostname not in hosts:
            return refused(forbidden("unknown host"))
        if _is_foreign(request):
            return refused(forbidden("foreign origin"))
        return await handler(request)

    return check


def with_key(key: str) -> Middleware:
    """A middleware that refuses (403) requests without the key, except to the Bot API, which has tokens.

    A browser opens `/?key=<key>`, gets it as a cookie and is sent on to `/`, so that neither the address bar nor
    the history shows it; a script gives `key` in the query of every request.
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
    # Lax: a link from a chat or a mail must open the page; foreign origins are refused anyway.
    response.set_cookie(_COOKIE, key, httponly=True, samesite="Lax", path="/")
    return response
