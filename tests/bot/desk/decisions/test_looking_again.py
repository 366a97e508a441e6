"""What may give somebody away is said before an edit is saved and before it is approved; names go nowhere without consent."""

from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.form.answers import Chosen
from bot.reports import claims
from db.models import AuditEntry
from tests.bench import text
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import confirmation, enrol, report

_CALL = "Police came to Tole Bi Street 25, apt 4 in 123 ABC 02 and rang +7 701 123 45 67."
_NAMED = "Bakytgul Seitova was held."


async def _proposed(chats: Chats, summary: str, **answers: Chosen) -> str:
    """A report with a public version that says so, to be approved in chat 5."""
    name = await report(chats, **answers)
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        me = (await people_service.list_moderators(unit))[0]
        await chats.bench.propose(unit, me, await claims.find(unit, name), summary=text(summary))
    return name


async def test_what_may_give_somebody_away_is_a_warning_by_kind_and_refuses_nothing(chats: Chats) -> None:
    """In the chat's language, in a message that is cleared with the report, above the button that approves."""
    name = await _proposed(chats, _CALL)
    calls = await chats.say(5, f"/approve {name}")
    (warned,) = [call for call in calls if "Look again" in str(call.params.get("text"))]
    assert "Phone numbers: +7 701 123 45 67" in warned.params["text"]
    assert "Number plates: 123 ABC 02" in warned.params["text"]
    assert "Addresses: Tole Bi Street 25, apt 4" in warned.params["text"]
    assert warned.params["protect_content"]
    assert "is approved" in words(await chats.tap_data(5, confirmation(calls, name)))


async def test_names_are_not_approved_before_somebody_says_that_they_concern_nobody_here(
    chats: Chats,
) -> None:
    """Where the reporter agreed to publication without names; who said so, and nothing of the names, stands in the audit log."""
    name = await _proposed(chats, _NAMED)
    calls = await chats.say(5, f"/approve {name}")
    assert "Names: Bakytgul Seitova" in words(calls)
    assert "without names only" in words(calls)
    assert "amapprove" not in str(buttons(calls))
    assert f"amedit.{name}." in buttons(calls)
    (cleared,) = [data for data in buttons(calls) if data.startswith("amnames.")]
    assert "no longer the latest" in words(await chats.tap(5, Act("mnames", name, "7")))
    shown = await chats.tap_data(5, cleared)
    assert "Names: Bakytgul Seitova" in words(shown)
    assert "is approved" in words(await chats.tap_data(5, confirmation(shown, name)))
    async with chats.bench.read() as unit:
        told = [
            entry
            for entry in await unit.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            if entry.subject == name
        ]
    assert [entry.act for entry in told][-2:] == ["disclaim_names", "approve"]
    assert "Seitova" not in str([vars(entry) for entry in told])


async def test_names_are_only_a_warning_where_the_record_is_for_trusted_organisations(chats: Chats) -> None:
    name = await _proposed(chats, _NAMED, consent_use=Chosen(("share_trusted",)))
    calls = await chats.say(5, f"/approve {name}")
    assert "Names: Bakytgul Seitova" in words(calls)
    assert "is approved" in words(await chats.tap_data(5, confirmation(calls, name)))


async def test_the_same_is_said_at_the_review_before_an_edit_is_saved(chats: Chats) -> None:
    name = await _proposed(chats, _CALL)
    calls = await chats.say(5, f"/edit {name}")
    assert "Phone numbers: +7 701 123 45 67" in words(calls)
