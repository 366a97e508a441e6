"""Administrators read that the server needs a look, and nothing of what is wrong with it."""

from collections.abc import Sequence

import pytest

from bot.chat.renderer import Renderer
from bot.desk.notices.chat import Post
from bot.desk.notices.jobs import tell_of_server
from bot.desk.people import service as people_service
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS

pytestmark = pytest.mark.usefixtures("database")


async def told(bench: Bench, *ills: str) -> Sequence[str]:
    """Messages of one round, while the server has these ills."""
    async with bench.write() as unit:
        outbox = Outbox(unit)
        await tell_of_server(Post(Renderer(TEXTS), unit, outbox), ills)
        return [Call.load(unit.safe.ring, row).params["text"] for row in outbox.rows]


async def enrol(bench: Bench) -> None:
    async with bench.write() as unit:
        await bench.moderator(unit, "Aspan", people_service.ADMIN)
        await bench.moderator(unit, "Bulut")


async def test_an_ill_is_told_once_to_administrators_alone(bench: Bench) -> None:
    """In their language, with the command that says the rest. Two that come at once are one message."""
    await enrol(bench)
    assert await told(bench) == []
    assert await told(bench, "space", "backup") == [TEXTS.text("ru", "moderator.notice.server")]
    bench.later(1)
    assert await told(bench, "space", "backup") == []


async def test_an_ill_is_told_again_when_it_comes_back(bench: Bench) -> None:
    """And another one beside it is news."""
    await enrol(bench)
    assert len(await told(bench, "space")) == 1
    assert await told(bench) == []
    assert len(await told(bench, "space")) == 1
    assert len(await told(bench, "space", "damaged")) == 1
    assert await told(bench, "damaged") == []


async def test_an_ill_that_stays_is_told_again_after_a_day(bench: Bench) -> None:
    """Also when the clock was put back meanwhile, which must not silence it for years."""
    await enrol(bench)
    assert len(await told(bench, "revision")) == 1
    bench.later(23)
    assert await told(bench, "revision") == []
    bench.later(1)
    assert len(await told(bench, "revision")) == 1
    bench.later(-48)
    assert len(await told(bench, "revision")) == 1


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_no_detail_of_the_server_stands_in_the_chat(language: str) -> None:
    """A chat can be read by a person who takes the phone: the text has no place for any."""
    text = TEXTS.text(language, "moderator.notice.server")
    assert "{" not in text
    assert text.endswith(": python -m bot check")
