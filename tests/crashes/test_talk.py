"""Calls fail and the bot is killed at each step of a talk: what is asked and answered is neither lost nor doubled, reaches nobody else,
and leaves the reporter's chat.

`KUAGER_TEST_RUNS=50 uv run pytest -n 0 -m long tests/crashes/test_talk.py` has fifty talks; `KUAGER_TEST_SEED` is the first. A seed
decides which of two stories is told and what fails, the machine when."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.demo import settings_in
from bot.form.model import Form
from db.models import DraftRow, TalkMessage, WayBack
from tests.bench import count
from tests.conftest import sqlite_url
from tests.crashes.deletions.trial import SETTINGS
from tests.crashes.lives import Lives, lives
from tests.crashes.talks import ELSEWHERE, MORE, NEIGHBOUR, OWN, REPORTER, TOLD, Talk, word

FIRST = int(os.environ.get("KUAGER_TEST_SEED", "0"))
RUNS = int(os.environ.get("KUAGER_TEST_RUNS", "1"))


@pytest.fixture(scope="module")
def begin() -> Iterator[Lives]:
    """Start of the bot's lives."""
    with lives() as begun:
        yield begun


async def at_two_desks(talk: Talk) -> None:
    """Two questions cross an answer, the report passes on, one question is refused, and consent is taken back."""
    async with talk.phones() as (first, second, reporter, _, _):
        await talk.ask(first, "moderator.ask.when")
        await talk.open(reporter, word("talk.ready.when"))
        await talk.write(reporter, TOLD, MORE)
        await talk.give(reporter, album=2)
        await talk.ask_in_own_words(first)
        await talk.send(reporter)
        await first.wait(word("moderator.notice.told", ref=talk.ref_), since=0)
        await talk.read(first, f"{TOLD}\n{MORE}")
        await talk.say(first, f"/release {talk.ref_}")
        await first.wait(word("moderator.released", ref=talk.ref_))
        await talk.read(second, f"{TOLD}\n{MORE}")
        await talk.open(reporter, OWN)
        await talk.tap(reporter, "reporter.question.skip")
        await reporter.wait(word("reporter.talk.skipped"))
        await talk.say(reporter, f"/status {talk.code}")
        await talk.tap(reporter, "reporter.code.never")
        await reporter.wait(word("reporter.talk.never.done"))
    told = f"{TOLD}\n{MORE}"
    await talk.stored("when", OWN, told, "skipped", "no_more", files={told: 2})
    async with talk.store() as unit:
        assert (await count(unit, DraftRow), await count(unit, WayBack)) == (0, 1)


async def from_elsewhere(talk: Talk) -> None:
    """The phone is lost in the middle of an answer, the moderator revoked in the middle of the talk, and the report withdrawn from the
    old account in the middle of an answer on the new one."""
    async with talk.phones() as (first, second, old, new, _):
        await talk.ask(first, "moderator.ask.when")
        await talk.open(old, word("talk.ready.when"))
        await talk.write(old, MORE)
        await talk.say(new, f"/status {talk.code}")
        await talk.tap(new, "reporter.code.read", word("reporter.code.moved"), n=1)
        await new.wait(word("talk.ready.when"))
        await talk.ask_in_own_words(first, "moderator.asked.by_code")
        await talk.write(new, TOLD)
        await talk.speak(new)
        await talk.give(new, album=0, papers=1)
        await talk.send(new)
        await first.wait(word("moderator.notice.told", ref=talk.ref_), since=0)
        talk.hurt()
        await talk.bot.run("moderators", "revoke", "Aspan")
        await talk.read(second, OWN, TOLD)
        await talk.say(new, f"/status {talk.code}")
        await talk.tap(new, "reporter.code.let")
        await talk.tap(new, "reporter.code.let.yes")
        await new.wait(word("reporter.code.let.done"))
        await talk.ask(second, "moderator.ask.where")
        await talk.open(new, OWN, word("talk.ready.where"))
        await talk.write(new, MORE)
        await talk.stored("when", OWN, TOLD, "where", files={TOLD: 2}, waits=True)
        await talk.say(old, f"/withdraw {talk.code}")
        await talk.tap(old, "reporter.withdraw.yes")
        await old.wait(word("reporter.withdraw.done"))
        await second.wait(word("moderator.notice.withdrawn", ref=talk.ref_), since=0)
    async with talk.store() as unit:
        assert (await count(unit, DraftRow), await count(unit, TalkMessage), await count(unit, WayBack)) == (
            0,
            0,
            1,
        )
    for chat_id, shown in talk.stands_in(*talk.desks).items():
        assert not shown, (chat_id, shown, talk.bot.log)


STORIES = at_two_desks, from_elsewhere


async def live(seed: int, begin: Lives, forms: Mapping[str, Form], migrated: Path, folder: Path) -> None:
    """One talk from its beginning to its end."""
    shutil.copy(migrated, folder / "kuager.db")
    settings = settings_in(folder, "http://127.0.0.1:1", **SETTINGS)
    assert settings.database_url == sqlite_url(folder / "kuager.db")
    talk = Talk(seed, settings, folder, begin)
    await talk.fill(forms)
    await talk.start()
    try:
        await STORIES[seed % len(STORIES)](talk)
        for chat_id, shown in talk.stands_in(REPORTER, ELSEWHERE, NEIGHBOUR).items():
            assert not shown, (chat_id, shown, talk.bot.log)
    finally:
        await talk.stop()
    assert talk.bot.deaths >= 5


@pytest.mark.parametrize("seed", [FIRST])
async def test_nothing_of_a_talk_is_lost_or_doubled_whatever_fails_meanwhile(
    seed: int, begin: Lives, forms: Mapping[str, Form], migrated_file: Path, tmp_path: Path
) -> None:
    """One talk of one story."""
    await live(seed, begin, forms, migrated_file, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(FIRST + 1, FIRST + 1 + RUNS))
async def test_nothing_is_in_many_talks(
    seed: int, begin: Lives, forms: Mapping[str, Form], migrated_file: Path, tmp_path: Path
) -> None:
    """The other story first, and so on in turn; each fails elsewhere."""
    await live(seed, begin, forms, migrated_file, tmp_path)
