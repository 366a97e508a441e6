"""Files by kind: clean copies as albums to look at, and what is taken after a warning."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.desk.card import files as card_files
from bot.form.answers import FileKind, FileRef, Files
from bot.reports import claims
from bot.safety.cleaning.cleaner import TYPES, Cleaned, NoCopyReason, Refused
from bot.transport.call import Call
from db.models import AuditEntry
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import add_file, enrol, report

DESK, COLLEAGUE = 5, 6
KINDS = (FileKind.PHOTO, FileKind.VOICE, FileKind.VIDEO, FileKind.PHOTO, FileKind.DOCUMENT, FileKind.PHOTO)
"""Of the files of the report, by their numbers on the card; the last could not be cleaned."""
REFS = tuple(FileRef(f"{number}" * 32, kind, "Aidar.jpg") for number, kind in enumerate(KINDS, 1))


async def opened(chats: Chats, content: bytes = b"clean") -> str:
    """The reference of a report with such files, which is open at DESK."""
    ref = await report(chats, evidence=Files(REFS))
    await enrol(chats, DESK)
    cleaned = Cleaned(content, TYPES["JPEG"], "0" * 64, "Pillow")
    async with chats.bench.write() as unit:
        found = await claims.find(unit, ref)
        for one in REFS[:-1]:
            await add_file(unit, found, one, cleaned)
        await add_file(unit, found, REFS[-1], Refused(NoCopyReason.BROKEN))
    return ref


def sent(calls: Sequence[Call]) -> list[tuple[str, Any]]:
    """The calls that carry files, each with these."""
    return [(call.method, tuple(call.attach.values())) for call in calls if call.attach]


def copies(ref: str, *numbers: int) -> tuple[str, ...]:
    """The clean copies of these numbers as attachments."""
    return tuple(f"copy:{REFS[number - 1].id}:{ref}-{number}" for number in numbers)


async def audited(chats: Chats, act: str) -> list[str]:
    """What stands in the log of an act."""
    async with chats.bench.read() as unit:
        query = select(AuditEntry).where(AuditEntry.act == act).order_by(AuditEntry.id)
        entries = (await unit.session.scalars(query)).all()
        assert {entry.actor for entry in entries} <= {"Aspan"}
        return [entry.detail for entry in entries]


async def test_each_kind_of_clean_copies_comes_by_one_tap_as_an_album(chats: Chats) -> None:
    """Photos and videos together, each under its number; a voice message by itself. All is protected and goes with the report."""
    ref = await opened(chats)
    card = await chats.say(DESK, f"/open {ref}")
    shown = [data for data in buttons(card) if data.startswith("amfile")]
    assert shown == [f"amfiles.{ref}.{kind}" for kind in ("seen", "voice", "document")] + [f"amfile.{ref}.6"]
    calls = await chats.tap_data(DESK, shown[0])
    assert sent(calls) == [("sendMediaGroup", copies(ref, 1, 3, 4))]
    (album,) = [call for call in calls if call.attach]
    media = album.params["media"]
    assert [(one["type"], one["caption"]) for one in media] == [
        (kind, f"{ref} · {number}") for kind, number in (("photo", 1), ("video", 3), ("photo", 4))
    ]
    assert [one["media"].removeprefix("attach://") for one in media] == list(album.attach)
    assert [data for data in buttons(calls) if data] == [f"amfile.{ref}.{number}" for number in (1, 3, 4)]
    for call in (call for call in calls if call.method.startswith("send")):
        assert call.params["protect_content"]
    async with chats.bench.read() as unit:
        report_id = (await claims.look_up(unit, ref)).id
        assert {row.report_id for row in chats.rows} == {
            report_id,
            None,
        }  # the tap's own answer is of no report
    (voice,) = [call for call in await chats.tap_data(DESK, shown[1]) if call.attach]
    assert (voice.method, tuple(voice.attach.values())) == ("sendVoice", copies(ref, 2))
    assert buttons([voice]) == [f"amfile.{ref}.2"]
    assert await audited(chats, "file") == ["copy 1", "copy 3", "copy 4", "copy 2"]


async def test_an_album_is_no_larger_than_telegram_takes(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In number and in bytes; a photo that is too large for one is among the documents."""
    ref = await opened(chats, b"x" * 100)
    for name, value, expected in (
        ("MOST_IN_ALBUM", 2, [("sendMediaGroup", copies(ref, 1, 3)), ("sendPhoto", copies(ref, 4))]),
        ("MOST_BYTES", 250, [("sendMediaGroup", copies(ref, 1, 3)), ("sendPhoto", copies(ref, 4))]),
        ("MOST_PHOTO", 99, [("sendVideo", copies(ref, 3))]),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(card_files, name, value)
            assert sent(await chats.tap(DESK, Act("mfiles", ref, "seen"))) == expected
            if name == "MOST_PHOTO":
                calls = await chats.tap(DESK, Act("mfiles", ref, "document"))
                assert sent(calls) == [("sendMediaGroup", copies(ref, 1, 4, 5))]
                kinds = [one["type"] for call in calls for one in call.params.get("media", ())]
                assert kinds == ["document"] * 3


async def test_a_file_is_taken_after_a_warning_as_a_document_that_can_be_saved(chats: Chats) -> None:
    """It goes with the report, and stands in the log as taken; what could not be cleaned cannot be taken."""
    ref = await opened(chats)
    warning = await chats.tap(DESK, Act("mfile", ref, "3"))
    assert "your phone may keep it" in words(warning)
    assert buttons(warning) == [f"amfileshow.{ref}.3", f"amfiletake.{ref}.3", "amkeep.."]
    (taken,) = [call for call in await chats.tap(DESK, Act("mfiletake", ref, "3")) if call.attach]
    assert (taken.method, tuple(taken.attach.values())) == ("sendDocument", copies(ref, 3))
    assert "protect_content" not in taken.params
    assert None not in {row.report_id for row in chats.rows if row.call and row.call.attach}
    assert (await audited(chats, "take"), await audited(chats, "file")) == (["copy 3"], [])
    assert sent(await chats.tap(DESK, Act("mfiletake", ref, "6"))) == []
    await enrol(chats, COLLEAGUE, "Boran")
    for act in (Act("mfiletake", ref, "3"), Act("mfiles", ref, "seen")):
        assert sent(await chats.tap(COLLEAGUE, act)) == []
    for forged in (Act("mfiles", ref, "audio"), Act("mfiles", ref, "all")):
        assert sent(await chats.tap(DESK, forged)) == []


def test_an_album_that_is_refused_comes_as_documents_and_then_in_words() -> None:
    """No file of it is lost in silence."""
    media = [{"type": kind, "media": f"attach://f{at}"} for at, kind in enumerate(("photo", "video"))]
    attach = {"f0": "copy:a:1", "f1": "copy:b:2"}
    call = Call("sendMediaGroup", {"chat_id": 5, "media": media}, attach, otherwise="R1: not together")
    documents = call.instead()
    assert documents is not None
    assert ([one["type"] for one in documents.params["media"]], documents.attach) == (
        ["document"] * 2,
        attach,
    )
    said = documents.instead()
    assert said is not None
    assert (said.method, said.params["text"], said.attach) == ("sendMessage", "R1: not together", {})
