"""The page on which an opened bundle is read: in one browser of this machine, with nothing that a browser keeps.

Its address holds a token that works once. Browsers keep addresses and titles: so words of a search come by POST and stay in
this process, and reports have numbers.
"""

import asyncio
import hmac
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment
from markupsafe import Markup

from bot.app.archive.opening import OpenArchive
from bot.app.status import LOOPBACK
from bot.chat.renderer import Renderer
from bot.desk.asking import chat as asking_chat
from bot.desk.card import chat as card_chat
from bot.desk.card import files as card_files
from bot.desk.card import service as card_service
from bot.desk.card.service import Card
from bot.desk.references import list_lines
from bot.errors import Refusal
from bot.form.screen import Key, Phrase, Said
from bot.languages import codes, name_of
from bot.publish import versions
from bot.publish.export import exports
from bot.reports.states import VersionState
from bot.safety.cleaning.cleaner import TYPES
from bot.store import files
from bot.store.unit import SECONDS_AN_HOUR, UnitOfWork
from bot.texts import Texts
from db.models import Report

IDLE_SECONDS = 3600.0
A_PAGE = 50
_STYLE = Path(__file__).with_name("page.css").read_text("utf-8")
_PAGE = Environment(autoescape=True).from_string(Path(__file__).with_name("page.html").read_text("utf-8"))
_POLICY = "Content-Security-Policy"
_HEADERS = {
    "Cache-Control": "no-store",
    _POLICY: "default-src 'none'; img-src 'self' data:; media-src 'self'; form-action 'self'; base-uri 'none'; "
    f"frame-ancestors 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "Kuager",
    "X-Content-Type-Options": "nosniff",
}
_OWN_SITE = frozenset({"none", "same-origin"})
"""Values of Sec-Fetch-Site: an address that was typed, and this page."""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ArchivePage:
    """Page of an open archive, until it was untouched for so many seconds. `url` works once."""

    def __init__(self, archive: OpenArchive, language: str, idle: float = IDLE_SECONDS) -> None:
        self._archive, self._language, self._idle = archive, language, idle
        self._renderer = Renderer(Texts(codes()))
        rows = (one.row for one in archive.bundle.reports.values())
        self._ids = [one.id for one in sorted(rows, key=lambda one: (-(one.closed_hour or 0), one.ref))]
        self._token, self._pass, self._port = secrets.token_urlsafe(32), secrets.token_urlsafe(32), 0
        self._words, self._at, self._found = "", 0, [*range(len(self._ids))]
        self._spelt: dict[tuple[int, str], str] = {}
        self._touched = self._now()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}/open/{self._token}"

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Serve at a free port inside the block."""
        app = web.Application(client_max_size=4096, middlewares=[self._guard])
        app.on_response_prepare.append(_harden)
        app.router.add_get("/open/{token}", self._enter)
        app.router.add_get("/", self._list)
        app.router.add_get(r"/list/{page:\d{1,6}}", self._list)
        app.router.add_get("/language/{code}", self._speak)
        app.router.add_get(r"/report/{number:\d{1,9}}", self._report)
        app.router.add_get(r"/file/{number:\d{1,9}}/{file:[1-9]\d{0,3}}", self._file)
        app.router.add_post("/search", self._search)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, 0).start()
            self._port = runner.addresses[0][1]
            yield
        finally:
            await runner.cleanup()

    async def until_idle(self) -> None:
        while (left := self._touched + self._idle - self._now()) > 0:  # noqa: ASYNC110 - each request moves it
            await asyncio.sleep(left)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Refuse other host names (DNS rebinding), other sites and other browsers."""
        if request.host != f"{LOOPBACK}:{self._port}":
            raise web.HTTPMisdirectedRequest
        given, is_own = request.cookies.get(self._cookie, ""), request.headers.get("Sec-Fetch-Site", "none")
        is_begun = hmac.compare_digest(given.encode(errors="replace"), self._pass.encode())
        if is_own not in _OWN_SITE or not (is_begun or request.path.startswith("/open/")):
            raise web.HTTPForbidden(text=self._text("archive.page.denied"))
        self._touched = self._now() if is_begun else self._touched
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:  # noqa: BLE001 - a boundary: a bundle may come from anywhere
            raise web.HTTPNotFound(text=self._text("archive.page.damaged")) from None

    @property
    def _cookie(self) -> str:
        return f"kuager-{self._port}"  # all ports of a host share their cookies

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        if not hmac.compare_digest(request.match_info["token"].encode(), self._token.encode()):
            raise web.HTTPForbidden(text=self._text("archive.page.denied"))
        self._token = secrets.token_urlsafe(32)
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(self._cookie, self._pass, httponly=True, samesite="Strict")
        return answer

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        code = request.match_info["code"]
        self._language = code if code in codes() else self._language
        raise web.HTTPSeeOther(f"/list/{self._at}")

    async def _search(self, request: web.Request) -> web.StreamResponse:
        self._words = str((await request.post()).get("words", "")).strip()
        wanted, numbers = self._words.casefold().split(), range(len(self._ids))
        async with self._archive.work.read() as unit:
            for number in numbers if wanted else ():
                if (number, self._language) not in self._spelt:
                    sections = self._sections(unit, await self._row(unit, number))
                    said = [self._say(one) async for _, phrases in sections for one in phrases]
                    self._spelt[number, self._language] = "\n".join(said).casefold()
        self._found = [
            one for one in numbers if all(word in self._spelt[one, self._language] for word in wanted)
        ]
        raise web.HTTPSeeOther("/")

    async def _list(self, request: web.Request) -> web.Response:
        self._at = page = int(request.match_info.get("page", "0"))
        numbers, zone = self._found[page * A_PAGE : (page + 1) * A_PAGE], self._archive.work.settings.zone
        async with self._archive.work.read() as unit:
            rows = [await self._row(unit, number) for number in numbers]
            lines = await list_lines(unit, self._renderer, self._language, rows)
        head = self._archive.bundle.head
        made = datetime.fromtimestamp(head["made_hour"] * SECONDS_AN_HOUR, zone)
        facts = {
            "n": len(self._ids),
            "organisation": head["organisation"] or "Kuager",
            "date": f"{made:%d.%m.%Y}",
        }
        return self._page(
            head=self._text("archive.page.head", facts),
            search=self._text("archive.page.search"),
            find=self._text("archive.page.find"),
            words=self._words,
            said=self._text("archive.page.found", {"n": len(self._found)}) if self._words else "",
            rows=zip(numbers, map(self._say, lines), strict=True),
            more=len(self._found) > (page + 1) * A_PAGE,
        )

    async def _report(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        async with self._archive.work.read() as unit:
            report = await self._row(unit, number)
            parts = [part async for part in self._sections(unit, report)]
            shown = list[tuple[str, str, str]]()
            with suppress(Refusal):
                shown += self._files(await card_service.card(unit, report), number)
        said = (self._renderer.message(self._language, phrases).html for _, phrases in parts)
        headings = (heading and self._text(heading) for heading, _ in parts)
        sections = zip(headings, map(Markup, said), strict=True)
        return self._page(
            report=report.ref,
            sections=sections,
            files=shown,
            back=self._text("archive.page.back"),
            originals=self._text("archive.page.originals", {"ref": report.ref}),
        )

    async def _row(self, unit: UnitOfWork, number: int) -> Report:
        return await unit.session.get_one(Report, self._ids[number])

    async def _sections(
        self, unit: UnitOfWork, report: Report
    ) -> AsyncIterator[tuple[str, Sequence[Phrase]]]:
        """Parts of a report, with the key of a heading or ''."""
        yield "", await list_lines(unit, self._renderer, self._language, [report])
        bundle = self._archive.bundle
        if not bundle.opens(bundle.report(report.ref)):
            yield "", [Key("archive.page.closed", {"ref": report.ref})]
        try:
            card = await card_service.card(unit, report)
        except Refusal:
            yield "", [Key("archive.page.damaged")]
        else:
            if card.content is not None:
                yield "", [*card_chat.lines(card.content), *card_files.lines(card)]
                yield "", [*asking_chat.talk(unit, card)]
                yield "", [*card_chat.notes_body(unit, report, card.notes)]
        for version in await versions.of_report(unit, report, VersionState.APPROVED, VersionState.PROPOSED):
            if (content := await versions.content(unit, version)) is not None:
                row = await exports.preview(unit, report, version.version, content, self._language)
                told = (
                    (one.heading(self._renderer.texts, self._language), cell) for one, cell, _ in row if cell
                )
                lines = [
                    Key("moderator.approve.line", {"column": Said(name), "value": Said(cell)})
                    for name, cell in told
                ]
                yield "archive.page.public", lines

    def _files(self, card: Card, number: int) -> Iterator[tuple[str, str, str]]:
        """Caption, kind and address of each clean copy."""
        for one in card_files.all_of(card):
            if one.kept.custody is not None and one.kept.custody.copy is not None:
                caption = f"{one.number}. {self._say(one.kind)}. {one.ref.caption}".strip()
                yield caption, TYPES[one.kept.custody.copy.type].room, f"/file/{number}/{one.number}"

    async def _file(self, request: web.Request) -> web.Response:
        async with self._archive.work.read() as unit:
            report = await self._row(unit, int(request.match_info["number"]))
            ref = (await card_service.card(unit, report)).refs[int(request.match_info["file"]) - 1]
            located = await files.locate_copy(unit, ref.id, report.ref)
        if located is None:
            raise web.HTTPNotFound(text=self._text("archive.page.damaged"))
        _, content, mime = await located.read(self._archive)
        return web.Response(body=content, content_type=mime, headers={_POLICY: "default-src 'none'; sandbox"})

    def _page(self, **told: Any) -> web.Response:
        told |= {"language": self._language, "page": self._at, "style": Markup(_STYLE)}  # noqa: S704 - ours
        told["languages"] = [(code, name_of(code)) for code in codes()]
        return web.Response(text=_PAGE.render(told), content_type="text/html")

    def _say(self, phrase: Phrase) -> str:
        return self._renderer.phrase(phrase, self._language)

    def _text(self, key: str, facts: Mapping[str, str | int] | None = None) -> str:
        return self._renderer.texts.text(self._language, key, facts)


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    own = response.headers.get(_POLICY, _HEADERS[_POLICY])
    response.headers.update({**_HEADERS, _POLICY: own})
