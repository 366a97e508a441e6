"""Reports that tell of one event, over HTTP: found, closed as a repeat, joined and counted once, by two moderators at once."""

import asyncio
import re
from dataclasses import replace

from tests.end_to_end.conftest import Machine, MakeReporter
from tests.end_to_end.desk import log_of, more, new_report
from tests.end_to_end.exports import csv_cells
from tests.end_to_end.moderating import Fact, Moderator, Public, refs_in
from tests.end_to_end.people import Dated, labels_on
from tests.end_to_end.reporting import SIMPLE

DAY = Dated("2024-04-12", "2024-04-12")
STORIES = (
    "У здания акимата задержали двенадцать человек с плакатами, их увезли в автобусе.",
    "Двенадцать человек с плакатами задержали у здания акимата и увезли в автобусе.",
    "Полиция разогнала людей на площади, стояла у школы",
    "Журналистку не пустили в зал суда, сказали, что нет мест.",
)
KIND = "Штраф, обвинение, дело"
NEAR = Dated("2024-04-14", "2024-04-14")


def version(people: int) -> Public:
    """A public version that tells of so many people."""
    affected: dict[str, Fact] = {
        "affected_role": "участники",
        "affected_groups": ["unknown"],
        "affected_number_min": people,
        "affected_number_max": people,
    }
    facts: dict[str, Fact] = {"title": "Задержания", "summary": "Людей задержали.", "kind": "incident"}
    if people > 1:
        facts |= {"tags": "акимат_2024, апрель", "reliability": "R2"}
    return Public(facts, {"affected": [affected]})


async def test_reports_of_one_event_are_found_and_their_people_counted_once(
    reporter: MakeReporter, aida: Moderator, dana: Moderator, erlan: Moderator, machine: Machine
) -> None:
    """Of four of one town and near days two are told in almost the same words, a third is of the same day and kind alone. Two moderators
    join theirs while a third closes a repeat; exports add up to the people of the event, whichever was approved first."""
    refs: list[str] = []
    for number, story in enumerate(STORIES):
        told = replace(SIMPLE, story=(story,), when=NEAR if number == 3 else DAY)
        await (await reporter(1002 + number, "ru")).report(told)
        refs.append(await new_report(aida, *refs))
    first, second, third, other = refs
    assert await dana.open(second)
    assert await aida.open(first)
    await aida.press("🔎 Похожие")
    shown = await aida.phone.wait(f"🔎 {first}: похожие сообщения")
    near, same_day = shown.text.split("\n\n")[1:3]
    assert near == f"{second} · в работе · {KIND} · меньше часа\nта же дата, тот же вид, почти те же слова"
    assert same_day == f"{third} · в очереди · {KIND} · меньше часа\nта же дата, тот же вид"
    assert labels_on(shown) == [second, third, "◀ Карточка"]
    assert shown.protected
    held = f"С сообщением {second} сейчас работает Dana."
    assert await aida.answer_to(shown, shown.buttons[0].data or "") == held
    assert await log_of(erlan, first) == [
        f"Aida: просмотрены похожие · {first} · 2",
        f"Aida: взял(а) и открыл(а) · {first}",
        f"автор: отправил(а) сообщение · {first}",
    ]

    await more(erlan, third, "moderator.duplicate")
    for one, ref in ((aida, first), (dana, second)):
        await more(one, ref, "moderator.incident.join")
        await one.phone.wait(one.word("moderator.incident.ask.reply", ref=ref))
    await asyncio.gather(erlan.press(first), aida.press(second), dana.press(first))
    await erlan.phone.wait(f"{third} закрыто как повтор {first}.")
    shown = await aida.phone.wait(lambda bubble: re.search(r"E[0-9A-Z]{5}", bubble.text) is not None)
    incident = re.findall(r"E[0-9A-Z]{5}", shown.text)[0]
    card = await aida.open(first) or ""
    for line in (f"🔗 Событие /open_{incident}, вместе с: /open_{second}", f"Повторяют: /open_{third}"):
        assert line in card.splitlines()

    await erlan.command(f"/search {second}")
    await erlan.phone.wait(f" · 🔗\xa0{incident}")
    await approve(dana, second, 10)
    await machine.later(1)  # when something was approved is known to the hour
    await approve(aida, first, 12)
    await approve(erlan, other, 1)
    assert await counted(erlan) == {first: ("no", "12"), second: ("yes", "10"), other: ("yes", "1")}
    await machine.later(1)
    await dana.command(f"/open {second}")
    await dana.edit(version(8), by="moderator.correct")
    await dana.preview()
    await dana.confirm()
    rows = csv_cells(await aida.export("csv"))
    assert await counted(erlan) == {first: ("no", "12"), second: ("yes", "8"), other: ("yes", "1")}
    await asyncio.gather(aida.command("/search #АКИМАТ_2024"), erlan.command("/search r2 площадь"))
    shown = await aida.phone.wait("Просмотрено 3 записи.")
    assert sorted(refs_in(shown.text)) == sorted([first, second])
    await erlan.phone.wait("Ничего не нашлось.")
    assert {ref: row["incident"] for ref, row in rows.items()} == {
        first: incident,
        second: incident,
        other: "",
    }


async def approve(moderator: Moderator, ref: str, people: int) -> None:
    """Open a report and approve a public version that tells of so many people."""
    assert await moderator.open(ref)
    await moderator.edit(version(people))
    await moderator.preview()
    await moderator.confirm()


async def counted(moderator: Moderator) -> dict[str, tuple[str, str]]:
    """Of each row of an export whether its people count, and how many at least they are."""
    rows = csv_cells(await moderator.export("csv"))
    return {ref: (row["people_counted"], row["affected_number_min"]) for ref, row in rows.items()}
