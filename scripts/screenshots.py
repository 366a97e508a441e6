"""Draw the pictures of README and documents, with Chromium.

Run `uv run python -m scripts.screenshots` from the repository's root. Reporters and a moderator talk to the
real bot on the demo's page. Each picture is first checked for cut text, sideways scrolling and missing
letters.
"""

import asyncio
import base64
import shutil
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bot.app.work import Work
from bot.demo import MODERATOR, REPORTER, TOKEN, USERNAME, enrol, running, settings_in
from bot.demo.backfill import backfill, stock
from bot.demo.folder import MovableClock
from bot.demo.page import DemoInspector, demo_page, member_phone, reporter_phone
from bot.demo.people import COLLEAGUE, TEAM
from bot.local_api.client import Phone, ShownMessage
from bot.local_api.page import PagePhone
from bot.local_api.server import LocalBotApi
from bot.texts import Texts
from tests.browser.test_looks import CUT, MISSING, WIDER
from tests.end_to_end.details import Affected, Details
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import Dated, labels_on
from tests.end_to_end.reporting import Reporter, Told

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
LARGEST = 250_000
"""Bytes of a picture, small since the repository keeps them."""
LARGEST_OF_DESK = 80_000
"""Bytes of a picture of one phone at a desk."""
NOON = 1_773_040_800.0
"""2026-03-09, 12:20 in Kazakhstan. Fixed, so that pictures change only with the program."""
TOLD = Told(
    category="assembly",
    types=("assembly.dispersed",),
    story=(
        "Түскі он екілерде алаңға он шақты адам плакатпен шықты.",
        "Полиция келіп, бәрін таратып жіберді.",
    ),
    when=Dated("2026-03-08", "2026-03-08"),
    region="KZ-75",
    urgent="no",
)
TOLD_IN_FULL = Told(
    category="detention",
    types=("detention.short_term",),
    story=("Двух журналистов задержали у акимата, когда они снимали пикет.", "Отпустили через три часа."),
    when=Dated("2026-03-08", "2026-03-08"),
    region="KZ-33",
    urgent="no",
    details=Details(
        locality="Талдыкорган",
        place=(45.0179, 78.3804),
        affected=(Affected(("journalist",), "снимали пикет", "2-5"),),
    ),
)
OTHERS = Affected(("protester",), "стояли с плакатами", "6-20")
ANSWER = "Он шақты адам, екеуін көлікке отырғызып әкетті."
CATEGORY = "Задержание"
"""Start of the category that narrows the queue."""
ALONE = {MODERATOR: ("Aspan", "moderator")}
"""Team of a desk with one person."""
MADE_UP = 240
"""Reports of a year and a half."""
WIDE, NARROW, TALL = (1440, 900), (390, 844), (390, 900)
COLOURS = """
async (source) => {
  const image = Object.assign(new Image(), { src: source });
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
  const paper = canvas.getContext('2d');
  paper.drawImage(image, 0, 0);
  const dots = new Uint32Array(paper.getImageData(0, 0, image.width, image.height).data.buffer);
  const counted = new Map();
  for (const dot of dots) counted.set(dot, (counted.get(dot) ?? 0) + 1);
  const parts = (dot) => [dot & 255, (dot >> 8) & 255, (dot >> 16) & 255];
  const often = [...counted.keys()].sort((one, other) => counted.get(other) - counted.get(one));
  const kinds = new Map(often.map((dot) => [dot & 0xf0f0f0, dot]).reverse());
  const rare = often.filter((dot) => kinds.get(dot & 0xf0f0f0) === dot).slice(0, 200);
  const palette = [...new Set([...rare, ...often])].slice(0, 256).map(parts);
  const nearest = new Map();
  for (const dot of counted.keys()) {
    const [red, green, blue] = parts(dot);
    const far = palette.map(([r, g, b]) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2);
    nearest.set(dot, far.indexOf(Math.min(...far)));
  }
  const lines = [];
  for (let at = 0; at < dots.length; at += image.width) {
    lines.push(String.fromCharCode(0, ...Array.from(dots.subarray(at, at + image.width), (dot) => nearest.get(dot))));
  }
  return [image.width, image.height, palette.flat(), btoa(lines.join(''))];
}
"""
"""Reduces a picture to 256 colours. Returns width, height, palette and dots.

The palette holds the most frequent colour of each kind, then the most frequent of all. Dots are palette
indices, line by line, each after a zero (no filter) as in PNG.
"""
PHONE_LANGUAGES = f"sessionStorage.setItem('phoneLanguages', JSON.stringify({{ {MODERATOR}: 'ru' }}))"
"""Sets the moderator's language by hand, so that the phone ignores the page's."""
SHOWN = """
() => {
  for (const log of document.querySelectorAll('.log')) log.scrollTop = log.scrollHeight;
  return document.fonts.ready.then(() => [...new Set(document.body.innerText)].join(''));
}
"""
"""Scrolls to the last messages and returns the characters on the page."""


@dataclass(frozen=True, slots=True)
class Studio:
    """A demo's address, a browser, and the work of the demo's bot."""

    url: str
    browser: Browser
    work: Work

    @asynccontextmanager
    async def page(
        self, size: tuple[int, int], language: str, look: str, scale: float
    ) -> AsyncIterator[Page]:
        """The demo's page. `size` is in pixels, `scale` is dots a pixel."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=scale,
            locale=language,
            color_scheme="dark" if look == "dark" else "light",
            timezone_id="Asia/Almaty",
            reduced_motion="reduce",
        )
        await context.add_init_script(PHONE_LANGUAGES)
        page = await context.new_page()
        await page.goto(self.url)
        await page.locator(".handle", has_text="@").first.wait_for(state="attached")
        yield page
        await context.close()

    async def chat(self, name: str, person: int, language: str, largest: int = LARGEST) -> None:
        """Take a picture of one phone, as wide as a phone."""
        async with self.page(TALL, language, "light", 1.5) as page:
            await page.locator(f"[data-phone='{person}']").click()
            await take(page, name, f"#phone-{person}", largest)


async def take(page: Page, name: str, part: str = "body", largest: int = LARGEST) -> None:
    """Check a part of the page and write its picture. Exits on a fault."""
    await page.locator(f"{part} .message:visible").last.wait_for()
    letters = "".join(sorted(set(await page.evaluate(SHOWN)) - set(" \n\t\u200b\ufe0f\xa0")))
    faults = {
        "scrolls sideways": await page.evaluate(WIDER),
        "is cut": await page.evaluate(CUT),
        "lacks letters": await page.evaluate(MISSING, letters),
    }
    if wrong := {what: found for what, found in faults.items() if found}:
        sys.exit(f"{name}: {wrong}")
    content = await smaller(page, await page.locator(part).screenshot(animations="disabled"))
    if len(content) > largest:
        sys.exit(f"{name}: {len(content)} bytes are too many")
    (IMAGES / f"{name}.png").write_bytes(content)
    sys.stdout.write(f"{name}.png {len(content) // 1000} KB\n")


async def smaller(page: Page, content: bytes) -> bytes:
    """Reduce a picture to 256 colours. Soft shadows have thousands and triple its size."""
    blank = await page.context.new_page()
    encoded = base64.b64encode(content).decode()
    width, height, palette, dots = await blank.evaluate(COLOURS, f"data:image/png;base64,{encoded}")
    await blank.close()
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    packed = zlib.compress(base64.b64decode(dots), 9)
    chunks = ((b"IHDR", head), (b"PLTE", bytes(palette)), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG (ISO/IEC 15948, 5.3)."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@asynccontextmanager
async def demo(
    browser: Browser, phones: Sequence[PagePhone], team: Mapping[int, tuple[str, str]] = ALONE
) -> AsyncIterator[Studio]:
    """A demo with these phones and an enrolled team."""
    begun = time.monotonic()
    clock = MovableClock(lambda: NOON + time.monotonic() - begun)
    texts = Texts(("kk", "ru", "en"))
    api = LocalBotApi({TOKEN: USERNAME}, clock.seconds)
    with tempfile.TemporaryDirectory() as folder:
        zone = settings_in(Path(folder), "http://127.0.0.1").zone
        inspector = DemoInspector(clock, zone)
        offset = clock.local(zone).utcoffset()
        api.extend(demo_page(texts, phones, [MODERATOR], inspector, offset).add_to)
        await api.start()
        settings = settings_in(Path(folder), api.url, approvals_named=min(2, len(team)))
        async with running(settings, lambda: clock.local(zone)) as bot:
            inspector.bot = bot
            for person, (alias, role) in team.items():
                await enrol(bot.work, api.url, person, alias, "ru", role)
            yield Studio(api.url, browser, bot.work)
            inspector.bot = None
        await api.stop()


@asynccontextmanager
async def pair(browser: Browser) -> AsyncIterator[tuple[Studio, Reporter, Moderator]]:
    """A demo with a reporter who writes Kazakh and a moderator who writes Russian."""
    phones = [
        reporter_phone(REPORTER, "kk", "Aigerim"),
        member_phone(MODERATOR, "ru", "Aspan"),
    ]
    async with (
        demo(browser, phones) as studio,
        Phone(studio.url, REPORTER, "kk") as hers,
        Phone(studio.url, MODERATOR, "ru") as his,
    ):
        yield studio, Reporter(hers, "kk"), Moderator(his, "ru")


async def short(browser: Browser) -> None:
    """Picture a short report in Kazakh, on the page and on the phone, and its review in Russian."""
    async with pair(browser) as (studio, reporter, moderator):
        await reporter.begin()
        async with studio.page(NARROW, "kk", "dark", 1.5) as page:
            await take(page, "phone")
        await reporter.fill(TOLD, until="when")
        await studio.chat("reporter", REPORTER, "kk")
        await reporter.fill(TOLD)
        await reporter.send()
        await moderator.phone.wait(
            lambda bubble: moderator.word("moderator.open") in labels_on(bubble), since=0
        )
        await moderator.next()
        await studio.chat("moderator", MODERATOR, "ru")
        async with studio.page(WIDE, "en", "light", 1) as page:
            await page.locator("td.sealed").first.wait_for()
            for table in ("data_keys", "moderators"):
                await page.locator(f"[data-table={table}] summary").click()
            await page.mouse.move(0, 0)
            await take(page, "chats")


async def full(browser: Browser) -> None:
    """Picture a full report in Russian, at the people affected."""
    phones = [reporter_phone(REPORTER, "ru", "Aigerim")]
    async with demo(browser, phones) as studio, Phone(studio.url, REPORTER, "ru") as phone:
        reporter = Reporter(phone, "ru")
        await reporter.begin()
        await reporter.fill(TOLD_IN_FULL, until="perpetrator_type")
        await reporter.press(reporter.more("affected"))
        await reporter.at("affected_groups")
        others = replace(TOLD_IN_FULL, details=Details(affected=(OTHERS,)))
        await reporter.fill(others, until="perpetrator_type")
        await reporter.press_word("flow.back")
        await reporter.at("affected")
        await studio.chat("full", REPORTER, "ru")


async def talk(browser: Browser) -> None:
    """Picture a question in Kazakh on the reporter's phone, and the card with her answer in Russian."""
    async with pair(browser) as (studio, reporter, moderator):
        code = await reporter.report(replace(TOLD, asks=True))
        await reporter.press_word("reporter.clear")
        await moderator.phone.wait(
            lambda bubble: moderator.word("moderator.open") in labels_on(bubble), since=0
        )
        await moderator.next()
        await moderator.press_word("moderator.ask.button")
        await moderator.press_word("moderator.ask.how_many")
        await moderator.press_word("moderator.ask.flow.send")
        await reporter.phone.tap(reporter.word("reporter.talk.open"))
        asked = await reporter.phone.wait(reporter.word("reporter.talk.part"))
        await reporter.phone.say(code[-4:], reply_to=asked.id)
        await reporter.phone.wait(reporter.word("talk.ready.how_many"))
        await reporter.phone.wait(lambda bubble: reporter.word("reporter.question.skip") in labels_on(bubble))
        await studio.chat("question", REPORTER, "kk")
        await reporter.phone.say(ANSWER)
        await reporter.press_word("flow.done")
        await reporter.press_word("reporter.reply.flow.skip")
        await reporter.press_word("reporter.reply.flow.send")
        await moderator.phone.wait(moderator.word("moderator.notice.told", ref=moderator.ref))
        await moderator.open(moderator.ref)
        await studio.chat("talk", MODERATOR, "ru")


async def desk(browser: Browser) -> None:
    """Picture a desk in Russian: a narrowed queue, an incident of two reports, the team and an invitation."""
    # The administrator comes last, since the bot notifies administrators of later members.
    team = dict(reversed(tuple(TEAM.items())))
    phones = [reporter_phone(REPORTER, "ru", "Aigerim"), member_phone(MODERATOR, "ru", "Samal", "admin")]
    async with demo(browser, phones, team) as studio, Phone(studio.url, MODERATOR, "ru") as phone:
        moderator = Moderator(phone, "ru")
        await stock(studio.work, "ru")
        await clear(phone)
        await moderator.command("/queue")
        await moderator.press_word("moderator.filter.button")
        await moderator.press_word("moderator.filter.of.category")
        await press_first(moderator, CATEGORY)
        await phone.wait(CATEGORY)
        await studio.chat("queue", MODERATOR, "ru", LARGEST_OF_DESK)
        await clear(phone)
        await moderator.command("/incidents")
        await press_first(moderator, "E")
        await studio.chat("incident", MODERATOR, "ru", LARGEST_OF_DESK)
        await clear(phone)
        await moderator.command("/team")
        await phone.wait(TEAM[COLLEAGUE][0])
        await moderator.command("/invite analyst 24")
        await phone.wait(lambda bubble: moderator.word("moderator.invite.void") in labels_on(bubble))
        await studio.chat("team", MODERATOR, "ru", LARGEST_OF_DESK)


async def press_first(moderator: Moderator, beginning: str) -> None:
    """Tap the first button with this start of a label."""

    def found(shown: ShownMessage) -> list[str]:
        return [one for one in labels_on(shown) if one.startswith(beginning)]

    await moderator.press(found(await moderator.phone.wait(lambda bubble: bool(found(bubble))))[0])


async def clear(phone: Phone) -> None:
    """Delete all messages of a chat."""
    for message in phone.messages:
        await phone.delete(message.id)


async def figures(browser: Browser) -> None:
    """Picture the statistics of many made-up reports in Russian, with their map."""
    async with pair(browser) as (studio, _, moderator):
        await backfill(studio.work, MADE_UP)
        await moderator.command("/stats months")
        await moderator.press_word("moderator.stats.show.regions")
        await moderator.phone.wait(lambda bubble: bool(bubble.files))
        await studio.chat("statistics", MODERATOR, "ru")


async def main() -> None:
    names = ("chromium", "chromium-browser", "chromium-headless-shell")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        sys.exit("Chromium is needed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        )
        await short(browser)
        await full(browser)
        await talk(browser)
        await figures(browser)
        await desk(browser)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
