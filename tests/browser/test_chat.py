"""A phone on the page looks and behaves like a chat in Telegram."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Locator, Route

from bot.local_api.client import Phone
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock
from tests.browser.acting import Shown, expect, inline, pictured
from tests.browser.conftest import MODERATOR, REPORTER, TEXTS, USERNAME, Open, page_text
from tests.browser.kept import KeptPage
from tests.browser.own_messages import choose

DRESSED = (
    "<b>bold</b> <i>italic</i> <u>under</u> <s>struck</s> <code>code</code> <pre>pre</pre>"
    "<blockquote>quote</blockquote><a href='https://example.org/'>link</a> <tg-spoiler>secret</tg-spoiler>"
)
DAY = 24 * 3600
KEPT = 300
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
LEFT_BELOW = "node => node.scrollHeight - node.scrollTop - node.clientHeight"


@pytest.fixture
async def shown(kept: KeptPage) -> Shown:
    """The reporter's phone, after a first word."""
    one = Shown(kept.page)
    await one.say("/start")
    return one


@pytest.fixture
async def fresh(visit: Open) -> Shown:
    """The same on a page that nobody has used, for what it remembers without showing it: taps, and where one reads."""
    one = Shown(await visit())
    await one.say("/start")
    return one


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


async def test_a_reply_keyboard_says_its_labels(call: Caller, shown: Shown) -> None:
    """It asks for a place and a contact, goes after one use if it is for one, and goes when it is removed."""
    rows = [["Одно", {"text": "Where", "request_location": True}, {"text": "Who", "request_contact": True}]]
    markup = {"keyboard": rows, "one_time_keyboard": True, "input_field_placeholder": "Choose"}
    await call("sendMessage", chat_id=REPORTER, text="?", reply_markup=markup)
    keyboard = shown.root.locator(".reply-keyboard")
    await expect(shown.root.get_by_placeholder("Choose")).to_be_visible()
    await keyboard.get_by_role("button", name="Одно").click()
    await expect(shown.last).to_contain_text("Одно")
    await expect(keyboard).to_be_hidden()
    await call("sendMessage", chat_id=REPORTER, text="?", reply_markup={"keyboard": rows})
    await keyboard.get_by_role("button", name="Who").click()
    await expect(shown.last).to_contain_text("+7701")
    await keyboard.get_by_role("button", name="Where").click()
    await shown.root.get_by_role("button", name="Send the place").click()
    await expect(shown.last).to_contain_text("43.2400, 76.8900")
    await call("sendMessage", chat_id=REPORTER, text="!", reply_markup={"remove_keyboard": True})
    await expect(keyboard).to_be_hidden()


async def test_a_question_that_asks_for_a_reply_gets_one(call: Caller, shown: Shown) -> None:
    """The next text alone, unless the person puts it away or the question goes; its example stands in the box as long."""
    bar, box = shown.root.locator(".replying"), shown.root.get_by_placeholder("20TB")

    async def ask() -> int:
        markup = {"force_reply": True, "input_field_placeholder": "20TB"}
        asked = await call("sendMessage", chat_id=REPORTER, text="The last part?", reply_markup=markup)
        await expect(bar).to_contain_text("The last part?")
        await expect(box).to_be_visible()
        return int(asked["message_id"])

    await ask()
    await shown.say("7K2B")
    await expect(shown.last.locator(".origin")).to_have_text("The last part?")
    await expect(bar).to_be_hidden()
    await expect(box).to_have_count(0)
    await shown.say("More")
    await expect(shown.last.locator(".origin")).to_have_count(0)
    await ask()
    await bar.get_by_role("button").click()
    await expect(bar).to_be_hidden()
    await call("deleteMessage", chat_id=REPORTER, message_id=await ask())
    await expect(bar).to_be_hidden()


async def test_the_command_menu_is_the_one_of_the_phones_language(call: Caller, shown: Shown) -> None:
    """As setMyCommands gave it; Escape closes it and goes back to its button."""
    for language, words in (("kk", "Көмек"), ("ru", "Помощь")):
        commands = [{"command": "help", "description": words}]
        await call("setMyCommands", commands=commands, language_code=language)
    opener = shown.root.get_by_role("button", name="Commands")
    await shown.root.get_by_label("Phone language").select_option("kk")
    await opener.click()
    await expect(shown.root.get_by_role("button", name="/help Көмек")).to_be_focused()
    await shown.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await shown.root.get_by_label("Phone language").select_option("ru")
    await opener.click()
    await shown.root.get_by_role("button", name="/help Помощь").click()
    await expect(shown.last).to_contain_text("/help")


async def test_typing_is_shown_until_the_message_comes(call: Caller, shown: Shown) -> None:
    """As sendChatAction asks."""
    await call("sendChatAction", chat_id=REPORTER, action="typing")
    await expect(shown.root.locator(".typing")).to_have_text("typing…")
    await call("sendMessage", chat_id=REPORTER, text="said")
    await expect(shown.root.locator(".typing")).to_have_text("")


async def test_what_is_protected_is_marked_and_cannot_be_taken(call: Caller, shown: Shown) -> None:
    """Neither selected nor copied, nor its file downloaded."""
    await call("sendMessage", chat_id=REPORTER, text="free")
    await call("sendMessage", chat_id=REPORTER, text="sealed", protect_content=True)
    await expect(shown.last).to_contain_text("🔒 protected")
    assert (
        await shown.last.locator(".content").evaluate("node => getComputedStyle(node).userSelect") == "none"
    )
    copied = "node => node.dispatchEvent(new ClipboardEvent('copy', {bubbles: true, cancelable: true}))"
    assert not await shown.last.locator(".words").evaluate(copied)
    assert await shown.bubbles.nth(-2).locator(".words").evaluate(copied)
    for protected in ("true", "false"):
        form = aiohttp.FormData({"chat_id": str(REPORTER), "protect_content": protected})
        form.add_field("document", b"rows", filename="rows.csv", content_type="text/csv")
        async with call.session.post(f"{call.api.base_url}{TOKEN}/sendDocument", data=form) as response:
            assert response.status == 200
        await expect(shown.last.get_by_role("link")).to_have_count(0 if protected == "true" else 1)


async def test_a_document_is_downloaded_whole(call: Caller, shown: Shown, tmp_path: Path) -> None:
    """Under its own name."""
    form = aiohttp.FormData({"chat_id": str(REPORTER), "caption": "Here"}, quote_fields=False)
    form.add_field("document", b"a;b\n1;2\n", filename="есеп.csv", content_type="text/csv")
    async with call.session.post(f"{call.api.base_url}{TOKEN}/sendDocument", data=form) as response:
        assert response.status == 200
    async with shown.page.expect_download() as loading:
        await shown.last.get_by_role("link", name="есеп.csv").click()
    loaded = await loading.value
    await loaded.save_as(tmp_path / "there")
    assert loaded.suggested_filename == "есеп.csv"
    assert (tmp_path / "there").read_bytes() == b"a;b\n1;2\n"


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


async def test_the_word_for_a_location_is_the_one_that_the_bot_names(shown: Shown) -> None:
    """Who is told to look for it finds it in the menu."""
    for language in TEXTS.languages:
        await shown.page.locator("#language").select_option(language)
        await shown.root.locator(".clip").click()
        word = await shown.root.locator(".attach [data-kind=location]").inner_text()
        said = [one for one in TEXTS.raw(language, "flow.").values() if "📎" in one]
        assert len(said) == 2
        assert [one for one in said if word not in one] == []


async def test_words_that_wait_come_back_after_an_edit(shown: Shown) -> None:
    """Sent, given up or deleted; what is half written is there when the page is loaded again."""
    box = shown.root.locator("textarea")
    await shown.say("first")
    for end in ("Enter", "Escape"):
        await box.fill("half written")
        await choose(shown.last, "Edit")
        await box.fill("second")
        await box.press(end)
        await expect(box).to_have_value("half written")
    await shown.page.reload()
    await expect(box).to_have_value("half written")
    await choose(shown.last, "Edit")
    await shown.page.reload()
    await expect(box).to_have_value("half written")
    await box.press("Enter")
    await expect(shown.last.locator(".words")).to_have_text("half written")
    await shown.page.reload()
    await expect(shown.last.locator(".words")).to_have_text("half written")
    await expect(box).to_have_value("")


async def test_an_edit_that_was_refused_is_gone_on_with(shown: Shown) -> None:
    """And what waited meanwhile is not lost by it."""
    box = shown.root.locator("textarea")
    await box.fill("half written")
    await choose(shown.last, "Edit")
    await shown.page.route("**/edits", refusing("Bad Request: no"))
    await box.fill("second")
    await box.press("Enter")
    await expect(shown.root.locator(".editing")).to_be_visible()
    await expect(box).to_have_value("second")
    await box.press("Escape")
    await expect(box).to_have_value("half written")


async def test_several_pictures_go_as_an_album(call: Caller, shown: Shown) -> None:
    """With what is written as the caption of the first; one is enlarged by a click."""
    await shown.root.locator("textarea").fill("caption")
    await shown.choose_files("photo", *pictured("a.png", "b.png", "c.png"))
    await expect(shown.root.locator(".message img")).to_have_count(3)
    photos = [one["message"] for one in await call.updates() if "photo" in one.get("message", {})]
    assert len({photo["media_group_id"] for photo in photos}) == 1
    assert [photo.get("caption") for photo in photos] == ["caption", None, None]
    await expect(shown.root.locator("textarea")).to_have_value("")
    await shown.last.locator(".photo").click()
    await expect(shown.root.get_by_role("dialog").get_by_role("img", name="c.png")).to_be_visible()
    await shown.root.get_by_role("button", name="Close", exact=True).click()


async def test_a_file_goes_as_it_is(call: Caller, shown: Shown) -> None:
    """With name and type, as a document."""
    await shown.choose_files(
        "document", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    await expect(shown.last).to_contain_text("a.pdf")
    sent = (await call.updates(offset=-1))[-1]["message"]["document"]
    assert (sent["file_name"], sent["mime_type"]) == ("a.pdf", "application/pdf")


async def test_without_a_microphone_a_sample_voice_is_offered(call: Caller, fresh: Shown) -> None:
    """Nothing is sent that was not asked for; it can be played."""
    dialog = fresh.root.get_by_role("dialog", name="The microphone cannot be used")
    for button in ("Cancel", "Send the tune"):
        await expect(fresh.bubbles).to_have_count(1)
        await fresh.root.locator(".mic").click()
        await dialog.get_by_role("button", name=button).click()
    await expect(fresh.bubbles).to_have_count(2)
    voice = (await call.updates(offset=-1))[-1]["message"]["voice"]
    assert (voice["mime_type"], voice["duration"]) == ("audio/wav", 2)
    player = fresh.last.locator("audio")
    await player.evaluate("node => node.play()")
    assert await player.evaluate("node => node.duration") == pytest.approx(2, abs=0.01)


async def test_a_voice_is_recorded_where_there_is_a_microphone(call: Caller, visit: Open) -> None:
    """It is sent or thrown away; meanwhile the seconds are counted."""
    shown = Shown(await visit(permissions=["microphone"]))
    await shown.say("/start")
    for button in ("Cancel", "Send"):
        await shown.root.locator(".mic").click()
        await expect(shown.root.get_by_role("timer")).to_have_text("0:01")
        await shown.root.locator(".recording").get_by_role("button", name=button).click()
        await expect(shown.root.locator(".recording")).to_be_hidden()
    await expect(shown.bubbles).to_have_count(2)
    voice = (await call.updates(offset=-1))[-1]["message"]["voice"]
    assert voice["mime_type"] in {"audio/ogg", "audio/webm"}
    assert voice["file_size"] > 100


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


async def test_enter_twice_sends_once_and_what_is_typed_meanwhile_stays(call: Caller, shown: Shown) -> None:
    """However long the sending takes; what follows goes after it."""
    go = asyncio.Event()

    async def slow(route: Route) -> None:
        await go.wait()
        await route.continue_()

    await shown.page.route("**/messages", slow)
    box = shown.root.locator("textarea")
    await box.fill("once")
    for key in ("Enter", "Enter"):
        await box.press(key)
    await expect(box).to_have_value("")
    await box.fill("next")
    await box.press("Enter")
    await box.fill("being written")
    go.set()
    await expect(shown.root.locator(".mine .words")).to_have_text(["/start", "once", "next"])
    await expect(box).to_have_value("being written")


async def test_words_that_were_refused_are_given_back(shown: Shown) -> None:
    """Unless something else is written by then."""
    go = asyncio.Event()

    async def refuse(route: Route) -> None:
        await go.wait()
        await route.fulfill(json={"ok": False, "description": "Bad Request: no"})

    await shown.page.route("**/messages", refuse)
    box, toast = shown.root.locator("textarea"), shown.root.locator(".toast")
    for typed, left in (("", "words"), ("other", "other")):
        go.clear()
        await toast.evaluate("node => { node.textContent = ''; }")
        await box.fill("words")
        await box.press("Enter")
        await box.fill(typed)
        go.set()
        await expect(toast).to_have_text("That did not work. Please try again.")
        await expect(box).to_have_value(left)


REFUSALS = {
    "Bad Request: IMAGE_PROCESS_FAILED": "page.refused.picture",
    "Request Entity Too Large": "page.refused.large",
    "Bad Request: message caption is too long": "page.refused.long",
    "Bad Request: file must be non-empty": "page.refused.empty",
    "Conflict: there is no such button": "page.refused.button",
    "Conflict: the bot is blocked on this phone": "page.blocked",
    "Bad Request: anything else": "page.refused",
}


def refusing(described: str) -> Callable[[Route], Awaitable[None]]:
    """What the server says no with."""

    async def refuse(route: Route) -> None:
        await route.fulfill(json={"ok": False, "description": described})

    return refuse


async def test_refusals_are_told_in_the_language_of_the_page(visit: Open) -> None:
    """By what is wrong, and in general where that is not known; so is a server that cannot be reached."""
    shown = Shown(await visit())
    toast, language_choice = shown.root.locator(".toast"), shown.page.locator("#language")
    for language in TEXTS.languages:
        await language_choice.select_option(language)
        for described, key in REFUSALS.items():
            await shown.page.unroute_all()
            await shown.page.route("**/files", refusing(described))
            await shown.choose_files("photo", *pictured("a.png"))
            await expect(toast).to_have_text(page_text(language, key))
    await shown.page.evaluate(
        "() => { window.fetch = () => Promise.reject(new TypeError('Failed to fetch')); }"
    )
    for language in TEXTS.languages:
        await language_choice.select_option(language)
        await shown.choose_files("photo", *pictured("a.png"))
        await expect(toast).to_have_text(TEXTS.text(language, "demo.page.offline"))


async def test_a_chat_is_in_the_language_of_its_phone(shown: Shown) -> None:
    """For those who have it read out; days and buttons are in that of the page."""
    await shown.root.get_by_label("Phone language").select_option("kk")
    await expect(shown.root.locator(".list")).to_have_attribute("lang", "kk")
    await expect(shown.root.locator(".day")).to_have_attribute("lang", "en")
    await expect(shown.last.locator("footer")).to_have_attribute("lang", "en")
    await shown.root.get_by_label("Phone language").select_option("ru")
    await expect(shown.root.locator(".list")).to_have_attribute("lang", "ru")
