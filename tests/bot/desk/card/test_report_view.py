"""What is shown of a report that is opened, and how."""

from bot.form.answers import FileKind, FileRef, Files
from bot.reports import claims
from bot.safety.cleaning import cleaner
from db.models import File
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import STORY, add_file, enrol, report
from tests.bot.safety.cleaning import planted


async def test_an_opened_report_cannot_be_forwarded_and_goes_when_it_is_withdrawn(chats: Chats) -> None:
    """Everything that shows it is protected and carries its id; of its files the card tells the state alone."""
    ref = FileRef("f" * 32, FileKind.VOICE, "voice.ogg")
    later = FileRef("e" * 32, FileKind.PHOTO, "photo.jpg")
    name = await report(chats, evidence=Files((ref, later)))
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        found = await claims.find(unit, name)
        assert found.data_key_id is not None
        await add_file(unit, found, ref, cleaner.clean(planted.jpeg()))
        facts = {"data_key_id": found.data_key_id, "attempts": 0, "meta": b"", "hour": 1}
        unit.session.add(File(id=later.id, status="pending", kind="photo", **facts))
    calls = await chats.say(5, f"/open {name.lower()}")
    assert STORY in words(calls)
    assert "File 1 · voice message: clean copy ready" in words(calls)
    assert "File 2 · photo: not fetched yet" in words(calls)
    shown = [call for call in calls if call.method != "answerCallbackQuery"]
    assert all(call.params["protect_content"] for call in shown)
    assert {row.report_id for row in chats.rows} == {found.id}
    assert not [call for call in calls if call.attach]
    assert [one for one in buttons(calls) if one.startswith("amfile")] == [f"amfiles.{name}.voice"]


async def test_a_moderator_reads_what_was_told_and_not_how_it_was_asked(chats: Chats) -> None:
    """That it may be kept holds for every report; how long it was to be is no fact. What use is agreed to is one."""
    await report(chats)
    await enrol(chats, 5)
    shown = words(await chats.say(5, "/next"))
    form = chats.bench.forms["report"]
    labels = {question.name: question.label["en"] for question in form.questions}
    assert "<b>May be used</b>: " in shown
    assert f"<b>Story</b>\n{STORY}" in shown
    assert labels["consent_store"].partition("?")[0] not in shown
    assert labels["depth"] not in shown
