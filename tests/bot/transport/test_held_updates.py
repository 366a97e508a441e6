"""Updates that wait for their chat."""

from bot.transport.reservation import HeldUpdates
from bot.transport.updates import RawUpdate


def written(update_id: int | None, chat: int | None) -> RawUpdate:
    """A message; without an id, or to no chat."""
    update: RawUpdate = {"message": {"chat": {"id": chat}}} if chat is not None else {}
    return update if update_id is None else {"update_id": update_id, **update}


def test_only_the_updates_of_a_busy_chat_wait_and_each_chats_stay_in_order() -> None:
    """A later one does not overtake an earlier one, though it came when the chat was quiet."""
    busy = {b"1"}
    held = HeldUpdates(lambda chat: str(chat).encode(), lambda chat: chat not in busy, lambda _chat: False)
    held.add([written(1, 1), written(2, 2), written(3, 1), written(4, None), written(None, 1)], until=5.0)
    assert held.take_ready(0.0) == [written(2, 2), written(4, None), written(None, 1)]
    assert held.ids == {1, 3}
    held.add([written(5, 1)], until=7.0)
    busy.clear()
    assert held.take_ready(0.0) == [written(1, 1), written(3, 1), written(5, 1)]
    assert held.ids == set()


def test_nobody_waits_for_ever() -> None:
    """When the first has waited long enough, all of its chat are taken."""
    held = HeldUpdates(lambda chat: str(chat).encode(), lambda chat: False, lambda _chat: False)
    held.add([written(1, 1)], until=5.0)
    held.add([written(2, 1), written(3, 2)], until=6.0)
    assert held.take_ready(4.9) == []
    assert held.take_ready(5.0) == [written(1, 1), written(2, 1)]
    held.clear()
    assert held.ids == set()


def test_a_crowd_of_one_chat_is_taken_out_though_the_chat_is_busy() -> None:
    """With all that wait of it, in their order; few of another chat stay."""
    held = HeldUpdates(lambda chat: str(chat).encode(), lambda chat: False, lambda _chat: False)
    held.add([written(1, 1), written(2, 2), written(3, 1), written(4, 1)], until=5.0)
    assert held.take_crowds(3) == []
    assert held.take_crowds(2) == [written(1, 1), written(3, 1), written(4, 1)]
    assert held.ids == {2}


def test_what_another_copy_has_in_hand_waits_before_what_came_since() -> None:
    """Until its time has come or the other says that it is done, and never longer than an update waits at all."""
    held = HeldUpdates(lambda chat: str(chat).encode(), lambda _chat: True, lambda _chat: False)
    held.add([written(1, 1), written(2, 2)], until=5.0)
    assert held.take_ready(0.0) == [written(1, 1), written(2, 2)]
    assert held.overdue == set()
    held.put_back([written(1, 1)], 0.0, 1.0)
    held.add([written(3, 1)], until=6.0)
    assert held.take_ready(0.5) == []
    held.wake()
    assert held.take_ready(0.5) == [written(1, 1), written(3, 1)]
    held.put_back([written(1, 1), written(3, 1)], 0.5, 8.5)
    assert held.take_ready(5.0) == [written(1, 1), written(3, 1)]
    assert held.overdue == {1}


def test_what_stays_in_another_copys_hand_is_tried_less_and_less_often() -> None:
    """After twice as long each time, up to eight pauses: each try costs a transaction. A word from the other still counts at once."""
    held, now, tries = (
        HeldUpdates(lambda chat: str(chat).encode(), lambda _chat: True, lambda _chat: False),
        0.0,
        list[float](),
    )
    held.add([written(1, 1)], until=60.0)
    for _ in range(6):
        while not held.take_ready(now):
            now += 0.5
        tries.append(now)
        held.put_back([written(1, 1)], now, 1.0)
    assert tries == [0.0, 1.0, 3.0, 7.0, 15.0, 23.0]
    held.wake()
    assert held.take_ready(now)


def test_what_waits_for_a_slow_call_is_kept_elsewhere_at_once() -> None:
    """However few there are: polling fetches nothing behind them."""
    held = HeldUpdates(lambda chat: str(chat).encode(), lambda _chat: False, lambda chat: chat == b"1")
    raws = [written(1, 1), written(2, 2)]
    held.add(raws, until=9.0)
    assert held.take_crowds(most=10) == raws[:1]
    assert held.ids == {2}
