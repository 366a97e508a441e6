"""A phone for tests and scripts: writes, taps and waits over HTTP as a person would.

    async with Phone(api.url, 1001, "ru") as phone:
        await phone.say("/start")
        await phone.tap("Русский")
        await phone.wait("Здравствуйте")

A wait is for what the bot sends or changes after the last act of this phone, so an old message with the same words
never counts. It ends with an event, never after a fixed time.
"""

import io
import re
from collections.abc import Callable

import aiohttp

from bot.local_api.client.connection import PhoneConnection, PhoneError
from bot.local_api.client.messages import ExpectedMessage, ShownButton, ShownMessage, find_button, matches


class Phone(PhoneConnection):
    """The phone of one person in the private chat with the bot."""

    async def say(self, text: str, *, reply_to: int | None = None) -> ShownMessage:
        """Write a text or a command; returns the (last) message."""
        return await self._write("messages", {"text": text, "reply_to_message_id": reply_to})

    async def tap(
        self, label: str, message: ShownMessage | int | None = None, *, fresh: bool = False
    ) -> ShownMessage:
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
    ) -> ShownMessage:
        """Send a photo, document, voice, audio or video."""
        return (await self.send_album(kind, [(content, name, mime)], caption=caption))[0]

    async def send_album(
        self, kind: str, files: list[tuple[bytes, str, str]], *, caption: str = "", album: str = ""
    ) -> list[ShownMessage]:
        """Send files (content, name, mime) of one kind at once; several become an album."""
        form = aiohttp.FormData(quote_fields=False)
        for name, value in (("kind", kind), ("caption", caption), ("media_group_id", album)):
            form.add_field(name, value)
        for place, (content, name, mime) in enumerate(files):
            form.add_field(f"file{place}", io.BytesIO(content), filename=name, content_type=mime)
        return self._own(await self._act("files", form))

    async def follow(self, link: str) -> ShownMessage:
        """Open a deep link of the bot (https://t.me/<bot>?start=...). Raises ValueError for another address."""
        address, _, payload = link.partition("?start=")
        if not payload or not re.match(r"(https?://)?t\.me/", address):
            raise ValueError(f"{link} does not lead to a bot")
        return await self.say(f"/start {payload}")

    async def edit(self, message_id: int, text: str) -> ShownMessage:
        """Edit one's own message."""
        return await self._write("edits", {"message_id": message_id, "text": text})

    async def send(self, kind: str, **fields: object) -> ShownMessage:
        """Send a contact, location, sticker, venue or dice, with fields as the Bot API names them."""
        return await self._write(kind, fields)

    async def locate(
        self, latitude: float, longitude: float, *, live_period: int | None = None
    ) -> ShownMessage:
        """Send a place in degrees, live for so many seconds if given."""
        live = {} if live_period is None else {"live_period": live_period}
        return await self.send("location", latitude=latitude, longitude=longitude, **live)

    async def forward(self, text: str, author: str = "Somebody") -> ShownMessage:
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

    async def download(self, file: str | ShownMessage) -> bytes:
        """A file by its file_id, or the first file of a message."""
        file_id = file if isinstance(file, str) else file.files[0]["file_id"]
        async with self._http.get(f"{self._base}/files/{file_id}", params=self._query) as response:
            if response.status != 200:
                raise PhoneError(response.status, await response.text())
            return await response.read()

    def messages_in(self, chat_id: int) -> list[ShownMessage]:
        """The messages of a group, oldest first."""
        return [one for one in self._messages.values() if one.chat_id == chat_id and not one.deleted]

    @property
    def last(self) -> ShownMessage:
        """The bot's newest message. Raises LookupError when there is none."""
        theirs = [message for message in self.messages if not message.mine]
        if not theirs:
            raise LookupError("the bot has said nothing yet")
        return theirs[-1]

    def buttons(self, message: ShownMessage | None = None) -> list[str]:
        """Labels on a message, by default on the bot's newest."""
        return [button.label for button in (message or self.last).buttons]

    async def wait(
        self,
        expected: ExpectedMessage = None,
        timeout: float | None = None,  # noqa: ASYNC109 - reads better at the many calls in tests
        *,
        since: int | None = None,
    ) -> ShownMessage:
        """The first message of the bot, new or changed since the last act, that is as `expected`.

        `since` is another event number to begin from: an earlier `seq`, or 0 for the whole chat.
        Raises TimeoutError with the end of the conversation.
        """
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
        """Wait until `true` returns True, called after every event. Raises TimeoutError."""
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
