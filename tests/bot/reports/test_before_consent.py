"""Messages sent before consent to storage: held narrowly, taken at "yes", gone at "no" and after 15 minutes."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.app import jobs
from bot.chat.buttons import Act
from bot.form.answers import FileKind, Written, files_of
from bot.form.events import Cancel, Pick
from bot.reports.filling import endings
from bot.store import drafting
from bot.store.drafting import MOST_HELD, OpenDraft
from db.models import DataKey, DraftRow, Erasure, File
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.reports.talking import draft_of, said, tap

ME = 5
YES, NO = Pick(0), Pick(1)
PHOTO = {
    "photo": [{"file_id": "AgAD-photo", "file_unique_id": "u1", "file_size": 9, "width": 1, "height": 1}]
}
VOICE = {"voice": {"file_id": "AwAD-voice", "file_unique_id": "u2", "file_size": 9, "duration": 94}}
STORY = "They took my brother last night in Semey, three men in plain clothes"


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases; the person's Telegram speaks English."""
    return Chats(bench)


def text(key: str, **arguments: str | int) -> str:
    """A text of the bot."""
    return TEXTS.text("en", key, arguments)


async def send(chats: Chats, **content: Any) -> str:
    """A message that is no text alone."""
    update = chats.written(ME, "…")
    del update["message"]["text"]
    update["message"] |= content
    return said(await chats.batch(update))


def told(found: OpenDraft) -> list[str]:
    """The parts of the story."""
    answer = found.draft.answers.get(found.form.by_role["story"].path)
    return [part.text for part in answer.parts] if isinstance(answer, Written) else []


async def later(bench: Bench, minutes: int) -> None:
    """Let minutes pass, and the periodic job look."""
    bench.later(minutes / 60)
    async with bench.write() as unit:
        await endings.forget_held(unit)


@pytest.mark.parametrize("begins", ["", "/start", "/report"])
async def test_what_was_written_first_need_not_be_sent_again(chats: Chats, begins: str) -> None:
    """The person is asked for consent, told how long it is held, and finds it as the story at "yes"."""
    if begins:
        await chats.say(ME, begins)
    asked = said(await chats.say(ME, STORY))
    question = chats.bench.forms["report"].by_role["consent_store"].label["en"]
    assert [question in asked, text("reporter.held") in asked] == [True, True]
    assert (TEXTS.text("kk", "reporter.choose_language") in asked) == (not begins)
    await chats.say(ME, "Nobody tells us where he is")
    assert STORY in await tap(chats, ME, YES)
    assert told(await draft_of(chats.bench, ME)) == [STORY, "Nobody tells us where he is"]


async def test_photos_voice_and_captions_are_taken_too_and_fetched_only_then(chats: Chats) -> None:
    """Voice and captions belong to the story, photos to the evidence; no file is noted before."""
    await send(chats, **PHOTO, caption=STORY)
    await send(chats, **PHOTO)
    await send(chats, **VOICE)
    async with chats.bench.read() as unit:
        assert await count(unit, File) == 0
    await tap(chats, ME, YES)
    found = await draft_of(chats.bench, ME)
    kinds = {
        role: [file.kind for file in files_of(found.draft.answers[found.form.by_role[role].path])]
        for role in ("story", "evidence")
    }
    assert kinds == {"story": [FileKind.VOICE], "evidence": [FileKind.PHOTO, FileKind.PHOTO]}
    assert told(found) == [STORY]
    async with chats.bench.read() as unit:
        assert await count(unit, File) == 3


async def test_a_file_too_big_to_be_fetched_is_refused_at_once(chats: Chats) -> None:
    """Not after the person has agreed."""
    big = {"document": {"file_id": "B", "file_unique_id": "u3", "file_size": 30_000_000}}
    assert text("reporter.file.too_big") in await send(chats, **big)
    assert (await draft_of(chats.bench, ME)).held == ()


@pytest.mark.parametrize("way", ["no", "/panic", "two taps"])
async def test_it_is_destroyed_with_its_key_from_the_first_second(chats: Chats, way: str) -> None:
    """At "no", at /panic and by the two taps that clear: no row and no key is left, and the log is emptied."""
    await chats.say(ME, STORY)
    if way == "no":
        shown = await tap(chats, ME, NO)
        assert text("reporter.no_consent") in shown
    elif way == "/panic":
        assert text("reporter.panic") in said(await chats.say(ME, way))
    else:
        await tap(chats, ME, Cancel())
        assert text("reporter.panic") in await tap(chats, ME, Cancel(sure=True))
    async with chats.bench.read() as unit:
        days = 1  # the key of the day, under which updates are counted
        counts = [await count(unit, table) for table in (DraftRow, DataKey, Erasure)]
    assert counts == [0, days, 1]


async def test_ten_messages_are_held_and_no_more(chats: Chats) -> None:
    """The person is told of the eleventh, and of no other."""
    for number in range(MOST_HELD):
        assert text("reporter.held.full", n=MOST_HELD) not in said(await chats.say(ME, f"Part {number}"))
    assert text("reporter.held.full", n=MOST_HELD) in said(await chats.say(ME, "Part 10"))
    await tap(chats, ME, YES)
    assert told(await draft_of(chats.bench, ME)) == [f"Part {number}" for number in range(MOST_HELD)]


@pytest.mark.parametrize("by", ["the job", "the next message"])
async def test_after_fifteen_minutes_it_is_gone_and_the_person_is_told(chats: Chats, by: str) -> None:
    """With its key: by the job, also by one that starts later; and where it was late, before anything else is done. At "yes"
    nothing comes back."""
    await chats.say(ME, STORY)
    key = (await draft_of(chats.bench, ME)).row.data_key_id
    await later(chats.bench, 13)
    assert (await draft_of(chats.bench, ME)).held
    if by == "the job":
        await later(chats.bench, 2)
    else:
        chats.bench.later(2 / 60)
    shown = await tap(chats, ME, YES)
    assert text("reporter.held.gone") in shown
    assert STORY not in shown
    found = await draft_of(chats.bench, ME)
    assert told(found) == []
    async with chats.bench.read() as unit:
        assert await unit.session.get(DataKey, key) is None
    await chats.say(ME, STORY)
    assert text("reporter.held.gone") not in said(await chats.say(ME, "Nobody tells us where he is"))


async def test_it_is_said_on_the_consent_screen_too_and_once(chats: Chats) -> None:
    """A person who comes back later sends it again."""
    await chats.say(ME, STORY)
    await later(chats.bench, 15)
    assert text("reporter.held.gone") in said(await chats.say(ME, "/report"))
    assert text("reporter.held.gone") not in said(await chats.say(ME, "/report"))
    await chats.say(ME, STORY)
    await tap(chats, ME, YES)
    assert told(await draft_of(chats.bench, ME)) == [STORY]


async def test_a_clock_set_back_keeps_nothing_longer(chats: Chats) -> None:
    """A time to come is as good as over."""
    await chats.say(ME, STORY)
    await later(chats.bench, -60)
    assert (await draft_of(chats.bench, ME)).held == ()


async def test_a_held_message_that_is_corrected_is_held_as_corrected(chats: Chats) -> None:
    """Its words, and what else it brings."""
    sent = chats.written(ME, "They took my bother")
    await chats.batch(sent)
    edited = {
        "edited_message": {**sent["message"], "text": "They took my brother", "edit_date": 1_790_000_000}
    }
    await chats.batch(edited)
    await tap(chats, ME, YES)
    assert told(await draft_of(chats.bench, ME)) == ["They took my brother"]


async def test_a_typed_yes_is_consent_and_a_typed_language_button_is_not_lost(chats: Chats) -> None:
    """An answer to the question is no story. Held messages survive a change of language."""
    await chats.say(ME, STORY)
    await chats.tap(ME, Act("begin", "ru"))
    await chats.say(ME, "да")
    found = await draft_of(chats.bench, ME)
    assert (found.agrees, told(found), found.language) == (True, [STORY], "ru")


async def test_the_code_of_a_receipt_is_never_held(chats: Chats) -> None:
    """Before consent it tells the state of the report, as outside of any form, and its message goes."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    await chats.say(ME, STORY)
    calls = await chats.say(ME, code)
    assert text("reporter.status.new") in said(calls)
    assert any(call.deletes for call in calls)
    assert [one.text for one in (await draft_of(chats.bench, ME)).held] == [STORY]


async def test_the_row_of_a_draft_tells_no_more_than_that_something_is_held(chats: Chats) -> None:
    """A word and a long story with files leave rows of one shape and size; no column tells when it came or how much it is."""
    await chats.say(ME, "Помогите")
    short = await _columns(chats.bench)
    await chats.say(ME, "/panic")
    for number in range(3):
        await send(chats, **PHOTO, caption=f"{STORY} {number}")
    assert await _columns(chats.bench) == short


async def _columns(bench: Bench) -> dict[str, object]:
    """The columns, of sealed and random ones their length."""
    async with bench.read() as unit:
        row = (await unit.session.scalars(select(DraftRow))).one()
        found = {one.name: getattr(row, one.name) for one in DraftRow.__table__.columns}
    del found["prompt"]  # ids of messages, as of any draft
    return {
        name: len(value) if isinstance(value, bytes) or name in {"id", "data_key_id"} else value
        for name, value in found.items()
    }


async def test_the_job_looks_often_enough() -> None:
    """Its pause and the minutes together are no more than people are told."""
    assert drafting.HELD_MINUTES * 60 + jobs.FORGET_HELD_SECONDS <= 15 * 60
