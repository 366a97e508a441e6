"""A reporter's way through the form on a phone, and what the bot has of it."""

import re
from typing import Any

from sqlalchemy import func, select

from bot.app.wiring import Bot, open_work
from bot.form.answers import Written
from bot.form.draft import Draft
from bot.local_api.client import Phone
from bot.settings import Settings
from bot.store import drafting
from db.models import Base

ME, OTHER = 1001, 1002
STORY = "Расскажите"
REFERENCE = re.compile(r"\b[B-Z]{8}\b")
SURVEY = """
| survey |
| | type | name | label | constraint | bind::bot:role |
| | select_one yes | keep | May we keep it? | | consent_store |
| | text | first | The first question? | string-length(.) <= 10000 | |
| | text | second | The second question? | string-length(.) <= 10000 | |
| | text | third | The third question? | | |
| | text | fourth | The fourth question? | | |
| | select_one yes | use | May we use it? | | consent_use |
"""


async def to_story(phone: Phone) -> None:
    """From the first hello to the question for the story."""
    await phone.say("/start")
    await phone.tap("Да", fresh=True)
    await phone.wait(STORY)


async def to_first(phone: Phone) -> None:
    """From the first hello to the first question of a test's own short form."""
    await phone.say("/start")
    await phone.tap("Surely", fresh=True)
    await phone.wait("The first question?")


async def from_story(phone: Phone) -> None:
    """On to the question for the day."""
    await phone.tap("Готово", fresh=True)
    await phone.tap("Штраф", fresh=True)
    await phone.wait("Что подходит")
    await phone.tap("Пропустить", fresh=True)
    await phone.wait("опасность")
    await phone.tap("Нет", fresh=True)
    await phone.wait("Когда")


async def tell(phone: Phone, words: str) -> None:
    """A part of a story, and the bot's word that it has it."""
    await phone.say(words)
    await phone.wait(lambda bubble: words in bubble.text and "Готово" in phone.buttons(bubble))


async def draft_of(bot: Bot, chat: int = ME) -> Draft:
    """What the bot has of a person's answers."""
    async with bot.work.read() as unit:
        hashed = unit.safe.pseudonyms.chat(chat)
        return (await drafting.load(unit, [hashed]))[hashed].draft


def story_in(draft: Draft) -> list[str]:
    """The parts of the story."""
    (story,) = (answer for answer in draft.answers.values() if isinstance(answer, Written))
    return [part.text for part in story.parts]


async def rows_of(bot: Bot, table: type[Base]) -> int:
    """How many rows a table has."""
    async with bot.work.read() as unit:
        return await unit.session.scalar(select(func.count()).select_from(table)) or 0


async def all_rows(settings: Settings, table: type[Any]) -> list[Any]:
    """The rows of a table after the bot has stopped."""
    work = await open_work(settings)
    async with work.read() as unit:
        rows = list(await unit.session.scalars(select(table)))
    await work.database.close()
    return rows


def bot_texts(phone: Phone) -> list[str]:
    """All that the bot said."""
    return [bubble.text for bubble in phone.messages if not bubble.mine]


def written(chat: int, **message: object) -> dict[str, object]:
    """A message as Telegram would give it, with these fields."""
    person = {"id": chat, "is_bot": False, "first_name": "A", "language_code": "ru"}
    base = {
        "message_id": 900_000,
        "date": 1_790_000_000,
        "chat": {"id": chat, "type": "private"},
        "from": person,
    }
    return {"message": base | message}
