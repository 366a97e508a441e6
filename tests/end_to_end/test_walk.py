"""Ten stories as people tell them, in three languages: told as they stand, and not a message of them is refused."""

import sys
import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.demo.folder import MovableClock
from bot.form.answers import Files, Written
from bot.reports import reading
from db.models import DraftRow, Report
from tests.bench import count
from tests.end_to_end.conftest import Machine, MakeReporter
from tests.end_to_end.people import FORMS
from tests.end_to_end.reporting import Reporter, to
from tests.end_to_end.trial import ZONE, counts
from tests.end_to_end.walking import FACTS, STOPS, STORIES, Given, Story, Walker, given

MOST_TAPS, MOST_TEXTS = 12, 3
"""Of a story, texts beside those it consists of."""


@pytest.fixture(params=STORIES, ids=lambda one: one["id"])
def story(request: pytest.FixtureRequest) -> Story:
    """One of the ten."""
    found: Story = request.param
    return found


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> MovableClock:
    """A clock of the afternoon on which the story is told."""
    if "story" not in request.fixturenames:
        return MovableClock(time.time)
    story: Story = request.getfixturevalue("story")
    told = datetime.fromisoformat(story["today"]).replace(tzinfo=ZONE) + timedelta(hours=15)
    ahead = told.timestamp() - time.time()
    return MovableClock(lambda: time.time() + ahead)


@pytest.fixture
async def walker(story: Story, reporter: MakeReporter) -> Walker:
    """Who tells it."""
    made = await reporter(1001, story["language"])
    walker = Walker(made.phone, made.language)
    walker.story = story
    return walker


@pytest.mark.parametrize("when", ["at the story", "before a word of the bot"])
async def test_a_story_is_told_as_it_stands(
    when: str, story: Story, walker: Walker, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the first message, sent when the story is asked for or before anything is, to the receipt, or to where its writer stops:
    nothing that was sent is refused, and all of it is kept in its order, or nothing."""
    if when == "at the story":
        await walker.begin()
    else:
        await walker.send_all()
        await walker.at("consent_store")
    if story["id"] == STOPS:
        await _stop(walker, when == "at the story")
        assert await _nothing_is_left(machine)
    else:
        await walker.fill(FACTS[story["id"]])
        await walker.send()
        assert await _kept(machine) == given(story)
    with capsys.disabled():
        sys.stdout.write(f"\n{story['id']} {when}: {counts(walker.counted)}")
    assert walker.refusals() == []
    assert walker.counted["taps"] <= MOST_TAPS
    assert walker.counted["texts"] - len(given(story).words) <= MOST_TEXTS


async def test_a_refused_message_is_noticed(anna: Reporter) -> None:
    """Otherwise the walk would never find one."""
    walker = Walker(anna.phone, anna.language)
    walker.story = STORIES[0]
    await to(walker, "region")
    assert walker.refusals() == []
    await walker.write("Гондолин")
    await walker.phone.wait(walker.word("flow.search.none"))
    assert len(walker.refusals()) == 1


async def _stop(walker: Walker, is_asked: bool) -> None:
    await walker.pick("consent_store", "yes")
    if is_asked:
        await walker.send_all()
    await walker.stop_it_all()


async def _kept(machine: Machine) -> Given:
    """Stored content of the one report."""
    async with machine.bot.work.read() as unit:
        (report,) = (await unit.session.scalars(select(Report))).all()
        content = await reading.content_of(unit, report)
    assert content is not None
    story, files = (content.answers.get(FORMS["report"].by_role[one].path) for one in ("story", "evidence"))
    assert isinstance(story, Written)
    kept = len(files.files) if isinstance(files, Files) else 0
    return Given(tuple(part.text for part in story.parts), len(story.voices), kept)


async def _nothing_is_left(machine: Machine) -> bool:
    async with machine.bot.work.read() as unit:
        return await count(unit, Report) == await count(unit, DraftRow) == 0
