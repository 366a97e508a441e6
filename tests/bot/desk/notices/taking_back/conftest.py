"""A desk whose chats are looked at."""

import pytest

from bot.desk.people import service as people_service
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.bot.desk.notices.taking_back.desks import ADMIN, ME, OTHER, Desk, hash_of


@pytest.fixture
async def desk(bench: Bench) -> Desk:
    """A moderator's, on both databases; a second one has enrolled too, and an administrator."""
    desk = Desk(Chats(bench))
    async with bench.write() as unit:
        for chat, alias, role in (
            (ME, "Aspan", people_service.MODERATOR),
            (OTHER, "Boran", people_service.MODERATOR),
            (ADMIN, "Ceda", people_service.ADMIN),
        ):
            await people_service.open_invite(
                unit, await people_service.invite(unit, role), hash_of(desk, chat)
            )
            await people_service.enrol(unit, hash_of(desk, chat), chat, alias, "en")
    return desk
