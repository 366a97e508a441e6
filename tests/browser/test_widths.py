"""What was hard to read or use on the page, measured: widths, colours, and what stands where."""

from base64 import b64encode

import pytest
from playwright.async_api import Locator, Page

from bot.demo.page import demo_page
from bot.demo.people import TEAM
from bot.demo.running import PHONES as PHONES_SHOWN
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock
from tests.browser.accessibility import LOOKS
from tests.browser.acting import Shown, expect, inline
from tests.browser.conftest import MODERATOR, REPORTER, TEXTS, USERNAME, MadeUpInspector, Open, page_text
from tests.browser.kept import KeptPage
from tests.browser.own_messages import choose

GROUND_AND_CONTRAST = """
(node) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => colour.slice(0, 3).map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const { color, backgroundColor } = getComputedStyle(node);
  const [low, high] = [color, backgroundColor].map((one) => light(parts(one))).sort((one, other) => one - other);
  return [node.innerText, backgroundColor, (high + 0.05) / (low + 0.05)];
}
"""
"""A text, its own ground, and its contrast with it (WCAG 2.2, 1.4.3)."""
BRIGHTEST_CONTRAST = """
async ([source, ground]) => {
  const image = Object.assign(new Image(), { src: source });
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
  const paper = canvas.getContext('2d');
  paper.drawImage(image, 0, 0);
  const dots = paper.getImageData(0, 0, image.width, image.height).data;
  const light = (colour) => colour.map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const under = light(ground);
  const ratios = [];
  for (let at = 0; at < dots.length; at += 4) {
    const over = light([...dots.slice(at, at + 3)]);
    ratios.push((Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05));
  }
  return ratios.sort((one, other) => other - one)[Math.floor(ratios.length / 50)];
}
"""
"""How much a picture's dots stand out from a ground: that of the fiftieth that differs most, as thin lines are drawn."""
PHONES = """
() => [...document.querySelectorAll('.phone')].filter((one) => one.getClientRects().length)
  .map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right])
"""
"""Where the phones that are shown begin and end, all at one moment: one may come in the place of another."""
LINES = "node => { const range = new Range(); range.selectNodeContents(node); return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size; }"
"""How many lines the words of a node take."""
WEEK = {
    language: [TEXTS.text(language, f"flow.weekday.{day}") for day in range(1, 8)]
    for language in TEXTS.languages
}


async def edges(node: Locator) -> tuple[float, float]:
    """Where a node begins and ends, across."""
    box = await node.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"]


async def whole(page: Page, least: int) -> None:
    """Assert that at least so many phones are shown, none of them beyond the edge or under the panel."""
    phones = await page.evaluate(PHONES)
    assert len(phones) >= least
    panel = page.locator("#panel")
    size = page.viewport_size
    assert size is not None
    end = (await edges(panel))[0] if await panel.is_visible() else size["width"]
    last = 0.0
    for begin, finish in phones:
        assert begin >= last
        last = finish
    assert last <= end


async def test_buttons_tell_what_they_do_and_can_be_read(kept: KeptPage, call: Caller) -> None:
    """By colours of their own for each style, that differ from a plain button's; words by 4.5 to one, and boxes, empty
    and ticked, as they are drawn by three to one. Weekdays stand in one line each, in every language."""
    page = await kept.sized(390, 844)
    shown = Shown(page)
    await shown.say("/start")
    styles = ("primary", "success", "danger")
    keyboard = inline(["☐", "☑"], *([one] for one in styles), *(["Plain"], *WEEK.values()))
    for row, style in zip(keyboard["inline_keyboard"][1:4], styles, strict=True):
        row[0]["style"] = style
    await call("sendMessage", chat_id=REPORTER, text="?", reply_markup=keyboard)
    buttons = shown.last.locator(".chat-button")
    await expect(buttons).to_have_count(27)
    blank = await page.context.new_page()  # whose policy forbids no picture
    for look_of in LOOKS:
        await page.emulate_media(color_scheme=look_of)
        measured = await buttons.evaluate_all(f"nodes => nodes.map({GROUND_AND_CONTRAST})")
        assert len(measured) == 27
        assert min(contrast for _, _, contrast in measured) >= 4.5, look_of
        grounds = {words: ground for words, ground, _ in measured}
        assert len({grounds[one] for one in (*styles, "Plain")}) == 4, look_of
        ground = [int(part) for part in grounds["☑"].removeprefix("rgb(").removesuffix(")").split(",")]
        for mark in ("☐", "☑"):
            assert await standing_out(blank, shown.last.get_by_text(mark), ground) >= 3, look_of
    for days in WEEK.values():
        for day in days:
            node = shown.last.get_by_text(day, exact=True).first
            assert await node.evaluate(LINES) == 1
            assert await node.evaluate("node => node.scrollWidth <= node.clientWidth")
    await blank.close()


async def standing_out(blank: Page, node: Locator, ground: list[int]) -> float:
    """How much the drawn words of a button stand out from its ground, measured on a blank page."""
    box = await node.evaluate(
        "node => { const range = new Range(); range.selectNodeContents(node); return range.getBoundingClientRect().toJSON(); }"
    )
    clip = {side: box[side] for side in ("x", "y", "width", "height")}
    picture = await node.page.screenshot(clip=clip)  # type: ignore[arg-type]
    encoded = f"data:image/png;base64,{b64encode(picture).decode()}"
    found: float = await blank.evaluate(BRIGHTEST_CONTRAST, [encoded, ground])
    return found


async def test_no_phone_is_cut_however_many_there_are(kept: KeptPage) -> None:
    """At 768 with the panel there is one at a time, at 1440 with it two of three; tabs lead to the others."""
    page = await kept.sized(768, 1024)
    await whole(page, 2)
    await page.locator("#panel-button").click()
    await expect(page.locator(".phone:visible")).to_have_count(1)
    await whole(page, 1)
    await page.locator("#tabs").get_by_role("button", name="Moderator").click()
    await expect(page.locator(f"#phone-{MODERATOR}")).to_be_visible()
    await expect(page.locator("#panel")).to_be_visible()
    await whole(page, 1)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.locator("#add").click()
    await page.locator("#adding .primary").click()
    await expect(page.locator(".phone:visible")).to_have_count(2)
    await whole(page, 2)
    await expect(page.locator(".phone").last).to_be_visible()
    await page.locator("#tabs").get_by_role("button", name="Reporter").first.click()
    await expect(page.locator(f"#phone-{REPORTER}")).to_be_visible()
    await whole(page, 2)
    await page.locator(".panel-close").click()
    await expect(page.locator(".phone:visible")).to_have_count(3)
    await whole(page, 3)
    await expect(page.locator("#tabs")).to_be_hidden()


@pytest.mark.parametrize("language", TEXTS.languages)
async def test_the_four_phones_of_a_demo_are_in_reach(visit: Open, language: str) -> None:
    """On a phone's screen every tab is whole, so that nobody has to know of one beyond the edge; on a wide one all stand side by side."""
    clock = WallClock()
    server = LocalBotApi({TOKEN: USERNAME}, clock)
    server.extend(demo_page(TEXTS, PHONES_SHOWN, list(TEAM), MadeUpInspector(clock), None).add_to)
    await server.start()
    page = await visit(390, 844, url=server.url, locale=language)
    last = 0.0
    for phone in PHONES_SHOWN:
        tab = page.locator(f"[data-phone='{phone.id}']")
        begin, end = await edges(tab)
        assert last <= begin < end <= 390
        assert await tab.evaluate("node => node.scrollWidth - node.clientWidth") == 0
        last = end
        await tab.click()
        await expect(page.locator(".phone:visible")).to_have_id(f"phone-{phone.id}")
    await page.set_viewport_size({"width": 1366, "height": 768})
    await expect(page.locator(".phone:visible")).to_have_count(4)
    await whole(page, 4)
    await page.close()
    await server.stop()


@pytest.mark.parametrize("language", TEXTS.languages)
async def test_a_narrow_page_says_what_it_is(kept: KeptPage, language: str) -> None:
    """Its sign and that nothing is real, and the whole name of each phone on its tab; a bar to scroll by has no ground
    of its own that would cover the wallpaper."""
    page = await kept.sized(390, 844)
    await kept.speaking(language)
    await expect(page.locator(".logo")).to_be_in_viewport()
    await expect(page.locator("#lead")).to_have_text(page_text(language, "page.lead"))
    await expect(page.locator("#lead")).to_be_in_viewport(ratio=1)
    for name in await page.locator("#tabs .name").all():
        assert await name.evaluate(LINES) == 1
        assert await name.evaluate("node => getComputedStyle(node).textOverflow") == "clip"
    colours = await page.locator(".log").first.evaluate("node => getComputedStyle(node).scrollbarColor")
    assert colours.endswith("rgba(0, 0, 0, 0)")


async def test_a_message_of_ones_own_has_one_stop_and_a_menu(kept: KeptPage) -> None:
    """Out of sight until it is pointed at or has the focus; Escape shuts it and gives the focus back, a click elsewhere
    shuts it too, and a right click opens it."""
    page = kept.page
    shown = Shown(page)
    await shown.say("first")
    await shown.say("second")
    await page.mouse.move(0, 0)
    opener = shown.last.get_by_role("button", name="Actions")
    assert await shown.root.locator(".mine button").count() == 2
    await expect(opener).to_have_css("opacity", "0")
    await shown.last.hover()
    await expect(opener).to_have_css("opacity", "1")
    await page.mouse.move(0, 0)
    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(opener).to_have_attribute("aria-expanded", "true")
    await expect(shown.last.get_by_role("button", name="Edit")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await expect(opener).to_have_css("opacity", "1")
    await expect(opener).to_have_attribute("aria-expanded", "false")
    await shown.last.locator(".content").click(button="right", position={"x": 6, "y": 6})
    await expect(shown.last.locator(".own-menu")).to_be_visible()
    await shown.root.locator(".bar").click()
    await expect(shown.last.locator(".own-menu")).to_have_count(0)
    await choose(shown.last, "Edit")
    await expect(shown.root.locator("textarea")).to_have_value("second")


async def test_blocking_asks_first_and_strikes_the_bots_name(kept: KeptPage) -> None:
    """Not that of the person whose phone it is."""
    shown = Shown(kept.page)
    await shown.say("/start")
    for button in ("Cancel", "Block"):
        await shown.root.get_by_role("button", name="Block the bot", exact=True).click()
        await expect(shown.root.locator("textarea")).to_be_visible()
        await (
            shown.root.get_by_role("dialog", name="Block the bot?")
            .get_by_role("button", name=button, exact=True)
            .click()
        )
    await expect(shown.root.locator("textarea")).to_be_hidden()
    line = "node => getComputedStyle(node).textDecorationLine"
    assert await shown.root.locator(".handle").evaluate(line) == "line-through"
    assert await shown.root.locator(".who h2").evaluate(line) == "none"


async def test_what_unfolds_has_a_sign_for_it(visit: Open, call: Caller) -> None:
    """The summaries of calls and tables; it turns when they are open."""
    page = await visit()
    await page.locator("#panel-button").click()
    await page.locator("#tab-calls").click()
    await call("getMe")
    await page.locator(".calls summary").first.wait_for()
    turned = "node => getComputedStyle(node, '::before').transform + getComputedStyle(node, '::before').width"
    for tab, summary in (("calls", ".calls summary"), ("tables", "[data-table=data_keys] summary")):
        await page.locator(f"#tab-{tab}").click()
        shut = await page.locator(summary).first.evaluate(turned)
        assert not shut.startswith("none")
        assert not shut.endswith("auto")
        await page.locator(summary).first.click()
        assert await page.locator(summary).first.evaluate(turned) != shut


async def test_without_javascript_the_page_says_that_it_needs_it(visit: Open) -> None:
    """In each of its languages, over all else. A browser shows what stands in `noscript` then; with scripts it is
    text, which is put into the page here."""
    page = await visit(390, 844)
    await page.locator("noscript").evaluate("node => { node.outerHTML = node.textContent; }")
    for language in TEXTS.languages:
        told = page.get_by_text(page_text(language, "page.noscript"))
        await expect(told).to_be_in_viewport(ratio=1)
        assert await told.get_attribute("lang") == language
    await page.mouse.click(195, 400)
    await expect(page.locator(".message")).to_have_count(0)


async def test_a_quotation_is_followed_by_one_blank_line(kept: KeptPage, call: Caller) -> None:
    """The line feed behind it only ends it, as in Telegram."""
    shown = Shown(kept.page)
    await shown.say("/start")
    text = "one\n<blockquote>quoted</blockquote>\n\n<b>two</b>"
    await call("sendMessage", chat_id=REPORTER, text=text, parse_mode="HTML")
    await expect(shown.last.locator("strong")).to_have_text("two")
    quote, after = [await shown.last.locator(one).bounding_box() for one in ("blockquote", ".words strong")]
    assert quote is not None
    assert after is not None
    assert 0 < after["y"] - (quote["y"] + quote["height"]) < 1.8 * after["height"]
