"""Notes for colleagues and the checklist of verification: written and ticked on the card, read by whoever holds the report."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.card import service as card_service
from bot.reports import claims, withdrawal
from bot.transport.call import Call
from db.models import AuditEntry, Report
from tests.bench import Bench
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report

DESK, COLLEAGUE, STRANGER = 5, 6, 7
NOTE = "The paper and the photo show the same <stamp>"


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """A bot without a network, and two moderators."""
    chats = Chats(bench)
    await enrol(chats, DESK)
    await enrol(chats, COLLEAGUE, "Teniz")
    return chats


async def asked(chats: Chats, ref: str, chat: int = DESK) -> str:
    """The question for a note."""
    (call,) = [one for one in await chats.tap(chat, Act("mnote", ref)) if one.method == "sendMessage"]
    assert call.params["reply_markup"]["force_reply"]
    return str(call.params["text"])


async def note(chats: Chats, ref: str, text: str = NOTE, chat: int = DESK) -> list[Call]:
    """A note is written as a reply."""
    return await chats.reply(chat, text, await asked(chats, ref, chat))


def labels(calls: Sequence[Call]) -> list[str]:
    """The labels of all buttons."""
    markups = [call.params.get("reply_markup", {}) for call in calls]
    return [one["text"] for markup in markups for row in markup.get("inline_keyboard", ()) for one in row]


async def log(chats: Chats, ref: str) -> list[tuple[str, str, str]]:
    """What stands in the log of this report, but for claims."""
    async with chats.bench.read() as unit:
        query = select(AuditEntry).where(AuditEntry.subject == ref).order_by(AuditEntry.id)
        entries = (await unit.session.scalars(query)).all()
        return [
            (one.actor, one.act, one.detail)
            for one in entries
            if one.act not in {"submit", "claim", "release"}
        ]


async def test_a_note_is_written_by_a_reply_and_read_by_whoever_takes_the_report_over(chats: Chats) -> None:
    """What was typed leaves the chat at once; the card says how many there are. The log says who noted, not what."""
    ref = await report(chats)
    await chats.say(DESK, f"/open {ref}")
    calls = await note(chats, ref)
    assert NOTE.replace("<", "&lt;").replace(">", "&gt;") in words(calls)
    assert [list(one.doomed) for one in calls if one.is_deletion] == [[chats.last_id, chats.last_id + 1]]
    async with chats.bench.read() as unit:
        report_id = (await claims.look_up(unit, ref)).id
    shown = [row for row in chats.rows if row.call and row.call.shows]
    assert [(row.report_id, row.call.params["protect_content"]) for row in shown if row.call] == [
        (report_id, True)
    ]
    await chats.say(DESK, f"/release {ref}")
    card = await chats.say(COLLEAGUE, f"/open {ref}")
    assert "Notes 1 · Checks 0/7" in labels(card)
    assert "stamp" not in words(card)
    (view,) = [
        one for one in await chats.tap(COLLEAGUE, Act("mcard", ref, "n0")) if one.method.startswith("edit")
    ]
    assert f"Aspan · {TEXTS.text('en', 'moderator.age.fresh')}\n" in view.params["text"]
    assert "stamp" in view.params["text"]
    assert taking_back(ref, [view]) is None, "it is another's"
    assert f"amcard.{ref}.c0" in buttons([view])
    assert await log(chats, ref) == [("Aspan", "note", "")]


async def test_what_was_verified_is_ticked_with_who_found_it_so_and_can_be_taken_back(chats: Chats) -> None:
    """In place; each tick stands in the log."""
    ref = await report(chats)
    await chats.say(DESK, f"/open {ref}")
    (ticked,) = [
        one for one in await chats.tap(DESK, Act("mcheck", ref, "date")) if one.method.startswith("edit")
    ]
    assert "☑ The date fits · Aspan" in ticked.params["text"]
    assert [one for one in labels([ticked]) if one[0] in "☑☐"].count("☑ The date fits") == 1
    assert len([one for one in labels([ticked]) if one.startswith("☐ ")]) == len(card_service.CHECKLIST) - 1
    assert "Notes 0 · Checks 1/7" in labels(await chats.tap(DESK, Act("mcard", ref, "c0")))
    await chats.say(DESK, f"/release {ref}")
    again = await chats.tap(COLLEAGUE, Act("mcheck", ref, "date"))
    assert "☐ The date fits" in labels(again)
    strange = await chats.tap(COLLEAGUE, Act("mcheck", ref, "truth"))
    assert TEXTS.text("en", "reporter.tap.stale") in str([one.params for one in strange])
    assert await log(chats, ref) == [("Aspan", "check", "date"), ("Teniz", "uncheck", "date")]


async def test_one_takes_back_ones_own_newest_note_alone(chats: Chats) -> None:
    """A colleague's stays; with nothing of one's own left nothing happens."""
    ref = await report(chats)
    await note(chats, ref, "first of Aspan")
    await note(chats, ref, "second of Aspan")
    await chats.say(DESK, f"/release {ref}")
    await note(chats, ref, "one of Teniz", COLLEAGUE)
    taking = await noting(chats, ref, COLLEAGUE)
    view = words(await chats.tap_data(COLLEAGUE, taking))
    assert [one in view for one in ("first of Aspan", "second of Aspan", "one of Teniz")] == [
        True,
        True,
        False,
    ]
    refused = await chats.tap_data(COLLEAGUE, taking)
    assert TEXTS.text("en", "moderator.note.none", {"ref": ref}) in str([one.params for one in refused])
    await chats.say(COLLEAGUE, f"/release {ref}")
    assert "second of Aspan" not in words(await chats.tap_data(DESK, await noting(chats, ref)))


async def test_a_second_tap_takes_no_second_note_back(chats: Chats) -> None:
    """The button names its note: tapped twice, or in an older message, it deletes no other, one of the same words neither."""
    ref = await report(chats)
    for text in ("twice", "twice", "last"):
        await note(chats, ref, text)
    last = await noting(chats, ref)
    after = await chats.tap_data(DESK, last)
    assert words(after).count("twice") == 2
    stale = await chats.tap_data(DESK, last)
    assert TEXTS.text("en", "reporter.tap.stale") in str([one.params for one in stale])
    twice = taking_back(ref, after)
    assert twice is not None
    assert words(await chats.tap_data(DESK, twice)).count("twice") == 1
    await chats.tap_data(DESK, twice)
    assert words(await chats.tap(DESK, Act("mcard", ref, "n0"))).count("twice") == 1
    assert [act for _, act, _ in await log(chats, ref)].count("unnote") == 2


def taking_back(ref: str, calls: Sequence[Call]) -> str | None:
    """The button that takes a note back."""
    return next((one for one in buttons(calls) if one.startswith(f"amnoteback.{ref}.")), None)


async def noting(chats: Chats, ref: str, chat: int = DESK) -> str:
    """The same on the view of notes, once the report is opened."""
    found = taking_back(ref, await chats.tap(chat, Act("mcard", ref, "n0")))
    assert found is not None
    return found


async def test_notes_are_bounded(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    """In length and in number; what is too long is not kept."""
    ref = await report(chats)
    too_long = TEXTS.text("en", "moderator.note.too_long", {"most": card_service.LONGEST, "n": 1})
    assert words(await note(chats, ref, "x" * (card_service.LONGEST + 1))) == too_long
    monkeypatch.setattr(card_service, "MOST_NOTES", 1)
    await note(chats, ref, "ү" * card_service.LONGEST)
    many = TEXTS.text("en", "moderator.note.too_many", {"ref": ref, "n": 1})
    assert words(await note(chats, ref)) == many


async def test_a_note_of_a_report_that_another_holds_is_neither_written_nor_read(chats: Chats) -> None:
    """Nor by a reply that imitates the question, nor by anybody who is no moderator."""
    ref = await report(chats)
    question = await asked(chats, ref)
    await note(chats, ref)
    held = TEXTS.text("en", "moderator.held", {"ref": ref, "alias": "Aspan"})
    assert words(await chats.reply(COLLEAGUE, "mine", question)) == held
    for act in (
        Act("mcard", ref, "n0"),
        Act("mcheck", ref, "date"),
        Act("mnoteback", ref),
        Act("mnote", ref),
    ):
        assert "stamp" not in words(await chats.tap(COLLEAGUE, act))
    assert ref not in words(await chats.reply(STRANGER, "mine", question))
    assert STORY not in words(await chats.reply(DESK, "mine", question, by_bot=False))
    assert await log(chats, ref) == [("Aspan", "note", "")]


async def test_notes_are_sealed_of_one_size_and_go_with_the_report(chats: Chats) -> None:
    """The database tells only that something was noted."""
    ref = await report(chats)
    await chats.tap(DESK, Act("mcheck", ref, "harm"))
    sizes = {len(await sealed(chats, ref) or b"")}
    await note(chats, ref)
    stored = await sealed(chats, ref)
    assert stored is not None
    assert {*sizes, len(stored)} == sizes
    assert b"stamp" not in stored
    async with chats.bench.write() as unit:
        await withdrawal.withdraw(unit, await claims.find(unit, ref))
    assert await sealed(chats, ref) is None


async def sealed(chats: Chats, ref: str) -> bytes | None:
    """What the database holds."""
    async with chats.bench.read() as unit:
        found: bytes | None = await unit.session.scalar(select(Report.notes).where(Report.ref == ref))
        return found
