"""A message: what of it can be copied or downloaded."""

from pathlib import Path

import aiohttp

from tests.bot.local_api.conftest import TOKEN, Caller
from tests.browser.acting import Shown, expect
from tests.browser.conftest import REPORTER


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
