"""Did we understand you, in the chat: typed answers, /panic, and what stands in the chat and the store until then."""

import pytest
from sqlalchemy import select

from bot.form.answers import Written
from bot.form.events import Cancel, Next, Pick
from bot.store.drafting import OpenDraft
from db.models import DataKey, DraftRow, Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats
from tests.bot.reports.talking import draft_of, said, tap

ME = 5
STORY = "В Семее журналиста арестовали на пятнадцать суток, это было вчера."


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """Chats. In one the story was told, and the bot asked whether it understood."""
    made = Chats(bench)
    await made.say(ME, STORY)
    await tap(made, ME, Pick(0))
    shown = await tap(made, ME, Next())
    assert TEXTS.text("en", "flow.heard") in shown
    return made


@pytest.mark.parametrize("typed", ["да", "Всё верно", "иә", "Yes, that is right"])
async def test_a_typed_yes_confirms_and_is_no_part_of_the_story(chats: Chats, typed: str) -> None:
    """In each language, and by the words of the button."""
    proposed = (await draft_of(chats.bench, ME)).draft.proposed
    await chats.say(ME, typed)
    draft = (await draft_of(chats.bench, ME)).draft
    assert draft.proposed == {}
    assert proposed.items() <= draft.answers.items()
    assert _story(await draft_of(chats.bench, ME)) == STORY


@pytest.mark.parametrize("typed", ["нет", "Его потом отпустили."])
async def test_other_words_belong_to_the_story_and_confirm_nothing(chats: Chats, typed: str) -> None:
    """The screen is shown again."""
    before = (await draft_of(chats.bench, ME)).draft
    shown = said(await chats.say(ME, typed))
    found = await draft_of(chats.bench, ME)
    assert TEXTS.text("en", "flow.heard") in shown
    assert (found.draft.proposed, _story(found)) == (before.proposed, f"{STORY}\n{typed}")


@pytest.mark.parametrize("way", ["/panic", "two taps"])
async def test_panic_and_the_two_taps_destroy_it(chats: Chats, way: str) -> None:
    """No draft, no key, no report is left."""
    if way == "/panic":
        assert TEXTS.text("en", "reporter.panic") in said(await chats.say(ME, way))
    else:
        await tap(chats, ME, Cancel())
        await tap(chats, ME, Cancel(sure=True))
    async with chats.bench.read() as unit:
        days = 1  # the key of the day, under which updates are counted
        assert [await count(unit, table) for table in (DraftRow, DataKey, Report)] == [0, days, 0]
        assert (await unit.session.scalars(select(DraftRow))).all() == []


def _story(found: OpenDraft) -> str:
    answer = found.draft.answers[found.form.by_role["story"].path]
    assert isinstance(answer, Written)
    return answer.text
