"""A delivery: the other ways of a call that Telegram refuses, and what it deletes."""

import asyncio
from typing import Any

import pytest

from bot.local_api.client import Phone
from bot.store import faults
from bot.transport import sender
from bot.transport.call import Call, deletions
from tests.bot.conftest import Telegram
from tests.bot.transport.post import A, B, Post, heard, texts_of


async def test_a_refused_call_does_not_get_better_by_waiting(post: Post, phones: tuple[Phone, Phone]) -> None:
    """It is left, and what follows is sent."""
    bad = Call("sendMessage", {"chat_id": A, "text": "<b>", "parse_mode": "HTML"})
    post.sender.accept([post.owed(A, bad), post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], 1) == ["next"]


@pytest.mark.parametrize("failure", [None, {"code": 502}, {"retry_after": 1}, {"drop": "before"}])
async def test_an_edit_of_a_message_that_is_gone_is_sent_anew_whatever_else_fails(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, failure: dict[str, object] | None
) -> None:
    """The person deleted the prompt and tapped it on another device."""
    if failure is not None:
        await telegram.set("failures", method="sendMessage", **failure)
    edit = Call("editMessageText", {"chat_id": A, "message_id": 99_999, "text": "again"})
    post.sender.accept([post.owed(A, edit), post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], 2) == ["again", "next"]


async def test_of_a_message_in_place_of_an_edit_a_lost_answer_is_a_doubt(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """It may stand there twice, once under an id that the bot does not know."""
    await telegram.set("failures", method="sendMessage", drop="after")
    edit = Call("editMessageText", {"chat_id": A, "message_id": 99_999, "text": "again"})
    post.sender.accept([post.owed(A, edit)])
    (done,) = await post.until(1)
    assert (done.doubtful, done.edited_at) == (True, None)
    assert await heard(phones[0], 2) == ["again", "again"]


async def test_an_edit_is_dated_by_telegram(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Not if its answer was lost: then it is unknown when it was shown."""
    post.sender.accept([post.row(A, "first")])
    number = (await post.until(1))[0].message_ids[0]
    edits = [Call("editMessageText", {"chat_id": A, "message_id": number, "text": text}) for text in "ab"]
    post.sender.accept([post.owed(A, edits[0])])
    shown = (await post.until(2))[-1]
    await phones[0].until(lambda: phones[0].last.text == "a")
    assert (shown.message_ids, shown.edited_at) == ((number,), phones[0].last.raw["edit_date"])
    await telegram.set("failures", method="editMessageText", drop="after")
    post.sender.accept([post.owed(A, edits[1])])
    lost = (await post.until(3))[-1]
    assert (lost.message_ids, lost.edited_at, lost.doubtful) == ((), None, False)


async def test_an_edit_that_changes_nothing_is_done(post: Post, phones: tuple[Phone, Phone]) -> None:
    """A second tap asks for what is shown already."""
    post.sender.accept([post.row(A, "same")])
    number = (await post.until(1))[0].message_ids[0]
    edit = {"chat_id": A, "message_id": number, "text": "same"}
    post.sender.accept([post.owed(A, Call("editMessageText", edit)), post.row(A, "next")])
    await post.until(3)
    assert await heard(phones[0], 2) == ["same", "next"]


async def test_a_call_that_may_be_lost_holds_nothing_up(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Taking the buttons off an old message is left when the network fails."""
    await telegram.set("failures", method="editMessageReplyMarkup", count=3, drop="before")
    params: dict[str, Any] = {"chat_id": A, "message_id": 1, "reply_markup": {"inline_keyboard": []}}
    post.sender.accept(
        [post.owed(A, Call("editMessageReplyMarkup", params, {}, essential=False)), post.row(A, "x")]
    )
    await post.until(2)
    assert await heard(phones[0], 1) == ["x"]


async def test_an_old_question_that_is_gone_is_not_sent_anew(post: Post, phones: tuple[Phone, Phone]) -> None:
    """Only its short line was lost; nothing may come below the question of now."""
    edit = Call("editMessageText", {"chat_id": A, "message_id": 99_999, "text": "✔️"}, essential=False)
    post.sender.accept([post.owed(A, edit), post.row(A, "next")])
    edited, _ = await post.until(2)
    assert edited.message_ids == ()
    assert await heard(phones[0], 1) == ["next"]


@pytest.mark.parametrize("method", ["deleteMessage", "deleteMessages"])
async def test_an_old_question_that_cannot_be_deleted_any_more_loses_its_buttons(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, method: str
) -> None:
    """Telegram lets bots delete for two days."""
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    post.sender.accept(
        [post.owed(A, Call("sendMessage", {"chat_id": A, "text": "?", "reply_markup": markup}))]
    )
    number = (await post.until(1))[0].message_ids[0]
    await heard(phones[0], 1)
    refusal = "Bad Request: message can't be deleted for everyone"
    await telegram.set("failures", method="*", message_id=number - 1, code=400, description=refusal)
    await telegram.set("failures", method="deleteMessage", code=400, description=refusal, count=2)
    gone = {"message_id": number} if method == "deleteMessage" else {"message_ids": [number - 1, number]}
    post.sender.accept([post.owed(A, Call(method, {"chat_id": A, **gone}, essential=False))])
    await post.until(2)
    await phones[0].until(lambda: not phones[0].last.buttons)


async def test_the_short_line_of_an_old_question_comes_after_the_next_one(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no new message."""
    post.sender.accept([post.row(A, "question")])
    number = (await post.until(1))[0].message_ids[0]
    paced: list[str] = []

    async def wait(_chat: bytes, method: str, **_: object) -> None:
        paced.append(method)

    monkeypatch.setattr(post.sender.pace, "wait", wait)
    params = {"chat_id": A, "message_id": number, "text": "✔️"}
    line = post.owed(A, call := Call("editMessageText", params, essential=False))
    line.call = call
    post.sender.accept([line, post.row(A, "next")])
    done = await post.until(3)
    assert await heard(phones[0], 2) == ["✔️", "next"]
    assert paced == ["sendMessage", "editMessageText"]
    assert [bool(one.message_ids) for one in done] == [True, True, False]


async def line_without_room(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Owe the line of a question that was shown, while nothing that may wait has room."""
    post.sender.accept([post.row(A, "question")])
    number = (await post.until(1))[0].message_ids[0]
    monkeypatch.setattr(post.sender.pace, "has_room", lambda _chat: False)
    line = Call("editMessageText", {"chat_id": A, "message_id": number, "text": "✔️"}, essential=False)
    post.sender.accept([post.owed(A, line)])


async def test_a_short_line_waits_for_room_but_not_for_ever(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers to others go first. It removes choices from the phone, so it comes after a while in a crowd too."""
    await line_without_room(post, monkeypatch)
    post.sender.accept([post.row(B, "to another")])
    await post.until(2)
    await asyncio.sleep(2 * sender.ROOM_SECONDS)
    assert phones[0].last.text == "question"
    monkeypatch.setattr(sender, "LATEST_SECONDS", 0.0)
    await post.until(3)
    await phones[0].until(lambda: phones[0].last.text == "✔️")


async def test_a_short_line_waits_for_no_room_once_the_bot_ends(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start would send it, but the phone may be searched before."""
    await line_without_room(post, monkeypatch)
    await post.sender.finish(5.0)
    await phones[0].until(lambda: phones[0].last.text == "✔️")


async def test_an_edit_that_is_sent_anew_is_as_protected_as_its_message_was(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """A moderator's words are not to be forwarded; others may be."""
    for protect in (True, False):
        edit = {"chat_id": A, "message_id": 99_999, "text": f"again {protect}"}
        post.sender.accept([post.owed(A, Call("editMessageText", edit, protect=protect))])
    await post.until(2)
    assert await heard(phones[0], 2) == ["again True", "again False"]
    calls = await telegram.calls("sendMessage", A)
    assert ["protect_content" in call["params"] for call in calls] == [True, False]


async def test_one_message_that_cannot_be_deleted_does_not_keep_the_others(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """A dice: Telegram refuses all that are asked for with it, so each is asked for alone, and it is known what is left."""
    post.sender.accept([post.row(A, str(number)) for number in range(3)])
    ids = [entry.message_ids[0] for entry in await post.until(3)]
    await heard(phones[0], 3)
    dice = await phones[0].send("dice")
    post.sender.accept([post.owed(A, call) for call in deletions(A, [*ids, dice.id])])
    assert (await post.until(4))[-1].left == (dice.id,)
    await phones[0].until(lambda: texts_of(phones[0]) == [])
    assert [call["code"] for call in await telegram.calls("deleteMessages", A)] == [400]


async def test_a_deletion_that_is_promised_outlasts_an_outage(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that it is done is said after it is done."""
    monkeypatch.setattr(faults, "SEND_BACKOFF", faults.Backoff(0.01, 0.01))
    post.sender.accept([post.row(A, "secret")])
    number = (await post.until(1))[0].message_ids[0]
    await heard(phones[0], 1)
    await telegram.set("failures", method="deleteMessage", code=502, count=5)
    said = {"chat_id": A, "text": "deleted"}
    call = Call("sendMessage", said, deletes=(number,), if_left=said | {"text": "left"})
    post.sender.accept([post.owed(A, call), post.row(A, "next")])
    await telegram.until_called("deleteMessage", 1)
    assert texts_of(phones[0]) == ["secret"]
    done = await post.until(3)
    await phones[0].until(lambda: texts_of(phones[0]) == ["deleted", "next"])
    assert done[1].left == ()


@pytest.mark.parametrize("refusal", ["message can't be deleted", "message to delete not found"])
async def test_what_remains_is_said_in_place_of_that_it_is_done(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, refusal: str
) -> None:
    """But what is gone already is done."""
    await telegram.set("failures", method="deleteMessage", code=400, description=f"Bad Request: {refusal}")
    said = {"chat_id": A, "text": "deleted"}
    call = Call("sendMessage", said, deletes=(3,), if_left=said | {"text": "left"})
    post.sender.accept([post.owed(A, call)])
    (done,) = await post.until(1)
    gone = refusal.endswith("not found")
    assert await heard(phones[0], 1) == ["deleted" if gone else "left"]
    assert done.left == (() if gone else (3,))


async def test_what_was_deleted_before_a_flood_limit_is_not_asked_for_again(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Else a hundred single deletions would never end."""
    post.sender.accept([post.row(A, str(number)) for number in range(3)])
    ids = [entry.message_ids[0] for entry in await post.until(3)]
    await heard(phones[0], 3)
    await telegram.set("failures", method="deleteMessages", code=400, count=2)
    await telegram.set("failures", method="deleteMessage", message_id=ids[1], retry_after=1)
    post.sender.accept([post.owed(A, call) for call in deletions(A, ids)])
    assert (await post.until(4))[-1].left == ()
    asked = [call["params"]["message_id"] for call in await telegram.calls("deleteMessage", A)]
    assert asked == [ids[0], ids[1], ids[1], ids[2]]


async def test_a_person_who_blocked_the_bot_still_gets_the_chat_cleared(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """What is to be said is dropped, what is to be deleted is not."""
    post.sender.accept([post.row(A, "secret")])
    number = (await post.until(1))[0].message_ids[0]
    await heard(phones[0], 1)
    await phones[0].block()
    post.sender.accept(
        [post.row(A, "x"), *(post.owed(A, call) for call in deletions(A, [number])), post.row(A, "y")]
    )
    await post.until(4)
    await phones[0].until(lambda: texts_of(phones[0]) == [])
