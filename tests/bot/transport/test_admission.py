"""Who is answered at once and who waits, without any timing."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.store.allowances import Allowance, SenderLimits
from bot.transport.backlog import (
    MOST_AT_ONCE,
    MOST_OF_A_CHAT,
    MOST_URGENT_NEW,
    Arrival,
    admitted,
    arrivals,
    counted,
)
from bot.transport.updates import chat_of

FLOODER, OTHER, THIRD = 1, 2, 3
ROOM = 12


def came(*chats: int) -> list[dict[str, Any]]:
    """An update of each of these chats, in this order."""
    return [
        {"update_id": number, "message": {"chat": {"id": chat}}} for number, chat in enumerate(chats, start=1)
    ]


def split(
    raws: Sequence[dict[str, Any]],
    *,
    telling: Sequence[int] = (),
    waiting: Sequence[int] = (),
    busy: Sequence[int] = (),
    deleting: Collection[int] = (),
    newcomers: int = ROOM,
) -> tuple[list[Arrival], list[Arrival]]:
    """Which of these updates go now and which wait, when these chats tell a report, those have some that wait, what those write
    deletes something, and so many newcomers are taken in."""
    counts = counted(raws)
    senders = {
        chat: Allowance(str(chat).encode(), updates=number, in_report=chat in telling, waits=chat in waiting)
        for chat, number in counts.items()
    }
    crowd = SenderLimits(senders, newcomers_wait=bool(waiting))
    came_ = list(arrivals(raws, crowd, counts))
    return admitted(came_, crowd, busy, lambda raw: chat_of(raw) in deleting, newcomers)


def chats(found: Sequence[Arrival]) -> list[int | None]:
    """Whose they are."""
    return [one.chat_id for one in found]


def test_a_hundred_messages_of_one_chat_hold_up_nobody_else() -> None:
    """What is too many of it waits; everybody else is answered at once."""
    now, later = split(came(*[FLOODER] * 90, OTHER, *[FLOODER] * 8, THIRD), telling=[FLOODER, OTHER, THIRD])
    assert chats(now) == [*[FLOODER] * MOST_OF_A_CHAT, OTHER, THIRD]
    assert chats(later) == [FLOODER] * (98 - MOST_OF_A_CHAT)


def test_whoever_has_some_that_wait_puts_the_next_behind_them() -> None:
    """Else a later message would overtake an earlier one."""
    now, later = split(came(OTHER, FLOODER), telling=[FLOODER, OTHER], waiting=[FLOODER])
    assert (chats(now), chats(later)) == ([OTHER], [FLOODER])


def test_of_many_people_who_have_nothing_open_only_some_are_answered_at_once() -> None:
    """Whoever is in the middle of a report is, though they come last."""
    strangers, tellers = range(10, 90), range(100, 120)
    now, later = split(came(*strangers, *tellers), telling=tellers)
    assert chats(now) == [*list(strangers)[:ROOM], *tellers]
    assert chats(later) == list(strangers)[ROOM:]


def test_without_room_all_who_have_nothing_open_wait() -> None:
    """More is owed then than leaves soon; a report goes on."""
    now, later = split(came(OTHER, THIRD, FLOODER), telling=[THIRD], newcomers=0)
    assert (chats(now), chats(later)) == ([THIRD], [OTHER, FLOODER])


def test_while_anybody_waits_nobody_who_has_nothing_open_goes_first() -> None:
    """They are taken from the backlog by how little they wrote today, and reports go on meanwhile."""
    now, later = split(came(OTHER, THIRD, FLOODER), telling=[THIRD], waiting=[FLOODER])
    assert (chats(now), chats(later)) == ([THIRD], [OTHER, FLOODER])


def test_whoever_deletes_something_waits_behind_nobody_else() -> None:
    """A report is withdrawn however many newcomers wait, who come first there; but not before what its reporter wrote earlier."""
    now, later = split(came(OTHER, THIRD, FLOODER), waiting=[FLOODER], deleting=[THIRD, FLOODER])
    assert (chats(now), chats(later)) == ([THIRD], [OTHER, FLOODER])


def test_of_many_who_delete_something_only_some_go_first() -> None:
    """Beside as many newcomers, so that neither keeps the others out."""
    strangers, deleting = range(10, 90), range(100, 190)
    now, later = split(came(*strangers, *deleting), deleting=deleting)
    assert chats(now) == [*strangers[:ROOM], *deleting[:MOST_URGENT_NEW]]
    assert len(later) == len(strangers) + len(deleting) - ROOM - MOST_URGENT_NEW


def test_all_of_a_chat_to_which_a_call_is_under_way_waits() -> None:
    """Its answer would be to a question that nobody knows was asked."""
    now, later = split(came(FLOODER, OTHER, FLOODER), telling=[FLOODER, OTHER], busy=[FLOODER])
    assert (chats(now), chats(later)) == ([OTHER], [FLOODER, FLOODER])


def test_each_of_many_people_in_the_middle_of_a_report_is_answered_at_once() -> None:
    """The first message of each, however many they are."""
    tellers = range(10, 60)
    now, _ = split(came(*tellers, *tellers, *tellers), telling=tellers)
    assert chats(now) == [*tellers, *tellers]
    assert len(now) == MOST_AT_ONCE


def test_whoever_puts_the_bot_into_many_groups_holds_up_nobody() -> None:
    """Each is an answer too, and Telegram takes only so many a second."""
    groups = [
        {"update_id": number, "my_chat_member": {"chat": {"id": -number}}} for number in range(100, 190)
    ]
    now, later = split([*groups, *came(OTHER)], telling=[OTHER])
    assert chats(now) == [*(-number for number in range(100, 100 + ROOM)), OTHER]
    assert len(later) == len(groups) - ROOM


def test_an_update_of_no_chat_goes_at_once() -> None:
    """Nobody could say behind whom it should wait."""
    now, later = split([{"update_id": 1, "my_chat_member": {}}], waiting=[FLOODER])
    assert (chats(now), later) == ([None], [])


@given(st.lists(st.integers(1, 9), max_size=100), st.sets(st.integers(1, 9)), st.sets(st.integers(1, 9)))
def test_nothing_is_lost_and_no_chat_s_order_changes(
    order: list[int], telling: set[int], waiting: set[int]
) -> None:
    """Of each chat a beginning goes now, and the rest waits, numbered on."""
    raws = came(*order)
    now, later = split(raws, telling=list(telling), waiting=list(waiting))
    by_chat = defaultdict(list)
    for one in (*now, *later):
        by_chat[one.chat_id].append((one.raw["update_id"], one.number))
    for chat, found in by_chat.items():
        own = [raw["update_id"] for raw in raws if raw["message"]["chat"]["id"] == chat]
        assert found == list(zip(own, range(1, len(own) + 1), strict=True))
    assert sum(map(len, by_chat.values())) == len(raws)
