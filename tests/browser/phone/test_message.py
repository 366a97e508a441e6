"""A message: what of it can be copied or downloaded."""

import io
from pathlib import Path

import aiohttp

from tests.bot.local_api.conftest import TOKEN, Caller
from tests.browser.acting import PNG, Shown, expect, pictured
from tests.browser.conftest import REPORTER
from tests.browser.kept import KeptPage


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


async def test_pictures_are_told_apart_when_they_are_read_aloud(call: Caller, shown: Shown) -> None:
    """By their place in the chat, and by their caption; never by the name of a file."""
    await shown.choose_files("photo", *pictured("IMG_1.png"))
    await expect(shown.root.locator(".photo")).to_have_count(1)
    for caption in ("", "Reports by month"):
        form = aiohttp.FormData({"chat_id": str(REPORTER), "caption": caption}, quote_fields=False)
        form.add_field("photo", PNG, filename="chart.png", content_type="image/png")
        async with call.session.post(f"{call.api.base_url}{TOKEN}/sendPhoto", data=form) as response:
            assert response.status == 200
    pictures = shown.root.locator(".photo")
    for place, name in enumerate(("Photo 1", "Photo 2", "Photo 3: Reports by month")):
        await expect(pictures.nth(place)).to_have_accessible_name(name)
        await expect(pictures.nth(place).locator("img")).to_have_attribute("alt", name)


async def test_the_size_of_a_file_is_told_in_the_language_of_the_page(kept: KeptPage, call: Caller) -> None:
    """In kilobytes, and from one on in megabytes."""
    page = await kept.speaking("ru")
    shown = Shown(page)
    await shown.say("/start")
    for size in (3000, 2_200_000):
        form = aiohttp.FormData({"chat_id": str(REPORTER)})
        form.add_field("document", io.BytesIO(b"x" * size), filename="rows.csv")
        async with call.session.post(f"{call.api.base_url}{TOKEN}/sendDocument", data=form) as response:
            assert response.status == 200
    await expect(shown.root.locator(".file small")).to_have_text(["3 КБ", "2.1 МБ"])
