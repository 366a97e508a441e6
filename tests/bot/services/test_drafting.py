"""Drafts: what becomes of one that cannot be opened."""

from bot.form.answers import Chosen
from bot.services import drafting
from db.models import DataKey, Draft
from tests.bench import Bench, count


async def test_a_draft_whose_key_left_the_ring_is_destroyed_and_others_are_loaded(bench: Bench) -> None:
    """Its person can begin anew in the same chat."""
    chats = [bench.new_chat()[1] for _ in range(2)]
    for chat in chats:
        async with bench.write() as unit:
            filling = await drafting.start(unit, chat, drafting.REPORT, "ru")
            path = filling.form.by_role["consent_store"].path
            filling.draft = filling.draft.__class__(
                filling.draft.form, filling.draft.version, position=path, answers={path: Chosen(("yes",))}
            )
            drafting.save(unit, filling)
        if chat == chats[0]:
            bench.change_ring()
    async with bench.write() as unit:
        assert (await drafting.load(unit, chats)).keys() == {chats[1]}
        assert (await count(unit, Draft), await count(unit, DataKey)) == (1, 1)
        await drafting.start(unit, chats[0], drafting.REPORT, "ru")
        assert await count(unit, Draft) == 2
