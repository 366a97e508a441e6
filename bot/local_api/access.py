"""Who may reach the server: programs on this machine, and pages that it served itself."""

from secrets import compare_digest
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.local_api.protocol.answers import refused
from bot.local_api.protocol.errors import forbidden

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
