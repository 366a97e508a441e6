"""Draws the README's pictures: `uv run python -m scripts.screenshots` from the repository's root, with Chromium installed.

A reporter tells something in Kazakh, a moderator opens it in Russian; the demo's page is then photographed.
"""

import asyncio
import base64
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.demo.client import Phone
from bot.demo.page import PagePhone, make_page
from bot.demo.server import LocalBotApi
from bot.demonstration import MODERATOR, REPORTER, TOKEN, USERNAME, enrol, running, settings_in
from bot.texts import Texts
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import Dated, labels_on
from tests.end_to_end.reporting import Reporter, Told

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
TOLD = Told(
    category="assembly",
    types=("assembly.dispersed",),
    story=(
        "Түскі он екілерде алаңға он шақты адам плакатпен шықты.",
        "Полиция келіп, бәрін таратып жіберді.",
    ),
    when=Dated("2024-03-08", "2024-03-08"),
    region="KZ-75",
    urgent="no",
)
PHONES = [PagePhone(REPORTER, "reporter", "kk", "Aigerim"), PagePhone(MODERATOR, "moderator", "ru", "Demo")]
PICTURES = {
    "chats": (1440, 900, "ru", REPORTER),
    "moderator": (390, 844, "ru", MODERATOR),
}
"""By file: width, height, the language of the page, and the phone in front where there is room for one."""

ARRANGE = """
(() => {
  const language = document.getElementById('language');
  language.value = '%s';
  language.dispatchEvent(new Event('change'));
  document.querySelector('[data-phone="%s"]').click();
  for (const log of document.querySelectorAll('.log')) log.scrollTop = log.scrollHeight;
})()
"""


async def talk(url: str) -> None:
    """The conversation that the pictures show."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running(settings_in(Path(folder), url)) as bot,
            Phone(url, REPORTER, "kk") as hers,
            Phone(url, MODERATOR, "ru") as his,
        ):
            await enrol(bot.work, url, MODERATOR, "Дос", "ru", "moderator")
            reporter, moderator = Reporter(hers, "kk"), Moderator(his, "ru")
            await reporter.begin()
            await reporter.fill(TOLD)
            await reporter.send()
            await his.wait(lambda bubble: moderator.word("moderator.open") in labels_on(bubble), since=0)
            await moderator.next()


class Browser:
    """A page in Chromium, spoken to by the DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """One command and its result."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json(timeout=20)
            if answer.get("id") == self._number:
                return dict(answer["result"])

    async def photograph(self, url: str, width: int, height: int, arrange: str) -> bytes:
        """A PNG of the page, two dots a pixel, once it is arranged and its pictures are there."""
        size = {
            "width": width,
            "height": height,
            "deviceScaleFactor": 2 if width < 500 else 1,
            "mobile": False,
        }
        await self.ask("Emulation.setDeviceMetricsOverride", **size)
        await self.ask("Page.navigate", url=url)
        for _ in range(20):  # messages come one by one, and each may push the others up
            await asyncio.sleep(0.2)
            await self.ask("Runtime.evaluate", expression=arrange)
        return base64.b64decode((await self.ask("Page.captureScreenshot", format="png"))["data"])


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window, from its start to its end."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is needed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = (
            "--headless",
            "--no-sandbox",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        )
        running_one = await asyncio.create_subprocess_exec(
            chromium, *flags, "about:blank", stderr=asyncio.subprocess.PIPE
        )
        told = running_one.stderr or asyncio.StreamReader()
        address = (await told.readuntil(b"/devtools")).decode().split("ws://")[1].split("/")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{address}/json") as response:
                page = next(one for one in await response.json() if one["type"] == "page")
            async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Browser(socket)
        running_one.terminate()
        await running_one.wait()


async def main() -> None:
    """Talk once, then photograph."""
    texts = Texts(("kk", "ru", "en"))
    pages = {language: texts.raw(language, "demo.") for language in texts.languages}
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    api.extend(lambda app: make_page(app, pages, PHONES))
    await api.start()
    await talk(api.url)
    async with browser() as chromium:
        for name, (width, height, language, phone) in PICTURES.items():
            picture = await chromium.photograph(api.url, width, height, ARRANGE % (language, phone))
            (IMAGES / f"{name}.png").write_bytes(picture)
    await api.stop()


if __name__ == "__main__":
    asyncio.run(main())
