"""Updates that no Telegram would send, drawn from a seed: good ones of every kind, with something in them wrong."""

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Raw = dict[str, Any]
CHATS = 3000
FIRST_CHAT = 40_000_000
NOW = 1_790_000_000
_ODD = (
    "\u202e\u202dabc\u2066",
    "\x00\x01\x1f\x7f",
    "\ud800",
    "a\udfffb",
    "👩‍👩‍👧‍👦🇰🇿" * 20,
    "é" * 500 + "\u0301" * 500,
    "\u200b" * 100,
    "٣٤٥ ½ Ⅷ 五",
    "%s %d {0} {ref} <b>&amp;",
    "'; DROP TABLE reports; --",
    "/" * 200,
    "ж" * 4096,
    "слово " * 3000,
    "1e999999",
    "31.02.0000",
    "$" + "{" * 300,
    "",
)
"""Texts: directions, controls, halves of symbols, families, marks on marks, digits of others, formats, and what is too long."""
_NUMBERS = (0, -1, 1, 2**31, -(2**31), 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 1.5, -0.0, 1e308, True)
_OTHERS: tuple[Any, ...] = (None, True, False, [], {}, "", "text", [[]], [None], {"id": {}}, [{}] * 50)
_COMMANDS = (
    *(
        "/start",
        "/help",
        "/cancel",
        "/panic",
        "/privacy",
        "/status",
        "/withdraw",
        "/report",
        "/language",
        "/done",
    ),
    *("/queue", "/next", "/open R00000", "/approve", "/start abc", "/status 0000-0000-0000", "/no_such", "/"),
)
_LABELS = (
    "Русский",
    "Қазақша",
    "English",
    "Да",
    "Yes",
    "Иә",
    "Готово",
    "Штраф",
    "Алматы",
    "вчера",
    "25.11.2026",
)
_UNKNOWN = (
    "poll",
    "inline_query",
    "channel_post",
    "chat_join_request",
    "pre_checkout_query",
    "newer_than_all",
)


_BODIES = (
    *(b"", b"[]", b"null", b"{", b"\xff\xfe", b'"text"', b"[" * 5000, b'{"update_id": NaN}'),
    b'{"update_id": 1, "message": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    b'{"update_id": 99999999999999999999, "message": {}}',
)
"""What is no update, or hardly one."""


class Fuzzer:
    """Gives updates. `seen` gives callback data that the bot has put on buttons, if there is any by now."""

    def __init__(self, seed: int, seen: Callable[[random.Random], str | None] = lambda _: None) -> None:
        self._chance, self._seen = random.Random(seed), seen
        self._number = 0
        kinds = (
            *([self._text] * 6), *([self._tap] * 6), self._edited, self._photo, self._document, self._voice,
            self._place, self._contact, self._sticker, self._album, self._forward, self._reply, self._member,
            self._group, self._unknown,
        )  # fmt: skip
        self._kinds: Sequence[Callable[[], Raw]] = kinds

    def updates(self) -> Iterator[bytes]:
        """Bodies of requests, without end: most are JSON."""
        while True:
            self._number += 1
            update = {"update_id": self._number, **self._chance.choice(self._kinds)()}
            for _ in range(self._chance.choice((0, 0, 0, 1, 1, 3))):
                update = self._broken(update)
            yield self._written(update)

    # --- good ones

    def _person(self) -> Raw:
        number = FIRST_CHAT + self._chance.randrange(CHATS)
        return {
            "id": number,
            "is_bot": False,
            "first_name": "A",
            "language_code": self._chance.choice(("kk", "ru", "en", "xx")),
        }

    def _message(self, **body: Any) -> Raw:
        person = self._person()
        number, date = self._chance.randrange(1, 2**31), NOW + self._chance.choice((0, 0, 0, -(10**9), 10**9))
        return {
            "message_id": number,
            "date": date,
            "chat": {"id": person["id"], "type": "private"},
            "from": person,
            **body,
        }

    def _text(self) -> Raw:
        words = self._chance.choice((_ODD, _COMMANDS, _LABELS))
        return {"message": self._message(text=self._chance.choice(words))}

    def _tap(self) -> Raw:
        person, data = self._person(), self._data()
        where = {"message_id": 7, "date": NOW, "chat": {"id": person["id"], "type": "private"}, "text": "?"}
        return {
            "callback_query": {
                "id": str(self._chance.getrandbits(60)),
                "from": person,
                "chat_instance": "1",
                "message": where,
                "data": data,
            }
        }

    def _data(self) -> str:
        chance = self._chance
        data = self._seen(chance) or chance.choice(
            ("f872c.4.ed", "amedit.R00000.", "f0.0.pi.0", "l.ru", "amapprove.R1.x")
        )
        for _ in range(chance.choice((0, 0, 1, 2))):
            at = chance.randrange(len(data) + 1)
            data = (
                data[:at]
                + chance.choice((".", "0", "-1", "99999999999999999999", "ж", ""))
                + data[at + chance.randint(0, 2) :]
            )
        return data

    def _edited(self) -> Raw:
        return {"edited_message": {**self._message(text=self._chance.choice(_ODD)), "edit_date": NOW}}

    def _photo(self) -> Raw:
        size = {"file_id": "AgAC", "file_unique_id": "u", "width": 90, "height": 90, "file_size": 10}
        return {"message": self._message(photo=[size, size], caption=self._chance.choice(_ODD))}

    def _document(self) -> Raw:
        file = {
            "file_id": "BQAC",
            "file_unique_id": "u",
            "file_name": self._chance.choice(_ODD),
            "mime_type": "a/b",
            "file_size": 2**40,
        }
        return {"message": self._message(document=file)}

    def _voice(self) -> Raw:
        return {"message": self._message(voice={"file_id": "AwAC", "file_unique_id": "u", "duration": 3})}

    def _place(self) -> Raw:
        degrees = self._chance.choice((43.2, 91.0, -1e9, 0))
        return {"message": self._message(location={"latitude": degrees, "longitude": degrees})}

    def _contact(self) -> Raw:
        return {"message": self._message(contact={"phone_number": "+7", "first_name": "B"})}

    def _sticker(self) -> Raw:
        file = {"file_id": "s", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1}
        return {"message": self._message(sticker={**file, "is_animated": False, "is_video": False})}

    def _album(self) -> Raw:
        return {"message": {**self._photo()["message"], "media_group_id": str(self._chance.randrange(9))}}

    def _forward(self) -> Raw:
        origin = {"type": "hidden_user", "date": NOW, "sender_user_name": self._chance.choice(_ODD)}
        return {"message": self._message(text="f", forward_origin=origin)}

    def _reply(self) -> Raw:
        return {"message": self._message(text="r", reply_to_message=self._message(text="q"))}

    def _member(self) -> Raw:
        person = self._person()
        bot = {"id": 1_000_000_001, "is_bot": True, "first_name": "b"}
        states = [
            {
                "user": bot,
                "status": self._chance.choice(("member", "kicked", "left", "no such")),
                "until_date": 0,
            }
            for _ in range(2)
        ]
        chat = {"id": person["id"], "type": "private"}
        return {
            "my_chat_member": {
                "chat": chat,
                "from": person,
                "date": NOW,
                "old_chat_member": states[0],
                "new_chat_member": states[1],
            }
        }

    def _group(self) -> Raw:
        chat = {
            "id": -self._chance.choice((1, 5, 10**12)),
            "type": self._chance.choice(("group", "supergroup", "channel")),
            "title": "g",
        }
        return {"message": {**self._message(text=self._chance.choice(_COMMANDS)), "chat": chat}}

    def _unknown(self) -> Raw:
        return {self._chance.choice(_UNKNOWN): self._message(text="u")}

    # --- what is wrong with them

    def _broken(self, update: Raw) -> Raw:
        """A copy with one place of another type, of another value, missing, surplus or deep."""
        made = copy.deepcopy(update)
        if not made:
            return made
        holder, key = self._chance.choice(list(_places(made)))
        drawn = self._chance.random()
        if drawn < 0.2:
            del holder[key]
        elif drawn < 0.35:
            holder[key] = self._chance.choice(_NUMBERS)
        elif drawn < 0.55:
            holder[key] = self._chance.choice(_ODD)
        elif drawn < 0.75:
            holder[key] = copy.deepcopy(self._chance.choice(_OTHERS))
        elif drawn < 0.85:
            holder[key] = _deep(self._chance.choice((2, 20, 90)), holder[key])
        elif isinstance(holder, dict):
            holder[self._chance.choice((*_ODD, "id", "chat", "from", "date"))[:200]] = copy.deepcopy(
                holder[key]
            )
        else:
            holder.insert(0, holder[key])
        return made

    def _written(self, update: Raw) -> bytes:
        drawn = self._chance.random()
        if drawn < 0.003:
            return self._chance.choice(_BODIES)
        body = json.dumps(update, ensure_ascii=drawn < 0.7)
        return body.encode(errors="surrogatepass")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value, as what holds it and the key there."""
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in list(entries):
        yield value, key
        yield from _places(inner)


def _deep(levels: int, inner: Any) -> Any:
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner
