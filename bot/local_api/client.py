"""A phone for tests and scripts: writes, taps and waits over HTTP as a person would.

    async with Phone(api.url, 1001, "ru") as phone:
        await phone.say("/start")
        await phone.tap("Русский")
        await phone.wait("Здравствуйте")

What is waited for is what the bot sent or changed after the last thing this phone did, so an old message with the
same words never counts. Waiting is for events, never for time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import aiohttp

from bot.local_api.bubbles import Bubble, Button, Wanted, find_button, matches
from bot.local_api.line import Line, PhoneError
from bot.local_api.pictures import picture

__all__ = ["Bubble", "Button", "Phone", "PhoneError", "picture"]


class Phone(Line):
    """The phone of one person in the private chat with the bot."""

    # --- what a person does

    async def say(self, text: str, *, reply_to: int | None = None) -> Bubble:
        """Write a text or a command; the (last) message it became."""
        return await self._write("messages", {"text": text, "reply_to_message_id": reply_to})

    async def tap(self, label: str, message: Bubble | int | None = None, *, fresh: bool = False) -> Bubble:
        """Tap the button whose label is `label`, else whose data is, else whose label begins so.

        The newest message that has it is taken unless `message` says which; the button is waited for. With
        `fresh` only messages that came or changed after the last act count. A button of a reply keyboard
        says its label. Raises TimeoutError.
        """
        since = self.mark if fresh else -1
        async with self._deadline(f"button {label!r}"):
            while True:
                found = find_button(self._tappable(message, since), label)
                if found is not None and await self._press(*found):
                    return found[0]
                if found is None:
                    await self._next()

    async def tap_data(self, message_id: int, data: str, *, force: bool = False) -> str:
        """Tap a button by its data, with `force` even when it is gone; the id of the callback query."""
        body = {"message_id": message_id, "data": data, "force": force}
        return str((await self._act("taps", body))["query_id"])

    async def send_file(
        self, kind: str, content: bytes, name: str, mime: str, *, caption: str = ""
    ) -> Bubble:
        """Send a photo, document, voice, audio or video."""
        return (await self.send_album(kind, [(content, name, mime)], caption=caption))[0]

    async def send_album(
        self, kind: str, files: list[tuple[bytes, str, str]], *, caption: str = "", album: str = ""
    ) -> list[Bubble]:
        """Send files (content, name, mime) of one kind at once; several become an album."""
        form = aiohttp.FormData(quote_fields=False)
        for name, value in (("kind", kind), ("caption", caption), ("media_group_id", album)):
            form.add_field(name, value)
        for place, (content, name, mime) in enumerate(files):
            form.add_field(f"file{place}", io.BytesIO(content), filename=name, content_type=mime)
        return self._own(await self._act("files", form))

    async def follow(self, link: str) -> Bubble:
        """Open a deep link of the bot (https://t.me/<bot>?start=...). Raises ValueError for another address."""
        address, _, payload = link.partition("?start=")
        if not payload or not re.match(r"(https?://)?t\.me/", address):
            raise ValueError(f"{link} does not lead to a bot")
        return await self.say(f"/start {payload}")

    async def edit(self, message_id: int, text: str) -> Bubble:
        """Edit one's own message."""
        return await self._write("edits", {"message_id": message_id, "text": text})

    async def send(self, kind: str, **fields: object) -> Bubble:
        """Send a contact, location, sticker, venue or dice, with fields as the Bot API names them."""
        return await self._write(kind, fields)

    async def locate(self, latitude: float, longitude: float, *, live_period: int | None = None) -> Bubble:
        """Send a place in degrees, live for so many seconds if given."""
        live = {} if live_period is None else {"live_period": live_period}
        return await self.send("location", latitude=latitude, longitude=longitude, **live)

    async def forward(self, text: str, author: str = "Somebody") -> Bubble:
        """Forward somebody's words."""
        return await self._write("forward", {"text": text, "author": author})

    async def delete(self, message_id: int) -> None:
        """Delete a message on both sides."""
        await self._act("delete", {"message_id": message_id})

    async def block(self) -> None:
        """Block the bot."""
        await self._act("block", {})

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self._act("unblock", {})

    async def make_group(self, title: str) -> int:
        """Make a group with the bot in it; its id."""
        return int((await self._act("groups", {"title": title}))["chat"]["id"])

    async def commands(self) -> list[dict[str, str]]:
        """The command menu."""
        return list((await self._get("commands", {}))["commands"])

    async def download(self, file: str | Bubble) -> bytes:
        """A file by its file_id, or the first file of a message."""
        file_id = file if isinstance(file, str) else file.files[0]["file_id"]
        async with self._http.get(f"{self._base}/files/{file_id}", params=self._query) as response:
            if response.status != 200:
                raise PhoneError(response.status, await response.text())
            return await response.read()

    # --- what a person sees

    def messages_in(self, chat_id: int) -> list[Bubble]:
        """The messages of a group as they stand, oldest first."""
        return [b for b in self._bubbles.values() if b.chat_id == chat_id and not b.deleted]

    @property
    def last(self) -> Bubble:
        """The bot's newest message. Raises LookupError when there is none."""
        theirs = [bubble for bubble in self.messages if not bubble.mine]
        if not theirs:
            raise LookupError("the bot has said nothing yet")
        return theirs[-1]

    def buttons(self, message: Bubble | None = None) -> list[str]:
        """Labels on a message, by default on the bot's newest."""
        return [button.label for button in (message or self.last).buttons]

    async def wait(
        self,
        wanted: Wanted = None,
        timeout: float | None = None,  # noqa: ASYNC109 - reads better at the many calls in tests
        *,
        since: int | None = None,
    ) -> Bubble:
        """The first message of the bot, new or changed since the last act, that is as `wanted`.

        `since` is another event number to begin from (`seq` of an earlier moment, 0 for all that was).
        Raises TimeoutError with the end of the conversation.
        """
        begin = self.mark if since is None else since
        async with self._deadline(
            f"words {wanted!r}" if isinstance(wanted, str) else "such message", timeout
        ):
            while True:
                for bubble in self.messages:
                    if not bubble.mine and bubble.changed > begin and matches(bubble, wanted):
                        return bubble
                await self._next()

    async def until(self, true: Callable[[], bool], timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Wait until `true` of this phone, asked after every event. Raises TimeoutError."""
        async with self._deadline("such state", timeout):
            while not true():
                await self._next()

    def _tappable(self, message: Bubble | int | None, since: int) -> list[Bubble]:
        number = message.id if isinstance(message, Bubble) else message
        return [
            bubble
            for bubble in reversed(self.messages)
            if not bubble.mine and bubble.changed > since and number in {None, bubble.id}
        ]

    async def _press(self, bubble: Bubble, button: Button) -> bool:
        if button.url is not None:
            await self.follow(button.url)
            return True
        if button.data is None:
            await self.say(button.label)
            return True
        before = self.seq
        try:
            await self.tap_data(bubble.id, button.data)
        except PhoneError as refused:
            if refused.status != 409:
                raise
            # The bot changed the message a moment ago; the news of it is on its way.
            if self.seq == before:
                await self._next()
            return False
        return True
