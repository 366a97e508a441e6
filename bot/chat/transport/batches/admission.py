"""Which of the updates that were fetched are answered at once, and which wait their turn, so that nobody is held up by
somebody else's hundred messages. Nothing is refused here, and the order within a chat stays.

At once go, in this order and as long as there is room: the first update of everybody who is in the middle of a report;
then the further ones of the same, as many of each chat as of any other; then those of people who have nothing open, if
nobody of them waits already. Whoever has updates that wait puts the next ones behind them. What is urgent, as what deletes something, does
not wait behind what others have written.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.transport.receiving.updates import RawUpdate, chat_of, id_of
from bot.services.allowances import Crowd

MOST_AT_ONCE = 100
"""Updates of people in the middle of a report that one batch answers, but for the first of each, which all go."""
MOST_OF_A_CHAT = 10
"""Updates of one chat that one batch answers: an album of photos."""
MOST_NEW = 10
"""Updates of people who have nothing open that one batch answers; and so many urgent ones beside them."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update with its sender's place: `number` counts the sender's updates of the day, `before` those of this batch
    that came earlier. None of it for an update of no chat."""

    raw: RawUpdate
    chat_id: int | None = None
    number: int = 0
    before: int = 0


def arrivals(raws: Sequence[RawUpdate], crowd: Crowd, counts: Mapping[int, int]) -> Iterator[Arrival]:
    """Updates in their order with the places of their senders, who were counted with `counts` updates each."""
    before: dict[int, int] = {}
    for raw in raws:
        chat_id = chat_of(raw)
        if chat_id is None:
            yield Arrival(raw)
            continue
        place = before[chat_id] = before.get(chat_id, -1) + 1
        first = crowd.by_chat[chat_id].updates - counts[chat_id]
        yield Arrival(raw, chat_id, first + place + 1, place)


def counted(raws: Sequence[RawUpdate]) -> dict[int, int]:
    """How many updates each chat has among these."""
    counts: dict[int, int] = {}
    for raw in raws:
        if (chat_id := chat_of(raw)) is not None:
            counts[chat_id] = counts.get(chat_id, 0) + 1
    return counts


def admitted(
    came: Sequence[Arrival], crowd: Crowd, busy: Collection[int], is_urgent: Callable[[RawUpdate], bool]
) -> tuple[list[Arrival], list[Arrival]]:
    """Those that are answered at once, and those that wait, all of `busy` chats among them; each in their order."""
    share = min(MOST_OF_A_CHAT, max(1, MOST_AT_ONCE // max(1, len(crowd.by_chat))))
    new, urgent = 0 if crowd.anybody_waits else MOST_NEW, MOST_NEW
    now: list[Arrival] = []
    later: list[Arrival] = []
    held = set(busy)
    for one in came:
        if one.chat_id is None:
            now.append(one)
            continue
        sender = crowd.by_chat[one.chat_id]
        in_turn = sender.in_report or new > 0
        is_first = not in_turn and urgent > 0 and is_urgent(one.raw)
        if sender.waits or one.chat_id in held or one.before >= share or not (in_turn or is_first):
            held.add(one.chat_id)
            later.append(one)
            continue
        new -= in_turn and not sender.in_report
        urgent -= is_first
        now.append(one)
    return now, later


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
