"""Commands /help, with examples, and /menu, with buttons for everything, and the profile that Telegram shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import WrongArgument
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.settings import Settings, worded
from bot.store.unit import is_reviewer
from bot.texts import Texts
from bot.transport.api import Api

COMMAND = "mdo"
"""Verb of a button that runs the command it names."""
OWN = "own"


async def help_(turn: Turn) -> None:
    """List the person's commands with examples, or explain the one named after /help."""
    menu, member = turn.menu, turn.chat.moderator
    if turn.argument:
        name = turn.argument.split()[0].lower().removeprefix("/")
        if name not in {*menu.everybody, *(menu.by_role[member.role] if member is not None else ())}:
            raise WrongArgument("reporter.unknown_command")
        turn.say(Joined((_description(name), form_of(turn, name)), "\n\n"))
        return
    if member is None:
        turn.say("reporter.help")
        return
    working = await menu.working(turn.unit, member.role)
    own = [Joined((Said(menu.example(name)), _description(name)), " — ") for name in working]
    rows = [[act_button("menu.open", "mmenu", role=ButtonRole.ONWARD)]]
    about_ref = ["moderator.help.reference"] if is_reviewer(member) else []
    turn.say(Joined((Key("moderator.help"), *own), "\n"), *about_ref, "reporter.help", rows=rows)


def form_of(turn: Turn, name: str) -> Phrase:
    return Key("help.example", {"example": turn.menu.example(name)})


def _description(name: str) -> Key:
    return Key(f"command.{name}")


async def menu_of(turn: Turn) -> tuple[Phrase, list[list[ActButton]]]:
    """Menu of a member's commands, without those about a named report, which has buttons."""
    unshown = {"menu", *turn.menu.about_reports}
    names = await turn.menu.working(turn.unit, turn.moderator.role)
    rows = _packed(turn, [name for name in names if name not in unshown])
    rows.append([act_button("menu.own", "mmenu", OWN)])
    return Key("menu.ask"), rows


async def menu(turn: Turn) -> None:
    said, rows = await menu_of(turn)
    if turn.act.first == OWN:
        rows = _packed(turn, turn.menu.everybody)
        rows.append([act_button("menu.back", "mmenu")])
    turn.say_in_place(said, rows=rows)


def _packed(turn: Turn, names: Iterable[str]) -> list[list[ActButton]]:
    buttons = [ActButton(_description(name), Act(COMMAND, name)) for name in names]
    return turn.renderer.paired(buttons, turn.language, most=14)


NAME, DESCRIPTION, ABOUT = "name", "description", "short_description"
_METHODS = {NAME: "MyName", DESCRIPTION: "MyDescription", ABOUT: "MyShortDescription"}


@dataclass(frozen=True, slots=True)
class Profile:
    """Configured profile of the bot. Unset fields stay as they are at @BotFather."""

    settings: Settings
    texts: Texts

    def fields(self, language: str) -> dict[str, str]:
        shown = {}
        if name := worded(self.settings.bot_name, language):
            shown[NAME] = name
        organisation = worded(self.settings.organisation, language)
        if self.settings.neutral_look or organisation:
            args = {"organisation": organisation}  # a neutral text has no place for it
            shown[DESCRIPTION] = self.texts.text(language, "profile.description", args)
            shown[ABOUT] = self.texts.text(language, "profile.about", args)
        contact = worded(self.settings.organisation_contact, language)
        if organisation and contact and not self.settings.neutral_look:
            shown[DESCRIPTION] += "\n" + self.texts.text(language, "profile.contact", {"contact": contact})
        return shown

    async def register(self, api: Api) -> None:
        """Send Telegram the fields that differ, since it accepts few changes a day. Raises TelegramError."""
        first = self.texts.languages[0]
        for code, language in (("", first), *((one, one) for one in self.texts.languages)):
            for name, words in self.fields(language).items():
                method, of = _METHODS[name], {"language_code": code} if code else {}
                if (await api.call(f"get{method}", of)).get(name) != words:
                    await api.call(f"set{method}", {name: words, **of})
