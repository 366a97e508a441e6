"""The log of who did what, over HTTP: read by an administrator while two moderators work, checked, and cut behind the bot's back."""

import asyncio
import re
import sqlite3
from pathlib import Path

from bot.local_api.client import ShownMessage
from tests.end_to_end.conftest import Machine
from tests.end_to_end.desk import log_of, new_report
from tests.end_to_end.moderating import VERSION, Moderator
from tests.end_to_end.reporting import SIMPLE, Reporter


async def test_the_log_tells_who_saw_changed_and_exported_what_and_that_its_end_was_cut(
    anna: Reporter,
    aida: Moderator,
    dana: Moderator,
    erlan: Moderator,
    machine: Machine,
    tmp_path: Path,
) -> None:
    """By report and by person, without a word of content, to administrators alone. A cut is found by the file beside the database, and
    where that was changed too by the head that an administrator was told."""
    await anna.report(SIMPLE)
    first = await new_report(aida)
    await anna.report(SIMPLE)
    second = await new_report(aida, first)
    await asyncio.gather(approve(aida, first), reject(dana, second))
    await asyncio.gather(*(one.export("csv") for one in (aida, dana)))
    assert await log_of(erlan, first) == [
        f"Aida: одобрил(а) · {first} · v1",
        f"Aida: предложил(а) версию · {first} · v1",
        f"Aida: начал(а) править · {first}",
        f"Aida: взял(а) и открыл(а) · {first}",
        f"автор: отправил(а) сообщение · {first}",
    ]
    assert await log_of(erlan, second.lower()) == [
        f"Dana: отклонил(а) · {second} · Проверка или спам",
        f"Dana: взял(а) и открыл(а) · {second}",
        f"автор: отправил(а) сообщение · {second}",
    ]
    by_dana = await log_of(erlan, "Dana")
    assert re.fullmatch(r"Dana: экспорт · [12] csv", by_dana[0])
    assert {line.partition(":")[0] for line in by_dana} == {"Dana"}
    shown = await last_log(erlan)
    assert shown.protected
    assert SIMPLE.story[0] not in shown.text
    await erlan.press("👤 По человеку")
    await erlan.press("Aida")
    assert re.search(
        r"Aida: экспорт · [12] csv", (await erlan.phone.wait("📋 Журнал: что делал(а) Aida")).text
    )
    for words in ("", f" {first}", " verify"):
        await aida.command(f"/audit{words}")
        await aida.phone.wait("Эта команда для администраторов.")
    assert (await log_of(erlan))[0].startswith("Erlan: смотрел(а) журнал · Aida · 2-")

    whole = await checked(erlan)
    (told,) = re.findall(r"\b\d+:[0-9a-f]{16}\b", whole)
    assert whole.startswith("✅ Журнал цел")
    await aida.export("jsonl")
    await machine.stop()
    await machine.start()  # the file has the newest head by now
    await asyncio.to_thread(cut, tmp_path, 3)
    found = await checked(erlan)
    assert found.startswith("⚠️ В конце журнала пропало записей: не меньше 2."), (
        found
    )  # a third has one in its place by now
    assert "В файле вне базы данных стоит " in found
    assert "Сразу скажите оператору." in found
    machine.settings.audit_head_file.unlink()
    assert (await checked(erlan)).startswith("⚠️ Файл, по которому видно, не урезан ли журнал, пропал")
    found = await checked(erlan, told)
    assert found.startswith("⚠️ В конце журнала пропало записей: не меньше 1.")
    assert f"Раньше было сказано {told}." in found


async def approve(moderator: Moderator, ref: str) -> None:
    """Open a report, write a public version and approve it."""
    assert await moderator.open(ref)
    await moderator.edit(VERSION)
    await moderator.preview()
    await moderator.confirm()


async def reject(moderator: Moderator, ref: str) -> None:
    """Open a report and reject it."""
    assert await moderator.open(ref)
    await moderator.reject("spam")


async def last_log(admin: Moderator) -> ShownMessage:
    """The log as it was shown last."""
    return await admin.phone.wait("📋 Журнал")


async def checked(admin: Moderator, told: str = "") -> str:
    """What /audit verify finds."""
    await admin.command(f"/audit verify {told}")
    return (await admin.phone.wait(lambda bubble: "урнал" in bubble.text)).text


def cut(folder: Path, entries: int) -> None:
    """Cut so many entries off the end of the log, as somebody would who has the server."""
    with sqlite3.connect(folder / "kuager.db") as database:
        (last,) = database.execute("SELECT max(id) FROM audit_log").fetchone()
        database.execute("DELETE FROM audit_log WHERE id > ?", (last - entries,))
    database.close()
