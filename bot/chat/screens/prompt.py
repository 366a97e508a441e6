"""A prompt: the messages in which a chat is asked the question at hand, as far as they were delivered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot import json_bytes
from bot.chat.transport.sending.call import Call, deletions
from bot.chat.transport.sending.delivered import Delivered
from bot.chat.transport.sending.outbox import Outbox
from bot.safety.sealing import UnsealError
from bot.services import sent_messages
from bot.services.ring_sealed import RingSealed
from bot.services.unit import REPLY_FORM, Unit
from db.models import DraftRow

PROMPT = "drafts.prompt"
_REPLY_BYTES = 1024
"""A reply's fills a multiple of so many bytes: how many messages show its questions would tell whose they are."""
RING_SEALED = RingSealed(DraftRow.prompt, lambda row: f"{PROMPT}:{row.id}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages of a chat's current step: the first that asked it, and those that ask it now, in their order, once
    delivered. `unseen`: none can have been seen yet (it was made in this batch, or waits untried in the outbox). `beside` are
    other messages that leave the chat with it, of a draft that leaves nothing there."""

    step: int
    first_id: int | None = None
    message_ids: tuple[int, ...] = ()
    unseen: bool = False
    beside: tuple[int, ...] = ()

    @property
    def message_id(self) -> int | None:
        """The message with the buttons."""
        return self.message_ids[-1] if self.message_ids else None

    def came_before(self, message_id: int) -> bool:
        """Whether a person's message was certainly written before this step was seen to be asked. Message
        ids of a bot's private chats only rise."""
        return self.unseen or (self.first_id is not None and message_id < self.first_id)


def read_prompt(unit: Unit, draft: DraftRow) -> Prompt | None:
    """The last prompt of a draft that was certainly delivered; None when it is not known, or no longer."""
    if draft.prompt is None:
        return None
    try:
        plain = json_bytes.loaded(unit.safe.ring.unseal(draft.prompt, f"{PROMPT}:{draft.id}"))
    except UnsealError:  # its key has left the ring: that must not cost the person the draft
        return None
    ids = plain["p"] if "p" in plain else [plain["m"]]  # "m": as drafts of earlier versions have it
    return Prompt(plain["s"], plain["f"], tuple(ids), beside=tuple(plain.get("b", ())))


def keep_prompt(unit: Unit, draft: DraftRow, prompt: Prompt) -> None:
    """The inverse of `read_prompt`."""
    plain = {"s": prompt.step, "f": prompt.first_id, "p": prompt.message_ids}
    plain |= {"b": prompt.beside} if prompt.beside else {}
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
            else:
                _take_back(unit, outbox, done)


def _is_prompt(done: Delivered) -> bool:
    return done.row.prompt_step is not None and bool(done.message_ids)


def _record(unit: Unit, draft: DraftRow, done: Delivered) -> None:
    before, step, ids = read_prompt(unit, draft), draft.step, done.message_ids
    beside = before.beside if before is not None else ()
    first = None if done.doubtful else ids[0]
    if before is not None and before.step == step:
        first, ids = before.first_id, tuple(sorted({*before.message_ids, *ids}))
    keep_prompt(unit, draft, Prompt(step, first, ids, beside=beside))


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
