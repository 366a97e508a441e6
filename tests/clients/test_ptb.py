"""A stock bot of python-telegram-bot polls or has a webhook, and goes on after a restart."""

from pathlib import Path

import aiohttp
import pytest

from bot.local_api.client import picture
from bot.local_api.server import LocalBotApi
from tests.clients.conftest import TOKEN, Launch, Phones
from tests.ports import free_port

pytestmark = pytest.mark.outside

BOT = Path(__file__).with_name("conversation_bot.py")


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_a_conversation_goes_on_where_the_bot_was_stopped(
    way: str, launch: Launch, phones: Phones, tmp_path: Path
) -> None:
    """Two people, two steps; SIGTERM; what was said meanwhile is answered after the restart, each in their place."""
    first, second = await phones(1001), await phones(1002)
    arguments = [tmp_path / "state.pickle", way, *([str(free_port())] if way == "webhook" else [])]
    async with launch(BOT, *arguments) as bot:
        for phone, name in ((first, "Айгерім"), (second, "Ерлан")):
            await phone.say("/start")
            await phone.wait("What is your name?")
            await phone.say(name)
            await phone.wait(f"Hello, {name}. How old are you?")
        await first.tap("under 30")
        await first.wait("Now send me a photo.")
        await first.until(lambda: [a["text"] for a in first.callback_answers] == ["Noted"])
        assert await bot.stop() == 0
    await second.tap("over 30")
    async with launch(BOT, *arguments):
        await second.wait("Now send me a photo.")
        await first.send_file("photo", picture("p"), "p.png", "image/png")
        back = await first.wait("Айгерім, under 30")
        assert await first.download(back) == picture("p")
        await second.say("/cancel")
        await second.wait("Forgotten.")
        assert not any("Айгерім" in bubble.text for bubble in second.messages)


async def test_the_webhook_is_set_with_its_secret_and_taken_down(
    launch: Launch, api: LocalBotApi, tmp_path: Path
) -> None:
    """Without the secret the bot hears nothing: the requests are Telegram's alone."""
    port = free_port()
    async with (
        launch(BOT, tmp_path / "state.pickle", "webhook", str(port)) as bot,
        aiohttp.ClientSession() as session,
    ):
        await bot.until("Application started")
        async with session.get(f"{api.base_url}{TOKEN}/getWebhookInfo") as response:
            info = (await response.json())["result"]
        assert (info["url"], info["pending_update_count"]) == (f"http://127.0.0.1:{port}/hook", 0)
        async with session.post(info["url"], json={"update_id": 1}) as response:
            assert response.status == 403
