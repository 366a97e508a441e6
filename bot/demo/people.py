"""A demo's people: a reporter, and a team of three who enrol through their phones."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import questionnaires
from bot.app.commands import MENU
from bot.app.wiring import Bot
from bot.app.work import Work
from bot.demo.folder import CONTACTS, settings_in
from bot.demo.stories import cases_fit
from bot.desk.people import service as people_service
from bot.errors import SettingsError
from bot.form.xlsform.own_columns import read_contacts, with_contacts
from bot.form.xlsform.sheets import FormError
from bot.languages import codes
from bot.local_api.client import Phone
from bot.publish import published_languages
from bot.store.unit import REPORT_FORM, REVIEW_FORM, Role

REPORTER, MODERATOR, COLLEAGUE, ANALYST = 1001, 2001, 2002, 2003
LANGUAGE = "ru"
TEAM: Mapping[int, tuple[str, Role]] = {
    MODERATOR: ("Samal", Role.ADMIN),
    COLLEAGUE: ("Aspan", Role.MODERATOR),
    ANALYST: ("Teniz", Role.ANALYST),
}
"""Alias and role by phone id: an administrator, a moderator, and an analyst who reads no reports."""


async def enrol(
    work: Work, url: str, user_id: int, alias: str, language: str, role: str, key: str = ""
) -> None:
    async with work.write() as unit:
        token = await people_service.invite(unit, role)
    async with Phone(url, user_id, language, key=key) as phone:
        await phone.say(f"/start {token}")
        await phone.wait()
        await phone.say(alias)
        await phone.wait(alias)


async def gather(bot: Bot, url: str, key: str = "") -> None:
    """Enrol the team, with the page's `key`, and clear its chats. The local Bot API loses the chats of an
    earlier start, and a bot may not write first: known members write to it again."""
    async with bot.work.read() as unit:
        hashes = {unit.safe.pseudonyms.chat(user_id): user_id for user_id in TEAM}
        known = {hashes[found] for found in await people_service.of_chats(unit, hashes)}
    # The administrator comes last, since the bot notifies administrators of later members.
    for user_id, (alias, role) in reversed(tuple(TEAM.items())):
        with suppress(TimeoutError):
            if user_id not in known:
                await enrol(bot.work, url, user_id, alias, LANGUAGE, role, key)
                continue
            async with Phone(url, user_id, LANGUAGE, key=key) as phone:
                await phone.say("/menu")
                await phone.wait()
            await _show_menu(bot, user_id, LANGUAGE)
    await clear(url, key)


async def clear(url: str, key: str = "") -> None:
    """Empty the team's chats, whose messages may be in a language the visitor did not choose."""
    for user_id in TEAM:
        async with Phone(url, user_id, LANGUAGE, key=key) as phone:
            for message in phone.messages:
                await phone.delete(message.id)


async def speak(bot: Bot, user_id: int, language: str) -> None:
    """Set a member's language as /language does, but silently. Ignores other people. Raises ValueError for a
    language the bot lacks."""
    if language not in bot.settings.languages:
        raise ValueError(f"language must be one of {', '.join(bot.settings.languages)}")
    async with bot.work.write() as unit:
        for moderator in (await people_service.of_chats(unit, [unit.safe.pseudonyms.chat(user_id)])).values():
            moderator.language = language
    await _show_menu(bot, user_id, language)


async def _show_menu(bot: Bot, user_id: int, language: str) -> None:
    async with bot.work.read() as unit:
        known = await people_service.of_chats(unit, [unit.safe.pseudonyms.chat(user_id)])
        own = [name for one in known.values() for name in await MENU.working(unit, one.role)]
    commands = MENU.commands(bot.texts, language, own)
    await bot.api.call("setMyCommands", {"commands": commands, "scope": {"type": "chat", "chat_id": user_id}})


@dataclass(frozen=True, slots=True)
class OwnForm:
    """A demo's changes for a form: `settings`, whether it takes made-up reports, and `notes` to print."""

    settings: Mapping[str, object] = field(default_factory=dict)
    takes_cases: bool = True
    notes: tuple[str, ...] = ()


def own_form(path: Path, *, fills: bool) -> OwnForm:
    """Load a form: the moderators' if it asks for a title and a summary, else the reporters'. `fills` says
    whether made-up reports are wanted. Raises FormError or SettingsError for an unusable form."""
    form, fault = questionnaires.checked(path)
    if fault is not None:
        raise SettingsError(f"{path}: {fault}")
    asks_moderators = {"title", "summary"} <= form.by_role.keys()
    settings: dict[str, object] = {"review_form" if asks_moderators else "form": path.resolve()}
    if asks_moderators and published_languages.fault(form, codes()) is not None:
        settings["published_languages"] = ()
    notes = []
    if not asks_moderators:
        try:
            with_contacts(form, read_contacts(CONTACTS))
        except FormError:
            settings["contacts"] = None
            notes.append("The demo's example contacts do not fit this form: it shows none.")
    forms = questionnaires.load(settings_in(Path(), "http://127.0.0.1", **settings))
    takes_cases = cases_fit(forms[REPORT_FORM], forms[REVIEW_FORM])
    if fills and not takes_cases:
        notes.append("The demo's made-up reports do not fit this form: it begins without any.")
    return OwnForm(settings, takes_cases, tuple(notes))
