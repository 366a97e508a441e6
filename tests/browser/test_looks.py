"""The page fits, reads and can be used by everybody, narrow and wide, light and dark."""

import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page

from bot.languages import LOCALES
from bot.local_api.client import Phone
from tests.bot.local_api.conftest import Caller
from tests.browser.accessibility import LOOKS, sound
from tests.browser.acting import Shown, expect, inline, pictured
from tests.browser.conftest import MODERATOR, REPORTER, TEXTS, Open
from tests.browser.kept import KeptPage

SIZES = [(390, 844), (768, 1024), (1440, 900)]
WIDTHS = (320, 761, 900, 1100, 1300, 1920)
GLYPHS = "ӘҒҚҢӨҰҮҺІәғқңөұүһі←↑↓→↗…·🔒✅☐☑✓•🆕👋⚠🗑📎📍"

WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
CUT = """
() => [...document.querySelectorAll('button, a.chat-button, [role=tab], summary, label, h1, h2')].filter((node) => {
  if (!node.checkVisibility() || node.closest('.hidden')) return false;
  if (node.clientWidth > 0 && node.scrollWidth > node.clientWidth + 1) return true;
  if (node.clientHeight > 0 && node.scrollHeight > node.clientHeight + 1) return true;
  if (node.closest('.tabs')) return false;  // many of them scroll sideways
  // A dialog stands before everything; what is in a phone is to stay in it, and only these scroll, downwards alone.
  const frame = node.closest('dialog') ?? node.closest('.phone, #panel') ?? document.documentElement;
  const around = frame.getBoundingClientRect();
  const box = node.getBoundingClientRect();
  if (box.left < around.left - 1 || box.right > around.right + 1) return true;
  if (node.closest('.log, .tables, .calls, .menu, .jumps, .reply-keyboard, dialog')) return false;
  return box.top < around.top - 1 || box.bottom > around.bottom + 1;
}).map((node) => node.outerHTML.slice(0, 160))
"""
"""Controls and headings whose words do not fit into them, or that stand beyond the edge of what holds them."""

BROKEN = """
() => [...document.querySelectorAll('button, a.chat-button, [role=tab]')].flatMap((node) => {
  if (!node.checkVisibility()) return [];
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const range = document.createRange();
    for (const { 0: word, index } of texts.currentNode.data.matchAll(/[^\\s\u00ad\u2010-\u2014\u200b/-]+/g)) {
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) found.push(word);
    }
  }
  return found;
})
"""
"""Words of buttons that are broken across lines."""

CONTRAST = """
(node) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const shown = Number(getComputedStyle(node).opacity);
  const under = parts(getComputedStyle(node.closest('.content')).backgroundColor);
  const over = parts(getComputedStyle(node).color).slice(0, 3).map((one, at) => one * shown + under[at] * (1 - shown));
  const light = (colour) => colour.slice(0, 3).map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const [low, high] = [light(over), light(under)].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}
"""
"""The contrast of an icon with the bubble it is on (WCAG 2.2, 1.4.11)."""

MISSING = """
(letters) => {
  const draw = (letter) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 40 });
    const paper = canvas.getContext('2d');
    paper.font = `24px ${getComputedStyle(document.body).fontFamily}`;
    paper.fillText(letter, 4, 28);
    return paper.getImageData(0, 0, 40, 40).data.join();
  };
  const blank = draw(' ');
  // Characters that no font has: the boxes drawn for them are what a missing letter looks like. A box may hold the
  // number of its character, so that its frame alone is compared, by how much of the edge is drawn.
  const boxes = new Set(['\\u{10FFFF}', '\\u{E123}', '\\u0378'].map(draw));
  return [...letters].filter((letter) => draw(letter) === blank || boxes.has(draw(letter)));
}
"""


async def fill(call: Caller) -> None:
    """A chat with something of everything that could stick out."""
    long = "Бейбіт жиналысты тарату, жиналысқа қысым, ұста"
    three = [
        ["🕓 История", "↩️ Вернуть в очередь", "⋯ Ещё"],
        ["Мақұлданғандар", "Хабарламалар", "Қабылданбаған"],
    ]
    keys = inline(["✅ Әрі қарай"], [long[:40], "☐ Жоқ"], *three, ["1", "2", "3", "4", "5", "6", "7"])
    for person in (REPORTER, MODERATOR):
        async with Phone(call.api.url, person, "kk") as phone:
            await phone.say("/start " + "ұзақ" * 30)
            await phone.locate(43.2, 76.9)
    text = "<b>2/9 · Не болды?</b>\n<blockquote>Аттарды жазбаңыз.</blockquote><code>" + "x" * 90 + "</code>"
    text += (
        " <a href='https://t.me/kuager_bot?start=a'>сілтеме</a> <tg-spoiler>жасырын</tg-spoiler> https://a.example/"
        + "b" * 80
    )
    await call("sendMessage", chat_id=REPORTER, text=text, parse_mode="HTML", reply_markup=keys)
    await call(
        "sendMessage", chat_id=REPORTER, text="?", reply_markup={"keyboard": [["Иә", "Жоқ"], [long[:40]]]}
    )
    await call("sendMessage", chat_id=MODERATOR, text="🆕", protect_content=True, reply_markup=keys)


async def look(page: Page) -> None:
    """Assert that nothing is wider than the page or cut, and that no button breaks a word."""
    told = await page.evaluate(f"() => [document.documentElement.lang, {WIDER}, ({CUT})(), ({BROKEN})()]")
    assert told[1:] == [False, [], []], (told[0], page.viewport_size)


async def look_light_and_dark(page: Page) -> None:
    """The same in both looks; first in the one that it has, since each change draws the whole page."""
    dark = await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    await look(page)
    await page.emulate_media(color_scheme=LOOKS[not dark])
    await look(page)


async def test_nothing_is_cut_and_nothing_scrolls_sideways(kept: KeptPage, call: Caller) -> None:
    """Chats, menus, dialogs and the panel with each of its tabs, on a phone and on a wide screen, in each language; in
    one of them in both looks, which move nothing or do so in all."""
    await fill(call)
    shown = Shown(kept.page)
    await shown.bubbles.nth(3).wait_for()
    for language in TEXTS.languages:
        await kept.speaking(language)
        fits = look_light_and_dark if language == TEXTS.languages[0] else look
        for size in SIZES:
            await everywhere(await kept.sized(*size), shown, fits)


async def everywhere(page: Page, shown: Shown, fits: Callable[[Page], Awaitable[None]]) -> None:
    """Assert that all fits: as it is, and with each menu, dialog and tab of the panel open."""
    await fits(page)
    for opener in (".clip", ".slash"):
        await shown.root.locator(opener).click()
        await shown.root.locator(".menu:visible").wait_for()
        await fits(page)
    await page.keyboard.press("Escape")
    await shown.attach("location")
    await fits(page)
    await page.keyboard.press("Escape")
    await page.locator("#add").click()
    await fits(page)
    await page.keyboard.press("Escape")
    await page.locator("#panel-button").click()
    for tab in await page.get_by_role("tab").all():
        await tab.click()
        await fits(page)
    await page.locator(".panel-close").click()


async def test_widths_between_fit_too(kept: KeptPage, call: Caller) -> None:
    """With the panel open and shut."""
    await fill(call)
    page = await kept.speaking("ru")
    shown = Shown(page)
    await shown.bubbles.nth(3).wait_for()
    for width in WIDTHS:
        await kept.sized(width, 800)
        await look(page)
        await shown.root.locator(".clip").click()
        await look(page)
        await page.keyboard.press("Escape")
        await shown.attach("location")
        await look(page)
        await page.keyboard.press("Escape")
        await page.locator("#panel-button").click()
        await look(page)
        await page.locator(".panel-close").click()


async def test_at_1440_two_phones_and_the_panel_stand_side_by_side(kept: KeptPage) -> None:
    """Each whole within the page."""
    page = await kept.sized(1440, 900)
    await page.locator("#panel-button").click()
    boxes = [
        await page.locator(one).bounding_box()
        for one in (f"#phone-{REPORTER}", f"#phone-{MODERATOR}", "#panel")
    ]
    edges = [(box["x"], box["x"] + box["width"]) for box in boxes if box]
    assert len(edges) == 3
    assert edges[0][0] >= 0
    assert edges[0][1] <= edges[1][0]
    assert edges[1][1] <= edges[2][0]
    assert edges[2][1] <= 1440


async def test_at_390_there_is_one_phone_at_a_time(kept: KeptPage) -> None:
    """Chosen by tabs."""
    page = await kept.sized(390, 844)
    for name, person in (("Moderator", MODERATOR), ("Reporter", REPORTER)):
        await page.get_by_role("button", name=name).click()
        await expect(page.locator(".phone:visible")).to_have_count(1)
        await expect(page.locator(f"#phone-{person}")).to_be_visible()
        await expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("language", TEXTS.languages)
async def test_at_390_the_chosen_phones_tab_is_in_sight(kept: KeptPage, language: str) -> None:
    """However many there are: each has its whole name and number, and no bar is over them."""
    page = await kept.sized(390, 844)
    await kept.speaking(language)
    for number in range(2, 5):
        await page.locator("#add").click()
        await page.locator("#adding .primary").click()
        tab = page.locator("#tabs button").last
        await expect(tab).to_have_attribute("aria-pressed", "true")
        await expect(tab).to_be_in_viewport(ratio=0.98)
        await expect(tab.get_by_text(str(number), exact=True)).to_be_in_viewport(ratio=1)
        assert not await page.evaluate(WIDER)
        assert await page.evaluate(CUT) == []
    bar = "node => node.offsetHeight - node.clientHeight"
    assert await page.locator("#tabs").evaluate(bar) == 0
    await page.locator("#tabs button").nth(1).click()
    await expect(page.locator("#tabs button").nth(1)).to_be_in_viewport(ratio=0.98)


async def test_no_letter_or_emoji_is_missing(kept: KeptPage) -> None:
    """None is drawn as nothing or as the box of a letter that no font has; a made-up one is."""
    page = kept.page
    letters = "".join(sorted(one for one in everything() if unicodedata.category(one)[0] not in "ZCM"))
    assert set(letters) > set(GLYPHS)
    assert await page.evaluate(MISSING, letters) == []
    assert await page.evaluate(MISSING, "\u0379") == ["\u0379"]


def everything() -> set[str]:
    """The characters of all texts of the catalogues, the forms and the map."""
    forms, page = LOCALES.parent / "bot" / "forms", LOCALES.parent / "bot" / "demo" / "page" / "static"
    files: list[Path] = [*LOCALES.glob("*/LC_MESSAGES/*.po"), *forms.glob("*.csv"), *forms.glob("*.md")]
    return set(GLYPHS).union(*(one.read_text() for one in [*files, page / "kazakhstan.json"]))


async def test_icons_at_rest_can_be_seen(visit: Open) -> None:
    """By three to one, where a finger points at nothing: with a mouse they are seen once they are pointed at."""
    page = await visit(has_touch=True, is_mobile=True)
    shown = Shown(page)
    await shown.say("word")
    for look_of in LOOKS:
        await page.emulate_media(color_scheme=look_of)
        assert await shown.last.locator(".more").evaluate(CONTRAST) >= 3, look_of


async def test_where_colours_are_the_systems_things_have_edges(kept: KeptPage, call: Caller) -> None:
    """Backgrounds and shadows are not drawn then."""
    page = kept.page
    await page.emulate_media(forced_colors="active")
    shown = Shown(page)
    edge = "node => getComputedStyle(node).borderTopStyle + getComputedStyle(node).borderTopWidth"
    assert await shown.root.locator(".empty .primary").evaluate(edge) == "solid1px"
    await shown.say("word")
    await call("sendMessage", chat_id=REPORTER, text="?", reply_markup=inline(["Yes"]))
    await shown.last.locator(".chat-button").wait_for()
    for node in await shown.root.locator(".content, .chat-button, .send, .mic").all():
        assert await node.evaluate(edge) == "solid1px"


async def test_axe_finds_nothing_serious(visit: Open, call: Caller) -> None:
    """On the page as it opens, with full chats, with its dialogs, and with each tab of the panel; light and dark. What lies
    behind a menu or a dialog was seen before."""
    page = await visit()
    await sound(page)
    await fill(call)
    shown = Shown(page)
    await shown.choose_files("photo", *pictured("a.png"))
    await shown.root.locator(".mic").click()
    await shown.root.get_by_role("dialog").wait_for()
    await sound(page, "dialog[open]")
    await shown.root.locator(".confirm .primary").click()
    await expect(shown.root.locator("audio")).to_have_count(1)
    await call("getMe")
    await sound(page)
    await shown.attach("location")
    await sound(page, "dialog[open]")
    await page.keyboard.press("Escape")
    await shown.root.locator(".clip").click()
    await sound(page, ".menu:not([hidden])")
    await page.locator("#panel-button").click()
    await page.locator("#tab-calls").click()
    await page.locator(".calls summary").first.click()
    for tab in await page.get_by_role("tab").all():
        await tab.click()
        await sound(page, "#panel")
    await page.locator("#add").click()
    await sound(page, "dialog[open]")
    await page.keyboard.press("Escape")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.locator("#tabs button").first.click()
    await sound(page)
