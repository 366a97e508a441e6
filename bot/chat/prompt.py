"""A prompt: the messages in which a chat is asked the question at hand, as far as they were delivered."""

import json
from dataclasses import dataclass

from bot.safety.sealing import UnsealError
from bot.services.unit import Unit
from db.models import DraftRow

PROMPT = "drafts.prompt"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompts of a chat's current step: the first message that asked it, and those that ask it now, in
    their order, once delivered. `unseen`: none can have been seen (made in this batch, or waiting untried in
    the outbox)."""

    step: int
    first_id: int | None = None
    message_ids: tuple[int, ...] = ()
    unseen: bool = False

    @property
    def message_id(self) -> int | None:
        """The message under which the buttons stand."""
        return self.message_ids[-1] if self.message_ids else None

    def came_before(self, message_id: int) -> bool:
        """Whether a person's message was certainly written before this step was seen to be asked. Message
        ids of a bot's private chats only rise."""
        return self.unseen or (self.first_id is not None and message_id < self.first_id)


def read_prompt(unit: Unit, draft: DraftRow) -> Prompt | None:
    """The last prompt of a draft that was surely delivered; None when it is not known, or no longer."""
    if draft.prompt is None:
        return None
    try:
        plain = json.loads(unit.safe.ring.unseal(draft.prompt, f"{PROMPT}:{draft.id}"))
    except UnsealError:  # its key has left the ring: that must not cost the person the draft
        return None
    ids = plain["p"] if "p" in plain else [plain["m"]]  # "m": as drafts of earlier versions have it
    return Prompt(plain["s"], plain["f"], tuple(ids))


def keep_prompt(unit: Unit, draft: DraftRow, prompt: Prompt) -> None:
    """The inverse of `read_prompt`."""
    plain = json.dumps({"s": prompt.step, "f": prompt.first_id, "p": prompt.message_ids}).encode()
    draft.prompt = unit.safe.ring.seal(plain, f"{PROMPT}:{draft.id}")
