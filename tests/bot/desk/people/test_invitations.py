"""Open invitations: their names, and making them void."""

import pytest

from bot.desk.people import service as people_service
from bot.errors import Refusal
from tests.bench import Bench


async def test_an_invitation_is_made_void_by_its_name(bench: Bench) -> None:
    """However it was typed; the others stay good."""
    async with bench.write() as unit:
        tokens = {await people_service.invite(unit, people_service.MODERATOR) for _ in range(2)}
        doomed, kept = await people_service.list_open_invitations(unit)
        await people_service.void_invitation(unit, f" {people_service.invitation_name(doomed).upper()} ")
    async with bench.write() as unit:
        assert [one.token_hash for one in await people_service.list_open_invitations(unit)] == [
            kept.token_hash
        ]
        refused = 0
        for token in tokens:
            try:
                await people_service.open_invite(unit, token, bench.new_chat()[1])
            except Refusal:
                refused += 1
        assert refused == 1


async def test_what_is_used_expired_or_unknown_has_no_name_to_void(bench: Bench) -> None:
    """A moderator's used invitation and an expired one are not listed."""
    async with bench.write() as unit:
        await bench.moderator(unit)
        await people_service.invite(unit, people_service.MODERATOR)
        (name,) = map(people_service.invitation_name, await people_service.list_open_invitations(unit))
    bench.later(people_service.INVITE_HOURS)
    async with bench.write() as unit:
        assert not await people_service.list_open_invitations(unit)
        with pytest.raises(Refusal, match=r"invite\.no_such"):
            await people_service.void_invitation(unit, name)
