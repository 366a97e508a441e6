"""A phone does what a person can do alone, and sees what a person would see."""

import asyncio
from typing import Any

import pytest

from bot.local_api.client import Phone, PhoneError
from tests.bot.local_api.conftest import Caller, Phones


def keyboard(*labels: str) -> dict[str, Any]:
    """Inline buttons below each other, their data being their labels."""
    return {"inline_keyboard": [[{"text": label, "callback_data": label}] for label in labels]}


async def test_a_button_is_found_by_label_then_data_then_beginning(call: Caller, phone: Phone) -> None:
    """On the newest message that has it."""
    await phone.say("/start")
    one = {"inline_keyboard": [[{"text": "Да, продолжить", "callback_data": "go"}]]}
    old = await call("sendMessage", chat_id=1001, text="1", reply_markup=one)
    new = await call("sendMessage", chat_id=1001, text="2", reply_markup=one)
    await phone.wait("2")
    assert (await phone.tap("Да")).id == new["message_id"]
    assert (await phone.tap("go", old["message_id"])).id == old["message_id"]
    phone.patience = 0.1
    with pytest.raises(TimeoutError, match=r"no button 'Нет'[\s\S]*\[Да, продолжить\]"):
        await phone.tap("Нет")


async def test_a_button_that_is_gone_needs_force(call: Caller, phone: Phone) -> None:
    """A stale tap reaches the bot with the message as it stands, or inaccessible."""
    await phone.say("/start")
    sent = await call("sendMessage", chat_id=1001, text="1", reply_markup=keyboard("A"))
    await call("editMessageText", chat_id=1001, message_id=sent["message_id"], text="2")
    with pytest.raises(PhoneError, match="no such button"):
        await phone.tap_data(sent["message_id"], "A")
    await phone.tap_data(sent["message_id"], "A", force=True)
    await call("deleteMessage", chat_id=1001, message_id=sent["message_id"])
    await phone.tap_data(sent["message_id"], "A", force=True)
    stale, gone = [u["callback_query"]["message"] for u in (await call.updates())[-2:]]
    assert stale["text"] == "2"
    assert gone["date"] == 0


async def test_waiting_counts_only_what_came_after_the_last_act(call: Caller, phone: Phone) -> None:
    """The same words from before are not taken for an answer; an edit is news."""
    await phone.say("/start")
    sent = await call("sendMessage", chat_id=1001, text="Вопрос")
    await phone.wait("Вопрос")
    await phone.say("ответ")
    with pytest.raises(TimeoutError):
        await phone.wait("Вопрос", 0.1)
    await call("editMessageText", chat_id=1001, message_id=sent["message_id"], text="Вопрос 2")
    assert (await phone.wait("Вопрос")).history == ["Вопрос"]


async def test_a_long_text_goes_as_several_messages(call: Caller, phone: Phone) -> None:
    """Split as Telegram clients do, losing no word."""
    text = " ".join(f"слово{n}" for n in range(1000))
    await phone.say(text)
    parts = [u["message"]["text"] for u in await call.updates()]
    assert len(parts) == 3
    assert max(map(len, parts)) <= 4096
    assert " ".join(parts) == text
    await phone.say("😀" * 3000)
    assert "".join(u["message"]["text"] for u in (await call.updates())[3:]) == "😀" * 3000


async def test_everything_else_a_person_can_send_reaches_the_bot(call: Caller, phone: Phone) -> None:
    """Edits, contacts, locations, stickers, forwards; a deletion is not told to bots."""
    said = await phone.say("a")
    await phone.edit(said.id, "b /next")
    await phone.send("contact", phone_number="+7 701 000", first_name="N")
    await phone.send("location", latitude=51.1, longitude=71.4, live_period=60)
    await phone.send("sticker")
    await phone.forward("чужое", "Кто-то")
    await phone.delete(said.id)
    updates = await call.updates()
    assert [list(update)[1] for update in updates] == ["message", "edited_message", *["message"] * 4]
    assert updates[1]["edited_message"]["entities"][0]["type"] == "bot_command"
    assert updates[3]["message"]["location"]["live_period"] == 60
    assert updates[5]["message"]["forward_origin"]["sender_user_name"] == "Кто-то"


async def test_a_place_reaches_the_bot_as_telegram_tells_it(call: Caller, phone: Phone) -> None:
    """A point in degrees, live for a time or for good; a venue has its point twice (Bot API, Message)."""
    await phone.locate(51.1, 71.4)
    await phone.locate(51.1, 71.4, live_period=60)
    await phone.send("venue", title="Площадь")
    still, live, venue = [update["message"] for update in await call.updates()]
    assert still["location"] == {"latitude": 51.1, "longitude": 71.4}
    assert live["location"] == {"latitude": 51.1, "longitude": 71.4, "live_period": 60}
    assert venue["location"] == venue["venue"]["location"]
    assert venue["venue"]["title"] == "Площадь"


@pytest.mark.parametrize("way", ["json", "form", "query"])
async def test_numbers_reach_the_bot_as_numbers(call: Caller, phone: Phone, way: str) -> None:
    """However a phone's request carried them: Telegram sends no number as text."""
    degrees = {"latitude": "43.2", "longitude": "-76.9"}
    sent: dict[str, dict[str, str]] = {
        "location": {**degrees, "live_period": "60"},
        "venue": {**degrees, "title": "Алаң"},
        "dice": {"value": "6"},
        "contact": {"own": "false", "user_id": "7"},
    }
    for kind, fields in sent.items():
        body: dict[str, Any] = {{"json": "json", "form": "data", "query": "params"}[way]: fields}
        async with call.session.post(f"{call.api.url}/phone/{phone.user_id}/{kind}", **body) as response:
            assert response.status == 200, kind
    place, venue, dice, contact = [update["message"] for update in await call.updates()]
    point = {"latitude": 43.2, "longitude": -76.9}
    assert place["location"] == {**point, "live_period": 60}
    assert venue["venue"] == {"title": "Алаң", "address": "Street", "location": point}
    assert venue["location"] == point
    assert dice["dice"] == {"emoji": "🎲", "value": 6}
    assert contact["contact"] == {"phone_number": "+77010000000", "first_name": "Contact", "user_id": 7}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("location", {"latitude": "north"}),
        ("location", {"latitude": 90.5}),
        ("location", {"longitude": "nan"}),
        ("location", {"live_period": "long"}),
        ("venue", {"location": "[1]"}),
        ("venue", {"location": {"latitude": "x"}}),
        ("dice", {"value": "six"}),
    ],
)
async def test_what_is_no_number_is_refused(phone: Phone, kind: str, fields: dict[str, Any]) -> None:
    """With 400, and nothing reaches the bot."""
    with pytest.raises(PhoneError) as refused:
        await phone.send(kind, **fields)
    assert refused.value.status == 400
    assert phone.messages == []


async def test_blocking_is_told_to_the_bot_and_closes_the_chat(call: Caller, phone: Phone) -> None:
    """Until it is unblocked."""
    await phone.say("a")
    await phone.block()
    with pytest.raises(PhoneError, match="blocked"):
        await phone.say("b")
    assert (
        await call.refused("sendMessage", chat_id=1001, text="x") == "Forbidden: bot was blocked by the user"
    )
    await phone.until(lambda: phone.status == "kicked")
    await phone.unblock()
    await call("sendMessage", chat_id=1001, text="x")
    changes = [u["my_chat_member"]["new_chat_member"]["status"] for u in (await call.updates())[1:]]
    assert changes == ["kicked", "member"]


async def test_reply_keyboards_say_their_label(call: Caller, phone: Phone) -> None:
    """And typing is seen."""
    await phone.say("a")
    await call("sendChatAction", chat_id=1001, action="typing")
    await call("sendMessage", chat_id=1001, text="k", reply_markup={"keyboard": [["Да", "Нет"]]})
    await phone.tap("Нет")
    assert (await call.updates())[-1]["message"]["text"] == "Нет"
    assert phone.actions == ["typing"]


async def test_deep_links_are_followed_and_other_links_are_not(call: Caller, phone: Phone) -> None:
    """From a button or from outside; the payload comes as the word after /start."""
    await phone.say("a")
    rows = [
        [
            {"text": "Кіру", "url": "https://t.me/kuager_bot?start=inv-1"},
            {"text": "Сайт", "url": "https://e.kz"},
        ]
    ]
    await call("sendMessage", chat_id=1001, text="k", reply_markup={"inline_keyboard": rows})
    await phone.tap("Кіру")
    await phone.follow("https://t.me/kuager_bot?start=inv-2")
    assert [u["message"]["text"] for u in await call.updates()] == ["a", "/start inv-1", "/start inv-2"]
    with pytest.raises(ValueError, match="does not lead to a bot"):
        await phone.tap("Сайт")


async def test_names_and_files_keep_their_letters(call: Caller, phone: Phone) -> None:
    """What a person is called and what their files are called reaches the bot as it is."""
    phone.username = "aigerim_k"
    await phone.introduce("kk")
    await phone.send_file("document", b"x", "құжат №1.pdf", "application/pdf", caption="Қосымша")
    message = (await call.updates())[0]["message"]
    assert message["document"]["file_name"] == "құжат №1.pdf"
    assert message["caption"] == "Қосымша"
    assert (message["from"]["username"], message["from"]["language_code"]) == ("aigerim_k", "kk")


async def test_twenty_phones_talk_at_once(call: Caller, phones: Phones) -> None:
    """Each hears its own answers only, in order."""
    many = [await phones(2000 + n) for n in range(20)]

    async def serve() -> None:
        offset = 0
        while True:
            for update in await call.updates(offset=offset, timeout=10):
                offset = update["update_id"] + 1
                message = update["message"]
                await call("sendMessage", chat_id=message["chat"]["id"], text=f"re {message['text']}")

    async def talk(one: Phone) -> None:
        for number in range(5):
            await one.say(f"{one.user_id}-{number}")
            await one.wait(f"re {one.user_id}-{number}")

    server = asyncio.create_task(serve())
    await asyncio.gather(*map(talk, many))
    server.cancel()
    for one in many:
        assert [b.text for b in one.messages if not b.mine] == [f"re {one.user_id}-{n}" for n in range(5)]


async def test_a_phone_that_missed_events_catches_up(call: Caller, phone: Phone, phones: Phones) -> None:
    """When more was said than is kept, the chat as it stands is taken over."""
    await phone.say("a")
    await phone.stop()
    for number in range(600):
        await call("sendMessage", chat_id=1001, text=str(number))
    late = await phones(1001)
    assert len(late.messages) == 601
    late.seq = 1
    await call("sendMessage", chat_id=1001, text="end")
    await late.wait("end")
    assert len(late.messages) == 602
