"""What became of what the outbox owed, as the sender tells the next transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.chat.transport.sending.call import OwedRow


@dataclass(frozen=True, slots=True)
class Delivered:
    """A row that is done with; `message_ids` are those that Telegram gave for it. `doubtful`: a try of it may have shown
    it under ids that nobody knows. `left` are messages that it was to delete and could not. `unbuilt`: no request can be
    made of it, so the person has to be told that something is missing. `unreachable`: Telegram says that the chat takes nothing, for
    good. `moved_to`: it is a group that has become another one, to which nothing was sent yet."""

    row: OwedRow
    message_ids: tuple[int, ...] = ()
    doubtful: bool = False
    left: tuple[int, ...] = ()
    unbuilt: bool = False
    unreachable: bool = False
    moved_to: int | None = None


@dataclass(frozen=True, slots=True)
class Drained:
    """What the sender knew at one moment: the rows it was done with, and the prompts, by chat and step, that still
    waited and had certainly never been tried. Whatever people had written by then, they wrote without having seen
    these. `numbers` are those of the last rows of the chats that are still owed something, `tried` the ids of rows under its
    charge that may have been shown."""

    delivered: Sequence[Delivered] = ()
    unseen_prompts: frozenset[tuple[bytes, int]] = frozenset()
    numbers: Mapping[bytes, int] = field(default_factory=dict)
    tried: frozenset[int] = frozenset()
