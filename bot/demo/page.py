"""The chat page: plain files, the page's texts, and a policy that lets nothing else in."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent / "page"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

LANGUAGES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
"""The languages a phone can be set to, in their own names."""


@dataclass(frozen=True, slots=True)
class PagePhone:
    """A phone on the page. `role` (reporter, moderator) chooses its title: the text `demo.phone.<role>`."""

    id: int
    role: str
    language: str
    first_name: str


def make_page(
    app: web.Application, texts: Mapping[str, Mapping[str, str]], phones: Sequence[PagePhone]
) -> None:
    """Serve the page at `/`; `texts` are language -> key -> text, of the languages the page can be read in."""
    named = {code: LANGUAGES.get(code, code) for code in texts}
    settings = json.dumps(
        {"texts": texts, "languages": named, "phones": [asdict(phone) for phone in phones]},
        ensure_ascii=False,
    ).encode()

    async def serve_settings(request: web.Request) -> web.Response:
        del request
        return web.Response(body=settings, content_type="application/json", headers=_HEADERS)

    app.router.add_get("/", _file("index.html"))
    app.router.add_get("/page/settings.json", serve_settings)
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _KINDS and path.name != "index.html":
            app.router.add_get(f"/page/{path.name}", _file(path.name))


def _file(name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    path = _FOLDER / name
    content, kind = path.read_bytes(), _KINDS[path.suffix]

    async def serve(request: web.Request) -> web.Response:
        del request
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=_HEADERS)

    return serve
