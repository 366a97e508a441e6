"""Results of sending, for the next transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.chat.transport.sending.call import OwedRow


@dataclass(frozen=True, slots=True)
class Delivered:
    """A finished row.

    - `doubtful`: it may have been shown under unknown ids
    - `left`: messages that it could not delete
    - `unbuilt`: no request can be made of it, so the person has to be told
    - `unreachable`: the chat takes nothing any more
    - `moved_to`: new id of a group, to which nothing was sent yet
    """

    row: OwedRow
    message_ids: tuple[int, ...] = ()
    doubtful: bool = False
    left: tuple[int, ...] = ()
    unbuilt: bool = False
    unreachable: bool = False
    moved_to: int | None = None


@dataclass(frozen=True, slots=True)
class Drained:
    """Snapshot of the sender.

    - `unseen_prompts`: untried prompts by chat and step. Messages that came until now answer none of them
    - `numbers`: last row number of each chat
    - `tried`: ids of rows that may have been shown
    """

    delivered: Sequence[Delivered] = ()
    unseen_prompts: frozenset[tuple[bytes, int]] = frozenset()
    numbers: Mapping[bytes, int] = field(default_factory=dict)
    tried: frozenset[int] = frozenset()
