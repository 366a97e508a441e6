"""Claims over HTTP: of several moderators at once one has a report, for as long as they work on it, and another can get it in the end."""

from tests.end_to_end.conftest import Machine, People
from tests.end_to_end.desk import log_of, new_report, waiting
from tests.end_to_end.exports import csv_cells
from tests.end_to_end.moderating import Moderator, Public, refs_in
from tests.end_to_end.reporting import SIMPLE, Reporter


def shows_story(one: Moderator) -> bool:
    """Whether a chat shows the story."""
    return any(SIMPLE.story[0] in bubble.text for bubble in one.phone.messages)


async def test_of_three_who_open_claim_and_edit_in_one_batch_one_has_the_report(
    anna: Reporter, aida: Moderator, erlan: Moderator, people: People, machine: Machine
) -> None:
    """The first, whichever it was; the others are told who, or that nothing waits, and see no word of it. Then one of them comes again."""
    bota = await people.moderator(2011, "Bota", "ru", "moderator")
    await anna.report(SIMPLE)
    ref = await new_report(aida)
    held = f"С сообщением {ref} сейчас работает Bota."
    await machine.stop()
    await bota.command(f"/edit {ref}")
    await aida.command(f"/open {ref}")
    await erlan.command("/next")
    await aida.command(f"/approve {ref}")
    await machine.start()
    await bota.at("title")
    await aida.phone.until(lambda: [one.text for one in aida.phone.messages].count(held) == 2)
    await erlan.phone.wait("Очередь пуста.")
    assert [shows_story(one) for one in (aida, erlan)] == [False, False]

    await machine.stop()
    await bota.command(f"/release {ref}")
    await erlan.command(f"/edit {ref}")
    await aida.command(f"/open {ref}")
    await bota.write("Заголовок, который никому уже не нужен")
    await machine.start()
    await erlan.at("title")
    await aida.phone.wait(f"С сообщением {ref} сейчас работает Erlan.")
    await bota.phone.wait(f"{ref}: возвращено в очередь.", since=0)
    assert [line for line in await log_of(erlan, ref) if "взял" in line] == [
        f"Erlan: взял(а) и открыл(а) · {ref}",
        f"Bota: взял(а) и открыл(а) · {ref}",
    ]


async def test_a_claim_lasts_as_long_as_its_holder_works_and_an_administrator_can_end_it(
    anna: Reporter, aida: Moderator, erlan: Moderator, people: People, machine: Machine
) -> None:
    """A tap on the card makes the twelve hours begin anew. When they are over, or an administrator gives the report back, it is another's,
    what the first was shown is gone, and so is what they had begun to write."""
    bota = await people.moderator(2011, "Bota", "ru", "moderator")
    await anna.report(SIMPLE)
    ref = await new_report(aida)
    assert await aida.open(ref)
    await machine.later(11)
    await aida.command(f"/edit {ref}")
    await aida.tell("title", "Начато Аидой")
    await machine.later(11)
    await bota.command(f"/open {ref}")
    await bota.phone.wait(f"С сообщением {ref} сейчас работает Aida.")
    await machine.later(1)
    assert await bota.open(ref)
    await aida.command(f"/open {ref}")
    await aida.phone.wait(f"С сообщением {ref} сейчас работает Bota.")
    await bota.begin_edit()
    assert "Начато Аидой" not in bota.phone.last.text
    await bota.tell("title", "Начато Ботой")

    await erlan.command(f"/open {ref}")
    await erlan.phone.wait(f"С сообщением {ref} сейчас работает Bota.")
    await erlan.command(f"/release {ref}")
    await erlan.phone.wait(f"{ref}: возвращено в очередь.")
    assert await erlan.open(ref)
    await bota.phone.wait(f"Сообщение {ref} больше не у вас в работе: его вернул(а) Erlan.", since=0)
    await bota.phone.until(lambda: not shows_story(bota))
    await erlan.begin_edit()
    assert "Начато Ботой" not in erlan.phone.last.text


async def test_a_moderator_has_two_reports_open_and_files_one_too(
    anna: Reporter, aida: Moderator, erlan: Moderator
) -> None:
    """Each command says which report it is about; an edit and a report of one's own do not mix, and each ends as what it was."""
    await anna.report(SIMPLE)
    first = await new_report(aida)
    await anna.report(SIMPLE)
    second = await new_report(aida, first)
    for ref in (first, second):
        assert await aida.open(ref)
    await aida.command("/edit")
    await aida.phone.wait("Какое сообщение? Напишите номер после команды.")
    await aida.command(f"/edit {first}")
    await aida.tell("title", "Первое")
    await aida.command(f"/edit {second}")
    await aida.phone.wait(f"Вы правите сообщение {first}.")
    await aida.command("/report")
    await aida.phone.wait("У вас открыто вот это. Чтобы сообщить что-то от себя, сначала закончите")
    await aida.at("summary")
    await aida.tell("summary", "Первое описание")
    await aida.press_word("flow.send")
    await aida.preview()

    own = Reporter(aida.phone, "ru")
    await own.begin("/report")
    await aida.command(f"/edit {second}")
    await aida.phone.wait("У вас открыто ваше собственное незаконченное сообщение.")
    assert await aida.open(second)
    await own.command("/report")
    await own.look()
    await own.fill(SIMPLE)
    await own.send()
    third = await new_report(erlan, first, second)
    await aida.command(f"/approve {first}")
    await aida.preview()
    await aida.press_word("moderator.approve.confirm")
    await aida.phone.wait(aida.word("moderator.approved", ref=first))
    assert await aida.open(second)
    await aida.edit(Public({"title": "Второе", "summary": "Второе описание", "kind": "incident"}))
    await aida.preview()
    await aida.confirm()
    titles = {ref: row["title"] for ref, row in csv_cells(await erlan.export("csv")).items()}
    assert titles == {first: "Первое", second: "Второе"}
    assert refs_in("\n".join(await waiting(erlan))) == [third]
