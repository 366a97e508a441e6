"""What is below the messages: the text box, commands, attachments, and the bot's reply keyboard."""

import asyncio

from playwright.async_api import Route

from tests.bot.local_api.conftest import Caller
from tests.browser.acting import Shown, expect, pictured, refusing
from tests.browser.conftest import REPORTER, TEXTS
from tests.browser.own_messages import choose


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


async def test_the_word_for_a_location_is_the_one_that_the_bot_names(shown: Shown) -> None:
    """Who is told to look for it finds it in the menu."""
    for language in TEXTS.languages:
        await shown.page.locator("#language").select_option(language)
        await shown.root.locator(".clip").click()
        word = await shown.root.locator(".attach [data-kind=location]").inner_text()
        said = [one for one in TEXTS.raw(language, "flow.").values() if "📎 →" in one or "→ 📎" in one]
        assert len(said) == 4
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
    await expect(shown.root.get_by_role("dialog").get_by_role("img", name="Photo 3")).to_be_visible()
    await shown.root.get_by_role("button", name="Close", exact=True).click()


async def test_a_file_goes_as_it_is(call: Caller, shown: Shown) -> None:
    """With name and type, as a document."""
    await shown.choose_files(
        "document", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    await expect(shown.last).to_contain_text("a.pdf")
    sent = (await call.updates(offset=-1))[-1]["message"]["document"]
    assert (sent["file_name"], sent["mime_type"]) == ("a.pdf", "application/pdf")


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
