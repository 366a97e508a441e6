"""Client of the Bot API."""

import asyncio
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError

from bot import faults
from bot.chat.transport.request import AiohttpRequest, CallData, NoBotApiError
from bot.errors import SettingsError
from bot.services.keeping.clocks import TelegramTime
from bot.waiting import wait_at_most

log = logging.getLogger(__name__)
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
_ADDRESS = "Example: KUAGER_BOT_API_URL=https://api.telegram.org"


def unreached(error: TelegramError) -> str:
    """Error line for the operator about an address that does not answer, without the address."""
    why = error.message if re.fullmatch(r"[A-Za-z]+", error.message) else type(error).__name__
    return f"KUAGER_BOT_API_URL is wrong, or Telegram is not reached: {why}. {_ADDRESS}"


def _causes(error: BaseException) -> Iterator[TelegramError]:
    at: BaseException | None = error
    while isinstance(at, TelegramError):
        yield at
        at = at.__cause__


class Api:
    """PTB's Bot and raw calls. Raises PTB's `TelegramError`s. `time` learns the time from Telegram's
    answers."""

    def __init__(
        self, token: str, url: str, time: TelegramTime | None = None, proxy: str | None = None
    ) -> None:
        self._has_path = urlsplit(url).path.strip("/") != ""
        self._time = time
        self._has_told = False
        note = time.note_answer if time is not None else None
        self.request, self._updates = (AiohttpRequest(note, proxy=proxy) for _ in range(2))
        self.bot = Bot(
            token,
            base_url=f"{url}/bot",
            base_file_url=f"{url}/file/bot",
            request=self.request,
            get_updates_request=self._updates,
        )

    async def start(self) -> None:
        """Open the connections. On an error nothing stays open.

        Raises SettingsError for a wrong token or address, otherwise PTB's errors.
        """
        try:
            await self.bot.initialize()
        except (TelegramError, KeyError) as error:  # KeyError: JSON without a result
            await self.stop()
            if (wrong := self._wrong_setting(error)) is not None:
                raise wrong from None  # PTB's own words hold the token
            raise

    def _wrong_setting(self, error: Exception) -> SettingsError | None:
        causes = list(_causes(error))
        refused = isinstance(error, InvalidToken | Forbidden | BadRequest)
        page = refused and any(isinstance(one, NoBotApiError) for one in causes)
        # Telegram says "Unauthorized" of a token, and "Not Found" of a path.
        lost = self._has_path and isinstance(error, InvalidToken) and "Not Found" in causes[-1].message
        if isinstance(error, KeyError | NoBotApiError) or page or lost:
            return SettingsError(
                f"KUAGER_BOT_API_URL is wrong: the address answers, but not as a Bot API. {_ADDRESS}"
            )
        if isinstance(error, InvalidToken):
            return SettingsError(
                "KUAGER_BOT_TOKEN is wrong: Telegram does not know it. "
                "Example: KUAGER_BOT_TOKEN=123456789:AAE-made-up-token-of-35-letters-xxx"
            )
        return None

    async def start_until(self, stopping: asyncio.Event) -> bool:
        """Call `start` until the network is there. False when `stopping` was set meanwhile."""
        pauses = faults.START_BACKOFF.pauses()
        while not stopping.is_set():
            try:
                await self.start()
            except TelegramError as error:
                pause = next(pauses)
                log.warning("Telegram is not reached, next try in %g s: %s", pause, type(error).__name__)
                await wait_at_most(stopping, pause)
            else:
                return True
        return False

    async def stop(self) -> None:
        await self.bot.shutdown()

    async def call(
        self,
        method: str,
        params: Mapping[str, Any],
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        *,
        once: bool = False,
    ) -> Any:
        """Call a method. Returns plain JSON values. `once` turns retries off."""
        return await self.request.call(f"{self.bot.base_url}/{method}", CallData(params, files, once=once))

    async def updates(self, offset: int | None, seconds: int) -> list[dict[str, Any]]:
        """Fetch up to 100 updates. An offset acknowledges all updates before it."""
        params: dict[str, Any] = {"timeout": seconds, "limit": 100, "allowed_updates": list(ALLOWED_UPDATES)}
        if offset is not None:
            params["offset"] = offset
        url = f"{self.bot.base_url}/getUpdates"
        result: Any = await self._updates.call(url, CallData(params), read_timeout=seconds + 10)
        if not isinstance(result, list):
            raise NetworkError("getUpdates did not give a list")
        updates = [entry for entry in result if isinstance(entry, dict)]
        if len(updates) < len(result):
            self._tell_strange(len(result) - len(updates))
            await asyncio.sleep(0 if updates else faults.UNUSABLE_PAUSE)  # they come again at once
        return updates

    def _tell_strange(self, number: int) -> None:
        if not self._has_told:
            self._has_told = True
            log.error("KUAGER_BOT_API_URL gave updates that are none, first %d; they are left out", number)

    def note_messages(self, dates: Iterable[int]) -> None:
        """Learn the time from dates in seconds since 1970-01-01 UTC."""
        if self._time is not None:
            for sent in dates:
                self._time.note_message(sent)
