"""The chat page: plain files, the page's texts, and a policy that lets nothing else in."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from secrets import compare_digest

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.local_api.backstage import Backstage
from bot.local_api.botapi import answer
from bot.local_api.stage import Stage

_FOLDER = Path(__file__).parent / "page"
_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_COOKIE = "kuager_demo"
_BOT_API = ("/bot", "/file/bot")

LANGUAGES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
"""The languages a phone can be set to, in their own names."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class PagePhone:
    """A phone on the page. `role` (reporter, moderator) chooses its title: the text `demo.phone.<role>`."""

    id: int
    role: str
    language: str
    first_name: str


def make_page(
    app: web.Application,
    texts: Mapping[str, Mapping[str, str]],
    phones: Sequence[PagePhone],
    backstage: Backstage | None = None,
    secret: str | None = None,
    ahead: timedelta | None = None,
    gone: Callable[[], Mapping[str, int]] | None = None,
) -> None:
    """Serve the page at `/`; `texts` are language -> key -> text, of the languages the page can be read in.

    With a `backstage` the page can also show the stored rows and move the clock. With a `secret` nothing but the
    Bot API, which has the bot's token, is served without it; see `guard`. Times are shown as by clocks
    that are `ahead` of UTC, else by the browser's. `gone` tells what the last move of the clock did: how many
    `claims` ended, how many `drafts` and `contents` of reports were destroyed.
    """
    named = {code: LANGUAGES.get(code, code) for code in texts}
    about = {
        "texts": texts,
        "languages": named,
        "phones": [asdict(phone) for phone in phones],
        "backstage": backstage is not None,
        "shared": secret is not None,
        "zone": None if ahead is None else _described(ahead),
        "gone": gone is not None,
    }
    settings = json.dumps(about, ensure_ascii=False).encode()

    async def serve_settings(request: web.Request) -> web.Response:
        del request
        return web.Response(body=settings, content_type="application/json", headers=_HEADERS)

    async def serve_gone(request: web.Request) -> web.Response:
        del request
        return answer({"ok": True, "gone": dict(gone() if gone else {})})

    if secret is not None:
        app.middlewares.append(guard(secret))
    Stage(backstage).build(app)
    app.router.add_get("/", _file("index.html"))
    app.router.add_get("/page/settings.json", serve_settings)
    if gone is not None:
        app.router.add_get("/stage/gone", serve_gone)
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _KINDS and path.name != "index.html":
            app.router.add_get(f"/page/{path.name}", _file(path.name))


def _described(ahead: timedelta) -> dict[str, str | int]:
    """Minutes ahead of UTC and the name of a zone by them, such as UTC+5."""
    minutes = ahead // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    return {
        "minutes": minutes,
        "name": f"UTC{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC",
    }


def guard(secret: str) -> Middleware:
    """A middleware that refuses (403) whatever does not carry the secret, but for the Bot API.

    A browser opens `/?key=<secret>`, gets it as a cookie and is sent on to `/`, so that the address bar and the
    history of others do not show it; a script may give `key` in the query of every request.
    """

    def fits(given: str | None) -> bool:
        return given is not None and compare_digest(given.encode(), secret.encode())

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_BOT_API):
            return await handler(request)
        if fits(request.query.get("key")):
            return _welcome(secret) if request.path == "/" else await handler(request)
        if fits(request.cookies.get(_COOKIE)):
            return await handler(request)
        return answer({"ok": False, "error_code": 403, "description": "Forbidden: the key is missing"}, 403)

    return keep


def _welcome(secret: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": "/", **_HEADERS})
    # Lax: a link from a chat or a mail must open the page; the server refuses foreign origins by itself.
    response.set_cookie(_COOKIE, secret, httponly=True, samesite="Lax", path="/")
    return response


def _file(name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    path = _FOLDER / name
    content, kind = path.read_bytes(), _KINDS[path.suffix]

    async def serve(request: web.Request) -> web.Response:
        del request
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=_HEADERS)

    return serve
