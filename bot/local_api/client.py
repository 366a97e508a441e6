"""Client with which tests and scripts drive phones."""

import asyncio
import contextlib
import io
import json
import re
import struct
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Self

import aiohttp


@dataclass(frozen=True, slots=True)
class ShownButton:
    """A visible button. `data` and `url` are None on a reply keyboard."""

    label: str
    data: str | None = None
    url: str | None = None


@dataclass(slots=True, eq=False)
class ShownMessage:
    """A message as shown now. `changed` numbers the event that last changed it."""

    id: int
    chat_id: int
    mine: bool
    raw: dict[str, Any]
    changed: int
    deleted: bool = False
    history: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def _inline(self) -> list[list[dict[str, str]]]:
        return list(self.raw.get("reply_markup", {}).get("inline_keyboard", []))

    @property
    def buttons(self) -> list[ShownButton]:
        reply = self.raw.get("reply_keyboard", {}).get("keyboard", [])
        return [
            *(
                ShownButton(b["text"], b.get("callback_data"), b.get("url"))
                for row in self._inline
                for b in row
            ),
            *(ShownButton(b["text"]) for row in reply for b in row),
        ]

    @property
    def rows(self) -> list[list[str]]:
        return [[button["text"] for button in row] for row in self._inline]

    @property
    def files(self) -> list[dict[str, Any]]:
        """Files as kind, file_id, name, mime_type and file_size."""
        return list(self.raw.get("files", []))

    @property
    def protected(self) -> bool:
        return bool(self.raw.get("has_protected_content"))


ExpectedMessage = str | Callable[[ShownMessage], bool] | None
"""Part of a text, a predicate, or None for any message of the bot."""


def matches(message: ShownMessage, expected: ExpectedMessage) -> bool:
    if expected is None:
        return True
    return expected in message.text if isinstance(expected, str) else expected(message)


def find_button(messages: Iterable[ShownMessage], label: str) -> tuple[ShownMessage, ShownButton] | None:
    """First button whose label equals `label`, else whose data does, else whose label begins with it."""
    shown = [(message, button) for message in messages for button in message.buttons]
    tests: tuple[Callable[[ShownButton], bool], ...] = (
        lambda button: button.label == label,
        lambda button: button.data == label,
        lambda button: button.label.startswith(label),
    )
    for test in tests:
        for message, button in shown:
            if test(button):
                return message, button
    return None


_SHOWN = 30
"""Messages of a transcript."""
_REQUEST = aiohttp.ClientTimeout(total=60)
_STREAM = aiohttp.ClientTimeout(sock_connect=60)
_LONGEST_LINE = 2**24
"""Bytes. A reconnecting phone may receive many messages in one line."""


class PhoneError(Exception):
    def __init__(self, status: int, description: str) -> None:
        super().__init__(f"{status}: {description}")
        self.status = status


@dataclass(eq=False, repr=False)
class Phone:
    """A phone's chats, kept current by a stream of events. An async context manager.

    - `base_url`: the server's `url`
    - `patience`: seconds after which a wait raises TimeoutError with the end of the chat
    - `bot`: username of the bot, the first one by default
    - `key`: that of a server open to other machines
    """

    base_url: str
    user_id: int
    language: str = "ru"
    _: KW_ONLY
    first_name: str = ""
    patience: float = 15.0
    bot: str | None = None
    key: str | None = None
    username: str | None = None
    seq: int = field(default=0, init=False)
    mark: int = field(default=0, init=False)
    callback_answers: list[dict[str, Any]] = field(default_factory=list, init=False)
    actions: list[str] = field(default_factory=list, init=False)
    status: str = field(default="new", init=False)
    _messages: dict[int, ShownMessage] = field(default_factory=dict, init=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _session: aiohttp.ClientSession | None = field(default=None, init=False)
    _listener: asyncio.Task[None] | None = field(default=None, init=False)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=_REQUEST, read_bufsize=_LONGEST_LINE)
        await self.introduce(self.language)
        await self._snapshot()
        self._listener = asyncio.create_task(self._listen())

    async def introduce(self, language: str) -> None:
        self.language = language
        named = {"username": self.username} if self.username else {}
        named["first_name"] = self.first_name or f"Person {self.user_id}"
        await self._request("POST", "start", {"language_code": language, **named})

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError):
                await self._listener
        if self._session is not None:
            await self._session.close()

    @property
    def messages(self) -> list[ShownMessage]:
        """Messages of the private chat, oldest first."""
        return self.messages_in(self.user_id)

    def transcript(self) -> str:
        lines = []
        for message in self.messages[-_SHOWN:]:
            who = "me " if message.mine else "bot"
            what = message.text or ", ".join(file["kind"] for file in message.files) or "(no text)"
            labels = " ".join(f"[{button.label}]" for button in message.buttons)
            lines.append(f"{message.id:>5} {who}: {what} {labels}".rstrip())
        return "\n".join(lines)

    @property
    def _query(self) -> dict[str, str]:
        asked = {"bot": self.bot, "key": self.key}
        return {name: value for name, value in asked.items() if value}

    def _address(self, name: str) -> str:
        return f"{self.base_url}/phone/{self.user_id}/{name}"

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the phone is not started")
        return self._session

    @contextlib.asynccontextmanager
    async def _deadline(self, what: str, seconds: float | None = None) -> AsyncIterator[None]:
        seconds = self.patience if seconds is None else seconds
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise TimeoutError(
                f"phone {self.user_id}: no {what} within {seconds} s; the chat:\n{self.transcript()}"
            ) from None

    async def _next(self) -> None:
        if self._listener is not None and self._listener.done():
            self._listener.result()
            raise RuntimeError("the phone has stopped listening")
        await self._changed.wait()

    async def _request(
        self, method: str, name: str, body: dict[str, Any] | aiohttp.FormData | None = None
    ) -> dict[str, Any]:
        form, json_ = (body, None) if isinstance(body, aiohttp.FormData) else (None, body)
        async with self._http.request(
            method, self._address(name), params=self._query, data=form, json=json_
        ) as response:
            answer: dict[str, Any] = await response.json()
        if response.status != 200:
            raise PhoneError(response.status, str(answer.get("description")))
        return answer

    async def _act(self, name: str, body: dict[str, Any] | aiohttp.FormData) -> dict[str, Any]:
        answer = await self._request("POST", name, body)
        # The server numbers acts among all events, so later events have higher numbers.
        self.mark = int(answer["seq"])
        return answer

    def _own(self, answer: dict[str, Any]) -> list[ShownMessage]:
        for raw in answer["messages"]:
            self._show(raw, self.mark)
        return [self._messages[raw["message_id"]] for raw in answer["messages"]]

    async def _write(self, name: str, body: dict[str, Any]) -> ShownMessage:
        return self._own(await self._act(name, body))[-1]

    def _show(self, raw: dict[str, Any], number: int) -> None:
        message = self._messages.get(raw["message_id"])
        if message is None:
            mine = not raw["outgoing"] and raw["from"]["id"] == self.user_id
            message = ShownMessage(raw["message_id"], raw["chat"]["id"], mine, raw, number)
            self._messages[message.id] = message
        elif number > message.changed and raw != message.raw:
            message.history.append(message.text)
            message.raw, message.changed = raw, number

    async def _snapshot(self) -> None:
        answer = await self._request("GET", "chat")
        self.seq = self.mark = int(answer["seq"])
        self.status = answer["status"]
        there = {raw["message_id"] for raw in answer["messages"]}
        for message in self._messages.values():
            message.deleted = message.chat_id == self.user_id and message.id not in there
        for raw in answer["messages"]:
            self._show(raw, self.seq)

    async def _listen(self) -> None:
        while True:
            params = {**self._query, "after": str(self.seq)}
            async with self._http.get(self._address("stream"), params=params, timeout=_STREAM) as response:
                if response.status != 200:
                    raise PhoneError(response.status, await response.text())
                async for line in response.content:
                    await self._catch_up(json.loads(line))

    async def _catch_up(self, news: dict[str, Any]) -> None:
        if news["lost"]:
            await self._snapshot()
        else:
            for event in news["events"]:
                self._hear(event)
        self._changed.set()
        self._changed = asyncio.Event()

    def _hear(self, event: dict[str, Any]) -> None:
        self.seq = int(event["seq"])
        kind = event["kind"]
        if kind in {"new", "edited"}:
            self._show(event["message"], self.seq)
        elif kind == "deleted":
            for number in event["message_ids"]:
                if number in self._messages:
                    self._messages[number].deleted = True
        elif kind == "answer":
            self.callback_answers.append(event)
        elif kind == "action":
            self.actions.append(event["action"])
        elif kind == "status" and event["chat_id"] == self.user_id:
            self.status = event["status"]

    # --- acts

    async def say(self, text: str, *, reply_to: int | None = None) -> ShownMessage:
        """Send a text or a command. Returns the last message of a long text."""
        return await self._write("messages", {"text": text, "reply_to_message_id": reply_to})

    async def tap(
        self, label: str, message: ShownMessage | int | None = None, *, fresh: bool = False
    ) -> ShownMessage:
        """Wait for a button and tap it, found as by `find_button` in the newest messages first, or only in
        `message`. With `fresh`, ignores messages unchanged since the last act. A reply keyboard's button
        sends its label. Raises TimeoutError."""
        since = self.mark if fresh else -1
        async with self._deadline(f"button {label!r}"):
            while True:
                found = find_button(self._tappable(message, since), label)
                if found is not None and await self._press(*found):
                    return found[0]
                if found is None:
                    await self._next()

    async def tap_data(self, message_id: int, data: str, *, force: bool = False) -> str:
        """Tap a button by its data, removed or not with `force`. Returns the callback query's id."""
        body = {"message_id": message_id, "data": data, "force": force}
        return str((await self._act("taps", body))["query_id"])

    async def send_file(
        self, kind: str, content: bytes, name: str, mime: str, *, caption: str = "", reply_to: int = 0
    ) -> ShownMessage:
        return (await self.send_album(kind, [(content, name, mime)], caption=caption, reply_to=reply_to))[0]

    async def send_album(
        self,
        kind: str,
        files: list[tuple[bytes, str, str]],
        *,
        caption: str = "",
        album: str = "",
        reply_to: int = 0,
    ) -> list[ShownMessage]:
        """Send files (content, name, mime) of one kind. Several become an album."""
        form = aiohttp.FormData(quote_fields=False)
        about = {
            "kind": kind,
            "caption": caption,
            "media_group_id": album,
            "reply_to_message_id": str(reply_to),
        }
        for name, value in about.items():
            form.add_field(name, value)
        for place, (content, name, mime) in enumerate(files):
            form.add_field(f"file{place}", io.BytesIO(content), filename=name, content_type=mime)
        return self._own(await self._act("files", form))

    async def follow(self, link: str) -> ShownMessage:
        """Open a deep link (https://t.me/<bot>?start=...). Raises ValueError for other addresses."""
        address, _, payload = link.partition("?start=")
        if not payload or not re.match(r"(https?://)?t\.me/", address):
            raise ValueError(f"{link} does not lead to a bot")
        return await self.say(f"/start {payload}")

    async def edit(self, message_id: int, text: str) -> ShownMessage:
        return await self._write("edits", {"message_id": message_id, "text": text})

    async def send(self, kind: str, **fields: object) -> ShownMessage:
        """Send a contact, location, sticker, venue or dice. `fields` are named as in the Bot API."""
        return await self._write(kind, fields)

    async def locate(
        self, latitude: float, longitude: float, *, live_period: int | None = None
    ) -> ShownMessage:
        live = {} if live_period is None else {"live_period": live_period}
        return await self.send("location", latitude=latitude, longitude=longitude, **live)

    async def forward(self, text: str, author: str = "Somebody") -> ShownMessage:
        return await self._write("forward", {"text": text, "author": author})

    async def delete(self, message_id: int) -> None:
        await self._act("delete", {"message_id": message_id})

    async def block(self) -> None:
        await self._act("block", {})

    async def unblock(self) -> None:
        await self._act("unblock", {})

    async def make_group(self, title: str) -> int:
        return int((await self._act("groups", {"title": title}))["chat"]["id"])

    async def commands(self) -> list[dict[str, str]]:
        return list((await self._request("GET", "commands"))["commands"])

    async def download(self, file: str | ShownMessage) -> bytes:
        """Content of a file by file_id, or of a message's first file."""
        file_id = file if isinstance(file, str) else file.files[0]["file_id"]
        async with self._http.get(self._address(f"files/{file_id}"), params=self._query) as response:
            if response.status != 200:
                raise PhoneError(response.status, await response.text())
            return await response.read()

    def messages_in(self, chat_id: int) -> list[ShownMessage]:
        return [one for one in self._messages.values() if one.chat_id == chat_id and not one.deleted]

    @property
    def last(self) -> ShownMessage:
        """The bot's newest message. Raises LookupError if there is none."""
        for message in reversed(self.messages):
            if not message.mine:
                return message
        raise LookupError("the bot has said nothing yet")

    def buttons(self, message: ShownMessage | None = None) -> list[str]:
        return [button.label for button in (message or self.last).buttons]

    async def wait(
        self,
        expected: ExpectedMessage = None,
        timeout: float | None = None,  # noqa: ASYNC109 - reads better at the many calls in tests
        *,
        since: int | None = None,
    ) -> ShownMessage:
        """Wait for an expected message of the bot that is new or changed since the last act, or since another
        event number: an earlier `seq`, or 0 for the whole chat. Raises TimeoutError."""
        begin = self.mark if since is None else since
        async with self._deadline(
            f"words {expected!r}" if isinstance(expected, str) else "such message", timeout
        ):
            while True:
                for message in self.messages:
                    if not message.mine and message.changed > begin and matches(message, expected):
                        return message
                await self._next()

    async def until(self, true: Callable[[], bool], timeout: float | None = None) -> None:  # noqa: ASYNC109
        async with self._deadline("such state", timeout):
            while not true():
                await self._next()

    def _tappable(self, message: ShownMessage | int | None, since: int) -> list[ShownMessage]:
        number = message.id if isinstance(message, ShownMessage) else message
        return [
            one
            for one in reversed(self.messages)
            if not one.mine and one.changed > since and number in {None, one.id}
        ]

    async def _press(self, message: ShownMessage, button: ShownButton) -> bool:
        if button.url is not None:
            await self.follow(button.url)
            return True
        if button.data is None:
            await self.say(button.label)
            return True
        before = self.seq
        try:
            await self.tap_data(message.id, button.data)
        except PhoneError as refused:
            if refused.status != 409:
                raise
            # The bot has just changed the message, and the event is on its way.
            if self.seq == before:
                await self._next()
            return False
        return True


def picture(words: str = "") -> bytes:
    """A PNG of one pixel that carries `words` as a comment and differs with them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = b"\x00" + zlib.crc32(words.encode()).to_bytes(4, "big")[:3]
    comment = chunk(b"iTXt", b"Comment\x00\x00\x00\x00\x00" + words.encode()) if words else b""
    image = chunk(b"IDAT", zlib.compress(pixel))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + comment + image + chunk(b"IEND", b"")
