"""Reporters and moderators who know choices by the domain's words, never by the program's.

Whoever chooses *Fined* taps the button that says so in their language; which code the program files under it is then judged.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property

from bot.local_api.client import Phone
from tests.end_to_end import domain
from tests.end_to_end.details import Answers, Telling
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import FORMS, Dated, Person
from tests.end_to_end.reporting import Reporter, Told

Ask = Callable[[], Awaitable[object]]


class DomainWords(Person):
    """A person who calls a choice what the domain calls it."""

    def choice(self, name: str, code: str) -> str:
        """The label of a code among a question's choices."""
        return domain.label_of(name, code, self.language) or super().choice(name, code)

    def dated(self, dated: Dated) -> str:
        """A date as this person would write it, a period without a known beginning with a question mark for it."""
        written = super().dated(dated)
        return written if dated.start else f"? – {written}"


class JudgedReporter(DomainWords, Reporter):
    """A reporter who can speak: `voices` are told before the written parts of the story."""

    voices: Sequence[bytes] = ()

    def answers(self, told: Told, telling: Telling) -> Answers:
        """How this person answers at each place."""
        return super().answers(told, telling) | ({"story": lambda: self._speak(told)} if self.voices else {})

    async def _speak(self, told: Told) -> None:
        await self.at("story")
        await self.give_files(told.files)
        for number, content in enumerate(self.voices, 1):
            await self.give("voice", content, "voice.ogg", "audio/ogg")
            await self.phone.wait(self.word("flow.voices", n=number))
        for part in told.story:
            await self.write(part)
            await self.phone.wait(lambda shown, part=part: self._has_said(shown, "story", part))  # type: ignore[misc]
        await self.press_word("flow.done")
        await self.look(lambda place: place not in {"", "story"})


class JudgedModerator(DomainWords, Moderator):
    """A moderator, who reads the reporter's questions too."""

    def reported(self, name: str) -> str:
        """The label of a question or repeat of the reporter's form, as a card has it."""
        return self._reported[name]

    @property
    def titles(self) -> set[str]:
        """All of these labels."""
        return set(self._reported.values())

    @cached_property
    def _reported(self) -> dict[str, str]:
        nodes = FORMS["report"].nodes.values()
        return {node.name: (node.short or node.label).get(self.language, "") for node in nodes}


async def enrolled(invitation: str, alias: str, phone: Phone) -> JudgedModerator:
    """A moderator who followed the link of an invitation at this phone and chose an alias."""
    await phone.say(f"/start {invitation}")
    await phone.wait()
    await phone.say(alias)
    await phone.wait(alias)
    return JudgedModerator(phone, phone.language)
