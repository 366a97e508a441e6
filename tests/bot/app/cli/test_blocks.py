"""`blocks list` and `blocks clear`."""

import re

import pytest

from bot.app.work import Work
from bot.desk.people import service as people_service
from bot.settings import load_settings
from tests.bench import Bench
from tests.bot.app.cli.conftest import Kuager, within


async def block_three(work: Work) -> None:
    """Three senders who flooded."""
    bench = Bench(work.database, work.forms, work.settings)
    async with bench.write() as unit:
        boss = await bench.moderator(unit, "Aspan", people_service.ADMIN)
    async with work.write() as unit:
        for chat in (1, 2, 3):
            found = await people_service.note_flood(unit, chat)
            assert found is not None
            await people_service.block(unit, boss, found[0])


@pytest.mark.usefixtures("set_up")
def test_blocks_are_listed_and_ended(kuager: Kuager) -> None:
    """By their numbers, with hours and nothing else; one, or all."""
    assert "Blocked: 0." in kuager("blocks", "list").out
    within(block_three, load_settings())
    listed = kuager("blocks", "list").out
    numbers = re.findall(r"\b[0-9a-f]{8}\b", listed)
    assert len(numbers) == 3
    assert "Blocked: 3." in listed
    assert len(re.findall(r"\d+ h\b", listed)) == 3
    assert kuager("blocks", "clear", numbers[0]).out == "Blocks that are ended: 1.\n"
    again = kuager("blocks", "clear", numbers[0])
    assert (again.code, again.err) == (
        1,
        "There is no such block: it was ended or is over. The list: /blocks\n",
    )
    assert kuager("blocks", "clear").code == 2
    assert kuager("blocks", "clear", "--all").out == "Blocks that are ended: 2.\n"
    assert "Blocked: 0." in kuager("blocks", "list").out
