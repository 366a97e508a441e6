"""People's phones over HTTP, under `/phone/<user id>/`, and their actions in Telegram
(docs/local-bot-api.md). Answers are {"ok": true, "seq": n, ...}, where `seq` numbers the phone's last event.
Refusals are {"ok": false, "description": ...}."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Unpack
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.local_api import access
from bot.local_api.access import JSON, ApiError, Params, Upload, answer, bad_request, conflict
from bot.local_api.account import (
    BotAccount,
    EventFeed,
    MessageDetails,
    Person,
    StoredChat,
    StoredMessage,
    account_named,
    member,
)
from bot.local_api.delivery import LONGEST_WAIT
from bot.local_api.entities import Formatted, detected, formatted
from bot.local_api.files import MESSAGE_FILE_KINDS
from bot.local_api.html import width
from bot.local_api.sending import CAPTION_LIMIT, TEXT_LIMIT, coordinates

# A WebP image of one pixel.
_STICKER = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")


@dataclass(frozen=True, slots=True)
class Participant:
    account: BotAccount
    person: Person
    chat: StoredChat


Action = Callable[[Participant, Params], JSON]


def participant(account: BotAccount, person: Person, number: int | None = None) -> Participant:
    """The person in a chat, by default the private one. Raises ApiError if they are not in it."""
    chat = account.chats.get(person.id if number is None else number)
    if chat is None or person.id not in chat.members:
        raise bad_request("you are not in this chat")
    return Participant(account, person, chat)


def _write(me: Participant, body: JSON, **details: Unpack[MessageDetails]) -> StoredMessage:
    if me.chat.kind == "private":
        if me.chat.status == "kicked":
            raise conflict("the bot is blocked on this phone")
        me.chat.status = "member"
    message = me.account.post(me.chat, me.person.as_user(), body, **details)
    _tell_bot(me, "message", message)
    return message


def _tell_bot(me: Participant, kind: str, message: StoredMessage) -> None:
    """Send the bot an update, unless it has left or the message of a group does not concern it."""
    quoted = message.quoted is not None and message.quoted.sender == me.account.me
    concerns = quoted or "new_chat_members" in message.body or _is_command(me.account, message.body)
    if me.chat.status == "member" and (me.chat.kind == "private" or concerns):
        me.account.updates.put(kind, message.as_json(), ("chat", me.chat.id))


def _is_command(account: BotAccount, body: JSON) -> bool:
    first: JSON = next((one for one in body.get("entities", []) if one["offset"] == 0), {})
    if first.get("type") != "bot_command":
        return False
    named = body["text"][: first["length"]].partition("@")[2]
    return named.lower() in {"", account.me["username"].lower()}


def _pieces(text: str) -> list[str]:
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


def say(me: Participant, text: str, reply_to: int | None = None) -> list[StoredMessage]:
    quoted = me.chat.messages.get(reply_to or 0)
    said = [words.fields() for words in map(formatted, _pieces(text)) if words.text]
    if not said:
        raise bad_request("message text is empty")
    return [_write(me, body, quoted=quoted) for body in said]


def tap(me: Participant, number: int, data: str, force: bool) -> str:
    """Tap an inline button and return the callback query's id. Raises ApiError 409 for a missing button,
    unless `force` taps it like a phone that has not yet seen a change."""
    message = me.chat.messages.get(number)
    keyboard = message.inline if message is not None else None
    rows = keyboard["inline_keyboard"] if keyboard else []
    if not force and not any(button.get("callback_data") == data for row in rows for button in row):
        raise conflict("there is no such button")
    if me.chat.status != "member" and not force:
        raise conflict("the bot is blocked on this phone")
    shown: JSON = {"chat": me.chat.as_json(), "message_id": number, "date": 0}
    if message is not None:
        shown = message.as_json()
    return me.account.ask(me.person, me.chat, {"message": shown, "data": data})


def _shown(messages: Iterable[StoredMessage]) -> JSON:
    return {"messages": [message.on_phone() for message in messages]}


def _number(call: Params) -> int:
    number = call.integer("message_id")
    if number is None:
        raise bad_request("message_id is missing")
    return number


def _start(me: Participant, call: Params) -> JSON:
    """Register the person: first_name, language_code, username."""
    known = {name: call.text(name) for name in ("first_name", "language_code", "username")}
    before = me.person.language_code
    me.account.person(me.person.id, {name: value for name, value in known.items() if value is not None})
    if me.person.language_code != before:
        private = me.account.chats[me.person.id]
        me.account.notify(private, "language", language_code=me.person.language_code)
    return {"person": me.person.as_user(), "bot": me.account.me}


def _say(me: Participant, call: Params) -> JSON:
    return _shown(say(me, call.text("text") or "", call.integer("reply_to_message_id")))


def _send_files(me: Participant, call: Params) -> JSON:
    """Send files: kind, file parts, optional caption, duration, media_group_id, reply_to_message_id."""
    kind, uploads = call.text("kind") or "document", call.files.values()
    if kind not in MESSAGE_FILE_KINDS:
        raise bad_request(f"kind must be one of {', '.join(MESSAGE_FILE_KINDS)}")
    if not uploads:
        raise bad_request("there is no file in the request")
    caption = call.text("caption") or ""
    if width(caption) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    group = call.text("media_group_id") or (me.account.new_album() if len(uploads) > 1 else "")
    files = [me.account.files.add(kind, upload, call.integer("duration") or 1) for upload in uploads]
    bodies: list[JSON] = [file.fields() | ({"media_group_id": group} if group else {}) for file in files]
    if caption:  # a client puts the caption of an album on its first file
        bodies[0] |= Formatted(caption, detected(caption)).fields("caption", "caption_entities")
    quoted = me.chat.messages.get(call.integer("reply_to_message_id") or 0)
    sent = zip(bodies, files, strict=True)
    return _shown(_write(me, body, files=[file], quoted=quoted) for body, file in sent)


def _tap(me: Participant, call: Params) -> JSON:
    """Tap a button: message_id, data, `force` for a removed one."""
    return {"query_id": tap(me, _number(call), call.text("data") or "", call.boolean("force"))}


def _edit(me: Participant, call: Params) -> JSON:
    """Edit the person's own message: message_id, text."""
    message = me.chat.messages.get(_number(call))
    if message is None or message.sender.get("id") != me.person.id:
        raise bad_request("message to edit not found")
    words = formatted(call.text("text") or "")
    field, marks = ("text", "entities") if "text" in message.body else ("caption", "caption_entities")
    if field == "text" and not words.text:
        raise bad_request("message text is empty")
    kept = {name: value for name, value in message.body.items() if name != marks}
    message.body = kept | words.fields(field, marks)
    me.account.touch(message, me.account.now())
    _tell_bot(me, "edited_message", message)
    return _shown([message])


def _delete(me: Participant, call: Params) -> JSON:
    """Delete a message on both sides: message_id. The bot gets no update."""
    found = [message for message in [me.chat.messages.get(_number(call))] if message is not None]
    me.account.remove(found)
    return {"deleted": len(found)}


def _forward(me: Participant, call: Params) -> JSON:
    """Forward another person's words: text, author."""
    author = call.text("author") or "Somebody"
    origin = {"type": "hidden_user", "sender_user_name": author, "date": me.account.now() - 3600}
    words = formatted(call.text("text") or "…")
    return _shown([_write(me, {"forward_origin": origin, "text": words.text})])


def _set_status(me: Participant, old: str, new: str) -> None:
    me.chat.status = new
    change = {
        "chat": me.chat.as_json(),
        "from": me.person.as_user(),
        "date": me.account.now(),
        "old_chat_member": member(old, me.account.me),
        "new_chat_member": member(new, me.account.me),
    }
    me.account.updates.put("my_chat_member", change, ("chat", me.chat.id))
    me.account.notify(me.chat, "status", status=new)


def _change_status(old: str, new: str, me: Participant, _call: Params) -> JSON:
    """Block the bot in the private chat, or unblock it. Does nothing a second time."""
    private = participant(me.account, me.person)
    if (private.chat.status == "kicked") == (old == "kicked"):
        _set_status(private, old, new)
    return {}


def _make_group(me: Participant, call: Params) -> JSON:
    """Create a group with the bot: title. The bot gets my_chat_member before the service message."""
    chat = me.account.new_group(call.text("title") or "Group", me.person.id)
    creator = Participant(me.account, me.person, chat)
    _set_status(creator, "left", "member")
    _write(creator, {"new_chat_members": [me.account.me], "new_chat_participant": me.account.me})
    return {"chat": chat.as_json()}


def _send_sticker(me: Participant, call: Params) -> JSON:
    """Send a sticker of one pixel: emoji, or other fields of the Bot API's Sticker."""
    about = _given_fields(call)
    upload = Upload("sticker.webp", "image/webp", _STICKER)
    file = me.account.files.add("sticker", upload, emoji=str(about.get("emoji") or "👍"))
    return _shown([_write(me, {"sticker": {**file.fields()["sticker"], **about}}, files=[file])])


_NOT_FIELDS = frozenset({"bot", "chat_id", "key"})
_INTEGERS = ("live_period", "value", "user_id")
_DEFAULTS: dict[str, JSON] = {
    "contact": {"phone_number": "+77010000000", "first_name": "Contact"},
    "location": {"latitude": 43.238, "longitude": 76.945},
    "venue": {"title": "Place", "address": "Street"},
    "dice": {"emoji": "🎲", "value": 4},
}


def _given_fields(call: Params) -> JSON:
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


def _attachment(kind: str, call: Params, person: Person) -> JSON:
    about = _given_fields(call)
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


def _attach(kind: str, me: Participant, call: Params) -> JSON:
    return _shown([_write(me, _attachment(kind, call, me.person))])


def _commands(me: Participant, _call: Params) -> JSON:
    return {"commands": me.account.menu(me.person)}


_ACTIONS: dict[str, Action] = {
    "start": _start,
    "messages": _say,
    "files": _send_files,
    "taps": _tap,
    "edits": _edit,
    "delete": _delete,
    "forward": _forward,
    "block": partial(_change_status, "member", "kicked"),
    "unblock": partial(_change_status, "kicked", "member"),
    "groups": _make_group,
    "sticker": _send_sticker,
    **{kind: partial(_attach, kind) for kind in _DEFAULTS},
}

_MOST_PHONES = 100
_SHOWN_INLINE = {"image", "audio", "video"}


def _timeout(call: Params) -> float:
    try:
        return access.seconds_of(call.text("timeout") or "0", LONGEST_WAIT)
    except ValueError:
        raise bad_request("timeout must be a number of seconds") from None


def _positions(request: web.Request) -> dict[int, int]:
    try:
        pairs = [pair.split(":") for pair in request.query.getall("after", [])]
        known = {int(person): int(number) for person, number in pairs}
    except ValueError:
        raise bad_request("after must be <person>:<number>") from None
    if len(known) > _MOST_PHONES or any(person <= 0 for person in known):
        raise bad_request("such phones cannot exist")
    return known


async def _wait_any(feeds: Mapping[int, EventFeed], after: Mapping[int, int], seconds: float) -> None:
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


class Phones:
    """Routes of all phones."""

    def __init__(self, accounts: Iterable[BotAccount]) -> None:
        self._accounts = tuple(accounts)

    def routes(self) -> list[web.RouteDef]:
        base = "/phone/{person:[0-9]{1,18}}"
        return [
            *(web.post(f"{base}/{name}", self._handler(action)) for name, action in _ACTIONS.items()),
            web.get(f"{base}/chat", self.chat),
            web.get(f"{base}/commands", self._handler(_commands)),
            web.get(base + "/files/{file_id}", self.download),
            web.get("/phones/events", self.events),
            web.get(f"{base}/stream", self.stream),
        ]

    def _find(self, request: web.Request) -> tuple[BotAccount, Person]:
        account = account_named(self._accounts, request.query.get("bot"))
        return account, account.person(int(request.match_info["person"]))

    def _handler(self, action: Action) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            account, person = self._find(request)
            call = await access.read_params(request, access.PHONE_UPLOAD_LIMIT)
            result = action(participant(account, person, call.integer("chat_id")), call)
            return answer({"ok": True, "seq": account.feeds[person.id].number, **result})

        return handle

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """The current chat, or with `after` the events since, waiting up to `timeout` seconds. `lost` reports
        missing events: request the current chat instead."""
        account, person = self._find(request)
        call, feed = Params(dict(request.query)), account.feeds[person.id]
        after = call.integer("after")
        if after is None:
            chat = participant(account, person, call.integer("chat_id")).chat
            state = {"status": chat.status, "language_code": person.language_code}
            return answer({"ok": True, "seq": feed.number, **state, **_shown(chat.messages.values())})
        await feed.wait(after, _timeout(call))
        return answer({"ok": True, "seq": feed.number, **feed.catch_up(after)})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file visible to the person, as an attachment, or inline with `show=1`."""
        account = account_named(self._accounts, request.query.get("bot"))
        file = account.file_for(int(request.match_info["person"]), request.match_info["file_id"])
        if file is None:
            raise ApiError(404, "Not Found")
        shown = request.query.get("show") == "1" and file.mime.partition("/")[0] in _SHOWN_INLINE
        disposition = "inline" if shown else "attachment"
        headers = {
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name)}",
            # Files from a bot or a person must not act as a part of the page.
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        kind = file.mime.partition(";")[0].strip() or "application/octet-stream"
        return web.Response(body=file.content, content_type=kind, headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """New `events` by person, or `lost` if some are missing, waiting up to `timeout` seconds."""
        account = account_named(self._accounts, request.query.get("bot"))
        after, seconds = _positions(request), _timeout(Params(dict(request.query)))
        feeds = {person: account.feeds[account.person(person).id] for person in after}
        await _wait_any(feeds, after, seconds)
        news = {str(person): feed.catch_up(after[person]) for person, feed in feeds.items()}
        phones: JSON = {person: one for person, one in news.items() if one["events"] or one["lost"]}
        return answer({"ok": True, "phones": phones})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Stream `events` numbered above `after`, one line of JSON per change. It ends after a line with
        `lost`, when events are missing, and after a long silence."""
        account, person = self._find(request)
        after = Params({"after": 0, **request.query}).integer("after")
        if after is None:
            raise bad_request("after must be a number")
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
