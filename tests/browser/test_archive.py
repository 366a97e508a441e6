"""The page of an opened bundle in a browser with a profile on the disk, which keeps nothing of it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import BrowserContext, Page, async_playwright
from yarl import URL

from bot.app.archive import bundles, opening
from bot.app.archive.page import ArchivePage
from bot.form.model import Form
from bot.store import files
from db.engine import Database
from tests.bench import Bench
from tests.bot.app.archive.lives import FIRST, NARROW, NOTE, REJECTED, STORY, WORDS, lived
from tests.browser.conftest import BROWSERS, FLAGS, PATIENCE, Launch
from tests.secrets.searching import Search, files_in

SEARCHED = "Жанәсем Қоңыратбаева"
KEPT = "Мұны бәрі біледі, бетте тұр"
"""Words of a page that a browser may keep."""


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[BrowserContext]:
    """A browser whose profile, home and temporary files are in a folder."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    environment = {
        name: str(folder / name)
        for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")
    }
    for place in environment.values():
        Path(place).mkdir(parents=True)  # noqa: ASYNC240 - before anything else runs
    async with async_playwright() as playwright:
        profile = folder / "profile"
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=[*FLAGS], env={"PATH": "/usr/bin:/bin", **environment}
        )
        context.set_default_timeout(1000 * PATIENCE)
        yield context
        await context.close()


@asynccontextmanager
async def ordinary() -> AsyncIterator[str]:
    """A page as any other: nothing says that it must not be kept."""
    app = web.Application()

    async def answer(_request: web.Request) -> web.Response:
        told = f"<!doctype html><meta charset=utf-8><p>{KEPT}</p>"
        return web.Response(text=told, content_type="text/html", headers={"Cache-Control": "max-age=3600"})

    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def read_all(page: Page, url: str) -> Sequence[str]:
    """Open the page by its address, search, and read each report with its pictures. Returns what was shown."""
    await page.goto(url)
    shown = [await page.content()]
    await page.fill("#words", SEARCHED)
    await page.click("button")
    shown.append(await page.content())
    await page.fill("#words", "")
    await page.click("button")
    for number in range(3):
        await page.click(f'a[href="/report/{number}"]')
        # Waiting in the page would take `eval`, which its policy forbids.
        while not await page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth)"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        shown.append(await page.content())
        await page.go_back()
    return shown


@pytest.mark.usefixtures("launch")
async def test_a_browser_keeps_nothing_that_it_showed(
    migrated_file: Path, forms: Mapping[str, Form], tmp_path: Path, launch: Launch
) -> None:
    """Words, a search and a picture are in no file of its profile and in no temporary one once it is closed. The same search finds
    what it keeps of another page."""
    (tmp_path / "server").mkdir()
    shutil.copy(migrated_file, tmp_path / "server" / "kuager.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'server' / 'kuager.db'}")
    life = await lived(Bench(database, forms), tmp_path / "server" / "files")
    await database.close()
    bundle = bundles.read(life.write(tmp_path / "archive.age"), [FIRST])
    async with opening.opened(bundle) as archive, archive.work.read() as unit:
        page = ArchivePage(archive, "ru")
        report = bundle.report(life.public)
        located = await files.locate_copy(unit, report.files[0].id, "x")
        assert located is not None
        picture = (await located.read(archive))[1]
        async with page.served(), browsing(tmp_path / "browser") as context, ordinary() as other:
            tab = await context.new_page()
            wrongs: list[str] = []
            tab.on("console", lambda message: wrongs.append(message.text))
            tab.on("pageerror", lambda error: wrongs.append(str(error)))
            home = URL(page.url).authority
            tab.on(
                "request",
                lambda one: wrongs.append(one.url) if URL(one.url).authority not in {home, ""} else None,
            )
            shown = "".join(await read_all(tab, page.url))
            assert wrongs == []
            await (await context.new_page()).goto(other)
    secrets = {
        "story": STORY,
        "narrow": NARROW,
        "rejected": REJECTED,
        "words": WORDS,
        "note": NOTE,
        "search": SEARCHED,
    }
    assert [name for name, said in secrets.items() if said not in shown] == []
    search = Search({**secrets, "picture": picture[len(picture) // 2 :][:64], "kept": KEPT})
    left = {
        path: names for path, content in files_in(tmp_path / "browser").items() if (names := search(content))
    }
    assert {name for names in left.values() for name, _ in names} == {"kept"}, left
