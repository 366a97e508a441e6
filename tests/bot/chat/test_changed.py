"""A form that the operator changes while a chat has it open: the real bot, stopped and started again."""

from pathlib import Path

import pytest

from bot.app.wiring import Bot
from bot.demo import running
from bot.form.answers import Chosen
from bot.settings import Settings
from tests.bot.chat.reporting import ME, draft_of
from tests.bot.conftest import MakePhone, with_form

SURVEY = """
| survey |
| | type | name | label | bind::bot:role |
| | select_one yes | keep | May we keep it? | consent_store |
| | select_one_from_file towns.csv | town | Which town? | |
| | text | what | What was it? | |
| | select_one yes | use | May we use it? | consent_use |
"""


@pytest.fixture
def short(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a form whose list is a file."""
    write_towns(tmp_path, "Semey", "Oral")
    return with_form(settings, tmp_path, SURVEY)


def write_towns(folder: Path, *names: str) -> None:
    """The list, in this order."""
    (folder / "towns.csv").write_text(
        "\n".join(["name,label", *(f"{name.lower()},{name}" for name in names)])
    )


async def town_of(bot: Bot) -> object:
    """The town that was chosen."""
    return (await draft_of(bot)).answers.get("/short/town")


async def test_a_button_of_a_list_that_was_changed_chooses_nothing(
    short: Settings, phone_of: MakePhone, tmp_path: Path
) -> None:
    """The version is the same, the file is not: the question comes anew with a kind word, in place of the old one,
    and is answered by its own buttons."""
    phone = await phone_of(ME)
    async with running(short):
        await phone.say("/start")
        await phone.tap("Surely", fresh=True)
        await phone.wait("Which town?")
        old = phone.last
    write_towns(tmp_path, "Aqtobe", "Semey", "Oral")
    async with running(short) as bot:
        await phone.tap("Semey", old)
        await phone.wait("За это время вопросы изменились")
        assert phone.buttons()[:3] == ["Aqtobe", "Semey", "Oral"]
        assert await town_of(bot) is None
        assert [bubble for bubble in phone.messages if "Which town?" in bubble.text] == [phone.last]
        await phone.tap("Semey", fresh=True)
        await phone.wait("What was it?")
        assert await town_of(bot) == Chosen(("semey",))


async def test_a_text_that_names_a_choice_is_taken(
    short: Settings, phone_of: MakePhone, tmp_path: Path
) -> None:
    """It means the same in both lists."""
    phone = await phone_of(ME)
    async with running(short):
        await phone.say("/start")
        await phone.tap("Surely", fresh=True)
        await phone.wait("Which town?")
    write_towns(tmp_path, "Aqtobe", "Semey", "Oral")
    async with running(short) as bot:
        await phone.say("Oral")
        await phone.wait("What was it?")
        assert await town_of(bot) == Chosen(("oral",))
