"""Who does not go on with a draft is reminded of it, if they want."""

import pytest

from bot.reports.filling import endings
from bot.store import drafting, vault
from db.models import DraftRow
from tests.bench import Bench, count
from tests.bot.store.test_drafting import agreed


@pytest.mark.parametrize(("silent", "due"), [(59, 0), (60, 1), (72, 1)])
async def test_who_wants_it_is_reminded_once_twelve_hours_before(bench: Bench, silent: int, due: int) -> None:
    """And nobody else; whoever goes on and falls silent again is reminded again only if they ask for it again. That a reminder came is no
    touch: the draft goes when it would have gone."""
    chats = [bench.new_chat() for _ in range(2)]
    async with bench.write() as unit:
        for reminds, (chat_id, chat) in zip((True, False), chats, strict=True):
            filling = await agreed(unit, chat, reminds=reminds, leaves_nothing=True)
            drafting.keep_address(unit, filling, chat_id)
    bench.later(silent)
    async with bench.write() as unit:
        found = await endings.take_silent(unit, 10)
        assert [drafting.address(unit, one.row) for one in found] == [chats[0][0]] * due
        touched = [one.row.touched_hour for one in found]
        for one in found:
            drafting.note_reminded(unit, one)
        assert [one.row.touched_hour for one in found] == touched
    for wants_again, number in ((False, 1 - due), (True, 1)):
        async with bench.write() as unit:
            assert len(await endings.take_silent(unit, 10)) == 0
            filling = (await drafting.load(unit, [chats[0][1]]))[chats[0][1]]
            if wants_again:
                filling.draft = filling.draft.changed(reminds=True)
            drafting.save(unit, filling)
            drafting.keep_address(unit, filling, chats[0][0])
        bench.later(60)
        async with bench.write() as unit:
            found = await endings.take_silent(unit, 10)
            assert len(found) == number
            for one in found:
                drafting.note_reminded(unit, one)


@pytest.mark.parametrize("leaves_nothing", [True, False])
async def test_the_number_of_a_chat_is_not_kept_for_a_reminder_that_came(
    bench: Bench, *, leaves_nothing: bool
) -> None:
    """But for whoever wants the chat cleared as it goes."""
    chat_id, chat = bench.new_chat()
    async with bench.write() as unit:
        filling = await agreed(unit, chat, reminds=True, leaves_nothing=leaves_nothing)
        drafting.keep_address(unit, filling, chat_id)
    bench.later(60)
    async with bench.write() as unit:
        (filling,) = await endings.take_silent(unit, 10)
        drafting.note_reminded(unit, filling)
    async with bench.read() as unit:
        (filling,) = (await drafting.load(unit, [chat])).values()
        assert drafting.address(unit, filling.row) == (chat_id if leaves_nothing else None)
        assert (filling.row.reminds, filling.draft.reminds) == (False, False)


async def test_nobody_is_reminded_of_what_is_gone_in_a_few_hours(bench: Bench) -> None:
    """A time too short for a reminder has none."""
    bench.settings = bench.settings.model_copy(update={"draft_hours": 3})
    chat_id, chat = bench.new_chat()
    async with bench.write() as unit:
        drafting.keep_address(unit, await agreed(unit, chat, reminds=True), chat_id)
    bench.later(3)
    async with bench.write() as unit:
        assert await endings.take_silent(unit, 10) == []


async def test_a_draft_of_a_newer_version_holds_up_no_sweep(bench: Bench) -> None:
    """It may hold answers of a kind that this version does not know: nobody is reminded of it, and its time ends as all others'."""
    chats = [bench.new_chat() for _ in range(2)]
    async with bench.write() as unit:
        for chat_id, chat in chats:
            filling = await agreed(unit, chat, reminds=True)
            drafting.keep_address(unit, filling, chat_id)
        newer = {"answers": {"/x": {"of a kind": "to come"}}}
        row = filling.row
        row.state = vault.seal(unit, row.data_key_id or "", newer, f"drafts.state:{row.id}")
    bench.later(60)
    async with bench.write() as unit:
        found = await endings.take_silent(unit, 10)
        assert [drafting.address(unit, one.row) for one in found] == [chats[0][0]]
        assert await count(unit, DraftRow) == 2  # the newer version may come back
