"""A prompt: the messages that ask a chat its current question, and the short trace left after the answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot import json_text
from bot.chat.renderer import RenderedMessage, Renderer, shortened
from bot.form.answers import Answer
from bot.form.draft import REVIEW, Draft
from bot.form.flow.filling import Filling
from bot.form.kinds import NO_ANSWER, answer_phrase, kind_of
from bot.form.model import Group, Privacy, Question
from bot.form.screen import Key, Label, Phrase, Said
from bot.safety.sealing import UnsealError
from bot.store import sent_messages
from bot.store.unit import REPLY_FORM, UnitOfWork
from bot.store.vault import RingSealed
from bot.transport.call import Call, Delivered, deletions
from bot.transport.outbox import Outbox
from db.models import DraftRow

PROMPT = "drafts.prompt"
_REPLY_BYTES = 1024
"""A reply's prompt is padded to a multiple of this: its length would tell how many questions there are."""
RING_SEALED = RingSealed(DraftRow.prompt, lambda row: f"{PROMPT}:{row.id}")
_REMEMBERED = 12


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages of a chat's current step.

    - `first_id`: the first known message that asked it.
    - `message_ids`: the delivered messages that ask it now, in order.
    - `unseen`: no message can have been seen yet, since it is new in this batch or not sent yet.
    - `beside`: extra messages, deleted together with the prompt in a draft that leaves nothing.
    - `floor`: no message up to this id was written with the step in sight.
    - `doubtful`: the step may have been asked in a message with an unknown id.
    - `edited_at`: Telegram's time of the edit that turned the question before into this one, in seconds.
    - `last_id`: the last known message of the bot in the chat.
    - `earlier`: previous steps, each with its floor, first known id and time of its edit, latest last.
    """

    step: int
    first_id: int | None = None
    message_ids: tuple[int, ...] = ()
    unseen: bool = False
    beside: tuple[int, ...] = ()
    floor: int = 0
    doubtful: bool = False
    edited_at: int | None = None
    last_id: int = 0
    earlier: tuple[tuple[int, int, int | None, int | None], ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether it is known since when the step is asked."""
        return self.first_id is not None or self.edited_at is not None

    @property
    def _now(self) -> tuple[int, int, int | None, int | None]:
        return self.step, self.floor, self.first_id, self.edited_at

    def in_sight(self, message_id: int, date: int) -> tuple[int, ...]:
        """Steps that may have been in sight when a message was written, latest first. Compares ids, which only rise
        in a private chat, and the message's date with that of an edit. Both are Telegram's, so no clocks need to
        agree. In the second of an edit both questions may have been seen."""
        found: list[int] = []
        for step, floor, first, edited_at in (self._now, *reversed(self.earlier)):
            is_before = message_id <= floor or (edited_at is not None and date < edited_at)
            if is_before or (self.unseen and step == self.step):
                continue
            found.append(step)
            if (first is not None and message_id > first) or (edited_at is not None and date > edited_at):
                break
        return tuple(found)

    def again(self) -> "Prompt":
        """Prompt of a step that is asked again. Doubt about earlier messages remains."""
        doubtful = self.doubtful or not (self.is_shown or self.unseen)
        return replace(self, message_ids=(), doubtful=doubtful)

    def followed(self, step: int, floor: int) -> "Prompt":
        """Prompt of a new step, which no message up to the id `floor` can answer."""
        left = (*self.earlier, self._now)[-_REMEMBERED:]
        return replace(self.anew_at(step), unseen=True, floor=max(floor, self.floor), earlier=left)

    def anew_at(self, step: int) -> "Prompt":
        """Prompt of a step whose message is not known."""
        return replace(self, step=step, first_id=None, message_ids=(), doubtful=False, edited_at=None)


def read_prompt(unit: UnitOfWork, draft: DraftRow) -> Prompt | None:
    """Last delivered prompt of a draft, None if it is unknown."""
    if draft.prompt is None:
        return None
    try:
        plain = json_text.loaded(unit.safe.ring.unseal(draft.prompt, f"{PROMPT}:{draft.id}"))
    except UnsealError:  # its key has left the ring: the draft must survive that
        return None
    ids = plain["p"] if "p" in plain else [plain["m"]]  # "m" in drafts of earlier versions
    # Older drafts without a floor had no first id for a doubtful prompt.
    is_old, first = "o" not in plain, plain["f"]
    floor = (first or 0) if is_old else plain["o"]
    known = Prompt(plain["s"], min(ids, default=None) if is_old and first is None else first, tuple(ids))
    steps = plain.get("e", ())
    times = plain.get("a", [None] * len(steps))
    earlier = tuple((step, low, high, at) for (step, low, high), at in zip(steps, times, strict=True))
    known = replace(known, floor=floor, doubtful=plain.get("d", first is None), earlier=earlier)
    return replace(
        known, beside=tuple(plain.get("b", ())), edited_at=plain.get("t"), last_id=plain.get("l", 0)
    )


def keep_prompt(unit: UnitOfWork, draft: DraftRow, prompt: Prompt) -> None:
    plain: dict[str, Any] = {"s": prompt.step, "f": prompt.first_id, "p": prompt.message_ids}
    plain |= {"o": prompt.floor, "d": prompt.doubtful, "b": prompt.beside}
    plain |= {"t": prompt.edited_at, "l": prompt.last_id}
    # Copies of the version before read "e" too, while they are restarted one by one.
    plain |= {"e": [one[:3] for one in prompt.earlier], "a": [one[3] for one in prompt.earlier]}
    written = json_text.dumped(plain)
    if draft.kind == REPLY_FORM:
        written += b" " * (-len(written) % _REPLY_BYTES)
    draft.prompt = unit.safe.ring.seal(written, f"{PROMPT}:{draft.id}")


def chats_prompted(unit: UnitOfWork, delivered: Sequence[Delivered]) -> set[bytes]:
    """Chats that got prompts or other messages, whose drafts `record_prompts` needs."""
    return {done.row.chat_hash for done in delivered if done.message_ids or _is_prompt(done)}


def record_prompts(
    unit: UnitOfWork, outbox: Outbox, delivered: Sequence[Delivered], drafts: Iterable[DraftRow]
) -> None:
    """Record delivered messages of each draft's question, and below it. A prompt delivered after its step is deleted."""
    shown: dict[bytes, list[Delivered]] = {}
    for done in delivered:
        if done.message_ids or _is_prompt(done):
            shown.setdefault(done.row.chat_hash, []).append(done)
    for draft in drafts:
        reached = shown.get(draft.chat_hash, ())
        if draft.kind == REPLY_FORM and any(_is_prompt(done) or _is_extra(unit, done) for done in reached):
            sent_messages.scatter(unit, draft.chat_hash, reached=True)
        for done in reached:
            if not _is_prompt(done):
                _record_other(unit, draft, done)
            elif done.row.prompt_step == draft.step:
                _record(unit, draft, done)
            elif done.message_ids:
                _take_back(unit, outbox, done)


def _is_prompt(done: Delivered) -> bool:
    """Whether it is a prompt, perhaps one with an unknown id."""
    return done.row.prompt_step is not None and (bool(done.message_ids) or done.doubtful)


def _is_extra(unit: UnitOfWork, done: Delivered) -> bool:
    """Whether it leaves with the prompt."""
    call = Call.of(unit.safe.ring, done.row)
    return call.shows and call.passing


def _record_other(unit: UnitOfWork, draft: DraftRow, done: Delivered) -> None:
    prompt = read_prompt(unit, draft) or Prompt(draft.step)
    beside = {*prompt.beside, *(done.message_ids if _is_extra(unit, done) else ())}
    last_id = max(prompt.last_id, *done.message_ids)
    keep_prompt(unit, draft, replace(prompt, beside=tuple(sorted(beside)), last_id=last_id))


def _record(unit: UnitOfWork, draft: DraftRow, done: Delivered) -> None:
    prompt = read_prompt(unit, draft)
    if prompt is None or prompt.step != draft.step:
        prompt = (prompt or Prompt(0)).anew_at(draft.step)
    ids = tuple(sorted({*prompt.message_ids, *done.message_ids}))
    last_id = max((prompt.last_id, *ids))
    prompt = replace(prompt, message_ids=ids, doubtful=prompt.doubtful or done.doubtful, last_id=last_id)
    if done.edited_at is not None:
        prompt = replace(prompt, edited_at=prompt.edited_at or done.edited_at or None)
    elif done.message_ids and prompt.first_id is None:
        # Any message with an id below the first one of a prompt that is not doubtful was written before it.
        first, is_certain = done.message_ids[0], not prompt.doubtful and prompt.edited_at is None
        prompt = replace(prompt, first_id=first, floor=first if is_certain else prompt.floor)
    keep_prompt(unit, draft, prompt)


def _take_back(unit: UnitOfWork, outbox: Outbox, overtaken: Delivered) -> None:
    """Delete an overtaken prompt. A message that it edited shows what came after it, or soon does."""
    shown = Call.of(unit.safe.ring, overtaken.row)
    sent = [one for one in overtaken.message_ids if one != shown.params.get("message_id")]
    for call in deletions(shown.params["chat_id"], sent):
        outbox.add(overtaken.row.chat_hash, replace(call, essential=shown.passing))


MOST_TITLE, MOST_ANSWER = 120, 60


@dataclass(frozen=True, slots=True)
class Trace:
    """Question, and the answer if it is repeated. `whole`: the message only loses its buttons, as contacts do."""

    title: Phrase
    answer: Phrase | None = None
    whole: bool = False

    def message(self, renderer: Renderer, language: str) -> RenderedMessage:
        lines = renderer.phrase(self.title, language).strip().splitlines()
        question, mark, _ = (lines[0] if lines else "·").partition("? ")
        title = shortened(question + mark.strip(), MOST_TITLE)
        if self.answer is None:
            return renderer.line(language, "reporter.answered_alone", title)
        answer = shortened(renderer.phrase(self.answer, language), MOST_ANSWER)
        return renderer.line(language, "reporter.answered", title, answer)


def trace_of(before: Draft, filling: Filling) -> Trace | None:
    """Trace of the prompt of `before`. None if no question was answered, as after a menu or another view of the question."""
    after = filling.draft
    if before.view.confirming or after.view.confirming:
        return None
    if before.position == REVIEW:
        is_listed = after.position == REVIEW and after.view.editing
        return Trace(Key("reporter.correcting")) if is_listed and not before.view.editing else None
    if before.position == after.position or after.position.startswith(f"{before.position}["):
        return None  # one more instance of a repeat, counted when all are done
    node = filling.form.at(before.position)
    if node is None:
        return None
    title = filling.told(Label(node.label), before.position, lasting=True)
    if isinstance(node, Group):
        number = after.count(before.position)
        return Trace(title, Said(str(number)) if number else NO_ANSWER)
    try:
        answer = filling.answer(before.position)
    except KeyError:  # an instance without an answer no longer exists
        answer = None
    said = _repeated(node, answer)
    said = said and filling.told(said, before.position, lasting=True)
    return Trace(title, said, whole="contacts" in node.bot)


def _repeated(question: Question, answer: Answer | None) -> Phrase | None:
    """None for a text, which stands in the person's own message below, and for sealed answers."""
    kind = kind_of(question)
    if kind.answered_with is None or question.privacy is Privacy.SEALED:
        return None
    if kind.takes_text and answer is not None:
        return None
    return answer_phrase(question, answer, MOST_ANSWER)
