"""A person's phone over HTTP, under `/phone/<user id>/`: what one can do and see in Telegram alone.

Every address takes `?bot=<username>` when there are several bots, and those about a chat a `chat_id`
(the private chat by default). Answers are {"ok": true, "seq": n, ...}; `seq` is the number of the last event on
this phone, so that what comes later can be waited for. Refusals are {"ok": false, "description": ...}.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from aiohttp import web

from bot.local_api import actions
from bot.local_api.actions import Seat
from bot.local_api.apierror import ApiError, bad_request
from bot.local_api.attachments import KINDS, attached, told
from bot.local_api.botapi import answer
from bot.local_api.news import News
from bot.local_api.params import Params, read_params, seconds_of
from bot.local_api.state import JSON, Message, Person
from bot.local_api.world import World

_LONGEST_WAIT = 50.0
UPLOAD_LIMIT = 64 * 1024 * 1024
"""What a phone may upload, in bytes: more than a bot may, so that bots meet files too big for them."""

Action = Callable[["Hand"], Awaitable[JSON]]


class Hand:
    """One request of a phone: whose it is, and what it says."""

    def __init__(self, request: web.Request, world: World, person: Person, call: Params) -> None:
        self.request = request
        self.world = world
        self.person = person
        self.call = call

    @property
    def seat(self) -> Seat:
        """The person in the chat meant. Raises ApiError."""
        return actions.seat(self.world, self.person, self.call.integer("chat_id"))

    def number(self) -> int:
        """The message meant. Raises ApiError without one."""
        number = self.call.integer("message_id")
        if number is None:
            raise bad_request("message_id is missing")
        return number


def _messages(messages: list[Message]) -> JSON:
    return {"messages": [message.on_phone() for message in messages]}


async def start(hand: Hand) -> JSON:
    """Make the person known: first_name, language_code, username."""
    known = {name: hand.call.text(name) for name in ("first_name", "language_code", "username")}
    hand.world.person(hand.person.id, {name: value for name, value in known.items() if value is not None})
    return {"person": hand.person.as_user(), "bot": hand.world.me}


async def say(hand: Hand) -> JSON:
    """Write a text; a long one goes as several messages."""
    text, reply = hand.call.text("text") or "", hand.call.integer("reply_to_message_id")
    return _messages(actions.say(hand.seat, text, reply))


async def send_files(hand: Hand) -> JSON:
    """Send files: multipart with `kind`, optional caption, duration, media_group_id, and any file parts."""
    kind, uploads = hand.call.text("kind") or "document", list(hand.call.files.values())
    about = {**hand.call.values, "duration": hand.call.integer("duration")}
    return _messages(actions.send_files(hand.seat, kind, uploads, about))


async def tap(hand: Hand) -> JSON:
    """Tap a button: message_id, data, `force` for a stale one."""
    data, force = hand.call.text("data") or "", hand.call.boolean("force")
    return {"query_id": actions.tap(hand.seat, hand.number(), data, force)}


async def edit(hand: Hand) -> JSON:
    """Edit one's own message: message_id, text."""
    text = hand.call.text("text") or ""
    return _messages([actions.edit(hand.seat, hand.number(), text)])


async def delete(hand: Hand) -> JSON:
    """Delete a message on both sides: message_id."""
    return {"deleted": actions.delete(hand.world, hand.seat.chat, [hand.number()])}


async def forward(hand: Hand) -> JSON:
    """Forward somebody's words: text, author."""
    text, author = hand.call.text("text") or "…", hand.call.text("author") or "Somebody"
    return _messages([actions.forward(hand.seat, text, author)])


async def block(hand: Hand) -> JSON:
    """Block the bot."""
    actions.block(hand.world, hand.person)
    return {}


async def unblock(hand: Hand) -> JSON:
    """Unblock the bot."""
    actions.unblock(hand.world, hand.person)
    return {}


async def make_group(hand: Hand) -> JSON:
    """Make a group with the bot in it: title."""
    title = hand.call.text("title") or "Group"
    return {"chat": actions.make_group(hand.world, hand.person, title).as_json()}


async def sticker(hand: Hand) -> JSON:
    """Send a sticker: emoji, or other fields of Sticker."""
    return _messages([actions.send_sticker(hand.seat, told(hand.call))])


def _attach(kind: str) -> Action:
    async def send(hand: Hand) -> JSON:
        return _messages([actions.send_body(hand.seat, attached(kind, hand.call, hand.person))])

    return send


_ACTIONS: dict[str, Action] = {
    "start": start,
    "messages": say,
    "files": send_files,
    "taps": tap,
    "edits": edit,
    "delete": delete,
    "forward": forward,
    "block": block,
    "unblock": unblock,
    "groups": make_group,
    "sticker": sticker,
    **{kind: _attach(kind) for kind in KINDS},
}


def _seconds(request: web.Request) -> float:
    try:
        return seconds_of(request.query.get("timeout", "0"), _LONGEST_WAIT)
    except ValueError:
        raise bad_request("timeout must be a number of seconds") from None


async def chat(hand: Hand) -> JSON:
    """The chat as it stands, or with `after` the events since (waiting up to `timeout` seconds).

    `lost` says that some of the events between are forgotten: take the chat as it stands instead.
    """
    after = hand.call.integer("after")
    feed = hand.world.feeds[hand.person.id]
    if after is None:
        shown = hand.seat.chat
        return {"status": shown.status, **_messages(list(shown.messages.values()))}
    await feed.wait(after, _seconds(hand.request))
    events, lost = feed.since(after)
    return {"events": events, "lost": lost}


async def commands(hand: Hand) -> JSON:
    """The command menu in the person's language."""
    return {"commands": hand.world.menu(hand.person)}


class Phones:
    """The phones of all people, for all bots; the first of `worlds` is meant unless `bot` names another."""

    def __init__(self, worlds: Mapping[str, World]) -> None:
        self._worlds = {world.me["username"]: world for world in worlds.values()}
        self._first = next(iter(worlds.values()))

    def routes(self) -> list[web.RouteDef]:
        """All addresses of phones."""
        base = "/phone/{person:[0-9]{1,18}}"
        return [
            *(web.post(f"{base}/{name}", self._handler(action)) for name, action in _ACTIONS.items()),
            web.get(f"{base}/chat", self._handler(chat)),
            web.get(f"{base}/commands", self._handler(commands)),
            web.get(base + "/files/{file_id}", self.download),
            *News(self._world).routes(),
        ]

    def _world(self, request: web.Request) -> World:
        name = request.query.get("bot")
        world = self._worlds.get(name) if name else self._first
        if world is None:
            raise bad_request("there is no such bot")
        return world

    def _handler(self, action: Action) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                world = self._world(request)
                person = world.person(int(request.match_info["person"]))
                call = await read_params(request, UPLOAD_LIMIT)
                result = await action(Hand(request, world, person, call))
            except ApiError as refusal:
                return answer(refusal.as_json(), refusal.code)
            return answer({"ok": True, "seq": world.feeds[person.id].seq, **result})

        return handle

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file that the person can see, as an attachment of its name."""
        try:
            world = self._world(request)
        except ApiError as refusal:
            return answer(refusal.as_json(), refusal.code)
        file = world.file_for(int(request.match_info["person"]), request.match_info["file_id"])
        if file is None:
            return answer({"ok": False, "description": "Not Found"}, 404)
        shown = request.query.get("show") == "1" and file.mime.partition("/")[0] in {
            "image",
            "audio",
            "video",
        }
        disposition = "inline" if shown else "attachment"
        headers = {
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        kind = file.mime.partition(";")[0].strip() or "application/octet-stream"
        return web.Response(body=file.content, content_type=kind, headers=headers)
