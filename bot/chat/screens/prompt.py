"""A prompt: the messages in which a chat is asked the question at hand, as far as they were delivered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot import json_bytes
from bot.chat.transport.sending.call import Call, deletions
from bot.chat.transport.sending.delivered import Delivered
from bot.chat.transport.sending.outbox import Outbox
from bot.safety.sealing import UnsealError
from bot.services import sent_messages
from bot.services.unit import REPLY_FORM, Unit
from bot.services.vault import RingSealed
from db.models import DraftRow

PROMPT = "drafts.prompt"
_REPLY_BYTES = 1024
"""A reply's fills a multiple of so many bytes: how many messages show its questions would tell whose they are."""
RING_SEALED = RingSealed(DraftRow.prompt, lambda row: f"{PROMPT}:{row.id}")
_REMEMBERED = 12
"""Steps before the current one of which it is known when they were asked."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages of a chat's current step: the first known one that asked it, and those that ask it now, in their order, once
    delivered. `unseen`: none can have been seen yet (it was made in this batch, or waits untried in the outbox). `beside` are other messages that leave the chat with it, of a draft that leaves nothing there.

    `floor`: no message up to this id was written with the step in sight. `doubtful`: it may have been asked under an id that nobody
    knows. `earlier` are the steps before it, each with its floor and its first known id, the latest last."""

    step: int
    first_id: int | None = None
    message_ids: tuple[int, ...] = ()
    unseen: bool = False
    beside: tuple[int, ...] = ()
    floor: int = 0
    doubtful: bool = False
    earlier: tuple[tuple[int, int, int | None], ...] = ()

    def in_sight(self, message_id: int) -> tuple[int, ...]:
        """The steps that may have been in sight when a person wrote a message, the latest first. Message ids of a bot's private chats
        only rise, and no two clocks need to agree: the ids of a lost answer and of the message may lie either way round."""
        found: list[int] = []
        for step, floor, first in ((self.step, self.floor, self.first_id), *reversed(self.earlier)):
            if message_id > floor and not (self.unseen and step == self.step):
                found.append(step)
                if first is not None and message_id > first:
                    break
        return tuple(found)

    def again(self) -> "Prompt":
        """This prompt when its step is asked anew; what may have been shown before stays in doubt."""
        doubtful = self.doubtful or (self.first_id is None and not self.unseen)
        return replace(self, message_ids=(), doubtful=doubtful)

    def followed(self, step: int, floor: int) -> "Prompt":
        """The prompt of a new step, which no message up to the id `floor` can answer."""
        left = (*self.earlier, (self.step, self.floor, self.first_id))[-_REMEMBERED:]
        return Prompt(step, unseen=True, beside=self.beside, floor=max(floor, self.floor), earlier=left)


def read_prompt(unit: Unit, draft: DraftRow) -> Prompt | None:
    """The last prompt of a draft that was certainly delivered; None when it is not known, or no longer."""
    if draft.prompt is None:
        return None
    try:
        plain = json_bytes.loaded(unit.safe.ring.unseal(draft.prompt, f"{PROMPT}:{draft.id}"))
    except UnsealError:  # its key has left the ring: that must not cost the person the draft
        return None
    ids = plain["p"] if "p" in plain else [plain["m"]]  # "m": as drafts of earlier versions have it
    # Those that knew no floor had no first id of a prompt in doubt.
    is_old, first = "o" not in plain, plain["f"]
    floor = (first or 0) if is_old else plain["o"]
    known = Prompt(plain["s"], min(ids, default=None) if is_old and first is None else first, tuple(ids))
    earlier = tuple((step, low, high) for step, low, high in plain.get("e", ()))
    doubtful = plain.get("d", first is None)
    return replace(known, beside=tuple(plain.get("b", ())), floor=floor, doubtful=doubtful, earlier=earlier)


def keep_prompt(unit: Unit, draft: DraftRow, prompt: Prompt) -> None:
    """The inverse of `read_prompt`."""
    plain: dict[str, Any] = {"s": prompt.step, "f": prompt.first_id, "p": prompt.message_ids}
    plain |= {"o": prompt.floor, "d": prompt.doubtful, "e": prompt.earlier, "b": prompt.beside}
    written = json_bytes.dumped(plain)
    if draft.kind == REPLY_FORM:
        written += b" " * (-len(written) % _REPLY_BYTES)
    draft.prompt = unit.safe.ring.seal(written, f"{PROMPT}:{draft.id}")


def chats_prompted(unit: Unit, delivered: Sequence[Delivered]) -> set[bytes]:
    """The chats that prompts were delivered to, or what leaves the chat with one: those whose drafts `record_prompts`
    needs."""
    return {done.row.chat_hash for done in delivered if _is_prompt(done) or _is_passing(unit, done)}


def record_prompts(
    unit: Unit, outbox: Outbox, delivered: Sequence[Delivered], drafts: Iterable[DraftRow]
) -> None:
    """Let each draft know which messages ask its question, and which leave the chat with it. A prompt that reached the chat
    after its step had been left is deleted: nobody shall answer it any more, and what is asked now was sent below it."""
    shown: dict[bytes, list[Delivered]] = {}
    for done in delivered:
        if _is_prompt(done) or _is_passing(unit, done):
            shown.setdefault(done.row.chat_hash, []).append(done)
    for draft in drafts:
        if draft.kind == REPLY_FORM and draft.chat_hash in shown:
            sent_messages.scatter(unit, draft.chat_hash, reached=True)
        for done in shown.get(draft.chat_hash, ()):
            if done.row.prompt_step is None:
                _record_beside(unit, draft, done)
            elif done.row.prompt_step == draft.step:
                _record(unit, draft, done)
            elif done.message_ids:
                _take_back(unit, outbox, done)


def _is_prompt(done: Delivered) -> bool:
    return done.row.prompt_step is not None and (bool(done.message_ids) or done.doubtful)


def _record(unit: Unit, draft: DraftRow, done: Delivered) -> None:
    prompt = read_prompt(unit, draft)
    if prompt is None or prompt.step != draft.step:
        prompt = replace(prompt or Prompt(0), step=draft.step, first_id=None, message_ids=(), doubtful=False)
    ids = tuple(sorted({*prompt.message_ids, *done.message_ids}))
    prompt = replace(prompt, message_ids=ids, doubtful=prompt.doubtful or done.doubtful)
    if ids and prompt.first_id is None:
        # Below the first message of a prompt that is not in doubt all was written before it.
        prompt = replace(prompt, first_id=ids[0], floor=prompt.floor if prompt.doubtful else ids[0])
    keep_prompt(unit, draft, prompt)


def _is_passing(unit: Unit, done: Delivered) -> bool:
    if not done.message_ids:
        return False
    call = Call.of(unit.safe.ring, done.row)
    return call.shows and call.passing


def _record_beside(unit: Unit, draft: DraftRow, done: Delivered) -> None:
    before = read_prompt(unit, draft) or Prompt(draft.step)
    beside = tuple(sorted({*before.beside, *done.message_ids}))
    keep_prompt(unit, draft, replace(before, beside=beside))


def _take_back(unit: Unit, outbox: Outbox, overtaken: Delivered) -> None:
    shown = Call.of(unit.safe.ring, overtaken.row)
    for call in deletions(shown.params["chat_id"], overtaken.message_ids):
        outbox.add(overtaken.row.chat_hash, replace(call, essential=shown.passing))
