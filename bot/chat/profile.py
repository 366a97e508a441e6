"""What Telegram shows of the bot before anybody presses Start: its name, and who stands behind it
(https://core.telegram.org/bots/api#setmydescription)."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.chat.transport.api import Api
from bot.settings import Settings, worded
from bot.texts import Texts

NAME, DESCRIPTION, ABOUT = "name", "description", "short_description"
_METHODS = {NAME: "MyName", DESCRIPTION: "MyDescription", ABOUT: "MyShortDescription"}
"""What follows `get` and `set` in the name of the method, by the field that it has."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The bot's profile as the settings have it. What they do not have stays as it is at @BotFather."""

    settings: Settings
    texts: Texts

    def fields(self, language: str) -> dict[str, str]:
        """The fields to be shown in a language."""
        shown = {}
        if name := worded(self.settings.bot_name, language):
            shown[NAME] = name
        if self.settings.neutral_look:
            shown[DESCRIPTION] = self.texts.text(language, "profile.description")
            shown[ABOUT] = self.texts.text(language, "profile.about")
        elif organisation := worded(self.settings.organisation, language):
            shown[DESCRIPTION] = "\n".join(self._description(language, organisation))
            shown[ABOUT] = self.texts.text(language, "profile.about", {"organisation": organisation})
        return shown

    def _description(self, language: str, organisation: str) -> Iterator[str]:
        yield self.texts.text(language, "profile.description", {"organisation": organisation})
        if contact := worded(self.settings.organisation_contact, language):
            yield self.texts.text(language, "profile.contact", {"contact": contact})

    async def register(self, api: Api) -> None:
        """Tell Telegram what differs, for all other languages in the words of the first. It takes such changes only a few
        times a day, so what it has already is asked first. Raises TelegramError."""
        first = self.texts.languages[0]
        for code, language in (("", first), *((one, one) for one in self.texts.languages)):
            for field, words in self.fields(language).items():
                method, of = _METHODS[field], {"language_code": code} if code else {}
                if (await api.call(f"get{method}", of)).get(field) != words:
                    await api.call(f"set{method}", {field: words, **of})
