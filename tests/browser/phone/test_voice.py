"""Voice messages: a sample without a microphone, a recording with one."""

import pytest

from tests.bot.local_api.conftest import Caller
from tests.browser.acting import Shown, expect
from tests.browser.conftest import Open


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
