"""The receipt is kept and proved, or not kept; a code stands in no answer; and all can be deleted at once."""

import pytest

from bot.chat.buttons import Act
from bot.reports.receipts import chat as receipts_chat
from bot.reports.receipts import service as receipts_service
from bot.safety.pseudonym import codes_in, has_spelled_code, read_part
from bot.store import sent_messages
from bot.transport.call import Call, Delivered, DeliverySnapshot
from db.models import DraftRow
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats

ME = 7_000_000_001
WRONG = "7K3Q-V9XM-20TB"
ASKED = "reporter.receipt.prove"


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats with the bot."""
    return Chats(bench)


def said(calls: list[Call]) -> str:
    """What the bot said."""
    return "\n".join(str(call.params["text"]) for call in calls if call.method == "sendMessage")


def deleted(calls: list[Call]) -> list[int]:
    """The messages that leave the chat."""
    return [number for call in calls for number in call.doomed]


async def code(bench: Bench) -> str:
    """The code of a report that was sent."""
    async with bench.write() as unit:
        return (await bench.submit(unit)).code


async def note(chats: Chats, message_id: int) -> None:
    """A message stands in the chat."""
    async with chats.bench.write() as unit:
        sent_messages.note(unit, unit.safe.pseudonyms.chat(ME), message_id)


async def asked(chats: Chats, code: str) -> str:
    """The question for the last part of a code."""
    async with chats.bench.read() as unit:
        check = receipts_service.check_of(unit, code)
    calls = await chats.tap(ME, Act("prove", check, "en"))
    assert calls[-1].params["reply_markup"]["force_reply"]
    assert calls[-1].params["text"] == TEXTS.text("en", ASKED, {"check": receipts_chat.unseen(check)})
    assert check not in str(calls[-1].params["text"])
    return str(calls[-1].params["text"])


async def wrong_part(chats: Chats, code: str) -> str:
    """Four characters that do not prove a code. One part in a thousand has its check by chance."""
    async with chats.bench.read() as unit:
        check = receipts_service.check_of(unit, code)
        return next(
            part for part in ("0000", "1111", "2222") if not receipts_service.is_last_part(unit, part, check)
        )


@pytest.mark.parametrize("typed", ["{}", " {} ", "whole"])
async def test_whoever_types_the_last_part_has_kept_the_code(chats: Chats, typed: str) -> None:
    """In any case and with any spaces, or the whole code. All leaves the chat: the message, the question, the code."""
    receipt = await code(chats.bench)
    await note(chats, 9001)
    question = await asked(chats, receipt)
    words = receipt.lower() if typed == "whole" else typed.format(receipt[-4:].lower())
    calls = await chats.reply(ME, words, question)
    assert "That is right" in said(calls)
    assert {9001, chats.last_id} <= set(deleted(calls))
    assert all(call.essential and call.if_left for call in calls if call.is_deletion)
    assert [call.is_deletion for call in calls] == sorted((call.is_deletion for call in calls), reverse=True)


async def test_whoever_types_something_else_is_asked_again(chats: Chats) -> None:
    """With the code still above, to be compared."""
    receipt = await code(chats.bench)
    question = await asked(chats, receipt)
    calls = await chats.reply(ME, await wrong_part(chats, receipt), question)
    assert "not the last four characters" in said(calls)
    assert calls[-1].params["text"] == question


async def test_neither_the_button_nor_the_question_tells_the_code(chats: Chats) -> None:
    """Two letters of a keyed hash: a thousand parts of codes have the same."""
    async with chats.bench.read() as unit:
        checks = {receipts_service.check_of(unit, f"7K3Q-V9XM-{number:04}") for number in range(2000)}
    assert len(checks) < 1024
    assert all(len(check) == 2 for check in checks)


async def test_whoever_keeps_no_code_has_it_taken_out_of_the_chat(chats: Chats) -> None:
    """Its message is deleted, and what that means is said."""
    calls = await chats.tap(ME, Act("nocode", "en"))
    assert len(deleted(calls)) == 1
    assert "neither check the report, nor add to it, nor withdraw it" in said(calls)


def said_once_gone(calls: list[Call]) -> str:
    """What is said by calls that delete a message before, and that outlast an outage."""
    return said([call for call in calls if call.deletes and call.if_left and call.essential])


@pytest.mark.parametrize("act", ["wrong part", "no code", "code in an answer"])
async def test_what_shows_a_code_is_gone_before_that_is_said(chats: Chats, act: str) -> None:
    """By one call, which is tried until Telegram has answered; what it refuses to delete the person is told."""
    receipt = await code(chats.bench)
    if act == "no code":
        calls = await chats.tap(ME, Act("nocode", "en"))
    elif act == "code in an answer":
        await begin(chats)
        calls = await chats.say(ME, receipt)
    else:
        calls = await chats.reply(ME, await wrong_part(chats, receipt), await asked(chats, receipt))
    assert said_once_gone(calls) != ""
    claimed = TEXTS.text("en", "reporter.refused.deleted")
    assert (
        (claimed in said_once_gone(calls))
        == (claimed in said(calls))
        == (act in {"no code", "code in an answer"})
    )


async def begin(chats: Chats) -> None:
    """As far as a question that words answer."""
    await chats.say(ME, "/report")
    await chats.say(ME, "Yes")


@pytest.mark.parametrize("words", ["{}", "My code is {}, I wrote it down.", "my code: {lower}"])
async def test_a_code_in_an_answer_is_refused_and_deleted(chats: Chats, words: str) -> None:
    """However it is written; the question is asked again."""
    receipt = await code(chats.bench)
    await begin(chats)
    calls = await chats.say(ME, words.format(receipt, lower=receipt.lower().replace("-", " ")))
    assert "so it was not added to your answer" in said(calls)
    assert chats.last_id in deleted(calls)


async def test_what_only_looks_like_a_code_is_an_answer(chats: Chats) -> None:
    """The number of a card or a case: but nobody can try codes in their story without end."""
    await begin(chats)
    for _ in range(chats.bench.settings.guesses_a_day + 2):
        assert "not added to your answer" not in said(await chats.say(ME, f"case {WRONG}"))
    assert "in the morning" in said(await chats.say(ME, f"/status {WRONG}"))


async def test_panic_destroys_what_is_open_and_clears_the_chat(chats: Chats) -> None:
    """The draft and its key, the command itself too; what is said tells nobody what the bot is for."""
    await begin(chats)
    calls = await chats.say(ME, "/panic")
    assert chats.last_id in deleted(calls)
    text = said(calls).lower()
    assert text.startswith("done.")
    assert "47 hours" in text
    assert not [word for word in ("report", "right", "freedom", "human", "code") if word in text]
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


async def test_panic_outlasts_an_outage_and_tells_what_may_remain(chats: Chats) -> None:
    """The deletion goes before what is said. Telegram's answer to a prompt was lost: a copy of it may stand there."""
    await begin(chats)
    shown = chats.rows[-1]
    await chats.batch(drained=DeliverySnapshot([Delivered(shown, (chats.number(),), doubtful=True)]))
    calls = await chats.say(ME, "/panic")
    *deletions, told = calls
    assert all(call.is_deletion and call.essential and call.if_left for call in deletions)
    assert chats.last_id in deleted(deletions)
    assert not told.is_deletion
    assert TEXTS.text("en", "reporter.may_remain") in said(calls)


@pytest.mark.parametrize("times", [0, 400])
async def test_panic_is_heard_in_any_state(chats: Chats, times: int) -> None:
    """With nothing open, and from somebody who is not answered any more today."""
    if times:
        chats.bench.settings = chats.bench.settings.model_copy(update={"updates_a_day": 20})
        for _ in range(25):
            await chats.say(ME, "/help")
    assert said(await chats.say(ME, "/panic")).startswith("Done.")


def test_a_code_is_found_in_a_text_however_it_is_written() -> None:
    """With dashes, spaces or nothing between its parts, in Cyrillic letters that look alike, at most three."""
    assert codes_in("код 7k3q-v9xm-20tb, да") == (WRONG,)
    assert codes_in("7K3QV9XM20TB") == (WRONG,)
    assert codes_in("7К3Q V9ХМ 2ОТВ") == (WRONG,)
    assert codes_in("no code at all, only words") == ()
    assert len(codes_in("7K3Q-V9XM-20T1 7K3Q-V9XM-20T2 7K3Q-V9XM-20T3 7K3Q-V9XM-20T4")) == 3
    assert (read_part("2o tb"), read_part("20T"), read_part(WRONG)) == ("20TB", None, "20TB")


def test_a_code_is_told_from_words_and_numbers_with_its_letters() -> None:
    """Three words of a story are no guess, nor is an identity number or a card's."""
    for text in ("that time they came with them", "900101300123", "4400-1234-5678-9012"):
        assert codes_in(text)
        assert not has_spelled_code(text)
    for text in ("BCDF-GHJK-MNPQ", "bcdf ghjk mnp9", f"код {WRONG.lower()}"):
        assert has_spelled_code(text)
