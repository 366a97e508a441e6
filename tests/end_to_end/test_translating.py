"""A translator at work, over HTTP: sees what is public alone, and what they write is public at once."""

from tests.end_to_end.conftest import Machine, MakeModerator
from tests.end_to_end.desk import heard, new_report
from tests.end_to_end.exports import csv_cells
from tests.end_to_end.moderating import Moderator, Public
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import SIMPLE, Reporter

RU = Public(
    {"title": "Журналиста оштрафовали", "summary": "Суд назначил штраф за запись.", "kind": "incident"}
)
KK = "Журналиске айыппұл салынды\nСот жазбасы үшін айыппұл тағайындады."
OTHER = "Тілшіге айыппұл\nСот айыппұл салды."


async def test_of_two_who_translate_at_once_one_publishes_a_language_and_neither_sees_more_than_is_public(
    anna: Reporter, aida: Moderator, dana: Moderator, moderator: MakeModerator, machine: Machine
) -> None:
    """The one who comes second is told so, also in the same batch, and what was published stands in the export."""
    tilmash = await moderator(2011, "Tilmash", "ru", "translator")
    await anna.report(SIMPLE)
    ref = await new_report(aida)
    assert await aida.open(ref)
    await aida.edit(RU)
    await aida.preview()
    await aida.confirm()
    await machine.change(published_languages=("ru", "kk"))
    for one in (tilmash, dana):
        await one.command("/translate")
        listed = await one.phone.wait(f"{ref} · Журналиста оштрафовали")
        assert labels_on(listed) == ["→ Қазақша"]
        await one.press("→ Қазақша")
    asked = await tilmash.phone.wait(f"{ref} → Қазақша: пришлите перевод ответом на это сообщение.")
    also = await dana.phone.wait(dana.word("moderator.translate.ask", ref=ref, language="Қазақша"))
    await tilmash.phone.wait("Суд назначил штраф за запись.", since=0)
    await machine.stop()
    await tilmash.phone.say(KK, reply_to=asked.id)
    await dana.phone.say(OTHER, reply_to=also.id)
    await machine.start()
    await tilmash.phone.wait(f"{ref}: текст на языке Қазақша добавлен и теперь есть в экспорте.")
    there = dana.word("moderator.translate.there", ref=ref, language="Қазақша", alias="Tilmash")
    assert (await dana.phone.wait()).text == there
    row = csv_cells(await aida.export("csv"))[ref]
    assert [row[f"{name}_kk"] for name in ("title", "summary")] == KK.split("\n")
    assert [row[f"{name}_ru"] for name in ("title", "summary")] == [RU.facts["title"], RU.facts["summary"]]
    assert SIMPLE.story[0] not in "".join(heard(tilmash))
    await tilmash.command(f"/open {ref}")
    await tilmash.phone.wait("Это не входит в вашу роль.")
    await tilmash.command("/translate")
    await tilmash.phone.wait("Переводить нечего")
