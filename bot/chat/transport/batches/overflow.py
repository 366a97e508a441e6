"""What of somebody who has written more than the bot answers on a day still waits its turn, in the place of what is dropped."""

from collections.abc import Callable, Iterable, Sequence

from bot.chat.transport.batches.admission import Arrival
from bot.chat.transport.receiving.updates import RawUpdate, id_of

MOST_URGENT = 5
"""Urgent updates of one sender that wait: whoever proves a code, clears the chat and withdraws does it in so many."""
MOST_OF_BLOCKED = 100
"""Other updates that wait of a blocked sender whose form is open, which goes on all the same; of anybody else's nothing is dropped."""
TOLD = 1
"""Those that wait of somebody who was not told yet that nothing more is answered: one, which is told."""


def kept(
    found: Iterable[Arrival],
    most_others: int,
    is_urgent: Callable[[RawUpdate], bool],
    repeated: Callable[[RawUpdate], str | None],
) -> Sequence[Arrival]:
    """Those that wait, of the updates of one chat in their order: the last few urgent ones, of those that only repeat each other the
    last, so that no other is displaced by a repetition; and the first few others."""
    urgent: dict[str | int | None, Arrival] = {}
    others = []
    for one in found:
        if is_urgent(one.raw):
            same = repeated(one.raw) or id_of(one.raw)
            urgent.pop(same, None)
            urgent[same] = one
        else:
            others.append(one)
    return [*others[:most_others], *list(urgent.values())[-MOST_URGENT:]]
