"""Fields of updates that are not what the Bot API promises: found before anybody uses them."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, User

from bot.app.handlers import handler_of
from bot.transport.updates import BadUpdateError, broken_in, parsed, read

BOT = Bot("1:a")
BOT._bot_user = User(1, "the bot", is_bot=True, username="the_bot")
USER = {"id": 5, "is_bot": False, "first_name": "A", "language_code": "kk"}
CHAT = {"id": 5, "type": "private"}
MESSAGE = {"message_id": 7, "date": 1_800_000_000, "chat": CHAT, "from": USER}
FILE = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1, "file_size": 9}
BANNED = {"user": USER, "status": "kicked", "until_date": 0}
GOOD: dict[str, dict[str, Any]] = {
    "a text": {"message": {**MESSAGE, "text": "x", "reply_to_message": {**MESSAGE, "text": "y"}}},
    "an edited text": {"edited_message": {**MESSAGE, "text": "x", "edit_date": 1_800_000_001}},
    "a photo": {"message": {**MESSAGE, "photo": [FILE], "caption": "x"}},
    "a document": {"message": {**MESSAGE, "document": {**FILE, "file_name": "a", "mime_type": "a/b"}}},
    "a place": {"message": {**MESSAGE, "location": {"latitude": 43.2, "longitude": 76}}},
    "a command": {
        "message": {
            **MESSAGE,
            "text": "/help",
            "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
        }
    },
    "a tap": {
        "callback_query": {"id": "1", "from": USER, "message": MESSAGE, "chat_instance": "1", "data": "x"}
    },
    "a tap below no message": {"callback_query": {"id": "1", "from": USER, "chat_instance": "1"}},
    "being blocked": {
        "my_chat_member": {
            "chat": CHAT,
            "from": USER,
            "date": 1,
            "old_chat_member": BANNED,
            "new_chat_member": BANNED,
        }
    },
}
OTHERS: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 2**63, 10**30, 1.5, float("inf"), "", "x", [], {}, [[]], [None], [{}], {"id": {}}]
)


@pytest.mark.parametrize("name", GOOD)
def test_what_telegram_sends_keeps_all_promises(name: str) -> None:
    """And the library reads it."""
    assert broken_in(GOOD[name]) is None
    parsed({"update_id": 1, **GOOD[name]}, BOT)


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_of_whatever_can_be_read_somebody_is_found_who_answers_it(name: str, data: st.DataObject) -> None:
    """Wherever another value stands in it: either it cannot be read, or nothing that is asked of it surprises anybody."""
    raw = {"update_id": 1, **deepcopy(GOOD[name])}
    for _ in range(data.draw(st.integers(1, 2))):
        holder, key = data.draw(st.sampled_from(list(_places(raw))))
        holder[key] = deepcopy(data.draw(OTHERS))  # else what is put into it stands in all later ones
    if raw.get("update_id") != 1:
        return  # it gets no further: see `once_each`
    try:
        update = read(raw, BOT)
    except BadUpdateError:
        return
    handler_of(update)
    message, query = update.effective_message, update.callback_query
    if message is not None:
        assert message.message_id.to_bytes(8, "big")
        assert {message.chat.id: (message.text or "") + (message.caption or "")}
    if query is not None:
        assert isinstance(query.id + (query.data or ""), str)
    if update.effective_user is not None:
        assert isinstance((update.effective_user.language_code or "")[:2], str)


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("message", {"message": "x"}),
        ("message.chat", {"message": {"message_id": 1, "date": 1}}),
        ("message.chat.id", {"message": {**MESSAGE, "chat": {"id": [5], "type": "private"}}}),
        ("message.message_id", {"message": {**MESSAGE, "message_id": 2**63}}),
        ("message.text", {"message": {**MESSAGE, "text": ["x"]}}),
        ("message.photo.file_id", {"message": {**MESSAGE, "photo": [FILE, {}]}}),
        ("message.voice.file_size", {"message": {**MESSAGE, "voice": {**FILE, "file_size": -(2**63) - 1}}}),
        ("callback_query.message.chat", {"callback_query": {"id": "1", "from": USER, "message": {}}}),
    ],
)
def test_the_field_that_breaks_a_promise_is_named(field: str, raw: dict[str, Any]) -> None:
    """By names of the Bot API alone, none of which is anybody's."""
    message = {**MESSAGE, "message_id": 1}
    given_ = deepcopy(raw)
    if field == "callback_query.message.chat":
        given_["callback_query"]["message"] = {
            name: value for name, value in message.items() if name != "chat"
        }
    assert broken_in(given_) == field


def test_of_what_was_not_asked_for_nothing_is_read() -> None:
    """Telegram sends it all the same, when what is asked for has just changed, or when it is newer than the bot."""
    strange = {"update_id": 1, "poll": "of no shape", "newer_than_all": {"chat": 7}}
    assert parsed(strange, BOT).effective_chat is None


def _places(value: Any) -> list[tuple[Any, Any]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [place for key, inner in entries for place in [(value, key), *_places(inner)]]
