"""What is read plainly is what the library reads: of any update, whole or broken, with more in it or less."""

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, Update, User

from bot.app.handlers import handler_of
from bot.transport.updates import AnyUpdate, BadUpdateError, PlainUpdate, parsed, plain, read

BOT = Bot("1:a")
BOT._bot_user = User(1, "Kuager", is_bot=True, username="kuager_bot")
IDS = st.integers(1, 2**52)
WORDS = st.text(max_size=12)
USERS = st.fixed_dictionaries(
    {"id": IDS, "is_bot": st.booleans(), "first_name": WORDS},
    optional={"last_name": WORDS, "username": WORDS, "language_code": st.sampled_from(["ru", "kk-Latn", ""])},
)
CHATS = st.fixed_dictionaries(
    {"id": IDS, "type": st.sampled_from(["private", "private", "private", "group", "channel"])},
    optional={"first_name": WORDS, "title": WORDS},
)
DATES = st.integers(1, 2**32 - 1)
LINK = [{"type": "url", "offset": 0, "length": 1}]
TEXTS = st.fixed_dictionaries({"message_id": IDS, "from": USERS, "chat": CHATS, "date": DATES, "text": WORDS})
TAPPED = st.fixed_dictionaries(
    {"message_id": IDS, "from": USERS, "chat": CHATS, "date": st.just(0) | DATES},
    optional={"text": WORDS, "entities": st.just(LINK), "reply_markup": st.just({"inline_keyboard": []})},
)
TAPS = st.fixed_dictionaries(
    {"id": WORDS, "from": USERS, "message": TAPPED, "chat_instance": WORDS, "data": WORDS}
)
UPDATES = st.fixed_dictionaries({"update_id": IDS, "message": TEXTS}) | st.fixed_dictionaries(
    {"update_id": IDS, "callback_query": TAPS}
)
MORE: Mapping[str, Any] = {
    "caption": "of a photo",
    "entities": [{"type": "bot_command", "offset": 0, "length": 1}],
    "reply_to_message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "asked"},
    "contact": {"phone_number": "1", "first_name": "A"},
    "game_short_name": "game",
    "edited_message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "edited"},
}
BROKEN: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers(-1, 1) | st.just([]) | st.just({}) | st.just("?")
)


def _seen(update: AnyUpdate) -> Mapping[str, object]:
    """All that is ever asked of a text or a tap."""
    message, tap, user = update.effective_message, update.callback_query, update.effective_user
    chat, said = update.effective_chat, update.message
    return {
        "id": update.update_id,
        "chat": None if chat is None else (chat.id, chat.type == chat.PRIVATE),
        "language": (user.language_code or "") if user is not None else None,
        "message": None if message is None else (message.message_id, message.text or ""),
        "others": None if message is None else (message.caption, message.contact, message.reply_to_message),
        "said": None if said is None else said.message_id,
        "tap": None if tap is None else (tap.id, tap.data, tap.message and tap.message.message_id),
        "edited": update.edited_message,
        "member": update.my_chat_member,
        "handler": handler_of(update),
    }


@given(UPDATES)
def test_of_a_text_or_a_tap_the_same_is_read_as_by_the_library(raw: dict[str, Any]) -> None:
    """And the same handler answers it."""
    assert _seen(read(raw, BOT)) == _seen(parsed(raw, BOT))


@given(UPDATES, st.data())
def test_an_update_that_has_more_less_or_other_things_is_read_the_same(
    given_: Any, data: st.DataObject
) -> None:
    """Wherever in it that is, as far as it is read plainly at all; the rest is the library's."""
    raw = deepcopy(given_)
    place = data.draw(st.sampled_from(list(_objects(raw))))
    match data.draw(st.sampled_from(["more", "less", "other"])):
        case "more":
            name = data.draw(st.sampled_from(list(MORE)))
            place[name] = deepcopy(MORE[name])
        case "less":
            del place[data.draw(st.sampled_from([*place]))]
        case _:
            place[data.draw(st.sampled_from([*place]))] = data.draw(BROKEN)
    found = (
        plain(raw) if type(raw.get("update_id")) is int else None
    )  # another gets no handler: see `once_each`
    if found is not None:
        with suppress(BadUpdateError):  # of something that nobody asks for: it is answered all the same
            assert _seen(found) == _seen(parsed(raw, BOT))


def _objects(value: Any) -> list[dict[str, Any]]:
    inner = [one for part in value.values() if isinstance(part, dict) and part for one in _objects(part)]
    return [value, *inner]


@pytest.mark.parametrize("kind", ["message", "callback_query"])
def test_what_people_send_most_is_read_plainly(kind: str) -> None:
    """Else all that this is for would be lost, and nothing would show it."""
    user = {"id": 5, "is_bot": False, "first_name": "A", "username": "a", "language_code": "kk"}
    text = {"message_id": 7, "from": user, "chat": {"id": 5, "type": "private"}, "date": 1_800_000_000}
    text["text"] = "An answer"
    tapped = {**text, "edit_date": 1_800_000_001, "entities": LINK, "reply_markup": {"inline_keyboard": []}}
    tap = {"id": "1", "from": user, "message": tapped, "chat_instance": "2", "data": "x"}
    raw = {"update_id": 1, kind: text if kind == "message" else tap}
    assert isinstance(read(raw, BOT), PlainUpdate)
    assert isinstance(parsed(raw, BOT), Update)
    assert plain({**raw, "edited_message": text}) is None
