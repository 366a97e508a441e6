"""The sender, against the Bot API over HTTP with its limits and failures switched on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from bot import faults
from bot.chat.transport.api import Api
from bot.chat.transport.sending import sender as sender_module
from bot.chat.transport.sending.attachments import Attachment, Attachments, GoneError, LostError
from bot.chat.transport.sending.call import Call, OwedRow, deletions
from bot.chat.transport.sending.delivered import Delivered, Drained
from bot.chat.transport.sending.pace import Pace
from bot.chat.transport.sending.sender import Sender
from bot.demo import TOKEN
from bot.local_api.client import Phone
from bot.safety.sealing import RingSeal
from tests.bench import settings
from tests.bot.chat.conftest import MakePhone, Telegram

A, B = 1001, 1002
RING = RingSeal(settings().ring)


async def _open(name: str) -> Attachment:
    if name == "gone":
        raise GoneError(name)
    if name == "lost":
        raise LostError
    if name == "unreadable":
        raise FileNotFoundError(name)
    return name, b"content", "text/plain"


async def _owes(_row: OwedRow) -> bool:
    return True


def _hash_of(chat: int) -> bytes:
    return str(chat).encode()


@dataclass
class Post:
    """A sender and what it delivered so far; rows are numbered as the database would."""

    sender: Sender
    done: list[Delivered] = field(default_factory=list)
    rows: int = 0

    def row(self, chat: int, text: str, *, step: int | None = None, report: str | None = None) -> OwedRow:
        """A message that is owed."""
        return self.owed(chat, Call("sendMessage", {"chat_id": chat, "text": text}), step, report)

    def owed(self, chat: int, call: Call, step: int | None = None, report: str | None = None) -> OwedRow:
        """A call that is owed."""
        self.rows += 1
        row = OwedRow(self.rows, _hash_of(chat), self.rows, b"", step, report, hour=1, stay=0)
        row.payload = call.dump(RING, row)
        return row

    async def until(self, count: int) -> list[Delivered]:
        """Wait until so many rows are done with in all."""
        async with asyncio.timeout(20):
            while True:
                self.sender.news.clear()
                self.done += self.sender.drain().delivered
                if len(self.done) >= count:
                    return self.done
                await self.sender.news.wait()


@pytest.fixture
async def post(telegram: Telegram) -> AsyncIterator[Post]:
    """A sender without a pace of its own."""
    api = Api(TOKEN, telegram.api.url)
    await api.start()
    pace = Pace(1e6, 1e6, 1000, asyncio.get_running_loop().time)
    attachments = Attachments({"file": _open})
    made = Post(Sender(api, RING, attachments, pace, 16, _owes, _hash_of))
    yield made
    await made.sender.finish(0)
    await api.stop()


@pytest.fixture
async def phones(phone_of: MakePhone) -> tuple[Phone, Phone]:
    """Two people who have written to the bot."""
    made = await phone_of(A), await phone_of(B)
    for phone in made:
        await phone.say("/start")
    return made


def texts_of(phone: Phone) -> list[str]:
    """What the bot said, in its order."""
    return [bubble.text for bubble in phone.messages if not bubble.mine]


async def heard(phone: Phone, count: int) -> list[str]:
    """What the bot said, once it has said so much."""
    await phone.until(lambda: len(texts_of(phone)) >= count)
    return texts_of(phone)


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
    post.sender.restore(Drained(done))
    assert post.sender.drain().delivered == done


async def test_a_flood_limit_of_one_chat_holds_up_that_chat_alone(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """The other hears all before the first hears anything, and nothing is lost or out of order."""
    await telegram.set("failures", method="sendMessage", chat_id=A, retry_after=1)
    post.sender.accept([post.row(chat, str(number)) for number in range(5) for chat in (A, B)])
    assert {entry.row.chat_hash for entry in await post.until(5)} == {str(B).encode()}
    assert await heard(phones[1], 5) == list("01234")
    assert texts_of(phones[0]) == []
    await post.until(10)
    assert await heard(phones[0], 5) == list("01234")


async def test_the_limits_of_telegram_are_kept_to_in_the_end(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Whoever sends too fast is refused, waits and goes on."""
    await telegram.set("limits", chat_per_second=3, chat_burst=2)
    post.sender.accept([post.row(A, str(number)) for number in range(5)])
    await post.until(5)
    assert await heard(phones[0], 5) == list("01234")
    assert 429 in [call["code"] for call in await telegram.calls("sendMessage", A)]


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


async def test_rows_of_an_earlier_life_are_in_doubt(post: Post, phones: tuple[Phone, Phone]) -> None:
    """They may have been sent before the crash."""
    post.sender.accept([post.row(A, "one", step=3)], tried=True)
    assert post.sender.drain().unseen_prompts == frozenset()
    (done,) = await post.until(1)
    assert done.doubtful
    assert await heard(phones[0], 1) == ["one"]


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


async def test_a_person_who_blocked_the_bot_is_owed_nothing_more(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """All rows of that chat are done with at once, those of others are sent."""
    await phones[0].block()
    post.sender.accept([post.row(chat, str(number)) for number in range(3) for chat in (A, B)])
    done = await post.until(6)
    assert [entry.message_ids for entry in done if entry.row.chat_hash == str(A).encode()] == [()] * 3
    assert await heard(phones[1], 3) == list("012")
    assert texts_of(phones[0]) == []


async def test_a_row_that_does_not_open_is_dropped_and_the_next_is_sent(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """Its key has left the ring, or its bytes are broken."""
    broken = post.row(A, "broken")
    broken.payload = broken.payload[:-1] + bytes([broken.payload[-1] ^ 1])
    post.sender.accept([broken, post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], 1) == ["next"]


@pytest.mark.parametrize("name", ["gone", "unreadable"])
async def test_an_attachment_that_cannot_be_read_does_not_silence_its_chat(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """One that is destroyed is left out at once, one that fails after some tries."""
    monkeypatch.setattr(faults, "MOST_FAULTS", 1)
    call = Call("sendDocument", {"chat_id": A}, {"document": f"file:{name}"})
    post.sender.accept([post.owed(A, call), post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], 1) == ["next"]


def photo(name: str) -> Call:
    """A file that is owed as a photo."""
    params = {"chat_id": A, "caption": "R1", "protect_content": True}
    return Call("sendPhoto", params, {"photo": f"file:{name}"}, otherwise="R1: not taken")


async def test_a_photo_that_telegram_refuses_comes_as_a_document(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Too long a side, a damaged picture: the file itself is no worse for it. Its message is known, and as protected."""
    await telegram.set(
        "failures", method="sendPhoto", code=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS"
    )
    post.sender.accept([post.owed(A, photo("x.jpg"), report="r")])
    shown = await phones[0].wait(lambda bubble: bool(bubble.files), since=0)
    assert (shown.files[0]["kind"], shown.protected) == ("document", True)
    assert await phones[0].download(shown) == b"content"
    (done,) = await post.until(1)
    assert done.message_ids == (shown.id,)


async def test_a_file_that_telegram_takes_in_no_way_is_said_to_be_missing(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Whoever asked for it must not wait for it; the words are known, since they name the report."""
    for method in ("sendPhoto", "sendDocument"):
        await telegram.set("failures", method=method, code=400, description="Bad Request: FILE_PARTS_INVALID")
    post.sender.accept([post.owed(A, photo("x.jpg"), report="r")])
    said = await phones[0].wait("R1: not taken", since=0)
    (done,) = await post.until(1)
    assert done.message_ids == (said.id,)


@pytest.mark.parametrize(("name", "said"), [("lost", ["R1: not taken"]), ("gone", [])])
async def test_a_file_that_the_store_lost_is_said_to_be_missing_and_a_withdrawn_one_is_not(
    post: Post, phones: tuple[Phone, Phone], name: str, said: list[str]
) -> None:
    """Of what was withdrawn its own notice tells."""
    post.sender.accept([post.owed(A, photo(name)), post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], len(said) + 1) == [*said, "next"]


async def test_a_fault_of_the_bot_is_tried_again(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is busy for a moment costs nobody an answer."""
    opened: list[str] = []

    async def busy(name: str) -> Attachment:
        opened.append(name)
        if len(opened) == 1:
            raise OSError("busy")
        return await _open(name)

    monkeypatch.setattr(post.sender._delivery.attachments, "_openers", {"file": busy})
    post.sender.accept(
        [post.owed(A, Call("sendDocument", {"chat_id": A, "caption": "x"}, {"document": "file:a"}))]
    )
    await post.until(1)
    assert await heard(phones[0], 1) == ["x"]


async def test_what_an_answer_carries_is_waited_for_however_long_the_database_is_away(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage is never an answer's fault; since it was not tried, it is in no doubt."""
    monkeypatch.setattr(faults, "SEND_BACKOFF", faults.Backoff(0.001, 0.001))
    opened: list[str] = []

    async def away(name: str) -> Attachment:
        opened.append(name)
        if len(opened) <= 2 * faults.MOST_FAULTS:
            raise DBAPIError("", {}, ValueError(), connection_invalidated=True)
        return await _open(name)

    monkeypatch.setattr(post.sender._delivery.attachments, "_openers", {"file": away})
    post.sender.accept(
        [post.owed(A, Call("sendDocument", {"chat_id": A, "caption": "x"}, {"document": "file:a"}))]
    )
    await post.until(1)
    assert await heard(phones[0], 1) == ["x"]
    assert [done.doubtful for done in post.done] == [False]


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


async def test_the_short_line_of_an_old_question_holds_the_next_one_up_no_second(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It puts no message into the chat, so it takes nothing of the chat's pace; it is no new message either."""
    post.sender.accept([post.row(A, "question")])
    number = (await post.until(1))[0].message_ids[0]
    paced: list[str] = []

    async def wait(_chat: bytes, method: str) -> None:
        paced.append(method)

    monkeypatch.setattr(post.sender._pace, "wait", wait)
    params = {"chat_id": A, "message_id": number, "text": "✔️"}
    post.sender.accept([post.owed(A, Call("editMessageText", params, essential=False)), post.row(A, "next")])
    done = await post.until(3)
    assert await heard(phones[0], 2) == ["✔️", "next"]
    assert paced == ["sendMessage"]
    assert done[1].message_ids == ()


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


async def test_what_shows_a_withdrawn_report_is_not_sent(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Even if it was owed already."""
    await telegram.set("failures", method="sendMessage", chat_id=A, delay=0.2)
    post.sender.accept([post.row(A, "first"), post.row(A, "secret", report="r"), post.row(A, "last")])
    post.sender.lanes.drop_report("r")
    await post.until(2)
    assert await heard(phones[0], 2) == ["first", "last"]


async def test_what_shows_a_report_is_not_sent_once_it_left_the_outbox(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process revoked its moderator; a database that does not answer is asked again; other rows cost
    no look."""
    asked: list[int] = []

    async def owed(row: OwedRow) -> bool:
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


async def test_whoever_is_paced_is_not_waited_for(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch waits for calls that are under way, not for a chat that must wait its turn."""
    held = asyncio.Event()

    async def wait(*_: object) -> None:
        await held.wait()

    monkeypatch.setattr(post.sender, "_pace", _Paced(wait))
    post.sender.accept([post.row(A, "later", step=4)])
    async with asyncio.timeout(1):
        await post.sender.lanes.settle([str(A).encode()], 30)
    assert post.sender.drain().unseen_prompts == {(str(A).encode(), 4)}
    held.set()


@dataclass
class _Paced:
    wait: Callable[..., Any]


async def test_what_is_said_in_a_group_is_not_kept(post: Post, phones: tuple[Phone, Phone]) -> None:
    """Its message's id would be kept with the group's hash; of a private chat it is."""
    group = await phones[0].make_group("Топ")
    post.sender.accept([post.row(group, "one line"), post.row(A, "hello")])
    done = await post.until(2)
    assert {len(one.message_ids) for one in done if one.row.chat_hash == str(group).encode()} == {0}
    assert {len(one.message_ids) for one in done if one.row.chat_hash == str(A).encode()} == {1}


async def test_an_export_that_is_no_longer_owed_is_not_sent(
    telegram: Telegram, phones: tuple[Phone, Phone]
) -> None:
    """Though it belongs to no one report: whom it was for may have been revoked by another process."""
    api = Api(TOKEN, telegram.api.url)
    await api.start()
    asked: list[int] = []

    async def owes(row: OwedRow) -> bool:
        asked.append(row.id)
        return False

    pace = Pace(1e6, 1e6, 1000, asyncio.get_running_loop().time)
    made = Post(Sender(api, RING, Attachments({"export": _open}), pace, 16, owes, _hash_of))
    document = Call("sendDocument", {"chat_id": A}, attach={"document": "export:csv::"})
    made.sender.accept([made.row(A, "first"), made.owed(A, document)])
    await made.until(2)
    assert asked == [2]
    assert await telegram.calls("sendDocument", A) == []
    await made.sender.finish(0)
    await api.stop()


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


async def test_a_call_of_which_no_request_can_be_made_is_left_at_once(
    post: Post, phones: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A control character in a file's name: no try mends it, and the chat is not silent meanwhile."""

    async def named(name: str) -> Attachment:
        return "a\nb.txt", b"content", "text/plain"

    monkeypatch.setattr(post.sender._delivery.attachments, "_openers", {"file": named})
    broken = Call("sendDocument", {"chat_id": A}, {"document": "file:a"})
    async with asyncio.timeout(1):
        post.sender.accept([post.owed(A, broken), post.row(A, "next")])
        done = await post.until(2)
    assert await heard(phones[0], 1) == ["next"]
    assert [(entry.unbuilt, entry.doubtful) for entry in done] == [(True, False), (False, False)]


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


async def test_a_row_that_names_another_chat_is_not_sent(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram
) -> None:
    """Whatever put it there: a chat gets only what is owed to it."""
    row = post.row(A, "not for you")
    row.chat_hash = _hash_of(B)
    row.payload = Call("sendMessage", {"chat_id": A, "text": "not for you"}).dump(RING, row)
    post.sender.accept([row, post.row(B, "next")])
    await post.until(2)
    assert await heard(phones[1], 1) == ["next"]
    assert await telegram.calls("sendMessage", A) == []


async def test_a_payload_opens_only_in_its_row(post: Post, phones: tuple[Phone, Phone]) -> None:
    """Somebody who can write to the file cannot send one chat's answer to another."""
    one, other = post.row(A, "for A"), post.row(B, "for B")
    one.payload, other.payload = other.payload, one.payload
    post.sender.accept([one, other, post.row(A, "next")])
    await post.until(3)
    assert await heard(phones[0], 1) == ["next"]
    assert texts_of(phones[1]) == []


async def test_whatever_is_for_a_moderator_is_sent_only_while_it_is_owed(
    post: Post, phones: tuple[Phone, Phone], telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue names reports too, though it belongs to none: after `revoke` nothing more comes."""

    async def owes(_row: OwedRow) -> bool:
        return False

    monkeypatch.setattr(post.sender, "_owes", owes)
    queue = Call("sendMessage", {"chat_id": A, "text": "queue"}, guarded=True)
    post.sender.accept([post.owed(A, queue), post.row(A, "next")])
    await post.until(2)
    assert await heard(phones[0], 1) == ["next"]


async def test_where_several_chats_are_refused_at_once_the_bot_is_and_the_others_are_told(
    post: Post, telegram: Telegram
) -> None:
    """Telegram does not say whom it means; one chat alone is no reason to let all wait."""
    told: list[float] = []
    post.sender.flooded = told.append
    for chat in (A, B, 93):
        assert not told
        await telegram.set("failures", method="sendMessage", chat_id=chat, retry_after=30)
        before = await telegram.number()
        post.sender.accept([post.row(chat, "words")])
        await telegram.until_called("sendMessage", 1, before)
    async with asyncio.timeout(20):
        while not told:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.005)
    assert told == [30.0]


async def test_nothing_is_sent_while_the_copy_is_not_among_the_others(
    post: Post, phones: tuple[Phone, Phone]
) -> None:
    """Another one may have taken charge of it: what it no longer owes then is not sent at all."""
    gate = post.sender.gate = asyncio.Event()
    rows = [post.row(A, "kept"), post.row(B, "taken over")]
    post.sender.accept(rows)
    await asyncio.sleep(0.05)
    assert not post.sender.drain().delivered
    post.sender.lanes.keep_only({rows[0].id})
    gate.set()
    (done,) = await post.until(1)
    assert done.row is rows[0]
    await phones[0].wait("kept")
    assert texts_of(phones[1]) == []
