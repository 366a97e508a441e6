"""Admission of updates: which are answered at once and which wait, so that one sender's hundred messages
hold up no one else.

People in the middle of a report come first, then people with no open report. Urgent updates, such as
deletions, do not wait behind other people's. The order within a chat stays.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.transport.receiving.updates import RawUpdate, chat_of, id_of
from bot.services.allowances import Crowd

MOST_AT_ONCE = 100
"""Limit for people in the middle of a report, beyond the first update of each."""
MOST_OF_A_CHAT = 10
"""Limit for one chat: an album of photos."""
MOST_NEW = 10
"""Limit for people with no open report, and again for their urgent updates."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update with its `number` among its sender's of the day, and the count `before` it in this batch."""

    raw: RawUpdate
    chat_id: int | None = None
    number: int = 0
    before: int = 0


def arrivals(raws: Sequence[RawUpdate], crowd: Crowd, counts: Mapping[int, int]) -> Iterator[Arrival]:
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
    counts: dict[int, int] = {}
    for raw in raws:
        if (chat_id := chat_of(raw)) is not None:
            counts[chat_id] = counts.get(chat_id, 0) + 1
    return counts


def admitted(
    came: Sequence[Arrival], crowd: Crowd, busy: Collection[int], is_urgent: Callable[[RawUpdate], bool]
) -> tuple[list[Arrival], list[Arrival]]:
    """Split updates into those answered at once and those that wait. All updates of `busy` chats wait."""
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
"""Limit on a sender's waiting urgent updates: enough to prove a code, clear the chat and withdraw."""
MOST_OF_BLOCKED = 100
"""Limit on other waiting updates of a blocked sender, whose open form goes on. Unblocked senders with an
open form lose nothing."""
TOLD = 1
"""Limit on waiting updates of a sender who must still be told that nothing more is answered."""


def kept(
    found: Iterable[Arrival],
    most_others: int,
    is_urgent: Callable[[RawUpdate], bool],
    repeated: Callable[[RawUpdate], str | None],
) -> Sequence[Arrival]:
    """Updates of one chat that keep waiting: the last urgent ones, each repetition once, and the first
    `most_others` others."""
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
