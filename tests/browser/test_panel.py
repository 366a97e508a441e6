"""Beside the chats stand the calls of the Bot API, the stored rows and the clock."""

from collections.abc import Sequence

import pytest
from playwright.async_api import Locator, Page

from bot.demo.page import TableRows
from bot.local_api.page import PagePhone, PhonesPage, own_texts
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock
from tests.browser.acting import Shown, expect
from tests.browser.conftest import (
    MODERATOR,
    REPORTER,
    SEALED,
    TEXTS,
    USERNAME,
    MadeUpInspector,
    Open,
    the_page,
)
from tests.browser.kept import KeptPage


@pytest.fixture
async def page(kept: KeptPage) -> Page:
    """The page with the panel open."""
    await kept.page.get_by_role("button", name="Behind the scenes").click()
    return kept.page


@pytest.fixture
async def fresh(visit: Open) -> Page:
    """The same on a page that nobody has used, for tabs that go on to show what they showed."""
    one = await visit()
    await one.get_by_role("button", name="Behind the scenes").click()
    return one


def methods(page: Page) -> Locator:
    """The methods in sight, the last one on top."""
    return page.locator(".calls li:visible summary b")


async def test_calls_come_as_they_happen(page: Page, call: Caller) -> None:
    """With what was asked and answered when they are opened; refusals are told apart."""
    await expect(page.get_by_text("No calls yet.")).to_be_visible()
    await call("getMe")
    await call.refused("sendMessage", chat_id=5, text="Әлем")
    await expect(methods(page)).to_have_text(["sendMessage", "getMe"])
    first = page.locator(".calls li").first
    await expect(first.locator(".code.bad")).to_have_text("400")
    await first.locator("summary").click()
    await expect(first.locator("pre")).to_have_text(
        [r'{ "chat_id": 5, "text": "Әлем" }', '"Bad Request: chat not found"']
    )


async def test_calls_are_sifted_by_method_and_paused(page: Page, call: Caller) -> None:
    """What happens during a pause is caught up with after it."""
    for method in ("getMe", "getMyCommands", "getWebhookInfo"):
        await call(method)
    await page.get_by_label("By method").fill("MY")
    await expect(methods(page)).to_have_text(["getMyCommands"])
    await page.get_by_label("By method").fill("")
    await expect(methods(page)).to_have_count(3)
    pause = page.get_by_role("button", name="Pause")
    await pause.click()
    await call("deleteWebhook")
    # Once the server tells of the call, whoever was still listening would have been told as well.
    told = "fetch('/control/calls?after=0').then((answer) => answer.text())"
    assert "deleteWebhook" in await page.evaluate(told)
    await expect(methods(page)).to_have_count(3)
    await pause.click()
    await expect(methods(page).first).to_have_text("deleteWebhook")


async def test_rows_are_shown_as_they_are_stored(fresh: Page) -> None:
    """Sealed bytes are marked, an id is not; a table that was folded stays so."""
    await fresh.get_by_role("tab", name="Database").click()
    await expect(fresh.locator(".tables summary")).to_have_text(
        ["reports2 of 12 rows", "data_keys1 of 1 rows"]
    )
    reports = fresh.locator("[data-table=reports]")
    await expect(reports.locator("tbody tr").first.locator("td")).to_have_text(
        ["c0ffee" * 6, "new", "KZ-75", SEALED]
    )
    await expect(reports.locator("td.sealed")).to_have_count(2)
    await expect(fresh.get_by_text("bytes that cannot be read without the key")).to_be_visible()
    await reports.locator("summary").click()
    await fresh.get_by_label("Page language").select_option("ru")
    await expect(fresh.locator(".tables summary").first).to_have_text("reportsСтрок: 2 из 12")
    await expect(reports.locator("tbody")).to_be_hidden()


async def test_the_clock_is_moved_ahead(fresh: Page, inspector: MadeUpInspector, clock: WallClock) -> None:
    """By an hour, two days and ninety days; the time then is told, and what went by it."""
    clock.now = 1_790_000_000.0  # 21 September 2026, 19:13 in Kazakhstan
    await fresh.get_by_role("tab", name="Clock").click()
    await expect(fresh.locator(".now")).to_contain_text("21 September 2026")
    for name, hours, day, gone in (
        ("+1 hour", 1, "21 September", "Nothing has expired yet."),
        ("+2 days", 48, "23 September", "Returned to the queue: 1."),
        ("+90 days", 2160, "22 December", "Contents of reports destroyed: 2."),
    ):
        await fresh.get_by_role("button", name=name).click()
        await expect(fresh.locator(".now")).to_contain_text(day)
        await expect(fresh.locator(".expired")).to_contain_text(gone)
        assert inspector.advanced[-1] == hours


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
async def test_the_clock_is_the_bots_wherever_the_browser_is(
    visit: Open, inspector: MadeUpInspector, clock: WallClock, zone: str
) -> None:
    """Day and hour are those of the bot's zone, which is named, in the chats too."""
    clock.now = 1_790_000_000.0
    page = await visit(timezone_id=zone)
    shown = Shown(page)
    await shown.say("now")
    await expect(shown.root.locator(".day")).to_have_text("21 September 2026")
    await expect(shown.last.locator("time")).to_have_text("19:13")
    await expect(shown.last.locator("time")).to_have_attribute("title", "UTC+5")
    await page.get_by_role("button", name="Behind the scenes").click()
    await page.get_by_role("tab", name="Clock").click()
    hour = (await inspector.now())[11:16]
    await expect(page.locator(".now")).to_have_text(f"21 September 2026, {hour} UTC+5")


async def test_the_reports_stand_open_and_first_and_stay_there(
    fresh: Page, inspector: MadeUpInspector
) -> None:
    """Whatever else is stored, and however much of it is sealed; of the others one opens what one looks for."""
    sealed = TableRows("outbox", ("payload", "address"), ((SEALED, SEALED),), 1)
    whole = await inspector.tables()
    inspector.tables = lambda: answered([*whole, sealed])  # type: ignore[method-assign]
    await fresh.get_by_role("tab", name="Database").click()
    names = fresh.locator(".tables summary b")
    await expect(names).to_have_text(["reports", "data_keys", "outbox"])
    assert await fresh.locator(".tables details[open] summary b").all_inner_texts() == ["reports"]
    inspector.tables = lambda: answered([whole[0], sealed])  # type: ignore[method-assign]
    await expect(names).to_have_text(["reports", "outbox"])
    assert await fresh.locator(".tables details[open] summary b").all_inner_texts() == ["reports"]


async def answered(rows: Sequence[TableRows]) -> Sequence[TableRows]:
    """These rows."""
    return rows


async def test_tabs_are_gone_through_with_the_arrow_keys(fresh: Page) -> None:
    """As the pattern for tabs asks; one tab stop for all."""
    await fresh.get_by_role("tab", name="Bot API").focus()
    for key, name in (
        ("ArrowRight", "Database"),
        ("ArrowRight", "Clock"),
        ("ArrowRight", "Bot API"),
        ("ArrowLeft", "Clock"),
    ):
        await fresh.keyboard.press(key)
        await expect(fresh.get_by_role("tab", name=name)).to_be_focused()
        await expect(fresh.get_by_role("tabpanel")).to_have_count(1)
        await expect(fresh.get_by_role("tabpanel", name=name)).to_be_visible()


async def test_nothing_is_asked_for_while_the_panel_is_closed(fresh: Page, call: Caller) -> None:
    """Rows and calls are not read for nobody."""
    await fresh.get_by_role("tab", name="Bot API").click()
    await fresh.clock.install()
    asked: list[str] = []
    fresh.on("request", lambda request: asked.append(request.url))
    await fresh.get_by_role("tab", name="Database").click()
    await expect(fresh.locator(".tables summary")).to_have_count(2)
    await fresh.clock.run_for(10_000)
    assert len([url for url in asked if "/demo/tables" in url]) > 2
    await fresh.get_by_role("button", name="Close the panel").click()
    await expect(fresh.get_by_role("button", name="Behind the scenes")).to_be_focused()
    asked.clear()
    await call("getMe")
    await fresh.clock.run_for(60_000)
    assert [url for url in asked if "/demo/" in url] == []


async def test_on_a_narrow_screen_a_phone_takes_the_panels_place(kept: KeptPage) -> None:
    """And the panel the phone's."""
    page = await kept.sized(390, 844)
    await page.get_by_role("button", name="Behind the scenes").click()
    await expect(page.locator(f"#phone-{REPORTER}")).to_be_hidden()
    await page.get_by_role("button", name="Reporter").click()
    await expect(page.locator(f"#phone-{REPORTER}")).to_be_visible()
    await expect(page.locator("#panel")).to_be_hidden()


async def test_without_an_extension_there_are_only_calls(visit: Open) -> None:
    """The other tabs are not there."""
    server = LocalBotApi({TOKEN: USERNAME}, WallClock())
    server.extend(PhonesPage([PagePhone(REPORTER, "en", "Anna")]).add_to)
    await server.start()
    page = await visit(url=server.url)
    await expect(page.locator(".top p")).to_have_text(own_texts()["en"]["page.lead"])
    await page.get_by_role("button", name="Calls").click()
    await expect(page.get_by_role("tab")).to_have_text(["Bot API"])
    await page.close()
    await server.stop()


async def test_a_page_behind_a_key_opens_with_it_and_works(visit: Open, inspector: MadeUpInspector) -> None:
    """The key is not left in the address."""
    server = LocalBotApi({TOKEN: USERNAME}, WallClock())
    server.extend(the_page(inspector, "one-time").add_to)
    await server.start()
    page = await visit(url=f"{server.url}/?key=one-time")
    assert page.url == f"{server.url}/"
    await expect(page.locator(".top p")).to_have_text(TEXTS.text("en", "demo.page.lead.shared"))
    await page.locator(f"#phone-{REPORTER}").get_by_role("button", name="Start").click()
    await expect(page.locator(".message")).to_contain_text(["/start"])
    await page.close()
    await server.stop()


async def test_the_panel_is_gone_into_and_left_with_the_keyboard(kept: KeptPage) -> None:
    """Opened, it has the focus; Escape shuts it and gives the focus back, once a search is empty."""
    page = kept.page
    opener = page.get_by_role("button", name="Behind the scenes")
    await opener.press("Enter")
    await expect(page.get_by_role("tab", name="Bot API")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#panel")).to_be_hidden()
    await expect(opener).to_be_focused()
    await opener.press("Enter")
    search = page.get_by_label("By method")
    await search.fill("get")
    await search.press("Escape")
    await expect(search).to_have_value("")
    await search.press("Escape")
    await expect(opener).to_be_focused()


@pytest.mark.parametrize("width", [1024, 1280, 1440])
async def test_one_can_act_on_both_phones_beside_the_panel(kept: KeptPage, call: Caller, width: int) -> None:
    """And watch the calls meanwhile: nothing covers anything."""
    page = await kept.sized(width, 800)
    await page.get_by_role("button", name="Behind the scenes").click()
    panel = await page.locator("#panel").bounding_box()
    assert panel is not None
    for person in (REPORTER, MODERATOR):
        shown = Shown(page, person)
        await shown.say("/start")
        box = await shown.root.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= panel["x"]
    await call("getMe")
    await expect(methods(page)).to_have_text(["getMe"])
