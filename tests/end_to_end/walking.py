"""Ten people who begin with their story, each as they would: `tests/data/walk.json` has what they send.

The stories were written for this walk by people who did not know the form. A careful reader added further answers of each here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.local_api.client import ShownMessage, picture
from tests.end_to_end.details import Answers, Telling
from tests.end_to_end.people import ROOT, Dated
from tests.end_to_end.reporting import Reporter, Told

Sent = Mapping[str, Any]
Story = Mapping[str, Any]

STORIES: tuple[Story, ...] = tuple(json.loads((ROOT / "tests/data/walk.json").read_text("utf-8")))
STOPS = "walk-ru-03"
"""Who wrote to the wrong chat, and deletes it all."""


def _told(category: str, types: tuple[str, ...], day: str, region: str, town: str, urgent: str) -> Told:
    return Told(category, types, (), Dated(day, day), region, urgent=urgent, asks=True, town=town)


FACTS: Mapping[str, Told] = {
    "walk-kk-01": _told("assembly", ("assembly.dispersed",), "2026-05-19", "KZ-23", "Атырау", "dont_know"),
    "walk-kk-02": replace(
        _told("detention", ("detention.incommunicado",), "2026-04-10", "KZ-10", "Семей", "yes"), people="1"
    ),
    "walk-kk-03": _told("pressure", ("pressure.summons",), "2026-05-26", "KZ-61", "Turkistan", "no"),
    "walk-ru-01": _told("detention", ("detention.short_term",), "2026-05-13", "KZ-75", "", "no"),
    "walk-ru-02": _told("pressure", ("pressure.search",), "2026-05-29", "KZ-11", "Кокшетау", "yes"),
    "walk-ru-04": _told(
        "detention", ("detention.pretrial",), "2026-02-12", "KZ-55", "Экибастуз", "dont_know"
    ),
    "walk-en-01": _told("violence", ("violence.killing",), "2026-03-31", "KZ-15", "Aktobe", "yes"),
    "walk-en-02": _told(
        "expression", ("expression.media_closure",), "2026-05-05", "KZ-35", "Karaganda", "no"
    ),
    "walk-en-03": _told("detention", ("detention.administrative",), "2026-05-20", "KZ-31", "Taraz", "no"),
}
"""Answers of each when asked, to which heard facts are compared."""

_REFUSES = (
    *("flow.empty", "flow.refused", "flow.required", "flow.use_buttons", "flow.gone", "flow.doubt"),
    *("flow.text.not_here", "flow.text.few_words", "flow.text.unused", "flow.text.too_long"),
    *(
        "flow.text.not_added",
        "flow.search.none",
        "flow.also.unread",
        "flow.date.not_understood",
        "flow.story.ask",
    ),
    *(
        "flow.file.later",
        "flow.file.nowhere",
        "flow.file.full",
        "flow.file.only.image",
        "flow.file.only.audio",
    ),
    *("reporter.file.no_draft", "reporter.file.too_big", "reporter.held.full", "reporter.held.gone"),
    *(
        "reporter.refused.kind",
        "reporter.refused.dangerous",
        "reporter.review.words",
        "reporter.unknown_command",
    ),
    *("reporter.failed", "reporter.neutral.not_kept", "reporter.edited_late"),
)
"""How the bot says that a message was not taken, or not understood."""
_MARK, _MANY = "\ue000", 987_654
_BLANKS = dict.fromkeys(("text", "question", "reason", "send", "edit", "reference"), _MARK)


@dataclass(frozen=True, slots=True)
class Given:
    """Sent messages: words in their order, voices and other files."""

    words: tuple[str, ...]
    voices: int
    files: int


def given(story: Story) -> Given:
    """All of a story's messages."""
    sends = story["sends"]
    voices = sum("voice" in one for one in sends)
    files = sum(one.get("album", 0) + ("photo" in one) for one in sends)
    return Given(tuple(one["text"] for one in sends if "text" in one), voices, files)


class Walker(Reporter):
    """A person of the walk, who sends messages one after another without waiting for answers."""

    story: Story

    async def send_all(self) -> None:
        """All that they have to say, as fast as they can."""
        for number, one in enumerate(self.story["sends"]):
            await self._send_one(one, f"{self.story['id']} {number}")

    async def _send_one(self, one: Sent, name: str) -> None:
        if "voice" in one:
            await self.give("voice", f"OggS {name}".encode(), "voice.ogg", "audio/ogg")
        elif "album" in one or "photo" in one:
            pictures = range(one.get("album", 1))
            files = [(picture(f"{name} {number}"), f"{number}.png", "image/png") for number in pictures]
            self.counted["files"] += len(files)
            await self.phone.send_album("photo", files, caption=one.get("text", ""))
        elif "forward" in one:
            self.counted["texts"] += 1
            await self.phone.forward(one["text"])
        else:
            await self.write(one["text"])

    def answers(self, told: Told, telling: Telling) -> Answers:
        """At the story all of it is sent, unless it was before, and who is in danger says so on that very screen."""
        return super().answers(told, telling) | {"story": lambda: self._tell_all(told)}

    async def _tell_all(self, told: Told) -> None:
        if not any(bubble.mine for bubble in self.phone.messages if self._is_sent(bubble)):
            await self.send_all()
        await self.phone.wait(self._has_all, since=0)
        if told.urgent == "yes":
            await self.press(self.question("urgent").offer[self.language])
        await self.press_word("flow.done")
        await self.look(lambda place: place not in {"", "story"})

    def _is_sent(self, bubble: ShownMessage) -> bool:
        return not bubble.text.startswith("/")

    def _has_all(self, bubble: ShownMessage) -> bool:
        """Whether the screen shows the end of the words, and counts voices and files."""
        sent = given(self.story)
        last = sent.words[-1][-30:] if sent.words else ""
        counts = [self.word("flow.voices", n=sent.voices)] * bool(sent.voices)
        counts += [self.word("flow.files", n=sent.files)] * bool(sent.files)
        whole = last in bubble.text or "…" in bubble.text
        return self.place_of(bubble) == "story" and whole and all(one in bubble.text for one in counts)

    async def stop_it_all(self) -> None:
        """Delete it all by the button below the story."""
        await self.phone.wait(self._has_all, since=0)
        await self.press_word("flow.cancel")
        await self.press_word("flow.cancel.sure")
        await self.phone.wait(self.word("reporter.panic"))

    def refusals(self) -> list[str]:
        """All messages of the bot that refused one."""
        said = [text for one in self.phone.messages if not one.mine for text in (one.text, *one.history)]
        return [text for text in said for words in self._refusing() if words in text]

    def _refusing(self) -> Iterator[str]:
        for key in _REFUSES:
            words = self.word(key, **_BLANKS, n=_MANY, most=_MANY).replace(str(_MANY), _MARK)
            yield max(words.split(_MARK), key=len).strip()
