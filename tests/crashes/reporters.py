"""Reporters at their phones: each acts on what is seen alone, and does nothing a second time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bot.form.answers import Answer, Chosen, FileKind, Precision, When
from bot.form.model import Question
from bot.form.xlsform.reader import load
from bot.languages import name_of
from bot.local_api.client import Phone, ShownMessage, picture
from bot.texts import Texts

FORM = load(Path(__file__).parents[2] / "bot/forms/incident.md")
LANGUAGES = ("kk", "ru", "en")
TEXTS = Texts(LANGUAGES)

_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_DATES: Mapping[str, tuple[tuple[str, When], ...]] = {
    "kk": (
        ("8 наурыз 2024", When(Precision.DAY, "2024-03-08", "2024-03-08")),
        ("наурыз 2023", When(Precision.MONTH, "2023-03")),
    ),
    "ru": (
        ("9.05.24", When(Precision.DAY, "2024-05-09", "2024-05-09")),
        ("март 2024", When(Precision.MONTH, "2024-03")),
    ),
    "en": (
        ("2021", When(Precision.YEAR, "2021")),
        ("12 June 2024", When(Precision.DAY, "2024-06-12", "2024-06-12")),
    ),
}
_TOLD = {"kk": "Өз көзіммен көрдім", "ru": "Видел(а) сам(а)", "en": "I saw it myself"}
_HEARD = {"kk": "Алматыда болды", "ru": "Это было в Алматы", "en": "It was in Almaty"}
_HEARD_REGION = "KZ-75"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent."""

    kind: FileKind
    content: bytes
    name: str
    mime: str


@dataclass(slots=True)
class Told:
    """Facts that a reporter tells. `sources` are the messages that the parts of the story became. `is_heard`: the story tells the
    region; `is_early`: its first part is sent before consent."""

    language: str
    chosen: dict[str, Chosen]
    parts: tuple[str, ...]
    voice: Sent | None
    date: str
    when: When
    typed_region: bool
    files: tuple[Sent, ...]
    is_heard: bool = False
    is_early: bool = False
    sources: list[str] = field(default_factory=list)

    def answers(self) -> dict[str, Answer]:
        """Those answers that are equal to themselves alone: all but the story and the files, by path."""
        told: dict[str, Answer] = {FORM.by_role[role].path: names for role, names in self.chosen.items()}
        return told | {FORM.by_role["when"].path: self.when}


def told(number: int) -> Told:
    """What reporter `number` tells: no two tell the same."""
    language = LANGUAGES[number % 3]
    category = FORM.by_role["category"].choices[number % 10].name
    types = [
        choice.name for choice in FORM.by_role["violations"].choices if choice.columns["group"] == category
    ]
    regions, is_heard = FORM.by_role["region"].choices, number % 8 == 6
    chosen = {
        "consent_store": Chosen(("yes",)),
        "category": Chosen((category,)),
        "violations": Chosen(tuple(types[: 1 + number % 3])),
        "urgent": Chosen((("yes", "no", "dont_know")[number % 3],)),
        "region": Chosen((_HEARD_REGION if is_heard else regions[number % len(regions)].name,)),
        "consent_use": Chosen((FORM.by_role["consent_use"].choices[number % 3].name,)),
        "consent_ask": Chosen((("yes", "no")[number % 2],)),
    }
    if chosen["urgent"] == Chosen(("yes",)):
        chosen["needs"] = Chosen(("lawyer", "doctor"))
    date, when = _DATES[language][number % 2]
    if number % 5 == 4:
        date, when = "", When(Precision.UNKNOWN)
    return Told(
        language,
        chosen,
        tuple(
            f"{(_HEARD if is_heard else _TOLD)[language]} ({number}.{part})" for part in range(1 + number % 3)
        ),
        Sent(FileKind.VOICE, b"OggS voice of %d" % number, "", "audio/ogg") if number % 4 == 1 else None,
        date,
        when,
        number % 2 == 0,
        _files(number),
        is_heard,
        number % 4 == 3,
    )


def _files(number: int) -> tuple[Sent, ...]:
    photo = Sent(FileKind.PHOTO, picture(f"photo {number}"), "photo.png", "image/png")
    paper = Sent(FileKind.DOCUMENT, b"%PDF paper of " + str(number).encode(), "paper.pdf", "application/pdf")
    return ((), (photo,), (photo, paper), (paper,))[number % 4]


class Reporter:
    """A person at a phone."""

    def __init__(self, phone: Phone, tells: Told) -> None:
        self.phone, self.told, self.language = phone, tells, tells.language
        self.code = ""
        self.acts = 0
        self.lost: list[str] = []
        """Messages that were held for too long before consent, and are gone."""

    async def report(self) -> None:
        """From /start to the receipt."""
        await self._say("/start")
        if self.language != self.phone.language:
            await self._press(name_of(self.language))
        if self.told.is_early:
            await self._tell_early()
        await self._choose("consent_store")
        await self._tell()
        await self._choose("category")
        await self._choose_several("violations")
        await self._choose("urgent")
        await self._date()
        if not self.told.is_heard:
            await self._region()
        if "needs" in self.told.chosen:
            await self._choose_several("needs")
        await self._choose("consent_use")
        await self._choose("consent_ask")
        await self._press(self._word("flow.send"), self._word("flow.review"))
        receipt = await self.phone.wait(lambda bubble: _CODE.search(bubble.text) is not None)
        self.code = _CODE.findall(receipt.text)[0]

    def codes(self) -> set[str]:
        """All codes that were ever shown."""
        return {code for bubble in self.phone.messages for code in _CODE.findall(bubble.text)}

    def repeated(self) -> int:
        """How many messages of the bot were the same as the one before."""
        theirs = [
            (bubble.text, str(bubble.rows))
            for bubble in self.phone.messages
            if not bubble.mine and bubble.text
        ]
        return sum(one == other for one, other in pairwise(theirs))

    async def _choose_several(self, role: str) -> None:
        for name in self.told.chosen[role].names:
            label = self._label(role, name)
            shown = await self._press(f"☐ {label}")
            await self._seen(f"☑ {label}", message=shown)
        await self._press(self._word("flow.done"))

    async def _tell_early(self) -> None:
        await self._seen("", self._asked("consent_store"))
        await self._say_part(self.told.parts[0])
        await self._seen(self._label("consent_store", "yes"), self._asked("consent_store"))

    async def _say_part(self, part: str) -> None:
        sent = await self._say(part)
        self.told.sources.append(str(sent.id))

    async def _tell(self) -> None:
        begun, done = await self._seen("", self._asked("story")), self._word("flow.done")
        if self.told.sources and self.told.parts[0] not in begun.text:  # it was held for too long
            self._forget(self.told.sources.pop())
        for part in self.told.parts[len(self.told.sources) :]:
            await self._say_part(part)
            await self._seen(done, part)
        if self.told.voice is not None:
            await self._send(self.told.voice)
            await self._seen(done, self._word("flow.voices", n=1))
        for place, file in enumerate(self.told.files):
            await self._send(file)
            await self._seen(done, self._word("flow.files", n=place + 1))
        await self._press(done, self._asked("story"))
        if self.told.is_heard:
            await self._press(self._word("flow.heard.right"), self._word("flow.heard"))

    def _forget(self, source: str) -> None:
        """A message is gone, as the bot has said."""
        said = [text for one in self.phone.messages for text in (one.text, *one.history)]
        assert any(self._word("reporter.held.gone") in text for text in said)
        self.lost.append(source)

    async def _date(self) -> None:
        if not self.told.date:
            await self._press(self._word("flow.date.unknown"), self._asked("when"))
            return
        await self._seen("", self._asked("when"))
        await self._say(self.told.date)

    async def _region(self) -> None:
        await self._seen("", self._asked("region"))
        label = self._label("region", self.told.chosen["region"].names[0])
        if self.told.typed_region:
            await self._say(label)
            return
        await self._say(label[:-2])
        await self._pick_unless_taken(label, self._word("flow.search.found", text=label[:-2]))

    async def _pick_unless_taken(self, label: str, found: str) -> None:
        """Tap a button of what a search found; a single clear match was taken at once and leads on by itself."""
        onward = self._asked("needs" if "needs" in self.told.chosen else "consent_use")
        seen = await self.phone.wait(
            lambda bubble: found in bubble.text or (onward in bubble.text and bool(bubble.buttons))
        )
        if found in seen.text:
            await self._press(label, found)

    # --- what a person does

    async def _say(self, text: str) -> ShownMessage:
        self.acts += 1
        return await self.phone.say(text)

    async def _send(self, file: Sent) -> ShownMessage:
        self.acts += 1
        return await self.phone.send_file(str(file.kind), file.content, file.name or "voice.ogg", file.mime)

    async def _choose(self, role: str) -> None:
        label, asked = self._label(role, self.told.chosen[role].names[0]), self._asked(role)
        after = self._word("flow.page.after")
        while True:
            shown = await self.phone.wait(
                lambda one: (
                    asked in one.text and any(button.label in {label, after} for button in one.buttons)
                )
            )
            if label in {button.label for button in shown.buttons}:
                break
            await self._press(after, asked)
        await self._press(label, asked)

    async def _press(self, label: str, words: str = "", *, acted: bool = True) -> ShownMessage:
        """Tap a button once it is seen in an answer to the last act (or, unless `acted`, anywhere)."""
        seen = await self._seen(label, words) if acted else self.phone.last
        self.acts += 1
        return await self.phone.tap(label, seen)

    async def _seen(self, label: str, words: str = "", message: ShownMessage | None = None) -> ShownMessage:
        """The message with this button and these words that came or changed after the last act."""
        return await self.phone.wait(
            lambda bubble: (
                words in bubble.text
                and (not label or label in {button.label for button in bubble.buttons})
                and (message is None or message.id == bubble.id)
            )
        )

    # --- what a person reads

    def _word(self, key: str, **arguments: str | int) -> str:
        return TEXTS.text(self.language, key, arguments)

    def _question(self, role: str) -> Question:
        return FORM.by_role[role]

    def _asked(self, role: str) -> str:
        return self._question(role).label[self.language]

    def _label(self, role: str, name: str) -> str:
        choices = self._question(role).choices
        return next(choice.label[self.language] for choice in choices if choice.name == name)
