"""What can be done with a message of one's own: it is edited, and deleted after a question."""

from tests.bot.local_api.conftest import Caller
from tests.browser.acting import Shown, expect
from tests.browser.conftest import REPORTER, TEXTS, Open
from tests.browser.own_messages import choose


async def test_edits_are_marked_and_deletions_go_away(call: Caller, shown: Shown) -> None:
    """The bot's and one's own, on both sides."""
    sent = await call("sendMessage", chat_id=REPORTER, text="one")
    await call("editMessageText", chat_id=REPORTER, message_id=sent["message_id"], text="two")
    await expect(shown.last.locator(".words")).to_have_text("two")
    await expect(shown.last.locator(".edited")).to_have_text("edited")
    await call("deleteMessage", chat_id=REPORTER, message_id=sent["message_id"])
    await expect(shown.root.locator(f"[data-message='{sent['message_id']}']")).to_have_count(0)
    await shown.say("mistake")
    await choose(shown.last, "Edit")
    await expect(shown.root.locator("textarea")).to_have_value("mistake")
    await shown.root.locator("textarea").fill("right")
    await shown.page.keyboard.press("Enter")
    await expect(shown.last.locator(".words")).to_have_text("right")
    await expect(shown.last.locator(".edited")).to_have_count(1)
    assert (await call.updates(offset=-1))[-1]["edited_message"]["text"] == "right"
    await choose(shown.last, "Delete for both")
    await shown.root.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(shown.root.get_by_text("right")).to_have_count(0)


async def test_nobody_deletes_by_one_touch(call: Caller, visit: Open) -> None:
    """What a finger touches is large enough, and the page asks first and tells what deleting does not do."""
    page = await visit(390, 844, has_touch=True, is_mobile=True)
    shown = Shown(page)
    await shown.say("a mistake")
    await shown.last.locator(".words").tap()
    for name in ("Edit", "Delete for both"):
        box = await shown.last.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
    dialog = shown.root.get_by_role("dialog", name="Delete this message?")
    for answer in ("Cancel", "Delete"):
        await expect(shown.last).to_contain_text("a mistake")
        await shown.last.locator(".words").tap()
        await shown.last.get_by_role("button", name="Delete for both").tap()
        await expect(dialog).to_contain_text("The bot is not told of it")
        await expect(dialog).to_contain_text(f"press “{TEXTS.text('en', 'flow.back')}”")
        await dialog.get_by_role("button", name=answer).tap()
        await expect(dialog).to_be_hidden()
    await expect(shown.bubbles).to_have_count(0)
