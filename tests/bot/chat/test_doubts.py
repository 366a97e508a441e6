"""A message that may answer two questions is asked about, and never guessed or lost."""

from dataclasses import replace

import pytest

from bot.chat.buttons import Act, Tap, encode
from bot.form.answers import FileKind, TextPart, Written
from bot.form.draft import Origin, dump, load
from bot.form.events import Back, Belongs, Cancel, Event, Gave, Next, Pick, Skip
from bot.form.flow.late_messages import MOST_DOUBTED
from bot.store import drafting
from bot.store.drafting import OpenDraft
from bot.transport.call import Delivered, DeliverySnapshot, QueuedRow
from tests.bench import Bench
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.form.talks import Talk, file, form, question

ME = 5
STORY = question("story", appearance="multiline", bot={"voice": "yes"})
ASKED = "Which question does this belong to?"


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """A chat in which the first part of a story is told."""
    made = Chats(bench)
    await made.tap(ME, Act("begin", "en"))
    await tap(made, Pick(0))
    await made.say(ME, "First.")
    return made


async def opened(chats: Chats) -> OpenDraft:
    """The chat's draft."""
    async with chats.bench.read() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        return (await drafting.load(unit, [hashed]))[hashed]


async def data_of(chats: Chats, event: Event) -> str:
    """The data of a button of the screen at hand."""
    found = await opened(chats)
    return encode(Tap(found.row.id[:4], found.draft.step, event))


async def tap(chats: Chats, event: Event) -> str:
    """A tap on the screen at hand; what is said then."""
    return words(await chats.tap_data(ME, await data_of(chats, event)))


async def story(chats: Chats) -> list[str]:
    """The parts of the story."""
    (found,) = (one for one in (await opened(chats)).draft.answers.values() if isinstance(one, Written))
    return [part.text for part in found.parts]


def prompts(chats: Chats) -> list[QueuedRow]:
    """The questions that the last batch owes."""
    return [row for row in chats.rows if row.prompt_step is not None]


def lost(chats: Chats) -> DeliverySnapshot:
    """The questions of the last batch were replaced before the bot knew whether they had been shown."""
    return DeliverySnapshot([Delivered(row, doubtful=True) for row in prompts(chats)])


def in_doubt(chats: Chats) -> DeliverySnapshot:
    """They were sent a second time, since the reply to the first was lost."""
    return DeliverySnapshot([Delivered(row, (chats.number(),), doubtful=True) for row in prompts(chats)])


async def test_a_question_asked_anew_after_a_lost_reply_stays_in_doubt(chats: Chats) -> None:
    """The story was corrected before the next question was answered: the new copy of it, not yet sent, proves nothing."""
    first = chats.written(ME, "Second.")
    await chats.batch(first)
    await tap(chats, Next())
    asked = lost(chats)
    edited = {
        "edited_message": {**first["message"], "text": "Second, corrected.", "edit_date": 1_790_000_000}
    }
    await chats.batch(edited, drained=DeliverySnapshot())
    step = (await opened(chats)).draft.step
    unsent = frozenset({(chats.bench.safe.pseudonyms.chat(ME), step)})
    calls = await chats.batch(
        chats.written(ME, "Fine, charge or case"), drained=replace(asked, unseen_prompts=unsent)
    )
    assert ASKED in words(calls)
    assert await story(chats) == ["First.", "Second, corrected."]
    await tap(chats, Belongs(0))
    draft = (await opened(chats)).draft
    assert (await story(chats), draft.doubted) == (["First.", "Second, corrected."], ())
    assert "prosecution" in str(draft.answers)


async def test_a_part_given_again_after_a_lost_reply_is_asked_about(chats: Chats) -> None:
    """The third text of a story came when the next question had been sent twice, under one id that nobody knows."""
    third = chats.written(ME, "Third.")
    await chats.say(ME, "Second.")
    await tap(chats, Next())
    late = {"message": {**third["message"], "message_id": chats.number()}}
    calls = await chats.batch(late, drained=in_doubt(chats))
    assert ASKED in words(calls)
    assert "Third." in words(calls)
    await tap(chats, Belongs(1))
    assert await story(chats) == ["First.", "Second.", "Third."]


async def test_a_second_tap_while_the_next_question_is_on_its_way_brings_it_no_second_time(
    chats: Chats,
) -> None:
    """An impatient person reads it once, though it is unknown yet whether it was seen."""
    done = await data_of(chats, Next())
    await chats.tap_data(ME, done)
    again = await chats.batch(chats.tapped(ME, done), drained=DeliverySnapshot())
    assert [call.method for call in again] == ["answerCallbackQuery"]


async def test_a_second_tap_on_a_language_brings_the_first_question_no_second_time(bench: Bench) -> None:
    """While the first is on its way, and once it stands there; in another language it comes again."""
    made, asked = Chats(bench), DeliverySnapshot()
    await made.batch(made.tapped(ME, "abegin.en."), drained=asked)
    shown = DeliverySnapshot([Delivered(row, (made.number(),)) for row in prompts(made)])
    assert not words(await made.batch(made.tapped(ME, "abegin.en."), drained=asked)).strip()
    assert not words(await made.batch(made.tapped(ME, "abegin.en."), drained=shown)).strip()
    assert words(await made.batch(made.tapped(ME, "abegin.ru."), drained=asked)).strip()


async def test_a_message_from_before_the_tap_needs_no_question(chats: Chats) -> None:
    """Its number is below one that the bot knew before it first sent the next question."""
    third = chats.written(ME, "Third.")
    await chats.say(ME, "Second.")
    await tap(chats, Next())
    assert ASKED not in words(await chats.batch(third, drained=in_doubt(chats)))
    assert await story(chats) == ["First.", "Second.", "Third."]


@pytest.mark.parametrize("way", [(Next(), Pick(0), Skip()), (Back(),)])
async def test_a_message_that_comes_several_taps_late_finds_its_question(
    chats: Chats, way: tuple[Event, ...]
) -> None:
    """Also where the person has gone back meanwhile, so that the question asked before is another one."""
    late = chats.written(ME, "Late.")
    for event in way:
        await tap(chats, event)
    assert ASKED not in words(await chats.batch(late))
    assert await story(chats) == ["First.", "Late."]


async def test_a_part_of_the_question_at_hand_is_taken_while_it_is_asked_whether_to_stop(
    chats: Chats,
) -> None:
    """It is no answer to the question before that."""
    late = chats.written(ME, "Late.")
    await tap(chats, Cancel())
    await chats.batch(late)
    assert await story(chats) == ["First.", "Late."]


async def test_all_that_comes_while_it_is_asked_is_kept_and_asked_about(chats: Chats) -> None:
    """One after the other; a correction changes what is kept, and no other button leads away."""
    await tap(chats, Next())
    first, second = chats.written(ME, "A"), chats.written(ME, "B")
    await chats.batch(first, drained=lost(chats))
    await chats.batch(second)
    edited = {"edited_message": {**second["message"], "text": "B, corrected", "edit_date": 1_790_000_000}}
    calls = await chats.batch(edited)
    assert [one.said.text for one in (await opened(chats)).draft.doubted] == ["A", "B, corrected"]
    assert sum(data.split(".")[2] == "be" for data in buttons(calls)) == 2
    await tap(chats, Skip())
    await tap(chats, Belongs(1))
    await tap(chats, Belongs(1))
    assert await story(chats) == ["First.", "A", "B, corrected"]


async def test_one_too_many_is_refused_until_the_first_has_its_place(chats: Chats) -> None:
    """A person who floods makes no draft heavy; what was kept stays."""
    await tap(chats, Next())
    await chats.batch(chats.written(ME, "1"), drained=lost(chats))
    for number in range(2, MOST_DOUBTED + 1):
        assert "was not kept" not in words(await chats.say(ME, str(number)))
    assert "was not kept" in words(await chats.say(ME, "refused"))
    assert len((await opened(chats)).draft.doubted) == MOST_DOUBTED
    await tap(chats, Belongs(1))
    await chats.say(ME, "again")
    assert (await opened(chats)).draft.doubted[-1].said.text == "again"


async def test_a_file_in_doubt_is_asked_about_and_goes_where_its_person_says() -> None:
    """A voice message may belong to the story or to the files after it."""
    asked = Talk(form(STORY, question("files", "file")))
    asked.write("First.", "1")
    asked.send(Next())
    asked.send(Gave(file("v", FileKind.VOICE), "2", (asked.draft.position, "/f/story"), "look"))
    assert (asked.draft.file_ids, asked.answer("files")) == ({"v"}, None)
    asked.draft = load(dump(asked.draft))
    asked.send(Belongs(1))
    assert asked.answer("story") == Written((TextPart("First.", "1"),), (file("v", FileKind.VOICE),))
    assert asked.draft.brought == {"v": Origin("2", "look")}
