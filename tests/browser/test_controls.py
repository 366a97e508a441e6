"""Every control of the page is opened and used, with the mouse and with the keyboard alone."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

from bot.demo import running, settings_in
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller
from tests.browser.acting import Shown, expect, inline, pictured
from tests.browser.conftest import USERNAME, Open
from tests.browser.kept import KeptPage
from tests.browser.own_messages import choose

LEDGER = """
(() => {
  const CONTROLS = 'button, input, select, textarea, a[href], summary, audio[controls], [role=application], [role=button]';
  const STATES = new Set(['waiting', 'arriving', 'open']);
  const seen = new Set();
  const used = new Set();
  const name = (node) => {
    const place = node.closest('dialog, .menu, .message, .phone, #panel, #tabs, .top');
    const where = place ? place.id.replace(/[0-9]+/, '') || [...place.classList].filter((one) => !STATES.has(one))[0] : '';
    const words = [...node.classList].filter((one) => !STATES.has(one)).join('.');
    const own = node.id || node.name || (node.matches('input') ? '' : node.dataset.kind) || node.dataset.hours || node.dataset.text || node.value || '';
    return `${where.replace(/[0-9]+/, '')} ${node.tagName.toLowerCase()} ${words} ${own}`.replace(/ +/g, ' ').trim();
  };
  const look = (root) => {
    if (!root.isConnected) return;
    if (root.matches?.(CONTROLS)) seen.add(name(root));
    for (const node of root.querySelectorAll?.(CONTROLS) ?? []) seen.add(name(node));
  };
  const use = (event) => {
    const node = event.target.closest?.(CONTROLS);
    if (node) used.add(name(node));
  };
  for (const kind of ['click', 'change', 'input', 'keydown', 'play']) addEventListener(kind, use, true);
  addEventListener('DOMContentLoaded', () => {
    look(document);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) addedNodes.forEach(look);
    }).observe(document, { childList: true, subtree: true });
  });
  window.ledger = () => ({ seen: [...seen].sort(), used: [...used].sort() });
})();
"""
"""Notes each kind of control that was ever on the page, and each that was used."""


async def top(page: Page) -> None:
    """The bar above: language, look, a step, a phone more and away."""
    await page.locator(".steps button").first.click()
    for label, value in (("Page language", "en"), ("Appearance", "dark")):
        await page.get_by_label(label).select_option(value)
    for button in ("Cancel", "Add"):
        await page.locator("#add").click()
        await page.locator("#adding select").select_option("en")
        await page.locator("#adding").get_by_role("button", name=button, exact=True).click()
    await page.get_by_role("button", name="Put the phone away").click()


async def writing(call: Caller, shown: Shown) -> None:
    """Words of both sides, and what can be done with them."""
    await shown.root.get_by_role("button", name="Start").click()
    await expect(shown.root.locator(".mine[data-message]")).to_have_count(1)  # until then a bot may not write
    await shown.root.get_by_label("Phone language").select_option("ru")
    text = (
        f"<tg-spoiler>a</tg-spoiler> /start t.me/{USERNAME}?start=a "
        "<blockquote expandable>a\nb\nc\nd\ne</blockquote> <a href='https://127.0.0.1/'>out</a>"
    )
    markup = inline(["One"])
    markup["inline_keyboard"].append([{"text": "Two", "url": "https://127.0.0.1/"}])
    await call("sendMessage", chat_id=shown.person, text=text, parse_mode="HTML", reply_markup=markup)
    bubble = shown.bubbles.nth(1)
    await bubble.get_by_role("button", name="Show all").click()
    await bubble.locator(".spoiler").click()
    for link in await bubble.get_by_role("link").all():
        await link.press("Shift")  # it leads out of the demo: reached, and not followed
    for link in await bubble.locator(".link").all():
        await link.click()
    await bubble.get_by_role("button", name="One").click()
    query = (await call.updates(timeout=5, offset=-1))[-1]["callback_query"]
    await call("answerCallbackQuery", callback_query_id=query["id"], text="Alert", show_alert=True)
    await shown.root.locator(".alert button").click()
    await shown.say("word")
    await choose(shown.last, "Edit")
    await shown.root.locator(".editing button").click()
    for button in ("Cancel", "Delete"):
        await choose(shown.last, "Delete for both")
        await shown.root.get_by_role("dialog").get_by_role("button", name=button).click()


async def attaching(call: Caller, shown: Shown) -> None:
    """Everything that can be attached."""
    await call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await shown.root.locator(".slash").click()
    await shown.root.locator(".commands button").click()
    for kind in ("photo", "document", "audio", "video"):
        await shown.choose_files(kind, *pictured("a.png"))
        await expect(shown.root.locator(".chooser")).to_have_value("")
    await shown.root.locator(".photo").click()
    await shown.root.locator(".picture button").click()
    await shown.root.locator("a.file").click()
    await shown.attach("contact")
    for button in ("Cancel", "Send the place"):
        await shown.attach("location")
        await shown.page.keyboard.press("ArrowUp")
        await shown.root.get_by_label("City").select_option("Semey")
        await shown.root.get_by_label("Latitude").fill("50")
        await shown.root.get_by_label("Longitude").fill("80")
        await shown.root.get_by_role("dialog").get_by_role("button", name=button).click()


async def voices(shown: Shown) -> None:
    """A voice, by both of its buttons, kept and thrown away, and listened to."""
    for button in ("Cancel", "Send"):
        await shown.root.locator(".mic").click()
        await shown.root.locator(".recording").get_by_role("button", name=button).click()
    await shown.attach("voice")
    await shown.root.locator(".recording .primary").click()
    for player in await shown.root.locator("audio").all():
        await player.press("Shift")


async def rest(call: Caller, shown: Shown) -> None:
    """A reply keyboard, the way down, blocking."""
    markup = {"keyboard": [["Yes"]]}
    await call("sendMessage", chat_id=shown.person, text="?", reply_markup=markup)
    await shown.root.locator(".reply-keyboard button").click()
    for number in range(12):
        await call("sendMessage", chat_id=shown.person, text=f"{number}\n\n\n")
    await shown.root.locator(".log").evaluate("node => { node.scrollTop = 0; }")
    await shown.root.locator(".down").click()
    for button in (".secondary", ".primary"):
        await shown.root.locator(".block").click()
        await shown.root.locator(f".confirm {button}").click()
    await shown.root.locator(".unblock").click()


async def panel(page: Page, call: Caller) -> None:
    """Each tab and what it has."""
    await page.locator("#panel-button").click()
    await page.locator("#tab-calls").click()
    await call("getMe")
    await page.locator(".calls summary").first.click()
    await page.locator("[name=filter]").fill("get")
    await page.locator(".pause").click()
    await page.locator("#tab-tables").click()
    await page.locator(".tables summary").first.click()
    await page.locator("#tab-clock").click()
    for jump in await page.locator("[data-hours]").all():
        await jump.click()
    await page.locator("#tab-calls").click()
    await page.locator(".panel-close").click()


async def test_every_control_of_the_page_is_opened_and_used(visit: Open, call: Caller) -> None:
    """No button, field, link or list is ever on the page that this visit does not use; none of them fails."""
    page = await visit(permissions=["microphone"], script=LEDGER)
    shown = Shown(page)
    await top(page)
    await writing(call, shown)
    await attaching(call, shown)
    await voices(shown)
    await rest(call, shown)
    await panel(page, call)
    await page.set_viewport_size({"width": 390, "height": 844})
    for tab in await page.locator("#tabs button").all():
        await tab.click()
    ledger = await page.evaluate("ledger()")
    assert len(ledger["seen"]) > 60
    assert set(ledger["seen"]) - set(ledger["used"]) == set()


async def test_a_report_is_begun_with_the_keyboard_alone(
    visit: Open, api: LocalBotApi, tmp_path: Path
) -> None:
    """From opening the page through the first questions of the real bot, by Tab, Enter and letters."""
    async with running(settings_in(tmp_path, api.url, bot_token=TOKEN, poll_seconds=2)):
        page = await visit()
        shown = Shown(page)
        await tab_to(page, "Start")
        await page.keyboard.press("Enter")
        asked: list[str] = []
        label = shown.last.locator(".chat-button").first
        await expect(label).to_have_text("Yes")  # the greeting before it has buttons of its own
        for _ in range(2):  # the first choice of each of two questions
            asked.append(await label.inner_text())
            await tab_to(page, asked[-1])
            await page.keyboard.press("Enter")
            await expect(label).not_to_have_text(
                asked[-1]
            )  # an answer takes the focus of whoever waits for it
        await tab_to(page, "Message")
        await page.keyboard.type("/help")
        await page.keyboard.press("Enter")
        await expect(shown.root.locator(".mine .words").last).to_have_text("/help")
        await page.close()


async def tab_to(page: Page, name: str, most: int = 80) -> None:
    """Go to the control of this name (or placeholder) by Tab alone."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        here = await page.evaluate(
            "(({innerText, ariaLabel, placeholder}) => [innerText, ariaLabel, placeholder])(document.activeElement)"
        )
        if name in here:
            return
    raise AssertionError(f"{name} is not reached by Tab")


async def test_focus_is_seen_wherever_it_goes(visit: Open) -> None:
    """Each stop of Tab has an outline, and none is a trap: the way leads around the page."""
    page = await visit()
    stops: list[str] = []
    for _ in range(40):
        await page.keyboard.press("Tab")
        told = await page.evaluate(
            "(node => node === document.body ? '' : getComputedStyle(node).outlineStyle + ' ' + node.outerHTML)(document.activeElement)"
        )
        if told:
            assert not told.startswith("none"), told
        stops.append(told)
    assert len(set(stops)) >= 12


async def test_focus_is_not_lost_by_what_goes_away(kept: KeptPage, call: Caller) -> None:
    """A menu, a dialog, a button that has done its work: by Enter or Escape one is still in the phone."""
    page = kept.page
    shown = Shown(page)
    await call("setMyCommands", commands=[{"command": "help", "description": "Help"}])

    async def do(button: str, key: str = "Enter") -> None:
        await shown.root.locator(button).press(key)

    await do(".empty .primary")
    await expect(shown.last).to_contain_text("/start")
    await expect(shown.root.locator("textarea")).to_be_focused()
    await do(".slash")
    await expect(shown.root.locator(".commands button")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(shown.last).to_contain_text("/help")
    await expect(shown.root.locator(".slash")).to_be_focused()
    await do(".clip")
    await do(".attach [data-kind=location]")
    await expect(shown.root.locator(".map")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(shown.root.locator(".clip")).to_be_focused()
    await do(".block")
    # A key is pressed whether or not the button is shown yet; before that it would go to the one in focus then.
    await expect(shown.root.locator(".confirm .primary")).to_be_visible()
    await do(".confirm .primary")
    await expect(shown.root.locator(".confirm")).to_be_hidden()
    await expect(shown.root.locator(".block")).to_have_attribute("aria-label", "Unblock the bot")
    await do(".unblock")
    await expect(shown.root.locator("textarea")).to_be_focused()
    await shown.say("word")
    await do(".message:last-child .more")
    await do(".message:last-child .edit")
    await do(".editing button")
    await expect(shown.root.locator("textarea")).to_be_focused()
    markup = {"keyboard": [["Yes"]], "one_time_keyboard": True}
    await call("sendMessage", chat_id=shown.person, text="?", reply_markup=markup)
    await do(".reply-keyboard button")
    await expect(shown.last).to_contain_text("Yes")
    await expect(shown.root.locator("textarea")).to_be_focused()


async def test_focus_is_led_to_the_next_act(visit: Open, call: Caller) -> None:
    """After a tap by keyboard: the first button of the answer, though the tapped one is gone; else where one writes.
    What comes unasked, or while something is written, moves nobody."""
    page = await visit()
    shown = Shown(page)
    box = shown.root.locator("textarea")
    await shown.say("/start")

    async def asked(words: str) -> dict[str, Any]:
        sent = await call("sendMessage", chat_id=shown.person, text=words, reply_markup=inline(["A"]))
        await expect(shown.last).to_contain_text(words)
        return {"chat_id": shown.person, "message_id": sent["message_id"]}

    now = await asked("0?")
    await shown.last.locator(".chat-button").focus()
    await page.keyboard.press("Shift")
    for number in range(1, 5):
        async with page.expect_response(f"**/phone/{shown.person}/taps"):  # before the button is gone
            await page.keyboard.press("Enter")
        if number % 2:
            await call("editMessageText", **now, text="A!")
            await expect(box).to_be_focused()
        before, now = now, await asked(f"{number}?")
        await expect(shown.last.locator(".chat-button")).to_be_focused()
        if not number % 2:
            await call("editMessageText", **before, text="A!")
    await call("sendMessage", chat_id=shown.person, text="so")
    await expect(shown.last).to_contain_text("so")
    await expect(shown.bubbles.nth(-2).locator(".chat-button")).to_be_focused()
    await box.fill("words")
    await call("sendMessage", chat_id=shown.person, text="?", reply_markup=inline(["B"]))
    await expect(shown.last.locator(".chat-button")).to_have_text("B")
    await expect(box).to_be_focused()


async def test_a_message_is_read_aloud_once(visit: Open, call: Caller) -> None:
    """Not again when its buttons go or the page is drawn anew; its new words are."""
    told = """(() => { window.told = []; addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
        for (const { addedNodes, target } of changes) {
          if (target.closest?.('[aria-live]')?.ariaLive === 'polite') window.told.push(...[...addedNodes].map((one) => one.textContent));
        }
    }).observe(document, { childList: true, subtree: true })); })();"""
    page = await visit(script=told)
    shown = Shown(page)
    await shown.say("/start")
    sent = await call("sendMessage", chat_id=shown.person, text="one?", reply_markup=inline(["A"]))
    about = {"chat_id": shown.person, "message_id": sent["message_id"]}
    await expect(shown.last.locator(".chat-button")).to_have_count(1)
    await call("editMessageReplyMarkup", **about)
    await expect(shown.last.locator(".chat-button")).to_have_count(0)
    await page.get_by_label("Page language").select_option("kk")
    await call("editMessageText", **about, text="two")
    await expect(shown.last.locator(".words")).to_have_text("two")
    assert await page.evaluate("told") == ["one?", "two"]
    assert await shown.root.get_by_role("log").get_attribute("aria-live") == "off"


async def test_the_button_that_blocks_says_what_it_will_do(kept: KeptPage) -> None:
    """By its words alone: pressed or not, besides, would tell the opposite."""
    shown = Shown(kept.page)
    await shown.say("/start")
    button = shown.root.locator(".block")
    for words in ("Block the bot", "Unblock the bot"):
        await expect(button).to_have_attribute("aria-label", words)
        assert await button.get_attribute("aria-pressed") is None
        await button.click()
        if words == "Block the bot":
            await shown.root.locator(".confirm .primary").click()
