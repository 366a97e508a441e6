"""A reporter at a phone: files a short or a full report and looks after it by its code."""

import re
from collections import Counter
from dataclasses import dataclass, replace

from bot.form.model import Form
from bot.languages import name_of
from bot.local_api.client import Phone, ShownMessage, picture
from tests.end_to_end.details import Answers, Details, Telling
from tests.end_to_end.people import FORMS, HEARD, REVIEW, Dated, Person, labels_on

_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


@dataclass(frozen=True, slots=True)
class Told:
    """What a reporter has to tell; `story` in as many messages, `files` by their names; with `details` it
    is a full report."""

    category: str
    types: tuple[str, ...]
    story: tuple[str, ...]
    when: Dated
    region: str
    consent: str = "publish_no_names"
    asks: bool = False
    """Whether moderators may ask back."""
    urgent: str = "dont_know"
    files: tuple[str, ...] = ()
    typed: bool = True
    town: str = ""
    """Known, though a short report does not ask for it."""
    details: Details | None = None
    people: str = ""
    """How many were affected, if it is one number."""


SIMPLE = Told(
    "prosecution",
    ("prosecution.hooliganism",),
    ("Расскажу по порядку, как это было.",),
    Dated("2024-04"),
    "KZ-75",
)
"""A report with arbitrary content. Nothing is heard in its story."""
URGENT = replace(SIMPLE, category="detention", types=("detention.mass",), urgent="yes")
"""A report of somebody who is in danger now."""


class Reporter(Person):
    """A reporter: `report` files what is told; `code` is the receipt's."""

    def __init__(self, phone: Phone, language: str, form: Form = FORMS["report"]) -> None:
        super().__init__(phone, language, form)
        self.code = ""

    async def begin(self, command: str = "/start") -> None:
        """From the command to the first question, through the choice of a language."""
        await self.command(command)
        name = name_of(self.language)
        shown = await self.phone.wait(
            lambda bubble: name in labels_on(bubble) or self.place_of(bubble) == "consent_store"
        )
        if name in labels_on(shown):  # else the bot knows the language already
            await self.press(name)
        await self.look(lambda place: place == "consent_store")

    async def report(self, told: Told) -> str:
        """File a report from the first command to the receipt; its code."""
        await self.begin()
        await self.fill(told)
        return await self.send()

    async def fill(self, told: Told, until: str = REVIEW) -> None:
        """Answer what is asked, whatever it is, until this place."""
        details = replace(told.details or Details(), has_files=bool(told.files))
        telling = Telling(self, details)
        answers = self.answers(told, telling)
        more = told.details is not None
        while self.place != until or (more and self._can_tell_more()):
            if self.place == REVIEW:
                more = False
                await self.press_word("flow.extend")
                await self.look(lambda place: place not in {"", REVIEW})
            elif not (told.details and await telling.tell_more(to_end=until == REVIEW)):
                await answers[self.place]()

    def _can_tell_more(self) -> bool:
        """Whether the review offers to add details."""
        return (
            self.place == REVIEW
            and self.seen is not None
            and self.word("flow.extend") in labels_on(self.seen)
        )

    def answers(self, told: Told, telling: Telling) -> Answers:
        """How this person answers at each place."""
        return telling.answers() | {
            "consent_store": lambda: self.pick("consent_store", "yes"),
            "category": lambda: self.pick("category", told.category),
            "types": lambda: self.choose("types", told.types),
            "urgent": lambda: self.pick("urgent", told.urgent),
            "story": lambda: self._story(told),
            HEARD: lambda: self._heard(told),
            "when": lambda: self.date("when", told.when, typed=told.typed),
            "region": lambda: self._region(told),
            "links": lambda: self._links(told.details.links if told.details else ()),
            "contacts": lambda: self.pass_by("flow.next"),
            "consent_use": lambda: self.pick("consent_use", told.consent),
            "consent_ask": lambda: self.pick("consent_ask", "yes" if told.asks else "no"),
        }

    async def _region(self, told: Told) -> None:
        """Who knows the town writes it, as the screen says; where it is not found or not enough, the region is chosen."""
        town = told.details.locality if told.details else None
        if not town or not told.region.startswith("KZ-"):
            await self.pick("region", told.region)
            return
        await self.at("region")
        await self.write(town)
        if await self.look() != "region":
            assert self.seen is not None
            label = self.choice("region", told.region)
            if town == label or label in self.seen.text:
                return
            await self.press_word("flow.back")  # another region has a town of this name
        await self.pick("region", told.region)

    async def _story(self, told: Told) -> None:
        """Files, words or both, as that screen asks for."""
        await self.at("story")
        await self.give_files(told.files)
        if told.story:
            await self.tell("story", *told.story)
        else:
            await self.pass_by("flow.done")

    async def _heard(self, told: Told) -> None:
        """Refuse what was heard wrong, line by line, and confirm the rest."""
        while self.place == HEARD:
            bubble = await self.at(HEARD)
            wrong = {self.word("flow.heard.wrong", question=self._title(name)): name for name in self._nodes}
            shown = {label: self._line(bubble, wrong[label]) for label in labels_on(bubble) if label in wrong}
            refused = [label for label, line in shown.items() if not self._is_told(told, wrong[label], line)]
            tapped = refused[0] if refused else self.word("flow.heard.right")
            await self.press(tapped)
            self.seen = await self.phone.wait(lambda now, tapped=tapped: self._has_left(now, tapped))  # type: ignore[misc]
            self.place = self.place_of(self.seen)

    def _has_left(self, bubble: ShownMessage, tapped: str) -> bool:
        return self.place_of(bubble) != "" and tapped not in labels_on(bubble)

    def _line(self, bubble: ShownMessage, name: str) -> str:
        """The heard answer to a question."""
        before = self.word("flow.heard.line", question=self._title(name), answer="")
        lines = (line for line in bubble.text.splitlines() if line.startswith(before))
        return next(lines).removeprefix(before)

    def _is_told(self, told: Told, name: str, line: str) -> bool:
        """Whether a line says what is told: choices in any order, the date, the links, a town of the region."""
        chosen = {"category": (told.category,), "types": told.types, "region": (told.region,)}
        if name in chosen:
            labels = ", ".join(self.choice(name, code) for code in chosen[name])
            return Counter(line.split(", ")) == Counter(labels.split(", "))
        if name == "when":
            return line == self.shown_dated(told.when)
        if name == "affected_number":
            return line == told.people
        if name == "links":
            return told.details is None or line.split() == list(told.details.links)
        return name == "locality" and line in {told.town, told.details.locality if told.details else None}

    def _title(self, name: str) -> str:
        """The title of a line, after that of the repeat around it."""
        return " · ".join(self.short(one) for one in (self.repeat_around(name), name) if one)

    async def give_files(self, names: tuple[str, ...]) -> None:
        """Send files to the screen at hand, which counts them."""
        for number, name in enumerate(names, 1):
            kind = "photo" if name.endswith(".png") else "document"
            content = picture(name) if kind == "photo" else name.encode()
            await self.give(kind, content, name, "image/png" if kind == "photo" else "application/pdf")
            counted = self.word("flow.current", answer=self.word("flow.files", n=number))
            await self.phone.wait(counted)

    async def _links(self, links: tuple[str, ...]) -> None:
        if links:
            await self.tell("links", " ".join(links))
        else:
            await self.pass_by()

    async def send(self) -> str:
        """Send what the review shows; the receipt's code."""
        await self.press_word("flow.send")
        receipt = await self.phone.wait(lambda bubble: _CODE.search(bubble.text) is not None)
        self.place = ""
        self.code = _CODE.findall(receipt.text)[0]
        return self.code

    async def withdraw(self, code: str) -> None:
        """/withdraw CODE, surely."""
        await self.command(f"/withdraw {code}")
        await self.press_word("reporter.withdraw.yes")
        await self.phone.wait(self.word("reporter.withdraw.done"))


async def to(reporter: Reporter, place: str) -> None:
    """A simple report as far as this question."""
    await reporter.begin()
    await reporter.fill(SIMPLE, until=place)


def prompts(reporter: Reporter, place: str) -> list[ShownMessage]:
    """The messages in the chat that ask this question and can be answered by buttons."""
    shown = (bubble for bubble in reporter.phone.messages if not bubble.mine)
    return [bubble for bubble in shown if reporter.place_of(bubble) == place]
