"""The messages of a chat: the days between them, what was not seen, and its end, which is followed."""

from playwright.async_api import Route

from tests.bot.local_api.conftest import Caller, WallClock
from tests.browser.acting import Shown, expect, inline
from tests.browser.conftest import REPORTER

DAY = 24 * 3600
KEPT = 300
LEFT_BELOW = "node => node.scrollHeight - node.scrollTop - node.clientHeight"


async def test_days_stand_between_messages(call: Caller, shown: Shown, clock: WallClock) -> None:
    """Each once, in the language of the page; a day of which nothing is left is no longer told."""
    clock.now += DAY
    late = await call("sendMessage", chat_id=REPORTER, text="tomorrow")
    await call("sendMessage", chat_id=REPORTER, text="tomorrow too")
    days = shown.root.locator(".day")
    await expect(days).to_have_text(["21 September 2026", "22 September 2026"])
    await shown.page.get_by_label("Page language").select_option("kk")
    await expect(days).to_have_text(["2026 ж. 21 қыркүйек", "2026 ж. 22 қыркүйек"])
    for number in (late["message_id"], late["message_id"] + 1):
        await call("deleteMessage", chat_id=REPORTER, message_id=number)
    await expect(days).to_have_count(1)


async def test_what_was_not_seen_is_counted_until_it_is(call: Caller, fresh: Shown) -> None:
    """Who reads above is not torn down; the button tells how many wait and leads there."""
    for number in range(30):
        await call("sendMessage", chat_id=REPORTER, text=f"line {number}")
    await expect(fresh.last).to_be_in_viewport()
    await fresh.root.locator(".log").evaluate("node => { node.scrollTop = 0; }")
    down = fresh.root.get_by_role("button", name="To the last message")
    await expect(down).to_be_visible()
    for number in range(2):
        await call("sendMessage", chat_id=REPORTER, text=f"news {number}")
    await expect(down).to_have_text("2")
    await expect(fresh.root.locator(".unread")).to_have_text("New messages")
    await down.click()
    await expect(fresh.last).to_be_in_viewport()
    await expect(down).to_be_hidden()


async def test_the_answer_to_a_tap_is_shown_wherever_the_button_stands(call: Caller, fresh: Shown) -> None:
    """Though what comes unasked would not move who reads above."""
    keys = inline(*([str(number)] for number in range(40)))
    await call("sendMessage", chat_id=REPORTER, text="?", reply_markup=keys)
    await fresh.root.locator(".log").evaluate("node => { node.scrollTop = 0; }")
    await expect(fresh.root.locator(".down")).to_be_visible()
    await fresh.last.get_by_role("button", name="0", exact=True).click()
    await call("sendMessage", chat_id=REPORTER, text="answer")
    await expect(fresh.last).to_contain_text("answer")
    await expect(fresh.last).to_be_in_viewport()
    await expect(fresh.root.locator(".unread")).to_have_count(0)


async def test_a_message_that_cannot_be_shown_takes_nothing_with_it(shown: Shown) -> None:
    """It has a placeholder; coordinates may be words; what is said before and after is there, and so is the line."""
    await shown.say("second")
    await shown.say("third")

    async def broken(route: Route) -> None:
        chat = await (await route.fetch()).json()
        first, second, _ = chat["messages"]
        first["location"] = {"latitude": "43.2", "longitude": "east"}
        second["date"] = "yesterday"
        await route.fulfill(json=chat)

    await shown.page.route(f"**/phone/{REPORTER}/chat", broken)
    await shown.page.reload()
    await expect(shown.bubbles).to_have_count(3)
    await expect(shown.bubbles.nth(0)).to_contain_text("43.2000, east")
    await expect(shown.bubbles.nth(1)).to_have_text("This message cannot be shown.")
    await expect(shown.bubbles.nth(2)).to_contain_text("third")
    await shown.say("after")
    await expect(shown.page.locator("#offline")).to_be_hidden()


async def test_a_chat_of_more_than_is_kept_is_followed_to_its_end(call: Caller, fresh: Shown) -> None:
    """Though the oldest go away above; what is gone does not come back by being edited."""
    first = await call("sendMessage", chat_id=REPORTER, text="first")
    for number in range(KEPT):
        await call("sendMessage", chat_id=REPORTER, text=f"{number}")
    await expect(fresh.last.locator(".words")).to_have_text(f"{KEPT - 1}")
    for number in range(3):
        await call("sendMessage", chat_id=REPORTER, text=f"{number}\n" * 40)
        await call("sendMessage", chat_id=REPORTER, text=f"after {number}")
        await expect(fresh.last.locator(".words")).to_have_text(f"after {number}")
        await expect(fresh.bubbles).to_have_count(KEPT)
        await expect(fresh.last).to_be_in_viewport(ratio=1)
    await call("editMessageText", chat_id=REPORTER, message_id=first["message_id"], text="again")
    await call("sendMessage", chat_id=REPORTER, text="end")
    await expect(fresh.last.locator(".words")).to_have_text("end")
    await expect(fresh.root.get_by_text("again")).to_have_count(0)
    await expect(fresh.root.locator(".down")).to_be_hidden()


async def test_the_end_is_followed_while_what_stands_above_changes_its_height(
    call: Caller, fresh: Shown
) -> None:
    """Growing and shrinking, even where the browser tells of scrolling first."""
    ids = [(await call("sendMessage", chat_id=REPORTER, text=f"{n}"))["message_id"] for n in range(30)]
    await expect(fresh.last.locator(".words")).to_have_text("29")
    for text in ("tall\n" * 60, "flat", "tall\n" * 60):
        await call("editMessageText", chat_id=REPORTER, message_id=ids[-2], text=text)
        await expect(fresh.bubbles.nth(-2).locator(".words")).to_have_text(text.strip())
        await expect(fresh.last).to_be_in_viewport(ratio=1)
    moved = """node => { const above = node.querySelectorAll('.message')[29];
        above.style.minHeight = '900px'; node.scrollTop -= 1; above.style.minHeight = ''; node.scrollTop -= 1; }"""
    await fresh.root.locator(".log").evaluate(moved)
    await call("sendMessage", chat_id=REPORTER, text="end")
    await expect(fresh.last).to_contain_text("end")
    await expect(fresh.last).to_be_in_viewport(ratio=1)
    assert await fresh.root.locator(".log").evaluate(LEFT_BELOW) < 2
