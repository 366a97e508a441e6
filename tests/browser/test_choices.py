"""The page in three languages, light and dark, with as many phones as are wanted."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from bot.demo import running, settings_in
from bot.demo.people import gather, speak
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller
from tests.browser.accessibility import LOOKS
from tests.browser.acting import Shown, expect
from tests.browser.conftest import MODERATOR, TEXTS, MadeUpInspector, Open
from tests.browser.kept import KeptPage

KNOWS_COMMAND = f"""
async (words) => {{
  const {{ commands }} = await (await fetch('/phone/{MODERATOR}/commands')).json();
  return commands.some(({{ description }}) => description === words);
}}
"""
"""Whether the moderator's menu has a command with these words."""


async def ground(page: Page) -> int:
    """How bright the page's surface is, 0 to 255."""
    colour = await page.locator(".top").evaluate("node => getComputedStyle(node).backgroundColor")
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) // 3


async def test_the_look_follows_the_system_until_one_is_chosen(kept: KeptPage) -> None:
    """The choice outlives the page, and so does the one to follow the system again."""
    page = kept.page
    await page.emulate_media(color_scheme="dark")
    assert await ground(page) < 128
    for chosen in ("dark", "light", "auto"):
        await page.get_by_label("Appearance").select_option(chosen)
        await page.reload()
        await expect(page.get_by_label("Appearance")).to_have_value(chosen)
        for system in LOOKS:
            await page.emulate_media(color_scheme=system)
            dark = (await ground(page)) < 128
            assert dark == ((system if chosen == "auto" else chosen) == "dark"), (chosen, system)


@pytest.mark.parametrize(
    ("locale", "language"), [("ru-RU", "ru"), ("en-US", "en"), ("kk-KZ", "kk"), ("fr-FR", "kk")]
)
async def test_a_newcomer_is_spoken_to_as_their_browser_speaks(
    visit: Open, call: Caller, locale: str, language: str
) -> None:
    """By the page, in Kazakh where the browser speaks none of the three; and by the bot, whose phone it is told of though
    they have chosen nothing."""
    page = await visit(locale=locale)
    shown = Shown(page)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await expect(page).to_have_title(TEXTS.text(language, "demo.page.title"))
    await expect(shown.root.locator(".phone-language select")).to_have_value(language)
    await shown.say("/start")
    assert (await call.updates())[-1]["message"]["from"]["language_code"] == language


async def test_a_language_that_was_chosen_outlives_the_page(kept: KeptPage) -> None:
    """Whatever the browser speaks."""
    page = await kept.speaking("ru")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text(TEXTS.text("ru", "demo.page.title"))


async def test_no_key_is_left_untold(kept: KeptPage) -> None:
    """Every text and label of the page is filled, in each language."""
    page = kept.page
    left = """() => [...document.querySelectorAll('[data-text], [data-label]')].filter((node) =>
        ('text' in node.dataset && !node.textContent) || ('label' in node.dataset && !node.ariaLabel)
        || /(?:demo|page)\\.[a-z]/.test(node.textContent + node.ariaLabel)).map((node) => node.outerHTML)"""
    for language in TEXTS.languages:
        await page.locator("#language").select_option(language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        assert await page.evaluate(left) == [], language


async def test_a_phone_is_added_and_put_away(kept: KeptPage, call: Caller) -> None:
    """With an id and a language of its own; it is there still when the page is loaded again."""
    page = kept.page
    await page.get_by_role("button", name="Add a phone").click()
    await page.locator("#adding").get_by_role("button", name="Cancel").click()
    await expect(page.locator(".phone")).to_have_count(2)
    await page.get_by_role("button", name="Add a phone").click()
    await page.locator("#adding").get_by_label("Phone language").select_option("ru")
    await page.locator("#adding").get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("heading", level=2)).to_have_text(["Reporter", "Moderator", "Reporter 2"])
    number = int((await page.locator(".phone").last.get_attribute("id") or "").removeprefix("phone-"))
    third = Shown(page, number)
    await third.say("hello")
    await page.reload()
    await expect(third.last).to_contain_text("hello")
    heard = (await call.updates(offset=-1))[-1]["message"]["from"]
    assert (heard["id"], heard["language_code"]) == (number, "ru")
    await third.root.get_by_role("button", name="Put the phone away").click()
    await expect(page.locator(".phone")).to_have_count(2)
    await page.reload()
    await expect(page.locator(".phone")).to_have_count(2)


async def test_the_phones_of_the_demonstration_stay(kept: KeptPage) -> None:
    """Only those that were added can be put away."""
    page = kept.page
    await expect(page.get_by_role("button", name="Put the phone away")).to_have_count(0)


async def test_many_phones_stay_usable(visit: Open, call: Caller) -> None:
    """More than a browser has connections; each hears what is said to it."""
    page = await visit()
    for _ in range(7):
        await page.get_by_role("button", name="Add a phone").click()
        await page.locator("#adding").get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator(".phone")).to_have_count(9)
    for root in (await page.locator(".phone").all())[2:]:
        number = int((await root.get_attribute("id") or "").removeprefix("phone-"))
        await page.locator(f"#tabs [data-phone='{number}']").click()
        await Shown(page, number).say("/start")
        await call("sendMessage", chat_id=number, text=f"to {number}")
        await expect(Shown(page, number).last).to_contain_text(f"to {number}")
    assert not await page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


async def test_a_server_that_does_not_answer_is_told_of_and_found_again(kept: KeptPage) -> None:
    """The chat is as it stands there then."""
    page = kept.page
    shown = Shown(page)
    await shown.say("before")
    broken = {"ok": False, "description": "broken"}
    await page.route("**/phones/events*", lambda route: route.fulfill(json=broken))
    # A new phone ends the wait for news and begins another.
    await page.get_by_role("button", name="Add a phone").click()
    await page.locator("#adding").get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("#offline")).to_be_visible()
    bar = await page.locator("#offline").bounding_box()
    box = await shown.root.locator(".compose").bounding_box()
    assert bar is not None
    assert box is not None
    assert box["y"] + box["height"] <= bar["y"]
    await page.unroute("**/phones/events*")
    await expect(page.locator("#offline")).to_be_hidden()
    await expect(shown.last).to_contain_text("before")
    await shown.say("after")


async def test_a_reporters_phone_follows_the_page_until_it_is_written_on(
    kept: KeptPage, call: Caller
) -> None:
    """Or given a language of its own. It is so still when the page is loaded again."""
    page = kept.page
    hers = Shown(page)
    language_choice = hers.root.get_by_label("Phone language")
    await page.locator("#language").select_option("ru")
    await page.locator("#language").select_option("en")
    await expect(language_choice).to_have_value("en")
    await page.reload()
    await expect(language_choice).to_have_value("en")
    await hers.say("/start")
    assert (await call.updates())[-1]["message"]["from"]["language_code"] == "en"
    await page.locator("#language").select_option("kk")
    await expect(hers.root.locator(".phone-language select")).to_have_value("en")


async def test_a_phone_is_introduced_again_to_a_server_that_was_started_anew(
    visit: Open, call: Caller
) -> None:
    """So that the bot hears the language that stands above the chat: a server that was restarted knows nobody."""
    shown = Shown(await visit())
    await shown.say("before")
    broken = {"ok": False, "description": "broken"}
    await shown.page.route("**/phones/events*", lambda route: route.fulfill(json=broken))
    forgotten = {"ok": True, "seq": 0, "status": "member", "language_code": None, "messages": []}
    await shown.page.route("**/phone/*/chat", lambda route: route.fulfill(json=forgotten))
    await call("sendMessage", chat_id=shown.person, text="wake")
    await expect(shown.page.locator("#offline")).to_be_visible()
    async with shown.page.expect_request(f"**/phone/{shown.person}/start") as told:
        await shown.page.unroute("**/phones/events*")
    assert (await told.value).post_data_json == {"first_name": "Айгерім", "language_code": "en"}
    await shown.page.unroute("**/phone/*/chat")


async def test_a_second_browser_shows_the_language_that_the_phone_has(
    kept: KeptPage, visit: Open, call: Caller
) -> None:
    """Not its own: the bot goes on in the first one's, until another is given to the phone in either of them."""
    hers = Shown(kept.page)
    await hers.say("/start")
    again = Shown(await visit(locale="ru"))
    choices = [one.root.locator(".phone-language select") for one in (hers, again)]
    await expect(choices[1]).to_have_value("en")
    await again.say("hello")
    assert (await call.updates(offset=-1))[-1]["message"]["from"]["language_code"] == "en"
    await choices[1].select_option("kk")
    await expect(choices[0]).to_have_value("kk")
    await hers.say("again")
    assert (await call.updates(offset=-1))[-1]["message"]["from"]["language_code"] == "kk"


async def test_a_moderator_is_spoken_to_in_the_visitors_language(
    visit: Open, api: LocalBotApi, inspector: MadeUpInspector, tmp_path: Path
) -> None:
    """Nobody has written in their chat at first, and the bot knows the language without a word in it. Once something is written,
    another is asked for as anybody asks, though the bot would go on in the one it remembers."""
    settings = settings_in(tmp_path, api.url, bot_token=TOKEN, poll_seconds=2)
    async with running(settings) as bot:
        inspector.speak = lambda user_id, language: speak(bot, user_id, language)  # type: ignore[method-assign]
        await gather(bot, api.url)
        page = await visit()
        his = Shown(page, MODERATOR)
        await expect(his.root.locator(".phone-language select")).to_have_value("en")
        await page.wait_for_function(KNOWS_COMMAND, arg=TEXTS.text("en", "command.queue"), polling=100)
        await expect(his.bubbles).to_have_count(0)
        await his.say("/queue")
        empty = TEXTS.text("en", "moderator.queue.empty")
        await expect(his.root.locator(".theirs .words").last).to_contain_text(empty, timeout=15_000)
        await his.root.locator(".phone-language select").select_option("kk")
        changed = TEXTS.text("kk", "reporter.language_set")
        await expect(his.root.locator(".theirs .words").last).to_have_text(changed, timeout=15_000)
        await page.reload()
        await expect(his.root.locator(".phone-language select")).to_have_value("kk")
        await expect(his.bubbles.last).to_contain_text(changed)
        await page.close()


async def test_a_phone_given_a_language_keeps_it(kept: KeptPage) -> None:
    """Whatever the page is read in, and when it is loaded again."""
    page = kept.page
    language_choice = Shown(page).root.locator(".phone-language select")
    await language_choice.select_option("ru")
    await page.locator("#language").select_option("en")
    await expect(language_choice).to_have_value("ru")
    await page.reload()
    await expect(language_choice).to_have_value("ru")


async def test_a_phone_that_is_put_away_is_let_go(visit: Open) -> None:
    """Its chat is freed, and its microphone is off."""
    heard = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wanted) => (window.stream = await ask(wanted));"""
    page = await visit(permissions=["microphone"], script=heard)
    for number in range(3):
        await page.get_by_role("button", name="Add a phone").click()
        await page.locator("#adding").get_by_role("button", name="Add", exact=True).click()
        await expect(page.locator(".phone")).to_have_count(3)
        if number == 2:
            await page.locator(".phone").last.locator(".mic").click()
            await expect(page.locator(".recording:visible")).to_have_count(1)
        await page.get_by_role("button", name="Put the phone away").click()
        await expect(page.locator(".phone")).to_have_count(2)
    await page.wait_for_function("stream.getTracks().every(({ readyState }) => readyState === 'ended')")
    # The wait for news that named the phone has ended once another is under way.
    await Shown(page).say("/start")
    assert await chats(page) == 2


async def chats(page: Page) -> int:
    """How many chats the page holds, after a collection."""
    session = await page.context.new_cdp_session(page)
    chat = "import('/page/page.js').then(({ modules }) => modules['/page/phone/chat.js'].Chat.prototype)"
    found = await session.send("Runtime.evaluate", {"expression": chat, "awaitPromise": True})
    held = await session.send("Runtime.queryObjects", {"prototypeObjectId": found["result"]["objectId"]})
    about = {
        "objectId": held["objects"]["objectId"],
        "functionDeclaration": "function () { return this.length; }",
    }
    counted = await session.send("Runtime.callFunctionOn", {**about, "returnByValue": True})
    return int(counted["result"]["value"])
