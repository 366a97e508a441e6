"""The people of a demo: a reporter, and a team of three who enrol through their phones as anybody would."""

from collections.abc import Mapping
from contextlib import suppress

from bot.chat.handlers import MENU
from bot.local_api.client import Phone
from bot.services.desk.people import team
from bot.services.desk.roles import Role
from bot.wiring import Bot
from bot.work import Work

REPORTER, MODERATOR, COLLEAGUE, ANALYST = 1001, 2001, 2002, 2003
LANGUAGE = "ru"
TEAM: Mapping[int, tuple[str, Role]] = {
    MODERATOR: ("Samal", Role.ADMIN),
    COLLEAGUE: ("Aspan", Role.MODERATOR),
    ANALYST: ("Teniz", Role.ANALYST),
}
"""Alias and role by the phone's id: whoever keeps the team, a colleague who holds and approves reports too, and somebody who takes
what is public and reads no report."""


class KeyPhone(Phone):
    """A phone that sends the page's key with each request, if there is one."""

    def __init__(self, url: str, user_id: int, language: str, key: str = "") -> None:
        super().__init__(url, user_id, language)
        self._key = key

    @property
    def _query(self) -> dict[str, str]:
        return {**super()._query, **({"key": self._key} if self._key else {})}


async def enrol(
    work: Work, url: str, user_id: int, alias: str, language: str, role: str, key: str = ""
) -> None:
    """Take a phone's owner into the team the way a person comes there: by an invitation link and an alias."""
    async with work.write() as unit:
        token = await team.invite(unit, role)
    async with KeyPhone(url, user_id, language, key) as phone:
        await phone.say(f"/start {token}")
        await phone.wait()
        await phone.say(alias)
        await phone.wait(alias)


async def gather(bot: Bot, url: str, key: str = "") -> None:
    """Enrol the team; `key` is the page's. Those of an earlier start belong to it still, but their chats
    were lost with the local Bot API: they write first, since a bot may not. What was written for that is cleared."""
    async with bot.work.read() as unit:
        hashes = {unit.safe.pseudonyms.chat(user_id): user_id for user_id in TEAM}
        known = {hashes[found] for found in await team.of_chats(unit, hashes)}
    # The administrator comes last: the bot tells administrators of whoever comes after them.
    for user_id, (alias, role) in reversed(tuple(TEAM.items())):
        with suppress(TimeoutError):
            if user_id in known:
                await _come_back(bot, url, user_id, key)
            else:
                await enrol(bot.work, url, user_id, alias, LANGUAGE, role, key)
    await clear(url, key)


async def _come_back(bot: Bot, url: str, user_id: int, key: str) -> None:
    async with KeyPhone(url, user_id, LANGUAGE, key) as phone:
        await phone.say("/menu")
        await phone.wait()
    await _show_menu(bot, user_id, LANGUAGE)


async def clear(url: str, key: str = "") -> None:
    """Whoever opens the page finds empty chats of the team, and nothing in a language that they have not chosen."""
    for user_id in TEAM:
        async with KeyPhone(url, user_id, LANGUAGE, key) as phone:
            for message in phone.messages:
                await phone.delete(message.id)


async def speak(bot: Bot, user_id: int, language: str) -> None:
    """Give one of the team a language, as /language does, without a word in the chat; nothing for anybody else. Raises ValueError for
    a language that the bot does not speak."""
    if language not in bot.settings.languages:
        raise ValueError(f"language must be one of {', '.join(bot.settings.languages)}")
    async with bot.work.write() as unit:
        for moderator in (await team.of_chats(unit, [unit.safe.pseudonyms.chat(user_id)])).values():
            moderator.language = language
    await _show_menu(bot, user_id, language)


async def _show_menu(bot: Bot, user_id: int, language: str) -> None:
    async with bot.work.read() as unit:
        known = await team.of_chats(unit, [unit.safe.pseudonyms.chat(user_id)])
    role = next((one.role for one in known.values()), None)
    commands = MENU.commands(bot.texts, language, role)
    await bot.api.call("setMyCommands", {"commands": commands, "scope": {"type": "chat", "chat_id": user_id}})
