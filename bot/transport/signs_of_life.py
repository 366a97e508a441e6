"""Signs of life while the database accepts nothing: a passing line for a tap, and typing for a minute after
a message.

Nothing stays in a chat, since no message could be noted for deletion (decision 3).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from telegram.error import RetryAfter, TelegramError

from bot.store import faults
from bot.transport.api import Api
from bot.transport.replicas import loop_time, wait_at_most
from bot.transport.updates import RawUpdate, id_of, private_chat_of, tap_of

PATIENCE_SECONDS = 10.0
ACTION_SECONDS = 5.0
"""How long Telegram shows that a bot is typing (Bot API, sendChatAction)."""
MOST_ACTIONS = 12
"""Repeats for a person's newest message. More would keep the person waiting."""
GAP_SECONDS = 0.1
"""Pause between signs, which use a third of Telegram's limit."""
CALL_SECONDS = 2.0
LOOK_SECONDS = 0.5
MOST_CHATS = 1000
"""Limit beyond which no sign would come in time."""


@dataclass(slots=True)
class _WaitingPerson:
    tap: str = ""
    words: str = ""
    actions: int = 0
    next_at: float = 0.0


@dataclass(slots=True)
class SignsOfLife:
    """Job that shows signs. `words` gives the answer to a tap, at most 200 characters (Bot API)."""

    api: Api
    words: Callable[[RawUpdate], str]
    _since: float | None = None
    _chats: dict[int, _WaitingPerson] = field(default_factory=dict)
    _known: set[int] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self._news.set()

    def note(self, raws: Sequence[RawUpdate]) -> None:
        if self._since is None:
            self._since = loop_time()
        for raw in raws:
            update_id, chat_id = id_of(raw), private_chat_of(raw)
            if update_id is None or chat_id is None or update_id in self._known:
                continue
            if chat_id in self._chats or len(self._chats) < MOST_CHATS:
                self._known.add(update_id)
                waiting = self._chats.setdefault(chat_id, _WaitingPerson())
                if (tap := tap_of(raw)) is not None:
                    waiting.tap, waiting.words = tap, self.words(raw)
                else:
                    waiting.actions = MOST_ACTIONS
        self._news.set()

    def end(self) -> None:
        if self._since is not None:
            self._since = None
            self._chats.clear()
            self._known.clear()

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            if self._since is None:
                self._news.clear()
                await self._news.wait()
                continue
            if (early := self._since + PATIENCE_SECONDS - loop_time()) > 0:
                await wait_at_most(stopping, min(early, LOOK_SECONDS))
                continue
            for chat_id in list(self._chats):
                if stopping.is_set():
                    return
                await wait_at_most(stopping, await self._show(chat_id))
            await wait_at_most(stopping, LOOK_SECONDS)

    async def _show(self, chat_id: int) -> float:
        waiting = self._chats.get(chat_id)
        if waiting is None:  # it is over
            return 0.0
        if waiting.tap:
            params: dict[str, object] = {"callback_query_id": waiting.tap, "text": waiting.words}
            waiting.tap = ""
            return await self._call("answerCallbackQuery", params)
        if waiting.actions and waiting.next_at <= loop_time():
            waiting.actions, waiting.next_at = waiting.actions - 1, loop_time() + ACTION_SECONDS
            return await self._call("sendChatAction", {"chat_id": chat_id, "action": "typing"})
        return 0.0

    async def _call(self, method: str, params: dict[str, object]) -> float:
        """Try a call once. Returns the seconds until the next. A sign may be lost."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self.api.call(method, params, once=True)
        except RetryAfter as held:
            return min(faults.LONGEST_HOLD, faults.retry_seconds(held))
        except (TelegramError, TimeoutError):
            pass
        return GAP_SECONDS
