"""aiogram's own examples, byte for byte as in its source distribution, talk to phones."""

from pathlib import Path

import pytest

from bot.local_api.client import Phone, picture
from tests.clients.conftest import Launch, Phones

pytestmark = pytest.mark.outside


async def test_the_echo_bot_greets_and_copies_whatever_it_is_sent(
    examples: Path, launch: Launch, phones: Phones
) -> None:
    """Texts with their marks, photos with their captions, voices, stickers, places and throws of dice."""
    phone = await phones(1001)
    async with launch(examples / "echo_bot.py"):
        await phone.say("/start")
        greeting = await phone.wait("Hello, Person 1001!")
        assert [entity["type"] for entity in greeting.raw["entities"]] == ["bold"]
        await phone.say("Қоңыр күз <b>емес</b> 🍂 https://bureau.kz")
        assert (await phone.wait()).text == "Қоңыр күз <b>емес</b> 🍂 https://bureau.kz"
        # aiogram copies the captions of all but voices.
        files = {"photo": picture("echo"), "document": b"%PDF", "voice": b"OggS", "video_note": b"mp4"}
        for kind, content in files.items():
            caption = f"a {kind}" if kind in {"photo", "document"} else ""
            sent = await phone.send_file(kind, content, f"f.{kind}", "x/y", caption=caption)
            copy = await phone.wait()
            assert (copy.text, copy.files[0]["kind"]) == (caption, kind)
            assert copy.files[0]["file_unique_id"] == sent.files[0]["file_unique_id"]
            assert await phone.download(copy) == content
        sticker = await phone.send("sticker", emoji="🦅")
        seen = await phone.wait()
        assert seen.raw["sticker"]["emoji"] == "🦅"
        assert seen.raw["sticker"]["file_unique_id"] == sticker.raw["sticker"]["file_unique_id"]
        await phone.locate(51.1, 71.4)
        assert (await phone.wait()).raw["location"] == {"latitude": 51.1, "longitude": 71.4}
        await phone.send("dice", emoji="🎲", value=3)
        assert 1 <= (await phone.wait()).raw["dice"]["value"] <= 6


async def test_the_state_machine_holds_its_conversation(
    examples: Path, launch: Launch, phones: Phones
) -> None:
    """From the name to the summary, by buttons and words, answers to what is not understood as replies."""
    phone = await phones(1001)
    async with launch(examples / "finite_state_machine.py"):
        await _to_the_question(phone, "Айгерім")
        await phone.say("maybe")
        puzzled = await phone.wait("I don't understand you")
        assert puzzled.raw["reply_to_message"]["text"] == "maybe"
        await phone.tap("Yes")
        await phone.wait("What programming language")
        await phone.say("Python")
        await phone.wait("makes my circuits light up")
        await phone.wait("Айгерім, you like to write bots with Python.")
        await _to_the_question(phone, "Ерлан")
        await phone.tap("No")
        await phone.wait("Not bad not terrible.")
        await phone.wait("Ерлан, you don't like to write bots")


async def test_the_state_machine_keeps_people_apart_and_forgets_on_cancel(
    examples: Path, launch: Launch, phones: Phones
) -> None:
    """One cancels in the middle; the other goes on from where they were."""
    first, second = await phones(1001), await phones(1002)
    async with launch(examples / "finite_state_machine.py"):
        await _to_the_question(first, "Aliya")
        await _to_the_question(second, "Bolat")
        await first.say("/cancel")
        await first.wait("Cancelled.")
        await second.say("yes")
        await second.wait("What programming language")
        await second.say("OCaml")
        await second.wait("Bolat, you like to write bots with OCaml.")
        await first.say("Yes")
        await first.say("/start")
        assert (await first.wait()).text == "Hi there! What's your name?"
        assert not any("Bolat" in bubble.text for bubble in first.messages)


async def _to_the_question(phone: Phone, name: str) -> None:
    await phone.say("/start")
    await phone.wait("What's your name?")
    await phone.say(name)
    question = await phone.wait("Did you like to write bots?")
    assert phone.buttons(question) == ["Yes", "No"]
    assert name in question.text
