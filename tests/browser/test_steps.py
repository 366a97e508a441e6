"""A demo's page shows what to do first, next and last, and beside it what is stored."""

import aiohttp
import pytest
from playwright.async_api import Locator, Page

from tests.bot.local_api.conftest import TOKEN, Caller
from tests.browser.acting import Shown, expect
from tests.browser.conftest import MODERATOR, REPORTER, TEXTS, Open, page_text
from tests.browser.kept import KeptPage

OPEN = "sessionStorage.removeItem('panel')"
"""Runs after the script that keeps the panel closed."""


def step(page: Page, place: int) -> Locator:
    """The button of a step, from 1."""
    return page.locator(".steps button").nth(place - 1)


async def send_file(call: Caller, name: str, **more: str) -> None:
    """A file from the bot to the moderator."""
    form = aiohttp.FormData({"chat_id": str(MODERATOR), **more})
    form.add_field("document", b"id\n", filename=name)
    async with call.session.post(f"{call.api.base_url}{TOKEN}/sendDocument", data=form) as response:
        assert response.status == 200


async def lit(page: Page) -> list[str]:
    """The phones that are lit, and the tabs that lead there."""
    found = "nodes => nodes.map((node) => node.id || `tab ${node.dataset.phone}`)"
    told: list[str] = await page.locator(".lit").evaluate_all(found)
    return told


async def test_a_step_is_ticked_when_its_end_is_seen_and_the_next_phone_is_lit(
    visit: Open, call: Caller
) -> None:
    """A receipt, an approval and a file, each in the language of its phone; other messages end nothing. It is told to those
    who do not see it, and known again when the page is reloaded."""
    page = await visit()
    reporter, moderator = Shown(page, REPORTER), Shown(page, MODERATOR)
    for one in (reporter, moderator):
        await one.say("/start")
    assert set(await lit(page)) == {f"phone-{REPORTER}", f"tab {REPORTER}"}
    receipt = TEXTS.text("kk", "reporter.receipt", {"code": "7K2M-9QX4-B3TN"})
    await call("sendMessage", chat_id=REPORTER, text=f"… {receipt}")
    await expect(reporter.bubbles).to_have_count(2)
    await expect(page.locator(".steps .done")).to_have_count(0)
    await call("sendMessage", chat_id=REPORTER, text=f"{receipt}\n\nMore.", parse_mode="HTML")
    await expect(step(page, 1)).to_have_text("✓ReportReporterdone")
    await expect(page.get_by_role("status").get_by_text("Report: done")).to_have_count(1)
    assert set(await lit(page)) == {f"phone-{MODERATOR}", f"tab {MODERATOR}"}
    endorsed = TEXTS.text("ru", "moderator.endorsed", {"ref": "R7K2Q9", "given": 1, "needed": 2})
    await call("sendMessage", chat_id=MODERATOR, text=endorsed)
    await expect(moderator.bubbles).to_have_count(2)
    await expect(step(page, 2)).to_have_attribute("aria-current", "step")
    await call(
        "sendMessage", chat_id=MODERATOR, text=TEXTS.text("ru", "moderator.approved", {"ref": "R7K2Q9"})
    )
    await expect(step(page, 3)).to_have_attribute("aria-current", "step")
    await send_file(call, "evidence.pdf", protect_content="true")
    await expect(moderator.bubbles).to_have_count(4)
    await expect(page.locator(".steps .done")).to_have_count(2)
    await send_file(call, "export.csv")
    await expect(page.locator(".steps .done")).to_have_count(3)
    assert await lit(page) == []
    await page.reload()
    await expect(page.locator(".steps .done")).to_have_count(3)


@pytest.mark.parametrize("language", TEXTS.languages)
async def test_a_step_leads_to_its_phone(kept: KeptPage, language: str) -> None:
    """On a narrow page too, where the panel gives way; steps are told in the visitor's language, with the phone's name."""
    page = await kept.sized(390, 844)
    await kept.speaking(language)
    for place, (name, role) in enumerate(
        (("report", "reporter"), ("review", "moderator"), ("export", "analyst")), 1
    ):
        words = page_text(language, f"demo.step.{name}"), page_text(language, f"demo.phone.{role}")
        await expect(step(page, place)).to_have_text(f"{place}{''.join(words)}")
    assert (
        len(
            {
                box["y"]
                for box in [await one.bounding_box() for one in await page.locator(".steps li").all()]
                if box
            }
        )
        == 1
    )
    await page.locator("#panel-button").click()
    await step(page, 2).click()
    await expect(page.locator(".phone:visible")).to_have_id(f"phone-{MODERATOR}")
    await expect(page.locator("#panel")).to_be_hidden()


@pytest.mark.parametrize(("width", "shown"), [(1439, False), (1440, True)])
async def test_what_is_stored_is_open_where_it_has_room(visit: Open, width: int, shown: bool) -> None:
    """The rows, without taking the focus; once shut it stays shut when the page is reloaded."""
    page = await visit(width, script=OPEN)
    await expect(page.locator("#panel")).to_be_visible(visible=shown)
    if not shown:
        await page.locator("#panel-button").click()
        await expect(page.get_by_role("tab", name="Database")).to_be_focused()
        return
    await expect(page.locator("[data-table=reports] tbody tr").first).to_be_visible()
    assert await page.evaluate("document.activeElement === document.body")


async def test_a_panel_that_was_shut_stays_shut(visit: Open) -> None:
    """When the page is reloaded."""
    page = await visit(script="if (!sessionStorage.getItem('panel.tried')) sessionStorage.clear()")
    await page.evaluate("sessionStorage.setItem('panel.tried', '1')")
    await page.locator(".panel-close").click()
    await page.reload()
    await expect(page.locator(".steps")).to_be_visible()
    await expect(page.locator("#panel")).to_be_hidden()
