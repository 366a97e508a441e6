"""One try of a call."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from telegram.error import BadRequest

from bot.chat.transport.api import Api
from bot.chat.transport.sending.attachments import Attachment, Attachments, LostError, Opened, UnmadeError
from bot.chat.transport.sending.call import MOST_DELETED, Call

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Sends calls. Raises PTB's errors and those of attachments."""

    api: Api
    attachments: Attachments

    async def send(self, call: Call, deleted: set[int]) -> tuple[object, tuple[int, ...]]:
        """Send a call. Returns Telegram's answer, and the messages that could not be deleted.

        Deleted ones are added to `deleted`, for a later try. A prompt that cannot be deleted loses its
        buttons.
        """
        call, files = await self._open(call)
        left: tuple[int, ...] = ()
        if call.doomed:
            left = await self._delete(call, [one for one in call.doomed if one not in deleted], deleted)
        if call.is_deletion:
            if left and not call.essential:
                await self._drop_buttons(call, left[-1])
            return True, left
        if left and call.if_left is not None:
            call = replace(call, params=call.if_left)
        return await self._ask(call, files), left

    async def _open(self, call: Call) -> tuple[Call, Mapping[str, Attachment]]:
        try:
            opened = await self.attachments.load(call.attach)
        except UnmadeError as unmade:
            return call.in_words(str(unmade)), {}
        except LostError as lost:
            log.error("%s", lost.args[0] if lost.args else "a file is missing in the store")  # noqa: TRY400 - no trace helps
            return call.in_words(), {}
        return with_words(call, opened), {name: one for name, one in opened.items() if isinstance(one, tuple)}

    async def _ask(self, call: Call, files: Mapping[str, Attachment]) -> object:
        """Send each form of a call once, so that each try is known."""
        once = call.essential
        while True:
            try:
                return await self.api.call(call.method, call.params, files, once=once)
            except BadRequest as refused:
                other = call.instead()
                if other is None or is_unmodified(refused):
                    raise
            (call, files), once = await self._open(other), True

    async def _delete(self, call: Call, ids: Sequence[int], deleted: set[int]) -> tuple[int, ...]:
        """Delete messages. Returns those left.

        One undeletable message makes Telegram refuse all, so then each is tried alone.
        """
        left: list[int] = []
        for start in range(0, len(ids), MOST_DELETED):
            chunk = ids[start : start + MOST_DELETED]
            if len(chunk) > 1 and await self._deleted(call, {"message_ids": list(chunk)}):
                deleted.update(chunk)
                continue
            for one in chunk:
                if await self._deleted(call, {"message_id": one}):
                    deleted.add(one)
                else:
                    left.append(one)
        return tuple(left)

    async def _deleted(self, call: Call, named: dict[str, object]) -> bool:
        method = "deleteMessages" if "message_ids" in named else "deleteMessage"
        try:
            await self.api.call(method, {"chat_id": call.params["chat_id"], **named}, once=call.essential)
        except BadRequest as refused:
            return method == "deleteMessage" and "message to delete not found" in refused.message.lower()
        return True

    async def _drop_buttons(self, call: Call, message_id: int) -> None:
        markup: dict[str, object] = {"inline_keyboard": []}
        params = {"chat_id": call.params["chat_id"], "message_id": message_id, "reply_markup": markup}
        await self.api.call("editMessageReplyMarkup", params, once=True)


def with_words(call: Call, opened: Mapping[str, Opened]) -> Call:
    words: dict[str, object] = {}
    for name, one in opened.items():
        if isinstance(one, str):
            words[name] = one
        elif not isinstance(one, tuple):
            words |= one
    return replace(call, params={**call.params, **words}) if words else call


def is_unmodified(error: Exception) -> bool:
    """Whether an edit was refused because it changes nothing."""
    return isinstance(error, BadRequest) and "not modified" in error.message
