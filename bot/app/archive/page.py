"""The page on which an opened bundle is read: on this machine alone, in one browser, with nothing that a browser keeps.

The address holds a token that works once. Words of a search come by POST and stay in this process, reports have numbers,
and no title tells of any: addresses and titles stay in a browser's history.
"""

import asyncio
import hmac
import secrets
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from bot.desk.card.service import CHECKLIST, Card
from bot.desk.queue import words
from bot.desk.references import ago
from bot.errors import Refusal
from bot.form.screen import Joined, Key, Phrase, Said
from bot.languages import codes, name_of
from bot.publish import versions
from bot.publish.export import exports
from bot.reports.states import VersionState
from bot.safety.cleaning.types import TYPES
from bot.safety.logs import where
from bot.safety.sealing import UnsealError
from bot.store import files
from bot.store.files import CLEANED
from bot.store.unit import SECONDS_AN_HOUR, UnitOfWork
from bot.texts import Texts
from db.models import Report

IDLE_SECONDS = 3600.0
A_PAGE = 50
_HERE = Path(__file__).parent
_STYLE = (_HERE / "page.css").read_text("utf-8")
_PAGE = Environment(autoescape=True).from_string((_HERE / "page.html").read_text("utf-8"))
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; img-src 'self' data:; "
    "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_FILE_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox"}
_OWN_SITE = frozenset({"none", "same-origin"})
"""Values of Sec-Fetch-Site: an address that was typed, and this page."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ShownFile:
    name: str
    room: str
    link: str


class ArchivePage:
    """Page of an open archive. `url` works once, in the browser that opens it first."""

    def __init__(self, archive: OpenArchive, language: str) -> None:
        self._archive, self._language = archive, language
        self._renderer = Renderer(Texts(tuple(codes())))
        self._reports = sorted(archive.bundle.reports, key=lambda one: (-(one.closed_hour or 0), one.ref))
        self._token, self._pass = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._words, self._found = "", [*range(len(self._reports))]
        self._spelt: dict[tuple[int, str], str] = {}
        self._port, self._at = 0, 0
        self._touched = asyncio.get_running_loop().time()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}/open/{self._token}"

    @asynccontextmanager
    async def open(self) -> Any:
        """Serve at a free port inside the block."""
        app = web.Application(client_max_size=4096, middlewares=[self._guard])
        app.on_response_prepare.append(_harden)
        app.router.add_get("/open/{token}", self._enter)
        app.router.add_get("/", self._list)
        app.router.add_get(r"/list/{page:\d{1,6}}", self._list)
        app.router.add_get("/language/{code}", self._speak)
        app.router.add_post("/search", self._search)
        app.router.add_get(r"/report/{number:\d{1,9}}", self._report)
        app.router.add_get(r"/file/{number:\d{1,9}}/{file:\d{1,4}}", self._file)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, 0).start()
            self._port = runner.addresses[0][1]
            yield self
        finally:
            await runner.cleanup()

    async def until_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """Wait until the page was not touched for so long."""
        time = asyncio.get_running_loop().time
        while (left := self._touched + seconds - time()) > 0:  # noqa: ASYNC110 - no event: it is touched often
            await asyncio.sleep(left)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other host names (DNS rebinding), other sites and other browsers."""
        if request.host != f"{LOOPBACK}:{self._port}":
            raise web.HTTPMisdirectedRequest
        is_begun = hmac.compare_digest(request.cookies.get(self._cookie, "").encode(), self._pass.encode())
        is_own = request.headers.get("Sec-Fetch-Site", "none") in _OWN_SITE
        if not (is_own and (is_begun or request.path.startswith("/open/"))):
            raise web.HTTPForbidden(text=self._text("archive.page.denied"))
        if is_begun:
            self._touched = asyncio.get_running_loop().time()
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except (Refusal, UnsealError, OSError):  # its own bytes, or the bundle's file, are to blame
            raise web.HTTPNotFound(text=self._text("archive.page.damaged")) from None
        except Exception as error:  # noqa: BLE001 - a boundary: a bundle may come from anywhere
            raise web.HTTPNotFound(text=f"{self._text('archive.page.damaged')} ({where(error)})") from None

    @property
    def _cookie(self) -> str:
        return f"kuager-{self._port}"  # cookies of a host are those of all its ports

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        given, self._token = self._token, secrets.token_urlsafe(32)
        if not hmac.compare_digest(request.match_info["token"].encode(), given.encode()):
            self._token = given
            raise web.HTTPForbidden(text=self._text("archive.page.denied"))
        answer = web.HTTPSeeOther("/")
        answer.set_cookie(self._cookie, self._pass, httponly=True, samesite="Strict")
        return answer

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        code = request.match_info["code"]
        self._language = code if code in codes() else self._language
        raise web.HTTPSeeOther(f"/list/{self._at}")

    async def _search(self, request: web.Request) -> web.StreamResponse:
        given = (await request.post()).get("words", "")
        self._words = given.strip() if isinstance(given, str) else ""
        wanted = self._words.casefold().split()
        self._found = [number for number in range(len(self._reports)) if not wanted]
        if wanted:
            async with self._archive.work.read() as unit:
                for number in range(len(self._reports)):
                    spelt = await self._spelling(unit, number)
                    self._found += [number] if all(one in spelt for one in wanted) else []
        raise web.HTTPSeeOther("/")

    async def _spelling(self, unit: UnitOfWork, number: int) -> str:
        """All words of a report, for a search in the page's language."""
        place = number, self._language
        if place not in self._spelt:
            sections = [section async for section in self._sections(unit, await self._row(unit, number))]
            told = [
                self._reports[number].ref,
                *(self._say(one) for _, phrases in sections for one in phrases),
            ]
            self._spelt[place] = "\n".join(told).casefold()
        return self._spelt[place]

    async def _list(self, request: web.Request) -> web.Response:
        self._at = page = int(request.match_info.get("page", "0"))
        numbers = self._found[page * A_PAGE : (page + 1) * A_PAGE]
        async with self._archive.work.read() as unit:
            rows = [await self._row(unit, number) for number in numbers]
            lines = await words.lines(unit, self._renderer, self._language, rows)
        head = self._archive.bundle.head
        made = datetime.fromtimestamp(head.made_hour * SECONDS_AN_HOUR, self._archive.work.settings.zone)
        facts: dict[str, str | int] = {
            "n": len(self._reports),
            "organisation": head.organisation,
            "date": f"{made:%d.%m.%Y}",
        }
        said = self._text("archive.page.found", {"n": len(self._found)}) if self._words else ""
        told = {
            "rows": [*zip(numbers, map(self._say, lines), strict=True)],
            "said": said,
            "words": self._words,
        }
        more = len(self._found) > (page + 1) * A_PAGE
        return self._page(
            report=None, head=self._text("archive.page.head", facts), page=page, more=more, **told
        )

    async def _report(self, request: web.Request) -> web.Response:
        async with self._archive.work.read() as unit:
            report = await self._row(unit, int(request.match_info["number"]))
            message = self._renderer.message
            sections = [
                (heading and self._text(heading), Markup(message(self._language, phrases).html))  # noqa: S704 - it escapes
                async for heading, phrases in self._sections(unit, report)
            ]
            shown = (
                []
                if report.content is None
                else [*self._files(await card_service.card(unit, report), request)]
            )
        return self._page(report=report.ref, sections=sections, files=shown, page=self._at)

    async def _row(self, unit: UnitOfWork, number: int) -> Report:
        if number >= len(self._reports):
            raise web.HTTPNotFound
        return await unit.session.get_one(Report, self._reports[number].id)

    async def _sections(self, unit: UnitOfWork, report: Report) -> Any:
        """Parts of a report as pairs of a text's key, or '', and phrases."""
        yield "", await words.lines(unit, self._renderer, self._language, [report])
        try:
            card = await card_service.card(unit, report)
        except Refusal:
            card = None
        if card is None:
            yield "", [Key("archive.page.damaged")]
        elif card.content is None:
            archived = next(one for one in self._reports if one.id == report.id)
            is_kept = archived.content is not None
            yield (
                "",
                [Key("archive.page.closed" if is_kept else "moderator.content.gone", {"ref": report.ref})],
            )
        else:
            yield "", [*card_chat.lines(card.content), *card_files.lines(card)]
            if talk := [*asking_chat.talk(unit, card)]:
                yield "", talk
            if notes := [*_notes(unit, card)]:
                yield "archive.page.notes", notes
        async for phrases in self._versions(unit, report):
            yield "archive.page.public", phrases

    async def _versions(self, unit: UnitOfWork, report: Report) -> Any:
        for version in await versions.of_report(unit, report, VersionState.APPROVED, VersionState.PROPOSED):
            content = await versions.content(unit, version)
            row = (
                await exports.preview(unit, report, version.version, content, self._language)
                if content
                else []
            )
            texts = self._renderer.texts
            told = [(column.heading(texts, self._language), cell) for column, cell, _ in row if cell]
            yield [
                Key("moderator.approve.line", {"column": Said(name), "value": Said(cell)})
                for name, cell in told
            ]

    def _files(self, card: Card, request: web.Request) -> Iterator[ShownFile]:
        number = request.match_info["number"]
        for one in card_files.all_of(card):
            custody = one.kept.custody
            if one.kept.status == CLEANED and custody is not None and custody.copy is not None:
                caption = f"{one.number}. {self._say(one.kind)}. {one.ref.caption}".strip()
                yield ShownFile(caption, TYPES[custody.copy.type].room, f"/file/{number}/{one.number}")

    async def _file(self, request: web.Request) -> web.Response:
        """Clean copy of a file, from memory."""
        async with self._archive.work.read() as unit:
            report = await self._row(unit, int(request.match_info["number"]))
            refs, place = (await card_service.card(unit, report)).refs, int(request.match_info["file"])
            if not 0 < place <= len(refs):
                raise web.HTTPNotFound
            located = await files.locate_copy(unit, refs[place - 1].id, f"{report.ref}-{place}")
        if located is None:
            raise web.HTTPNotFound
        _, content, mime = await located.read(self._archive.store)
        return web.Response(body=content, content_type=mime, headers=_FILE_HEADERS)

    def _page(self, **told: Any) -> web.Response:
        languages = [(code, name_of(code)) for code in codes()]
        own = {
            "text": self._text,
            "language": self._language,
            "languages": languages,
            "style": Markup(_STYLE),
        }
        return web.Response(text=_PAGE.render(**own, **told), content_type="text/html")

    def _say(self, phrase: Phrase) -> str:
        return self._renderer.phrase(phrase, self._language)

    def _text(self, key: str, facts: Mapping[str, str | int] | None = None) -> str:
        return self._renderer.texts.text(self._language, key, facts)


def _notes(unit: UnitOfWork, card: Card) -> Iterator[Phrase]:
    for name in CHECKLIST:
        if (done := card.notes.checks.get(name)) is not None:
            by: dict[str, Phrase | str | int] = {"alias": Said(done.alias), "age": ago(unit.hour - done.hour)}
            yield Key("moderator.checked", {"what": Key(f"moderator.check.{name}"), **by})
    for one in card.notes.written:
        head = Key("moderator.note.head", {"alias": Said(one.alias), "age": ago(unit.hour - one.hour)})
        yield Joined((head, Said(one.text)), "\n")


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "Kuager"
