"""Two administrators share a story: on their phones, to a file that only somebody outside opens."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest

from bot.demo import settings_in
from bot.local_api.server import LocalBotApi
from tests.end_to_end.conftest import Machine, MakeModerator
from tests.end_to_end.moderating import VERSION, Moderator, is_export
from tests.end_to_end.on_disk import found_on_disk
from tests.end_to_end.reporting import SIMPLE, Reporter

IDENTITY = pyrage.x25519.Identity.generate()
WHY = "БҰҰ-ға өтініш үшін"


@pytest.fixture
async def machine(api: LocalBotApi, tmp_path: Path) -> AsyncIterator[Machine]:
    """The real bot with somebody outside who can open what is shared."""
    recipients = (str(IDENTITY.to_public()),)
    made = Machine(settings_in(tmp_path, api.url, poll_seconds=5, export_recipients=recipients))
    await made.start()
    yield made
    await made.stop()


async def test_a_story_leaves_by_two_administrators_and_encrypted(
    machine: Machine, anna: Reporter, dana: Moderator, moderator: MakeModerator, tmp_path: Path
) -> None:
    """One asks and says why, the other looks and confirms after a restart; the file comes once, and nothing of the story stands in
    the chats of those who did not claim the report, nor on the disk."""
    erlan = await moderator(2003, "Erlan", "ru", "admin")
    await anna.report(replace(SIMPLE, consent="share_trusted"))
    assert await dana.next()
    await dana.edit(VERSION)
    await dana.preview()
    await dana.confirm()

    await dana.command("/share")
    await dana.press_word("moderator.sharing.scope.stories")
    await dana.press_word("moderator.export.format.jsonl")
    await dana.press_word("moderator.export.period.all")
    asked = await dana.phone.wait(dana.word("moderator.sharing.why"))
    reason = await dana.phone.say(WHY, reply_to=asked.id)
    await dana.phone.until(lambda: reason.id not in [one.id for one in dana.phone.messages])
    await erlan.press_word("moderator.sharing.look")
    shown = await erlan.phone.wait(lambda bubble: WHY in bubble.text)
    assert ("Dana" in shown.text, "2002" in shown.text, shown.protected) == (True, False, True)

    assert await found_on_disk(tmp_path, *SIMPLE.story, WHY) == []
    await machine.stop()
    await machine.start()
    await erlan.press_word("moderator.sharing.confirm")
    await dana.press_word("moderator.sharing.make")
    document = await dana.phone.wait(is_export)
    assert document.text == dana.word("moderator.sharing.caption", rows=1)
    sealed = await dana.phone.download(document)
    (story,) = SIMPLE.story
    assert json.loads(pyrage.decrypt(sealed, [IDENTITY]))["told_story"] == [story]
    assert not [one.text for one in erlan.phone.messages if story in one.text or WHY in one.text]
    await machine.stop()
    assert await found_on_disk(tmp_path, *SIMPLE.story, WHY) == []
