"""A text with its entities: what each looks like, and what a click on it does."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Locator

from tests.bot.local_api.conftest import Caller
from tests.browser.acting import Shown, expect
from tests.browser.conftest import REPORTER, USERNAME

DRESSED = (
    "<b>bold</b> <i>italic</i> <u>under</u> <s>struck</s> <code>code</code> <pre>pre</pre>"
    "<blockquote>quote</blockquote><a href='https://example.org/'>link</a> <tg-spoiler>secret</tg-spoiler>"
)
TOPS = """
(words) => {
  const link = words.querySelector('.link');
  const top = (node, from, to) => {
    const range = new Range();
    range.setStart(node, from);
    range.setEnd(node, to);
    return Math.round(range.getBoundingClientRect().top);
  };
  const before = link.previousSibling;
  return [top(before, before.length - 1, before.length), top(link.firstChild, 0, 1), top(link.nextSibling, 0, 1)];
}
"""
"""How far down the character before a link among words stands, the link's first, and the one after the link."""


async def test_words_are_dressed_as_their_entities_say(call: Caller, shown: Shown) -> None:
    """Every kind of formatting has its element; a spoiler is opened by a click, and only then can be read."""
    await call("sendMessage", chat_id=REPORTER, text=DRESSED, parse_mode="HTML")
    for tag in ("strong", "em", "u", "s", "code", "pre", "blockquote"):
        await expect(shown.last.locator(f".words {tag}")).to_have_count(1)
    link = shown.last.get_by_role("link", name="link")
    assert await link.get_attribute("rel") == "noopener noreferrer"
    await expect(shown.last.get_by_text("secret")).to_have_css("color", "rgba(0, 0, 0, 0)")
    await shown.last.get_by_role("button", name="Show the hidden text").click()
    await expect(shown.last.locator(".uncovered")).to_have_text("secret")


async def test_a_long_quotation_is_unfolded_by_its_button(call: Caller, shown: Shown) -> None:
    """An expandable blockquote shows three lines at first."""
    text = "<blockquote expandable>" + "\n".join("line" for _ in range(9)) + "</blockquote>"
    await call("sendMessage", chat_id=REPORTER, text=text, parse_mode="HTML")
    folded = await height(shown.last.locator("blockquote"))
    await shown.last.get_by_role("button", name="Show all").click()
    assert await height(shown.last.locator("blockquote")) > folded * 2


async def height(node: Locator) -> float:
    """How tall a node is shown."""
    box = await node.bounding_box()
    assert box is not None
    return box["height"]


async def test_a_deep_link_starts_the_bot_in_that_phone(call: Caller, shown: Shown) -> None:
    """In the words and on a button; another address opens outside."""
    link = f"https://t.me/{USERNAME}?start=invite-1"
    rows = [[{"text": "Open", "url": link}, {"text": "Out", "url": "https://example.org/"}]]
    markup = {"inline_keyboard": rows}
    await call("sendMessage", chat_id=REPORTER, text=link, reply_markup=markup)
    asked = shown.bubbles.nth(1)
    assert await asked.get_by_role("link", name="Out").get_attribute("target") == "_blank"
    for button in (asked.locator(".words").get_by_role("button"), asked.get_by_role("button", name="Open")):
        before = await shown.bubbles.count()
        await button.click()
        await expect(shown.bubbles).to_have_count(before + 1)
        await expect(shown.last).to_contain_text("/start invite-1")


async def test_a_command_among_words_is_said_by_click_and_key(call: Caller, shown: Shown) -> None:
    """It keeps its brackets beside it, wherever a line ends."""
    for filler in ("w" * number for number in range(12, 30)):
        await call("sendMessage", chat_id=REPORTER, text=f"{filler} (/status) {filler}")
        await expect(shown.last).to_contain_text(filler)
        parts = await shown.last.locator(".words").evaluate(TOPS)
        assert parts[0] == parts[1] == parts[2]
    for act in (Locator.click, pressed("Enter"), pressed("Space")):
        asked = shown.bubbles.filter(has_text="w (/status)").last
        before = await shown.bubbles.count()
        await act(asked.get_by_role("button", name="/status"))
        await expect(shown.bubbles).to_have_count(before + 1)
        await expect(shown.last).to_contain_text("/status")


def pressed(key: str) -> Callable[[Locator], Awaitable[None]]:
    """Presses a key on something."""
    return lambda one: one.press(key)
