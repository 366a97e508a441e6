"""A report's files, each by itself: a clean copy after a warning, what came as it came after a stronger one."""

import pyrage  # type: ignore[import-untyped] # it has no types
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.form.answers import FileKind, FileRef, Files
from bot.reports import claims
from bot.safety.cleaning import cleaner
from bot.safety.cleaning.cleaner import Cleaned, NoCopyReason, Refused
from db.models import AuditEntry
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import add_file, enrol, report
from tests.bot.safety.cleaning import planted

PICTURE = FileRef("a" * 32, FileKind.PHOTO, "Aidar.jpg", "on the square")


async def report_with_file(
    chats: Chats, cleaning: Cleaned | Refused, recipients: tuple[str, ...] = ()
) -> str:
    """The reference of a report with one file, which moderator 5 may open."""
    name = await report(chats, evidence=Files((PICTURE,)))
    await enrol(chats, 5)
    async with chats.bench.write() as unit:
        await add_file(unit, await claims.find(unit, name), PICTURE, cleaning, recipients)
    await chats.say(5, f"/open {name}")
    return name


async def audited(chats: Chats) -> list[tuple[str, str, str]]:
    """Who was shown which file."""
    async with chats.bench.read() as unit:
        entries = (
            await unit.session.scalars(
                select(AuditEntry).order_by(AuditEntry.id).where(AuditEntry.act == "file")
            )
        ).all()
        return [(entry.actor, entry.subject, entry.detail) for entry in entries]


async def test_a_clean_copy_comes_on_a_tap_after_a_warning_and_stands_in_the_log(chats: Chats) -> None:
    """The warning tells the custody; the copy is protected, named after the report, and goes with it."""
    copy = cleaner.clean(planted.jpeg())
    assert isinstance(copy, Cleaned)
    name = await report_with_file(chats, copy)
    warning = await chats.tap(5, Act("mfile", name, "1"))
    said = words(warning)
    assert "all that can be seen and heard is still there" in said
    assert f"Copy: JPEG, {len(copy.content)} bytes\nSHA-256 {copy.sha256}" in said
    assert await audited(chats) == []
    calls = await chats.tap(5, Act("mfileshow", name, "1"))
    (photo,) = [call for call in calls if call.attach]
    assert (photo.method, photo.attach) == ("sendPhoto", {"photo": f"copy:{PICTURE.id}:{name}-1"})
    more = [[{"text": "File 1", "callback_data": f"amfile.{name}.1"}]]
    assert photo.params == {
        "chat_id": 5,
        "caption": f"{name} · 1\non the square",
        "protect_content": True,
        "reply_markup": {"inline_keyboard": more},
    }
    async with chats.bench.read() as unit:
        shown = {row.report_id for row in chats.rows if row.report_id is not None}
        assert shown == {(await claims.look_up(unit, name)).id}
    assert await audited(chats) == [("Aspan", name, "copy 1")]
    assert "Aidar" not in said + str(calls)


async def test_what_a_clean_copy_lacks_is_told_on_the_card_and_before_it_is_shown(chats: Chats) -> None:
    """Else a moderator would take a cut for the reporter's, or look for words that cannot be searched."""
    copy = cleaner.clean(planted.pdf())
    assert isinstance(copy, Cleaned)
    name = await report_with_file(chats, copy)
    lacking = "File 1 · photo: clean copy ready; its pages are pictures, so text cannot be copied"
    assert lacking in words(await chats.say(5, f"/open {name}"))
    assert lacking in words(await chats.tap(5, Act("mfile", name, "1")))


async def test_what_could_not_be_cleaned_is_shown_only_after_a_stronger_warning(chats: Chats) -> None:
    """As a document, never as a picture that opens by itself; a forged tap gets no copy."""
    name = await report_with_file(chats, Refused(NoCopyReason.BROKEN))
    warning = await chats.tap(5, Act("mfile", name, "1"))
    assert "Not cleaned: the file is damaged or incomplete" in words(warning)
    assert "can damage your device" in words(warning)
    assert f"amfileshow.{name}.1" not in buttons(warning)
    forged = await chats.tap(5, Act("mfileshow", name, "1"))
    assert not [call for call in forged if call.attach]
    calls = await chats.tap(5, Act("mfileraw", name, "1"))
    (document,) = [call for call in calls if call.attach]
    assert (document.method, document.attach) == (
        "sendDocument",
        {"document": f"original:{PICTURE.id}:{name}-1"},
    )
    assert await audited(chats) == [("Aspan", name, "original 1")]


async def test_an_original_that_is_sealed_away_is_not_offered(chats: Chats) -> None:
    """It is said who can open it; a forged tap gets nothing."""
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    name = await report_with_file(chats, Refused(NoCopyReason.TYPE), (recipient,))
    warning = await chats.tap(5, Act("mfile", name, "1"))
    assert "The server cannot open the original either" in words(warning)
    assert buttons(warning) == []
    forged = await chats.tap(5, Act("mfileraw", name, "1"))
    assert not [call for call in forged if call.attach]
    assert await audited(chats) == []


async def test_a_cleaned_files_original_is_never_shown(chats: Chats) -> None:
    """Not even to whoever forges the tap, nor a file that the report does not have."""
    name = await report_with_file(chats, cleaner.clean(planted.jpeg()))
    for forged in (Act("mfileraw", name, "1"), Act("mfile", name, "2"), Act("mfileshow", name, "x")):
        assert not [call for call in await chats.tap(5, forged) if call.attach]


async def test_a_file_is_shown_to_whoever_holds_the_report_alone(chats: Chats) -> None:
    """Another moderator is told who holds it."""
    name = await report_with_file(chats, cleaner.clean(planted.jpeg()))
    await enrol(chats, 6, "Boran")
    calls = await chats.tap(6, Act("mfileshow", name, "1"))
    assert not [call for call in calls if call.attach]
    assert "Aspan" in words(calls)
