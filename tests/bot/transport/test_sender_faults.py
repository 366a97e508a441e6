"""The sender while Telegram, the network or a row fails: what is tried again, given up, and in doubt."""

import pytest

from bot.local_api.client import Phone
from bot.store import faults
from tests.bot.conftest import Telegram
from tests.bot.transport.post import A, B, Post, heard, texts_of


@pytest.mark.parametrize("failure", [{"code": 500}, {"code": 502}, {"drop": "before"}])
async def test_a_failing_server_and_a_broken_network_are_tried_again(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, failure: dict[str, object]
) -> None:
    """In order, and each message once."""
    await telegram.set("failures", method="sendMessage", chat_id=A, **failure)
    post.sender.accept([post.row(A, "one", step=3), post.row(A, "two")])
    done = await post.until(2)
    assert await heard(phones[0], 2) == ["one", "two"]
    assert [entry.doubtful for entry in done] == [True, False]


async def test_a_message_whose_answer_was_lost_comes_twice_and_its_first_id_is_known_to_be_unknown(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Nobody may conclude from the second id what the person had seen."""
    await telegram.set("failures", method="sendMessage", chat_id=A, drop="after")
    post.sender.accept([post.row(A, "one", step=3)])
    (done,) = await post.until(1)
    assert await heard(phones[0], 2) == ["one", "one"]
    assert done.doubtful


async def test_a_person_who_blocked_the_bot_is_owed_nothing_more(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """All rows of that chat are done with at once, those of others are sent."""
    await phones[0].block()
    post.sender.accept([post.row(chat, str(number)) for number in range(3) for chat in (A, B)])
    done = await post.until(6)
    mine = [entry for entry in done if entry.row.chat_hash == str(A).encode()]
    assert [entry.message_ids for entry in mine] == [()] * 3
    assert [entry.unreachable for entry in mine] == [True, False, False]
    assert not any(entry.unreachable for entry in done if entry not in mine)
    assert await heard(phones[1], 3) == list("012")
    assert texts_of(phones[0]) == []


async def test_a_chat_that_is_no_more_is_owed_nothing_more_either(post: Post) -> None:
    """Its person has deleted the account. Another refusal is of the one message alone."""
    gone = 999
    post.sender.accept([post.row(gone, "one"), post.row(gone, "two")])
    assert [entry.unreachable for entry in await post.until(2)] == [True, False]


async def test_a_row_that_does_not_open_is_dropped_and_the_next_is_sent(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """Its key has left the ring, or its bytes are broken."""
    broken = post.row(A, "broken")
    broken.payload = broken.payload[:-1] + bytes([broken.payload[-1] ^ 1])
    post.sender.accept([broken, post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], 1) == ["next"]


@pytest.mark.parametrize("code", [401, 404])
async def test_a_token_that_is_refused_for_a_while_costs_no_answer(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, code: int
) -> None:
    """The operator mends it; what is owed waits."""
    await telegram.set("failures", method="sendMessage", code=code)
    post.sender.accept([post.row(A, "kept")])
    await post.until(1)
    assert await heard(phones[0], 1) == ["kept"]


async def test_a_row_that_never_goes_while_others_do_is_given_up(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payload at which the server fails for ever must not silence its chat for ever."""
    monkeypatch.setattr(faults, "MOST_ALONE", 0)
    await telegram.set("failures", method="sendMessage", chat_id=A, count=2, code=500)
    post.sender.accept([post.row(B, "before")])
    await post.until(1)
    post.sender.accept([post.row(A, "never")])
    await telegram.until_called("sendMessage", 2)
    post.sender.accept([post.row(B, "between"), post.row(A, "next")])
    await post.until(4)
    assert await heard(phones[0], 1) == ["next"]


async def test_a_network_that_was_never_reached_leaves_no_doubt(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can have been shown, so nobody is told later that a message may remain."""
    monkeypatch.setattr(faults, "MOST_ALONE", -1)
    monkeypatch.setattr(post.sender._delivery.api.bot, "_base_url", "http://127.0.0.1:1/bot1:x")
    post.sender.accept([post.row(A, "one")])
    (done,) = await post.until(1)
    assert not done.doubtful


async def test_a_message_that_is_given_up_after_lost_answers_is_in_doubt(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may stand in the chat."""
    monkeypatch.setattr(faults, "MOST_ALONE", -1)
    await telegram.set("failures", method="sendMessage", chat_id=A, drop="after")
    post.sender.accept([post.row(A, "one")])
    (done,) = await post.until(1)
    assert await heard(phones[0], 1) == ["one"]
    assert (done.message_ids, done.doubtful) == ((), True)
