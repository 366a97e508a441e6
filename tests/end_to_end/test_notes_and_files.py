"""What belongs to a card, over HTTP with two moderators: notes that the next one reads, and files to look at and to take."""

import asyncio
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from bot.local_api.client import ShownMessage, picture
from db.models import Report
from tests.end_to_end.conftest import Machine, MakeReporter
from tests.end_to_end.desk import card_of, log_of, new_report
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.on_disk import found_on_disk
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import SIMPLE, Reporter

NOTE, SECOND = "Позвонили в суд: дело есть, номер сходится.", "Шешім сайтта жарияланған"


async def test_a_note_is_read_by_who_holds_the_report_next_and_goes_with_it(
    anna: Reporter, aida: Moderator, dana: Moderator, machine: Machine, tmp_path: Path
) -> None:
    """With what was checked, and by whom. Who gave the report back reads no more of it; nobody takes back another's; the words stand on
    no disk, and are gone from both chats once the reporter withdraws."""
    await anna.report(SIMPLE)
    ref = await new_report(aida)
    assert await aida.open(ref)
    await aida.note(NOTE)
    await aida.phone.tap("Заметки 1 · Проверка 0/7", card_of(aida))
    await aida.press("☐ Есть второй источник")
    await aida.phone.wait("☑ Есть второй источник · Aida, меньше часа")
    view = await aida.phone.wait(lambda bubble: "🗑 Моя последняя" in labels_on(bubble))
    await aida.command(f"/release {ref}")
    await aida.phone.until(lambda: view.deleted)

    assert await dana.open(ref)
    await dana.phone.tap("Жазбалар 1 · Тексеру 1/7", card_of(dana))
    read = await dana.phone.wait(NOTE)
    assert read.protected
    assert "Aida · " in read.text
    assert dana.word("moderator.note.take_back") not in labels_on(read)
    await dana.press_word("moderator.card.to_card")
    await dana.phone.wait(lambda bubble: dana.word("moderator.reject") in labels_on(bubble))
    await dana.note(SECOND)
    for data in (f"amcard.{ref}.n0", f"amcheck.{ref}.date", f"amnoteback.{ref}.", f"amnote.{ref}."):
        assert await aida.answer_to(view, data) == f"С сообщением {ref} сейчас работает Dana."
    assert not [one for one in aida.phone.messages if NOTE in one.text or SECOND in one.text]

    await machine.stop()
    assert set(await found_on_disk(tmp_path, NOTE, SECOND, ref)) == {ref}
    await machine.start()
    await anna.withdraw(anna.code)
    await dana.phone.until(
        lambda: not [one for one in dana.phone.messages if NOTE in one.text or SECOND in one.text]
    )
    await dana.command(f"/open {ref}")
    await dana.phone.wait(dana.word("state.is_withdrawn"))
    async with machine.bot.work.read() as unit:
        assert await unit.session.scalar(select(Report.notes).where(Report.ref == ref)) is None


async def test_files_are_looked_at_by_kind_and_a_copy_is_taken_after_a_warning(
    anna: Reporter,
    reporter: MakeReporter,
    aida: Moderator,
    dana: Moderator,
    erlan: Moderator,
    machine: Machine,
) -> None:
    """Two moderators at once, each with a report of their own: photos as an album, documents by themselves, nothing of the other's. A
    copy can be saved, leaves the chat by itself, and stands in the log with its number."""
    boris = await reporter(1002, "ru")
    for sender, names in ((anna, ("1.png", "2.png", "order.pdf")), (boris, ("3.png", "4.png"))):
        await sender.report(replace(SIMPLE, files=names))
    first = await new_report(aida)
    second = await new_report(aida, first)
    refs = {aida: first, dana: second}
    for one, ref in refs.items():
        while one.word("moderator.file.state.pending") in (await one.open(ref) or ""):
            continue  # files are fetched after the report came
    assert [label for label in labels_on(card_of(aida)) if label[0] in "🖼🎙🎵📄⚠"] == [
        "🖼 Фото, видео: 2",
        "⚠️ Файл 3",
    ]
    await asyncio.gather(aida.press("🖼 Фото, видео: 2"), dana.press_word("moderator.album.kind.seen", n=2))
    for one, ref in refs.items():
        under = await one.phone.wait(lambda bubble: {"Файл 1", "Файл 2"} <= set(labels_on(bubble)))
        await one.phone.until(lambda: len(photos(one)) == 2)  # noqa: B023 - waited for
        assert [(photo.text, photo.protected) for photo in photos(one)] == [
            (f"{ref} · 1", True),
            (f"{ref} · 2", True),
        ]
        assert len({photo.raw.get("media_group_id") for photo in photos(one)} - {None}) == 1
        assert under.protected
    data = f"amfiles.{first}.seen"
    assert await dana.answer_to(under, data) == dana.word("moderator.held", ref=first, alias="Aida")

    await aida.press("Файл 2")
    await aida.phone.wait("телефон может хранить его и после удаления сообщения")
    await aida.press("⬇️ Всё равно забрать")
    taken = await aida.phone.wait(lambda bubble: [file["kind"] for file in bubble.files] == ["document"])
    assert not taken.protected
    content = await aida.phone.download(taken)
    assert (content[:4], b"2.png" in content, b"2.png" in picture("2.png")) == (b"\x89PNG", False, True)
    await aida.phone.tap("⚠️ Файл 3", card_of(aida))
    await aida.press("Всё равно показать")
    raw = await aida.phone.wait(lambda bubble: [file["kind"] for file in bubble.files] == ["document"])
    assert (raw.protected, await aida.phone.download(raw)) == (True, b"order.pdf")
    assert len(photos(dana)) == 2
    await machine.later(1)
    await aida.phone.until(lambda: taken.deleted and raw.deleted and not photos(aida))
    await dana.phone.until(lambda: not photos(dana))
    log = await log_of(erlan, first)
    assert log[:4] == [
        f"Aida: открыл(а) файл · {first} · № 3 ⚠️",
        f"Aida: файл забран · {first} · № 2",
        f"Aida: открыл(а) файл · {first} · № 2",
        f"Aida: открыл(а) файл · {first} · № 1",
    ]
    assert not [line for line in log if "Dana" in line]


def photos(one: Moderator) -> list[ShownMessage]:
    """The photos in a chat."""
    return [bubble for bubble in one.phone.messages if [file["kind"] for file in bubble.files] == ["photo"]]
