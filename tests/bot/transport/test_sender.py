"""The sender, against the Bot API over HTTP with its limits and failures switched on."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.demo import TOKEN
from bot.local_api.client import Phone
from bot.store.sent_messages import Stay
from bot.transport import sender as sender_module
from bot.transport.api import Api
from bot.transport.call import Call, Delivery, QueuedRow
from bot.transport.lanes import SendingPace
from bot.transport.sender import Journal, Sender
from tests.bot.conftest import Telegram
from tests.bot.transport.post import RING, A, B, Post, file_named, hash_of, heard, photo, texts_of


async def test_each_chat_hears_in_the_order_in_which_it_was_owed(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """Also when some calls take longer than the next, and when rows come in several batches."""
    await post.sender.lanes.settle([b"unknown"], 1)
    for start in range(0, 30, 10):
        batch = range(start, start + 10)
        post.sender.accept([post.row(chat, f"{number}") for number in batch for chat in (A, B)])
    await post.until(60)
    for phone in phones:
        assert await heard(phone, 30) == [str(number) for number in range(30)]


async def test_what_was_delivered_carries_the_ids_that_telegram_gave(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """They are the way to delete a message later."""
    post.sender.accept([post.row(A, "one"), post.row(A, "two")])
    done = await post.until(2)
    await heard(phones[0], 2)
    shown = [bubble.id for bubble in phones[0].messages if not bubble.mine]
    assert [entry.message_ids for entry in done] == [(number,) for number in shown]
    assert post.sender.drain().delivered == []
    post.sender.give_back(done)
    assert post.sender.drain().delivered == done


async def test_rows_of_an_earlier_life_are_in_doubt(post: Post, phones: tuple[Phone, Phone]) -> None:
    """They may have been sent before the crash."""
    post.sender.accept([post.row(A, "one", step=3)], tried=True)
    assert post.sender.drain().unseen_prompts == frozenset()
    (done,) = await post.until(1)
    assert done.doubtful
    assert await heard(phones[0], 1) == ["one"]


async def test_what_shows_a_report_is_not_sent_once_it_left_the_outbox(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process revoked its moderator; a database that does not answer is asked again; other rows cost
    no look."""
    asked: list[int] = []

    async def owed(row: QueuedRow) -> bool:
        asked.append(row.id)
        if len(asked) == 1:
            raise OSError("away")
        return row.id != 2

    monkeypatch.setattr(sender_module, "OWED_PAUSE", 0.01)
    monkeypatch.setattr(post.sender, "_owes", owed)
    post.sender.accept(
        [post.row(A, "first"), post.row(A, "secret", report="r"), post.row(A, "shown", report="q")]
    )
    done = await post.until(3)
    assert await heard(phones[0], 2) == ["first", "shown"]
    assert asked == [2, 2, 3]
    assert [bool(entry.message_ids) for entry in done] == [True, False, True]


async def test_what_left_the_outbox_after_a_try_is_in_doubt(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may stand in the chat, whatever has taken it out since: a command, or a file that is gone."""

    async def owed(row: QueuedRow) -> bool:
        return row.id != 1

    monkeypatch.setattr(post.sender, "_owes", owed)
    revoked, gone = post.row(A, "secret", report="r"), post.owed(A, photo("gone"))
    post.sender.accept([revoked, gone], tried=True)
    post.sender.accept([post.row(B, "secret", report="r")])
    assert [done.doubtful for done in await post.until(2) if done.row in (revoked, gone)] == [True, True]


async def test_what_was_delivered_and_not_recorded_keeps_its_chat_from_being_handed_over_as_untried(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """Whoever takes it over is to know that it may have been shown."""
    post.sender.accept([post.row(A, "one")])
    await heard(phones[0], 1)
    await post.sender.finish(5)
    assert set(post.sender.tried_chats()) == {hash_of(A)}
    post.sender.drain()
    assert set(post.sender.tried_chats()) == set()


async def test_a_prompt_that_is_found_late_does_not_replace_a_newer_one(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """Nobody had heard of its commit; the newer one was committed after it."""
    late, newer = post.row(A, "fifth", step=5), post.row(A, "sixth", step=6)
    post.sender.pace.hold(0.2)
    post.sender.accept([newer])
    post.sender.accept([late])
    await post.until(2)
    assert set(await heard(phones[0], 2)) == {"fifth", "sixth"}


async def test_a_stop_does_not_wait_for_many_notices(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers are sent, and a notice under way is, so that it does not come twice. The next process sends the others."""
    monkeypatch.setattr(sender_module, "NOTICE_SECONDS", 0.0)
    await telegram.set("failures", method="sendMessage", chat_id=A, count=9, delay=0.3)
    notices = [post.row(A, f"notice {number}") for number in range(3)]
    for one in notices:
        one.stay = Stay.UNTIL_SEEN
    post.sender.accept([*notices, post.row(A, "card"), post.row(B, "card")])
    await post.sender.finish(5)
    delivered = {entry.row.id for entry in post.sender.drain().delivered}
    assert delivered >= {1, 4, 5}
    assert post.sender.lanes.ids() == {1, 2, 3, 4, 5} - delivered != set()
    assert post.sender.lanes.tried() == set()


async def test_a_stop_waits_for_what_is_under_way_and_leaves_the_rest_to_the_next_start(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """What could not be sent in time is not taken for sent."""
    await telegram.set("failures", method="sendMessage", chat_id=A, retry_after=60)
    post.sender.accept([post.row(A, "held"), post.row(B, "sent")])
    await post.sender.finish(0.5)
    assert [entry.row.id for entry in post.sender.drain().delivered] == [2]
    post.sender.accept([post.row(B, "too late")])
    assert await heard(phones[1], 1) == ["sent"]
    assert post.sender._tasks == set()


async def test_what_is_said_in_a_group_is_not_kept(post: Post, phones: tuple[Phone, Phone]) -> None:
    """Its message's id would be kept with the group's hash; of a private chat it is."""
    group = await phones[0].make_group("Топ")
    post.sender.accept([post.row(group, "one line"), post.row(A, "hello")])
    done = await post.until(2)
    assert {len(one.message_ids) for one in done if one.row.chat_hash == str(group).encode()} == {0}
    assert {len(one.message_ids) for one in done if one.row.chat_hash == str(A).encode()} == {1}


async def test_an_export_that_is_no_longer_owed_is_not_sent(
    telegram: Telegram, phones: tuple[Phone, Phone], tmp_path: Path
) -> None:
    """Though it belongs to no one report: whom it was for may have been revoked by another process."""
    api = Api(TOKEN, telegram.api.url)
    await api.start()
    asked: list[int] = []

    async def owes(row: QueuedRow) -> bool:
        asked.append(row.id)
        return False

    pace = SendingPace(1e6, 1e6, 1000, asyncio.get_running_loop().time)
    made = Post(
        Sender(
            Delivery(api, {"export": file_named}),
            RING,
            pace,
            owes,
            hash_of,
            Journal(tmp_path, RING),
        )
    )
    document = Call("sendDocument", {"chat_id": A}, attach={"document": "export:csv::"})
    made.sender.accept([made.row(A, "first"), made.owed(A, document)])
    await made.until(2)
    assert asked == [2]
    assert await telegram.calls("sendDocument", A) == []
    await made.sender.finish(0)
    await api.stop()


async def test_what_is_made_when_it_is_sent_has_its_parameters_then(
    telegram: Telegram, phones: tuple[Phone, Phone], tmp_path: Path
) -> None:
    """By what its name begins with, from the rest; so has an edit whose message is gone and which is sent anew."""
    api = Api(TOKEN, telegram.api.url)
    await api.start()

    async def made_of(spec: str) -> Mapping[str, object]:
        return {"text": f"made of {spec}"}

    async def owes(row: QueuedRow) -> bool:
        return True

    pace = SendingPace(1e6, 1e6, 1000, asyncio.get_running_loop().time)
    attachments = {"search": made_of}
    made = Post(Sender(Delivery(api, attachments), RING, pace, owes, hash_of, Journal(tmp_path, RING)))
    new = Call("sendMessage", {"chat_id": A}, attach={"text": "search:one:two"})
    edit = Call("editMessageText", {"chat_id": A, "message_id": 999}, attach={"text": "search:three"})
    made.sender.accept([made.owed(A, new), made.owed(A, edit)])
    await made.until(2)
    assert await heard(phones[0], 2) == ["made of one:two", "made of three"]
    await made.sender.finish(0)
    await api.stop()


async def test_a_row_that_names_another_chat_is_not_sent(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Whatever put it there: a chat gets only what is owed to it."""
    row = post.row(A, "not for you")
    row.chat_hash = hash_of(B)
    row.payload = Call("sendMessage", {"chat_id": A, "text": "not for you"}).dump(RING, row)
    post.sender.accept([row, post.row(B, "next")])
    await post.until(2)
    assert await heard(phones[1], 1) == ["next"]
    assert await telegram.calls("sendMessage", A) == []


async def test_whatever_is_for_a_moderator_is_sent_only_while_it_is_owed(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue names reports too, though it belongs to none: after `revoke` nothing more comes."""

    async def owes(_row: QueuedRow) -> bool:
        return False

    monkeypatch.setattr(post.sender, "_owes", owes)
    queue = Call("sendMessage", {"chat_id": A, "text": "queue"}, guarded=True)
    post.sender.accept([post.owed(A, queue), post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], 1) == ["next"]


async def test_nothing_is_sent_while_the_copy_is_not_among_the_others(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """Another one may have taken charge of it: what it no longer owes then is not sent at all."""
    gate = post.sender.gate = asyncio.Event()
    rows = [post.row(A, "kept"), post.row(B, "taken over")]
    post.sender.accept(rows)
    await asyncio.sleep(0.05)
    assert not post.sender.drain().delivered
    post.sender.lanes.drop(post.sender.lanes.ids() - {rows[0].id})
    gate.set()
    (done,) = await post.until(1)
    assert done.row is rows[0]
    await phones[0].wait("kept")
    assert texts_of(phones[1]) == []


async def test_a_group_that_has_become_another_tells_which(post: Post, telegram: Telegram) -> None:
    """What was for it is done with, and was certainly not shown."""
    body = {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
    }
    body["parameters"] = {"migrate_to_chat_id": -1_001_234_567_890}
    await telegram.set("failures", method="sendMessage", code=400, body=json.dumps(body))
    post.sender.accept([post.row(A, "one")])
    (done,) = await post.until(1)
    assert (done.moved_to, done.doubtful, done.message_ids) == (-1_001_234_567_890, False, ())
