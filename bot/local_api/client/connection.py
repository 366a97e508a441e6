"""The connection of a phone to the server: requests one way, events the other."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

import aiohttp

from bot.local_api.client.messages import ShownMessage

_REQUEST = aiohttp.ClientTimeout(total=60)
_STREAM = aiohttp.ClientTimeout(sock_connect=60)
_LONGEST_LINE = 2**24
"""Bytes: a phone that listens again is told of many messages at once."""


class _MessageFields(TypedDict, total=False):
    params: dict[str, str]
    json: dict[str, Any]
    data: aiohttp.FormData


class PhoneError(Exception):
    """The local Bot API refused what the phone did: `status` and its description."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(f"{status}: {description}")
        self.status = status


class PhoneConnection:
    """What a phone knows of its chats, kept current by a stream of events; an async context manager.

    `base_url` is that of LocalBotApi. After `patience` seconds a wait fails with TimeoutError, which shows the end
    of the conversation.
    """

    bot: str | None = None
    """The username of one of several bots; the first by default."""

    key: str | None = None
    """The key of a server that others can reach; set before the start."""

    username: str | None = None
    """The person's username, if they have one; set before the start."""

    def __init__(
        self,
        base_url: str,
        user_id: int,
        language: str = "ru",
        *,
        first_name: str | None = None,
        patience: float = 15.0,
    ) -> None:
        self.user_id = user_id
        self.language = language
        self.first_name = first_name or f"Person {user_id}"
        self.patience = patience
        self.seq = 0
        self.mark = 0
        self.callback_answers: list[dict[str, Any]] = []
        self.actions: list[str] = []
        self.status = "new"
        self._base = f"{base_url}/phone/{user_id}"
        self._messages: dict[int, ShownMessage] = {}
        self._changed = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Make the person known, take over what the chat already has, and begin to listen."""
        self._session = aiohttp.ClientSession(timeout=_REQUEST, read_bufsize=_LONGEST_LINE)
        await self.introduce(self.language)
        await self._snapshot()
        self._listener = asyncio.create_task(self._listen())

    async def introduce(self, language: str) -> None:
        """Tell Telegram the person's name, username and the language of the phone."""
        self.language = language
        named = {"username": self.username} if self.username else {}
        await self._post("start", {"first_name": self.first_name, "language_code": language, **named})

    async def stop(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError):
                await self._listener
        if self._session is not None:
            await self._session.close()

    @property
    def messages(self) -> list[ShownMessage]:
        """The messages of the private chat, oldest first."""
        return [b for b in self._messages.values() if b.chat_id == self.user_id and not b.deleted]

    def transcript(self, count: int = 30) -> str:
        """The end of the conversation, to read."""
        lines = []
        for message in self.messages[-count:]:
            who = "me " if message.mine else "bot"
            what = message.text or ", ".join(file["kind"] for file in message.files) or "(no text)"
            labels = " ".join(f"[{button.label}]" for button in message.buttons)
            lines.append(f"{message.id:>5} {who}: {what} {labels}".rstrip())
        return "\n".join(lines)

    @property
    def _query(self) -> dict[str, str]:
        asked = {"bot": self.bot, "key": self.key}
        return {name: value for name, value in asked.items() if value}

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

    async def _request(self, method: str, name: str, **more: Unpack[_MessageFields]) -> dict[str, Any]:
        more["params"] = {**self._query, **more.get("params", {})}
        async with self._http.request(method, f"{self._base}/{name}", **more) as response:
            body: dict[str, Any] = await response.json()
        if response.status != 200:
            raise PhoneError(response.status, str(body.get("description")))
        return body

    async def _get(self, name: str, params: dict[str, str]) -> dict[str, Any]:
        return await self._request("GET", name, params=params)

    async def _post(self, name: str, body: dict[str, Any] | aiohttp.FormData) -> dict[str, Any]:
        if isinstance(body, aiohttp.FormData):
            return await self._request("POST", name, data=body)
        return await self._request("POST", name, json=body)

    async def _act(self, name: str, body: dict[str, Any] | aiohttp.FormData) -> dict[str, Any]:
        answer = await self._post(name, body)
        # The server numbers the act among all events, so whatever comes later has a higher number.
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
        answer = await self._get("chat", {})
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
            async with self._http.get(f"{self._base}/stream", params=params, timeout=_STREAM) as response:
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
