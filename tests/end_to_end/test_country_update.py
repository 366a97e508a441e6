"""/country_update on an administrator's phone, over HTTP, and by the command of the same machine."""

from dataclasses import replace
from pathlib import Path

from tests.bot.publish.country_update.judging import read
from tests.end_to_end.conftest import Machine
from tests.end_to_end.moderating import VERSION, Moderator, Public
from tests.end_to_end.people import Dated
from tests.end_to_end.reporting import SIMPLE, Reporter


async def test_what_was_reported_and_approved_stands_in_the_document(
    machine: Machine, anna: Reporter, dana: Moderator, tmp_path: Path
) -> None:
    """What a moderator wrote, in Word on the phone and as a page made by the command; the reporter's own words in neither."""
    await anna.report(replace(SIMPLE, when=Dated("2024-03-08", "2024-03-08")))
    assert await dana.next()
    await dana.edit(Public({**VERSION.facts, "title": "Шеруге тыйым салынды"}))
    await dana.preview()
    await dana.confirm()
    await dana.command("/country_update 2024-03 2024-03 kk docx")
    document = await dana.phone.wait(lambda bubble: bool(bubble.files))
    assert document.text == dana.word("moderator.update.caption", number=1, idle=10)
    told = read(await dana.phone.download(document), "docx")
    made = tmp_path / "made.html"
    await machine.run(
        "country-update",
        "--since",
        "2024-03",
        "--until",
        "2024-03",
        "--lang",
        "kk",
        "--format",
        "html",
        "--out",
        str(made),
    )
    for found in (told, read(made.read_bytes(), "html")):
        assert [one.under[0] for one in found.said if one.words.startswith("Шеруге тыйым салынды")] != []
        assert not [one.words for one in found.said if any(words in one.words for words in SIMPLE.story)]
