"""A held report is handed to a named colleague, with a note that stays with the report."""

import pytest
from sqlalchemy import func, select

from bot.chat.buttons import Act
from bot.desk.card import service as card_service
from bot.desk.people import service as people_service
from bot.form.answers import Chosen
from bot.reports import claims, withdrawal
from db.models import AuditEntry, DraftRow, Moderator
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol, report

GIVER, COLLEAGUE, ANALYST, OTHER = 5, 6, 7, 8
NOTE = "The second photo is the same stamp"


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """Two moderators, an analyst and an administrator."""
    chats = Chats(bench)
    await enrol(chats, GIVER)
    await enrol(chats, COLLEAGUE, "Teniz")
    await enrol(chats, ANALYST, "Tau", "analyst")
    await enrol(chats, OTHER, "Bota", "admin")
    return chats


async def member(chats: Chats, alias: str) -> Moderator:
    """A member by alias."""
    async with chats.bench.read() as unit:
        return await people_service.find(unit, alias)


async def chosen(chats: Chats, ref: str, alias: str = "Teniz") -> str:
    """Choose a colleague under ⋯; the question for the note."""
    await chats.tap(GIVER, Act("mmore", ref))
    asked = await chats.tap(GIVER, Act("mhand", ref))
    to = (await member(chats, alias)).id
    assert f"amhandto.{ref}.{to}" in buttons(asked)
    said = await chats.tap(GIVER, Act("mhandto", ref, to))
    (question,) = [one for one in said if "force_reply" in one.params.get("reply_markup", {})]
    return str(question.params["text"])


async def log(chats: Chats, ref: str) -> list[tuple[str, str, str]]:
    """Entries of the audit log about a report."""
    query = select(AuditEntry).where(AuditEntry.subject == ref).order_by(AuditEntry.id)
    async with chats.bench.read() as unit:
        return [(one.actor, one.act, one.detail) for one in await unit.session.scalars(query)]


async def test_a_report_is_handed_over_with_a_note_that_its_holder_alone_reads(chats: Chats) -> None:
    """The colleague is told, without the note; it stands on their card and among the notes. The log knows who, not what."""
    ref = await report(chats)
    await chats.say(GIVER, f"/open {ref}")
    chats.bench.later(3)
    calls = await chats.reply(GIVER, f" {NOTE} ", await chosen(chats, ref))
    told = TEXTS.text("en", "moderator.notice.handed", {"alias": "Aspan", "ref": ref})
    assert words(calls, COLLEAGUE).strip() == told
    assert words(calls, OTHER) == words(calls, ANALYST) == ""
    assert TEXTS.text("en", "moderator.handed", {"ref": ref, "alias": "Teniz"}) in words(calls, GIVER)
    typed = [chats.last_id, chats.last_id + 1]
    assert typed in [list(one.doomed) for one in calls if one.is_deletion]
    assert words(await chats.say(GIVER, f"/open {ref}")) == f"Teniz is working on report {ref}."

    card = words(await chats.tap(COLLEAGUE, Act("mopen", ref)))
    assert TEXTS.text("en", "moderator.report.handed", {"alias": "Aspan", "note": NOTE}) in card
    notes = words(await chats.tap(COLLEAGUE, Act("mcard", ref, "n0")))
    assert f"Aspan → Teniz · less than an hour\n{NOTE}" in notes
    await chats.tap(COLLEAGUE, Act("mopen", ref))
    acts = [
        ("Aspan", "claim", ""),
        ("Aspan", "hand_over", "Teniz"),
    ]
    assert (await log(chats, ref))[1:] == acts
    async with chats.bench.read() as unit:
        found = await claims.look_up(unit, ref)
        assert found.claimed_until_hour == unit.hour + unit.settings.claim_hours
    await chats.say(COLLEAGUE, f"/release {ref}")
    assert NOTE not in words(await chats.say(OTHER, f"/open {ref}"))


async def test_a_note_is_not_needed_and_nothing_is_kept_without_one(chats: Chats) -> None:
    """The card says who handed it over; its notes are none."""
    ref = await report(chats, urgent=Chosen(("yes",)))
    await chats.say(GIVER, f"/open {ref}")
    await chosen(chats, ref)
    calls = await chats.tap(GIVER, Act("mhandnow", ref, (await member(chats, "Teniz")).id))
    (heard,) = [one for one in calls if one.params.get("chat_id") == COLLEAGUE]
    assert "disable_notification" not in heard.params
    card = words(await chats.say(COLLEAGUE, f"/open {ref}"))
    assert TEXTS.text("en", "moderator.report.handed", {"alias": "Aspan", "note": "—"}) in card
    notes = words(await chats.tap(COLLEAGUE, Act("mcard", ref, "n0")))
    assert TEXTS.text("en", "moderator.notes.none") in notes


async def test_the_note_is_destroyed_with_the_report(chats: Chats) -> None:
    """It is sealed with the report's key."""
    ref = await report(chats)
    await chats.say(GIVER, f"/open {ref}")
    await chats.reply(GIVER, NOTE, await chosen(chats, ref))
    async with chats.bench.write() as unit:
        found = await claims.find(unit, ref)
        assert [one.text for one in (await card_service.notes_of(unit, found)).notes] == [NOTE]
        await withdrawal.withdraw(unit, found)
        assert (await card_service.notes_of(unit, found)).notes == ()


async def test_only_its_holder_hands_a_report_over_and_only_to_one_who_may_read_it(chats: Chats) -> None:
    """Neither a colleague nor an administrator gives away what another holds; an analyst is not offered, nor taken."""
    ref = await report(chats)
    await chats.say(GIVER, f"/open {ref}")
    question, me = await chosen(chats, ref), await member(chats, "Aspan")
    analyst = await member(chats, "Tau")
    for chat in (COLLEAGUE, OTHER):
        for act in (Act("mhand", ref), Act("mhandto", ref, me.id), Act("mhandnow", ref, me.id)):
            assert "Aspan is working" in words(await chats.tap(chat, act))
        assert "Aspan is working" in words(await chats.reply(chat, NOTE, question))
    offered = buttons(await chats.tap(GIVER, Act("mhand", ref)))
    assert not [data for data in offered if analyst.id in data or me.id in data]
    refused = words(await chats.tap(GIVER, Act("mhandnow", ref, analyst.id)))
    assert refused.strip() == TEXTS.text("en", "moderator.other_role")
    assert [act for _, act, _ in await log(chats, ref)] == ["submit", "claim"]


async def test_a_note_too_long_and_an_open_edit_are_refused_and_nothing_is_handed_over(chats: Chats) -> None:
    """Typed text is not cut, and an edit is not lost."""
    ref = await report(chats)
    await chats.say(GIVER, f"/open {ref}")
    question = await chosen(chats, ref)
    refused = words(await chats.reply(GIVER, "x" * 301, question))
    assert refused.strip() == TEXTS.text("en", "moderator.note.too_long", {"most": 300, "n": 1})
    await chats.say(GIVER, f"/edit {ref}")
    refused = words(await chats.tap(GIVER, Act("mhand", ref)))
    assert refused.strip() == TEXTS.text("en", "moderator.approve.edit_open", {"ref": ref})
    assert [act for _, act, _ in await log(chats, ref)] == ["submit", "claim", "edit"]
    async with chats.bench.read() as unit:
        assert await unit.session.scalar(select(func.count()).select_from(DraftRow)) == 1


async def test_a_moderator_without_colleagues_is_told_so(bench: Bench) -> None:
    """An analyst is none."""
    alone = Chats(bench)
    await enrol(alone, GIVER)
    await enrol(alone, ANALYST, "Tau", "analyst")
    ref = await report(alone)
    refused = words(await alone.tap(GIVER, Act("mhand", ref))).strip()
    assert refused == TEXTS.text("en", "moderator.hand.alone")
