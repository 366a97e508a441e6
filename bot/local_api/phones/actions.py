"""Actions of a person in Telegram."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Unpack

from aiohttp import web

from bot.local_api.access import JSON, ApiError, Params, Upload, answer, bad_request, refused, seconds_of
from bot.local_api.delivery import LONGEST_WAIT
from bot.local_api.methods.sending import CAPTION_LIMIT, TEXT_LIMIT, coordinates
from bot.local_api.state.account import (
    BotAccount,
    EventFeed,
    MessageDetails,
    Person,
    StoredChat,
    StoredMessage,
    member,
)
from bot.local_api.state.files import MESSAGE_FILE_KINDS
from bot.local_api.text.entities import detected, formatted
from bot.local_api.text.html import width

# A WebP image of one pixel.
_STICKER = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")


@dataclass(frozen=True, slots=True)
class Participant:
    account: BotAccount
    person: Person
    chat: StoredChat


def participant(account: BotAccount, person: Person, number: int | None) -> Participant:
    """The person in a chat, by default the private one. Raises ApiError if they are not in it."""
    chat = account.chats.get(person.id if number is None else number)
    if chat is None or person.id not in chat.members:
        raise bad_request("you are not in this chat")
    return Participant(account, person, chat)


def _write(participant: Participant, body: JSON, **details: Unpack[MessageDetails]) -> StoredMessage:
    if participant.chat.kind == "private":
        if participant.chat.status == "kicked":
            raise ApiError(409, "Conflict: the bot is blocked on this phone")
        participant.chat.status = "member"
    message = participant.account.post(participant.chat, participant.person.as_user(), body, **details)
    if _reaches_bot(participant.account, message):
        participant.account.send_update("message", message.as_json(), ("chat", participant.chat.id))
    return message


def _reaches_bot(account: BotAccount, message: StoredMessage) -> bool:
    if message.chat.status != "member" or message.chat.kind == "private":
        return message.chat.status == "member"
    quoted = message.quoted is not None and message.quoted.sender == account.me
    return quoted or "new_chat_members" in message.body or _is_command(account, message.body)


def _is_command(account: BotAccount, body: JSON) -> bool:
    first: JSON = next((one for one in body.get("entities", []) if one["offset"] == 0), {})
    if first.get("type") != "bot_command":
        return False
    named = body["text"][: first["length"]].partition("@")[2]
    return named.lower() in {"", account.me["username"].lower()}


def pieces(text: str) -> list[str]:
    """Split a text as Telegram clients do: up to 4096 code units, at the end of a line or word."""
    result = []
    while width(text) > TEXT_LIMIT:
        cut = TEXT_LIMIT
        while width(text[:cut]) > TEXT_LIMIT:
            cut -= width(text[:cut]) - TEXT_LIMIT
        seam = max(text.rfind("\n", cut // 2, cut), text.rfind(" ", cut // 2, cut))
        cut = seam + 1 if seam > 0 else cut
        result.append(text[:cut])
        text = text[cut:]
    return [*result, text]


def say(participant: Participant, text: str, reply_to: int | None = None) -> list[StoredMessage]:
    said = []
    quoted = participant.chat.messages.get(reply_to or 0)
    for piece in pieces(text):
        words = formatted(piece)
        if not words.text:
            continue
        body: JSON = {"text": words.text}
        if words.entities:
            body["entities"] = words.entities
        said.append(_write(participant, body, quoted=quoted))
    if not said:
        raise bad_request("message text is empty")
    return said


def send_files(
    participant: Participant, kind: str, uploads: list[Upload], about: JSON
) -> list[StoredMessage]:
    if kind not in MESSAGE_FILE_KINDS:
        raise bad_request(f"kind must be one of {', '.join(MESSAGE_FILE_KINDS)}")
    if not uploads:
        raise bad_request("there is no file in the request")
    caption = str(about.get("caption") or "")
    if width(caption) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    group = str(about.get("media_group_id") or "")
    if not group and len(uploads) > 1:
        participant.account.albums += 1
        group = str(participant.account.me["id"] * 1000 + participant.account.albums)
    files = [
        participant.account.files.add(kind, upload, int(about.get("duration") or 1)) for upload in uploads
    ]
    sent = []
    for place, file in enumerate(files):
        body: JSON = {"media_group_id": group} if group else {}
        body |= file.fields()
        # A client puts the caption of an album on its first file.
        if caption and place == 0:
            body["caption"] = caption
            if entities := detected(caption):
                body["caption_entities"] = entities
        sent.append(_write(participant, body, files=[file]))
    return sent


def send_sticker(participant: Participant, about: JSON) -> StoredMessage:
    """Send a sticker of one pixel. `about` may hold fields of the Bot API's Sticker."""
    emoji = str(about.get("emoji") or "👍")
    file = participant.account.files.add(
        "sticker", Upload("sticker.webp", "image/webp", _STICKER), emoji=emoji
    )
    return _write(participant, {"sticker": {**file.fields()["sticker"], **about}}, files=[file])


def send_body(participant: Participant, body: JSON) -> StoredMessage:
    return _write(participant, body)


def forward(participant: Participant, text: str, author: str) -> StoredMessage:
    origin = {"type": "hidden_user", "sender_user_name": author, "date": participant.account.now() - 3600}
    words = formatted(text)
    return _write(participant, {"forward_origin": origin, "text": words.text})


def tap(participant: Participant, number: int, data: str, force: bool) -> str:
    """Tap an inline button and return the callback query's id. Raises ApiError 409 for a missing button.

    `force` taps it anyway, like a phone that has not yet seen a change.
    """
    message = participant.chat.messages.get(number)
    keyboard = message.inline if message is not None else None
    rows = keyboard["inline_keyboard"] if keyboard else []
    if not force and not any(button.get("callback_data") == data for row in rows for button in row):
        raise ApiError(409, "Conflict: there is no such button")
    if participant.chat.status != "member" and not force:
        raise ApiError(409, "Conflict: the bot is blocked on this phone")
    shown: JSON = {"chat": participant.chat.as_json(), "message_id": number, "date": 0}
    if message is not None:
        shown = message.as_json()
    return participant.account.ask(participant.person, participant.chat, {"message": shown, "data": data})


def edit(participant: Participant, number: int, text: str) -> StoredMessage:
    message = participant.chat.messages.get(number)
    if message is None or message.sender.get("id") != participant.person.id:
        raise bad_request("message to edit not found")
    words = formatted(text)
    field, marks = ("text", "entities") if "text" in message.body else ("caption", "caption_entities")
    if field == "text" and not words.text:
        raise bad_request("message text is empty")
    message.body = {**message.body, field: words.text}
    message.body.pop(marks, None)
    if words.entities:
        message.body[marks] = words.entities
    participant.account.touch(message, participant.account.now())
    if _reaches_bot(participant.account, message):
        participant.account.send_update("edited_message", message.as_json(), ("chat", participant.chat.id))
    return message


def delete(account: BotAccount, chat: StoredChat, numbers: list[int]) -> int:
    """Delete messages on both sides and return how many existed. The bot gets no update."""
    found = [chat.messages[number] for number in numbers if number in chat.messages]
    account.remove(found)
    return len(found)


def _set_status(participant: Participant, old: str, new: str) -> None:
    participant.chat.status = new
    change = {
        "chat": participant.chat.as_json(),
        "from": participant.person.as_user(),
        "date": participant.account.now(),
        "old_chat_member": member(old, participant.account.me),
        "new_chat_member": member(new, participant.account.me),
    }
    participant.account.send_update("my_chat_member", change, ("chat", participant.chat.id))
    participant.account.notify(participant.chat, "status", status=new)


def block(account: BotAccount, person: Person) -> None:
    chat = account.chats[person.id]
    if chat.status != "kicked":
        _set_status(Participant(account, person, chat), "member", "kicked")


def unblock(account: BotAccount, person: Person) -> None:
    chat = account.chats[person.id]
    if chat.status == "kicked":
        _set_status(Participant(account, person, chat), "kicked", "member")


def make_group(account: BotAccount, person: Person, title: str) -> StoredChat:
    """Create a group with the bot, which gets my_chat_member before the service message."""
    chat = account.new_group(title, person.id)
    _set_status(Participant(account, person, chat), "left", "member")
    joined = {"new_chat_members": [account.me], "new_chat_participant": account.me}
    _write(Participant(account, person, chat), joined)
    return chat


_NOT_FIELDS = frozenset({"bot", "chat_id", "key"})
_INTEGERS = ("live_period", "value", "user_id")
_DEFAULTS: dict[str, JSON] = {
    "contact": {"phone_number": "+77010000000", "first_name": "Contact"},
    "location": {"latitude": 43.238, "longitude": 76.945},
    "venue": {"title": "Place", "address": "Street"},
    "dice": {"emoji": "🎲", "value": 4},
}
ATTACHMENT_KINDS = tuple(_DEFAULTS)


def given_fields(call: Params) -> JSON:
    about = {name: value for name, value in call.values.items() if name not in _NOT_FIELDS}
    for name in _INTEGERS:
        if name in about and (number := call.integer(name)) is not None:
            about[name] = number
        elif name in about:
            raise bad_request(f"{name} must be an integer")
    return about


def _location(about: JSON) -> JSON:
    location = {**_DEFAULTS["location"], **about}
    return {**location, **coordinates(Params(location))}


def _venue(call: Params, about: JSON) -> JSON:
    location = call.structure("location", "location") or {
        name: about.pop(name) for name in ("latitude", "longitude") if name in about
    }
    if not isinstance(location, dict):
        raise bad_request("can't parse location JSON object")
    return {**_DEFAULTS["venue"], **about, "location": _location(location)}


def attachment(kind: str, call: Params, person: Person) -> JSON:
    about = given_fields(call)
    if kind == "location":
        return {"location": _location(about)}
    if kind == "venue":
        venue = _venue(call, about)
        # The message repeats the location "for backward compatibility" (Bot API, Message).
        return {"venue": venue, "location": venue["location"]}
    body = {**_DEFAULTS[kind], **about}
    if kind == "contact" and call.boolean("own"):
        body |= {"user_id": person.id, "first_name": person.first_name}
    body.pop("own", None)
    return {kind: body}


_MOST_PHONES = 100


def timeout_of(request: web.Request) -> float:
    try:
        return seconds_of(request.query.get("timeout", "0"), LONGEST_WAIT)
    except ValueError:
        raise bad_request("timeout must be a number of seconds") from None


def _position(request: web.Request) -> int:
    try:
        return int(request.query.get("after", "0"))
    except ValueError:
        raise bad_request("after must be a number") from None


def _positions(request: web.Request) -> dict[int, int]:
    try:
        pairs = [pair.split(":") for pair in request.query.getall("after", [])]
        known = {int(person): int(number) for person, number in pairs}
    except ValueError:
        raise bad_request("after must be <person>:<number>") from None
    if len(known) > _MOST_PHONES or any(person <= 0 for person in known):
        raise bad_request("such phones cannot exist")
    return known


async def wait_any(feeds: Mapping[int, EventFeed], after: Mapping[int, int], seconds: float) -> None:
    waits = [asyncio.ensure_future(feed.wait(after[person], seconds)) for person, feed in feeds.items()]
    if not waits:
        await asyncio.sleep(min(seconds, 1.0))
        return
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


class PhoneEvents:
    def __init__(self, find: Callable[[web.Request], BotAccount]) -> None:
        self._find = find

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/phones/events", self.events),
            web.get("/phone/{person:[0-9]{1,18}}/stream", self.stream),
        ]

    async def events(self, request: web.Request) -> web.StreamResponse:
        """New `events` by person, or `lost` if some are missing, waiting up to `timeout` seconds."""
        try:
            account, after, seconds = self._find(request), _positions(request), timeout_of(request)
        except ApiError as refusal:
            return refused(refusal)
        for person in after:
            account.person(person)
        feeds = {person: account.feeds[person] for person in after}
        await wait_any(feeds, after, seconds)
        news = {str(person): feed.catch_up(after[person]) for person, feed in feeds.items()}
        phones: JSON = {person: one for person, one in news.items() if one["events"] or one["lost"]}
        return answer({"ok": True, "phones": phones})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Stream `events` numbered above `after`, one line of JSON per change.

        The stream ends after a line with `lost`, when events are missing, and after a long silence.
        """
        try:
            account, after = self._find(request), _position(request)
        except ApiError as refusal:
            return refused(refusal)
        person = account.person(int(request.match_info["person"]))
        return await _tell(request, account.feeds[person.id], after)


async def _tell(request: web.Request, feed: EventFeed, after: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    while True:
        await feed.wait(after, LONGEST_WAIT)
        news = feed.catch_up(after)
        if news["events"] or news["lost"]:
            await response.write(json.dumps(news).encode() + b"\n")
        if news["lost"] or not news["events"]:
            return response
        after = news["events"][-1]["seq"]
