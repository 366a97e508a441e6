"""Drafts: what becomes of one that cannot be opened, and of one whose form was changed."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.desk.publishing import service as publishing_service
from bot.form.answers import Chosen, TextPart, Written
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Next, Pick, Show, Submit, Wrote
from bot.form.model import Form, Question
from bot.form.screen import Key, ScreenKind
from bot.reports import claims
from bot.store import drafting
from bot.store.drafting import End, OpenDraft
from bot.store.unit import REPORT_FORM, REVIEW_FORM, UnitOfWork
from db.models import Base, DataKey, DraftRow, Report
from tests.bench import Bench, count


async def test_a_draft_whose_key_left_the_ring_is_destroyed_and_others_are_loaded(bench: Bench) -> None:
    """Its person can begin anew in the same chat."""
    chats = [bench.new_chat()[1] for _ in range(2)]
    for chat in chats:
        async with bench.write() as unit:
            filling = await drafting.start(unit, chat, REPORT_FORM, "ru")
            path = filling.form.by_role["consent_store"].path
            filling.draft = filling.draft.__class__(
                filling.draft.form, filling.draft.digest, position=path, answers={path: Chosen(("yes",))}
            )
            drafting.save(unit, filling)
        if chat == chats[0]:
            bench.change_ring()
    async with bench.write() as unit:
        assert (await drafting.load(unit, chats)).keys() == {chats[1]}
        assert (await count(unit, DraftRow), await count(unit, DataKey)) == (1, 1)
        await drafting.start(unit, chats[0], REPORT_FORM, "ru")
        assert await count(unit, DraftRow) == 2


def turned(forms: Mapping[str, Form], kind: str) -> Mapping[str, Form]:
    """The forms, of which one has all its lists the other way round."""
    children = tuple(
        replace(node, choices=node.choices[::-1]) if isinstance(node, Question) else node
        for node in forms[kind].children
    )
    return {**forms, kind: replace(forms[kind], children=children)}


@pytest.mark.parametrize("confirming", [False, True])
async def test_before_consent_a_draft_knows_its_form_too(bench: Bench, confirming: bool) -> None:
    """A tap on “Yes” as it was is not taken for “No” as it is; only the place and the form are kept."""
    _, chat = bench.new_chat()
    async with bench.write() as unit:
        filling = await drafting.start(unit, chat, REPORT_FORM, "ru")
        await drafting.apply(unit, filling, Cancel() if confirming else Show())
        drafting.save(unit, filling)
        kept = filling.draft
    async with bench.write() as unit:
        loaded = (await drafting.load(unit, [chat]))[chat]
        assert (loaded.draft.digest, loaded.draft.position) == (kept.digest, kept.position)
        assert (loaded.draft.view, loaded.row.state) == (kept.view, None)
    bench.forms = turned(bench.forms, REPORT_FORM)
    async with bench.write() as unit:
        filling = (await drafting.load(unit, [chat]))[chat]
        screen, end = await drafting.apply(unit, filling, Pick(0))
        assert (screen.notice, end) == (Key("flow.changed"), End.OPEN)
        assert (filling.draft.answers, filling.draft.step) == ({}, kept.step + 1)


async def test_what_is_random_stays_the_same_for_a_draft(bench: Bench) -> None:
    """Before consent and after, at each event and in the submission, and another draft draws anew."""
    drawn = Question("drawn", "/incident/drawn", "calculate", {}, calculation="uuid()")
    bench.forms = {
        **bench.forms,
        REPORT_FORM: replace(bench.forms[REPORT_FORM], children=(drawn, *bench.forms[REPORT_FORM].children)),
    }
    values: list[list[object]] = []
    for _ in range(2):
        _, chat = bench.new_chat()
        async with bench.write() as unit:
            begun = await drafting.start(unit, chat, REPORT_FORM, "ru")
            await drafting.apply(unit, begun, Show())
            values.append([drafting.submission(begun)[drawn.path]])
            drafting.save(unit, begun)
        async with bench.write() as unit:
            loaded = (await drafting.load(unit, [chat]))[chat]
            values[-1] += [drafting.submission(loaded)[drawn.path]]
            await drafting.apply(unit, loaded, Pick(0))
            values[-1] += [drafting.submission(loaded)[drawn.path]]
    assert [len(set(map(str, drawn_values))) for drawn_values in values] == [1, 1]
    assert values[0] != values[1]


async def test_before_consent_a_place_that_the_form_lost_is_not_answered(bench: Bench) -> None:
    """What is asked first is asked then."""
    _, chat = bench.new_chat()
    async with bench.write() as unit:
        filling = await drafting.start(unit, chat, REPORT_FORM, "ru")
        drafting.save(unit, filling)
        filling.row.position = "0@/incident/gone"
    async with bench.write() as unit:
        filling = (await drafting.load(unit, [chat]))[chat]
        await drafting.apply(unit, filling, Show())
        assert filling.form.nodes[filling.draft.position] is filling.form.by_role["consent_store"]


async def test_a_moderators_edit_is_read_again_when_its_form_was_changed(bench: Bench) -> None:
    """It is not sent by a button of the review as it was; everything written stays."""
    async with bench.write() as unit:
        await bench.submit(unit)
        report = (await unit.session.scalars(select(Report))).one()
        moderator = await bench.moderator(unit)
        await claims.claim(unit, moderator, report)
        filling = await publishing_service.begin(unit, moderator, report, None)
        for _ in range(2):  # over the list of answers
            await drafting.apply(unit, filling, Back())
        assert filling.draft.position == REVIEW
        drafting.save(unit, filling)
        kept, chat = filling.draft, moderator.chat_hash
    bench.forms = turned(bench.forms, REVIEW_FORM)
    async with bench.write() as unit:
        filling = (await drafting.load(unit, [chat]))[chat]
        screen, end = await drafting.apply(unit, filling, Submit())
        assert (screen.kind, screen.notice, end) == (ScreenKind.REVIEW, Key("flow.changed"), End.OPEN)
        assert (filling.draft.answers, filling.draft.step) == (kept.answers, kept.step + 1)


async def test_what_was_heard_in_a_story_is_sealed_with_the_draft_and_goes_with_it(bench: Bench) -> None:
    """No column of any table has it, whether it waits to be confirmed or stands first in a list."""
    _, chat = bench.new_chat()
    async with bench.write() as unit:
        filling = await drafting.start(unit, chat, REPORT_FORM, "ru")
        for event in (Show(), Pick(0), Wrote("В Семее журналиста арестовали на пятнадцать суток."), Next()):
            await drafting.apply(unit, filling, event)
        drafting.save(unit, filling)
        kept, key_id = filling.draft, filling.row.data_key_id
    locality, groups = (filling.form.by_role[role].path for role in ("locality", "affected_groups"))
    assert kept.proposed[locality] == Written((TextPart("Семей"),))
    assert kept.named_first[groups] == ("journalist",)
    planted = ("Семей", "KZ-10", "detention.administrative", "journalist", locality, "proposed")
    async with bench.read() as unit:
        found = await _all_of(unit)
        shown = [
            one for one in planted if any(form.encode() in found for form in (one, json.dumps(one)[1:-1]))
        ]
        assert shown == []
        loaded = (await drafting.load(unit, [chat]))[chat]
        assert (loaded.draft.proposed, loaded.draft.named_first) == (kept.proposed, kept.named_first)
    async with bench.write() as unit:
        await drafting.wipe(unit, (await drafting.load(unit, [chat]))[chat])
    async with bench.read() as unit:
        assert (await count(unit, DraftRow), await unit.session.get(DataKey, key_id)) == (0, None)


async def _all_of(unit: UnitOfWork) -> bytes:
    """All that stands in the database, one value after the other."""
    rows = [row for table in Base.metadata.sorted_tables for row in await unit.session.execute(select(table))]
    values = (value for row in rows for value in row)
    return b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in values)


async def agreed(unit: UnitOfWork, chat: bytes, **wishes: bool) -> OpenDraft:
    """A draft whose person agreed that it is kept, and wishes so."""
    filling = await drafting.start(unit, chat, REPORT_FORM, "ru")
    await drafting.apply(unit, filling, Show())
    path = filling.form.by_role["consent_store"].path
    filling.draft = replace(filling.draft, answers={path: Chosen(("yes",))}, **wishes)  # type: ignore[arg-type]
    drafting.save(unit, filling)
    return filling


@pytest.mark.parametrize("wish", ["reminds", "leaves_nothing", None])
async def test_where_a_draft_came_from_is_kept_only_for_whoever_wants_what_needs_it(
    bench: Bench, wish: str | None
) -> None:
    """Sealed with the answers, and only as long as it is wanted."""
    chat_id, chat = bench.new_chat()
    async with bench.write() as unit:
        filling = await agreed(unit, chat, **({wish: True} if wish else {}))
        drafting.keep_address(unit, filling, chat_id)
        assert filling.row.reminds is (wish == "reminds")
    async with bench.write() as unit:
        filling = (await drafting.load(unit, [chat]))[chat]
        assert drafting.address(unit, filling.row) == (chat_id if wish else None)
        filling.draft = replace(filling.draft, reminds=False, leaves_nothing=False)
        drafting.keep_address(unit, filling, chat_id)
        assert (filling.row.address, filling.row.reminds) == (None, False)
