"""One phone: what its person taps, hears of and blocks."""

from bot.local_api.client import Phone
from tests.bot.local_api.conftest import Caller
from tests.browser.acting import Shown, expect, inline
from tests.browser.conftest import MODERATOR, REPORTER
from tests.browser.kept import KeptPage


async def test_a_tap_reaches_the_bot_and_its_answer_the_person(call: Caller, fresh: Shown) -> None:
    """A notice above the chat, or a dialog when the bot asks for attention."""
    await call("sendMessage", chat_id=REPORTER, text="?", reply_markup=inline(["Yes", "No"]))
    for label, alert in (("Yes", False), ("No", True)):
        await fresh.last.get_by_role("button", name=label).click()
        query = (await call.updates(timeout=5, offset=-1))[-1]["callback_query"]
        assert query["data"] == label
        await call(
            "answerCallbackQuery", callback_query_id=query["id"], text=f"You: {label}", show_alert=alert
        )
        if not alert:
            await expect(fresh.root.locator(".toast")).to_have_text("You: Yes")
    dialog = fresh.root.get_by_role("dialog")
    await expect(dialog).to_contain_text("You: No")
    await dialog.get_by_role("button", name="OK").click()
    await expect(dialog).to_be_hidden()


async def test_typing_is_shown_until_the_message_comes(call: Caller, shown: Shown) -> None:
    """As sendChatAction asks."""
    await call("sendChatAction", chat_id=REPORTER, action="typing")
    await expect(shown.root.locator(".typing")).to_have_text("typing…")
    await call("sendMessage", chat_id=REPORTER, text="said")
    await expect(shown.root.locator(".typing")).to_have_text("")


async def test_a_phone_behind_the_other_has_its_count_on_the_tab(call: Caller, kept: KeptPage) -> None:
    """Where there is room for one phone alone."""
    page = await kept.sized(390, 844)
    him = Shown(page, MODERATOR)
    await expect(him.root.locator(".empty")).to_be_attached()  # the page hears what comes from now on
    async with Phone(call.api.url, MODERATOR) as phone:
        await phone.say("/start")
        await call("sendMessage", chat_id=MODERATOR, text="a report")
    tab = page.get_by_role("button", name="Moderator")
    await expect(tab).to_have_text("Moderator1")
    await tab.click()
    await expect(him.last).to_be_in_viewport()
    await expect(tab).to_have_text("Moderator")


async def test_a_blocked_bot_cannot_be_written_to(call: Caller, fresh: Shown) -> None:
    """Until it is unblocked; a tap on an old button tells why."""
    await call("sendMessage", chat_id=REPORTER, text="?", reply_markup=inline(["Yes"]))
    block = fresh.root.get_by_role("button", name="Block the bot", exact=True)
    for unblock in (fresh.root.locator(".unblock"), fresh.root.locator(".block")):
        await block.click()
        await fresh.root.get_by_role("dialog", name="Block the bot?").get_by_text("Block", exact=True).click()
        await expect(fresh.root.locator("textarea")).to_be_hidden()
        await fresh.last.get_by_role("button", name="Yes").click()
        await expect(fresh.root.locator(".toast")).to_have_text("You have blocked the bot.")
        assert (await call.refused("sendMessage", chat_id=REPORTER, text="?")).startswith("Forbidden")
        await unblock.click()
        await expect(block).to_be_visible()
    await fresh.say("hello")
