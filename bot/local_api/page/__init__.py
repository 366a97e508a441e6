"""The page of phones: files, settings, security headers and extensions."""

import json
import posixpath
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cache
from html import escape
from itertools import chain
from pathlib import Path, PurePosixPath
from string import Template

from aiohttp import web

from bot.local_api.access import JSON, with_key

_IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "([^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_BEGINNING = "export const modules = {};\n"


def bundle(sources: Mapping[str, str], main: str) -> str:
    """Bundle the module `main` with everything it imports into a module that exports `modules`.

    `sources` maps addresses to modules. Raises ValueError unless:
    - imports read `import { a, b } from "address";`
    - exports precede a function, class or const
    - imported modules exist and form no cycle
    """
    return _BEGINNING + "".join(_function(sources, address) for address in _order(sources, main, ()))


def bundle_beside(sources: Mapping[str, str], main: str, bundled: Collection[str], beside: str) -> str:
    """Bundle `main` as `bundle` does, but import the modules `bundled` from the bundle served at `beside`."""
    order = [address for address in _order(sources, main, ()) if address not in bundled]
    exports = ", ".join(_exports(sources[main]))
    functions = "".join(_function(sources, address) for address in order)
    return f'import {{ modules }} from "{beside}";\n{functions}export const {{ {exports} }} = modules["{main}"];\n'


def bundled_in(sources: Mapping[str, str], main: str) -> Collection[str]:
    return frozenset(_order(sources, main, ()))


def _order(sources: Mapping[str, str], address: str, importing: tuple[str, ...]) -> list[str]:
    if address in importing:
        raise ValueError(f"modules import each other in a circle: {', '.join((*importing, address))}")
    if address not in sources:
        raise ValueError(f"there is no module {address}")
    needed = (_order(sources, one, (*importing, address)) for _, one in _imports(sources[address], address))
    return list(dict.fromkeys(chain(*needed, [address])))


def _imports(source: str, address: str) -> Iterator[tuple[str, str]]:
    folder = posixpath.dirname(address)
    return (
        (names, posixpath.normpath(posixpath.join(folder, one))) for names, one in _IMPORT.findall(source)
    )


def _exports(source: str) -> list[str]:
    return [name for _, name in _EXPORT.findall(source)]


def _function(sources: Mapping[str, str], address: str) -> str:
    source = sources[address]
    body = _EXPORT.sub(r"\1", _IMPORT.sub("", source))
    if other := _OTHER.search(body):
        raise ValueError(f"{address}: {other[0]}")
    taken = "".join(f'const {{ {names} }} = modules["{one}"];\n' for names, one in _imports(source, address))
    exports = ", ".join(_exports(source))
    return f'modules["{address}"] = (() => {{\n{taken}{body}\nreturn {{ {exports} }};\n}})();\n'


PageTexts = Mapping[str, str]

_FOLDER = Path(__file__).resolve().parent / "texts"
_FALLBACK = "en"


def own_texts() -> dict[str, PageTexts]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.json"))}


def own_languages() -> dict[str, str]:
    return {language: texts["page.language.name"] for language, texts in own_texts().items()}


def with_texts(languages: Mapping[str, str], more: Mapping[str, PageTexts]) -> dict[str, PageTexts]:
    """The page's texts in these languages, overridden by `more`. Languages without a file fall back to
    English."""
    own = own_texts()
    return {one: {**own[_FALLBACK], **own.get(one, {}), **more.get(one, {})} for one in languages}


_STATIC = Path(__file__).resolve().parent / "static"
_STYLES = ("page.css", "phone.css", "messages.css", "dialogs.css", "panel.css")
"""In order of the cascade: of equal rules, the later wins."""
_SCRIPT, _EXTENSION = "/page/page.js", "/page/extension/extension.js"
_CONTENT_TYPES = {
    "": "text/html",
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


@dataclass(frozen=True, slots=True)
class PagePhone:
    """A phone on the page. `title`, `hint` and `start` are keys of texts. The button `start` in an empty chat
    sends `command`. `icon` is person, shield, key or chart."""

    id: int
    language: str
    first_name: str
    title: str = "page.phone"
    hint: str = "page.phone.hint"
    icon: str = "person"
    start: str = "page.start"
    command: str = "/start"


@dataclass(frozen=True, slots=True)
class PageExtension:
    """A program's addition to the page: panels beside the chats, and the routes they call.

    The files of `folder` are served under /page/extension/, its modules as one script. Optional files:
    - `extension.js`: its `extend(page)` runs with `settings` before the phones appear. It may import the
      page's modules by their addresses under /page/.
    - `extension.css`
    - `panels.html`: the panels' sections
    - `icon.svg`: replaces the page's icon
    """

    name: str
    folder: Path
    settings: JSON = field(default_factory=dict)
    routes: Sequence[web.RouteDef] = ()


@dataclass(frozen=True, slots=True)
class PhonesPage:
    """The page at `/`. `languages` maps codes to names. `texts` (language -> key -> text) override its own.
    With a `key`, only the Bot API works without it, see `access.with_key`. Times follow `utc_offset` or the
    browser."""

    phones: Sequence[PagePhone]
    languages: Mapping[str, str] = field(default_factory=own_languages)
    texts: Mapping[str, PageTexts] = field(default_factory=dict)
    key: str | None = None
    utc_offset: timedelta | None = None
    extension: PageExtension | None = None

    def add_to(self, app: web.Application) -> None:
        if self.key is not None:
            app.middlewares.append(with_key(self.key))
        for address, content in self._files():
            app.router.add_get(address, _serve(content, _CONTENT_TYPES[PurePosixPath(address).suffix]))
        if self.extension is not None:
            app.add_routes(self.extension.routes)

    def _files(self) -> Iterator[tuple[str, bytes]]:
        folder = self.extension.folder if self.extension else None
        icon = (folder or _STATIC) / "icon.svg"
        yield "/", self._index(folder).encode()
        yield "/page/settings.json", json.dumps(self._settings(), ensure_ascii=False).encode()
        yield "/page/icon.svg", (icon if icon.exists() else _STATIC / "icon.svg").read_bytes()
        yield _SCRIPT, _own_script().encode()
        yield "/page/page.css", _own_style().encode()
        yield from _files_in(_STATIC / "images", "/page/")
        if folder is not None:
            yield from _files_in(folder, "/page/extension/")
            if (folder / "extension.js").exists():
                yield _EXTENSION, _extension_script(folder).encode()

    def _index(self, folder: Path | None) -> str:
        style, panels = (folder / name if folder else None for name in ("extension.css", "panels.html"))
        link = '<link rel="stylesheet" href="/page/extension/extension.css">'
        return Template((_STATIC / "index.html").read_text("utf-8")).substitute(
            name=self.extension.name if self.extension else "Local Bot API",
            noscript="".join(
                f'<p lang="{escape(language)}">{escape(texts["page.noscript"])}</p>'
                for language, texts in with_texts(self.languages, self.texts).items()
            ),
            style=link if style and style.exists() else "",
            panels=panels.read_text("utf-8") if panels and panels.exists() else "",
        )

    def _settings(self) -> JSON:
        return {
            "texts": with_texts(self.languages, self.texts),
            "languages": dict(self.languages),
            "phones": [asdict(phone) for phone in self.phones],
            "shared": self.key is not None,
            "zone": None if self.utc_offset is None else _zone(self.utc_offset),
            "extension": None if self.extension is None else self.extension.settings,
        }


def _modules_in(folder: Path, address: str) -> Mapping[str, str]:
    paths = sorted(folder.rglob("*.js"))
    return {f"{address}{path.relative_to(folder).as_posix()}": path.read_text("utf-8") for path in paths}


@cache
def _own_modules() -> Mapping[str, str]:
    return _modules_in(_STATIC / "scripts", "/page/")


@cache
def _own_script() -> str:
    return bundle(_own_modules(), _SCRIPT)


@cache
def _own_style() -> str:
    return "\n".join((_STATIC / "styles" / name).read_text("utf-8") for name in _STYLES)


@cache
def _extension_script(folder: Path) -> str:
    sources = {**_own_modules(), **_modules_in(folder, "/page/extension/")}
    return bundle_beside(sources, _EXTENSION, bundled_in(sources, _SCRIPT), _SCRIPT)


def _files_in(folder: Path, address: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _CONTENT_TYPES and path.suffix not in {"", ".js"}:
            yield f"{address}{path.relative_to(folder).as_posix()}", path.read_bytes()


def _zone(offset: timedelta) -> JSON:
    minutes = offset // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    name = f"UTC{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC"
    return {"minutes": minutes, "name": name}


def _serve(content: bytes, content_type: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(_request: web.Request) -> web.Response:
        return web.Response(body=content, content_type=content_type, charset="utf-8", headers=_HEADERS)

    return serve
