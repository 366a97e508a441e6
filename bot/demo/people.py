"""A demo's people: a reporter, and a team of three who enrol through their phones."""

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
"""Alias and role by phone id: an administrator, a moderator, and an analyst who reads no reports."""


class KeyPhone(Phone):
    """A phone that sends the page's key, if any, with each request."""

    def __init__(self, url: str, user_id: int, language: str, key: str = "") -> None:
        super().__init__(url, user_id, language)
        self._key = key

    @property
    def _query(self) -> dict[str, str]:
        return {**super()._query, **({"key": self._key} if self._key else {})}


async def enrol(
    work: Work, url: str, user_id: int, alias: str, language: str, role: str, key: str = ""
) -> None:
    async with work.write() as unit:
        token = await team.invite(unit, role)
    async with KeyPhone(url, user_id, language, key) as phone:
        await phone.say(f"/start {token}")
        await phone.wait()
        await phone.say(alias)
        await phone.wait(alias)


async def gather(bot: Bot, url: str, key: str = "") -> None:
    """Enrol the team, with the page's `key`, and clear its chats.

    The local Bot API loses the chats of an earlier start, and a bot may not write first. Known members
    therefore write to it again.
    """
    async with bot.work.read() as unit:
        hashes = {unit.safe.pseudonyms.chat(user_id): user_id for user_id in TEAM}
        known = {hashes[found] for found in await team.of_chats(unit, hashes)}
    # The administrator comes last, since the bot notifies administrators of later members.
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
    """Empty the team's chats, whose messages may be in a language the visitor did not choose."""
    for user_id in TEAM:
        async with KeyPhone(url, user_id, LANGUAGE, key) as phone:
            for message in phone.messages:
                await phone.delete(message.id)


async def speak(bot: Bot, user_id: int, language: str) -> None:
    """Set a member's language as /language does, but silently. Ignores other people.

    Raises ValueError for a language the bot lacks.
    """
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
