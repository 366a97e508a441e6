"""The lanes: what chats are owed and have not seen, by a sender at work."""

import pytest

from bot.local_api.client import Phone
from bot.store import faults
from bot.store.faults import Backoff
from bot.store.sent_messages import Stay
from bot.transport import lanes
from bot.transport.call import QueuedRow
from tests.bot.conftest import Telegram
from tests.bot.transport.post import A, B, Post, heard, texts_of


@pytest.mark.usefixtures("phones")
async def test_a_prompt_that_was_refused_for_a_while_is_known_to_be_unseen(
    post: Post, telegram: Telegram
) -> None:
    """What is written meanwhile was written without having seen it."""
    await telegram.set("failures", method="sendMessage", chat_id=A, retry_after=1)
    post.sender.accept([post.row(A, "one", step=3)])
    assert post.sender.drain().unseen_prompts == {(str(A).encode(), 3)}
    await telegram.until_called("sendMessage", 1)
    await post.sender.lanes.settle([str(A).encode()], 5)
    assert post.sender.drain().unseen_prompts == {(str(A).encode(), 3)}
    assert not (await post.until(1))[0].doubtful
    assert post.sender.drain().unseen_prompts == frozenset()


async def test_a_newer_prompt_takes_the_place_of_one_that_still_waits(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """But not of one that is under way, nor of anything that is no prompt."""
    await telegram.set("failures", method="sendMessage", chat_id=A, delay=0.2)
    post.sender.accept([post.row(A, "under way", step=1)])
    post.sender.accept([post.row(A, "receipt"), post.row(A, "old", step=2)])
    post.sender.accept([post.row(A, "older", step=2)])
    post.sender.accept([post.row(A, "new", step=3)])
    done = await post.until(5)
    assert {entry.row.id for entry in done} == {1, 2, 3, 4, 5}
    assert (await heard(phones[0], 2))[-2:] == ["receipt", "new"]
    assert "old" not in texts_of(phones[0])


async def test_all_parts_of_a_long_prompt_are_sent(post: Post, phones: tuple[Phone, Phone]) -> None:
    """A review in three messages is one prompt; only what was owed before gives way to it."""
    post.sender.accept([post.row(A, f"part {number}", step=9) for number in range(3)])
    await post.until(3)
    assert await heard(phones[0], 3) == ["part 0", "part 1", "part 2"]


async def test_what_a_moderator_asked_for_does_not_wait_behind_notices(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """But behind one that is under way; its parts stay together, and notices in their order."""
    await telegram.set("failures", method="sendMessage", chat_id=A, delay=0.2)
    post.sender.accept([notice(post, number) for number in range(3)])
    post.sender.accept([post.row(A, "card 1"), post.row(A, "card 2"), notice(post, 3)])
    post.sender.accept([post.row(A, "history")])
    await post.until(7)
    notices = [f"notice {number}" for number in range(4)]
    assert await heard(phones[0], 7) == [notices[0], "card 1", "card 2", "history", *notices[1:]]


def notice(post: Post, number: int) -> QueuedRow:
    """Something that nobody asked for."""
    row = post.row(A, f"notice {number}")
    row.stay = Stay.UNTIL_SEEN
    return row


async def test_an_answer_does_not_wait_behind_notices_left_by_an_earlier_process(post: Post) -> None:
    """All of them may have been shown, and a busy moderator is owed many. The first may be under way."""
    lanes_ = lanes.Lanes()
    for number in range(3):
        lane = lanes_.add(notice(post, number), 0, tried=True)
    lanes_.add(post.row(A, "card"), 0, tried=True)
    lanes_.add(post.row(A, "history"), 0, tried=False)
    assert [row.id for row in lane.rows] == [1, 4, 5, 2, 3]


async def test_the_next_number_is_greater_than_that_of_any_row(post: Post) -> None:
    """Wherever it stands."""
    lanes_ = lanes.Lanes()
    for row in (notice(post, 1), notice(post, 2), post.row(A, "card")):
        lanes_.add(row, 0, tried=False)
    assert lanes_.numbers() == {str(A).encode(): 3}


async def test_what_shows_a_withdrawn_report_is_not_sent(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Even if it was owed already."""
    await telegram.set("failures", method="sendMessage", chat_id=A, delay=0.2)
    post.sender.accept([post.row(A, "first"), post.row(A, "secret", report="r"), post.row(A, "last")])
    post.sender.lanes.drop_report("r")
    await post.until(2)
    assert await heard(phones[0], 2) == ["first", "last"]


async def test_settling_waits_for_all_that_a_chat_is_owed_one_call_after_the_other(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """The next call begins as soon as one ends; between them nothing is known yet."""
    await telegram.set("failures", method="sendMessage", chat_id=A, count=3, delay=0.05)
    post.sender.accept([post.row(A, str(number)) for number in range(3)])
    await telegram.until_called("sendMessage", 1)
    await post.sender.lanes.settle([str(B).encode(), str(A).encode()], 5)
    assert len(post.sender.drain().delivered) == 3
    assert await heard(phones[0], 3) == list("012")


async def test_a_prompt_of_an_earlier_life_that_is_answered_meanwhile_does_not_come_again(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one comes at once, in its place and in that of others that were tried; one more message may stand in the chat."""
    monkeypatch.setattr(lanes, "HELD_BACK_SECONDS", 3600.0)
    post.sender.accept([post.row(A, "seen", step=3), post.row(A, "notice")], tried=True)
    post.sender.accept([post.row(B, "receipt"), post.row(B, "unseen")], tried=True)
    assert await heard(phones[1], 2) == ["receipt", "unseen"]
    assert post.sender.lanes.is_quiet(str(A).encode())
    post.sender.accept([post.row(A, "next", step=4)])
    assert await heard(phones[0], 2) == ["notice", "next"]
    done = {entry.row.id: entry for entry in await post.until(5)}
    assert done[1].doubtful
    assert not done[1].message_ids
    assert not done[5].doubtful


async def test_a_prompt_of_an_earlier_life_that_nobody_answers_comes_after_a_moment(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether it was shown."""
    monkeypatch.setattr(lanes, "HELD_BACK_SECONDS", 0.05)
    post.sender.accept([post.row(A, "prompt", step=3)], tried=True)
    assert await heard(phones[0], 1) == ["prompt"]


async def test_a_prompt_whose_answer_was_lost_is_not_sent_again_once_it_is_answered(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its person has seen it, and waits for the next."""
    monkeypatch.setattr(faults, "SEND_BACKOFF", Backoff(0.2, 0.2))
    await telegram.set("failures", method="sendMessage", chat_id=A, drop="after")
    post.sender.accept([post.row(A, "seen", step=3)])
    assert await heard(phones[0], 1) == ["seen"]
    await post.sender.lanes.settle([str(A).encode()], 5)
    post.sender.accept([post.row(A, "next", step=4)])
    assert await heard(phones[0], 2) == ["seen", "next"]
    assert [entry.doubtful for entry in await post.until(2)] == [True, False]
