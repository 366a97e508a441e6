"""People with a phone: what a reporter and a moderator have in common at any form of the bot.

They see what a screen shows and send what a person can send alone: taps, texts, files, commands. Where they are
is told from the words on the screen, as a person would tell it.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.form.model import Choice, Form, Group, Question
from bot.form.xlsform.reader import load
from bot.languages import codes
from bot.local_api.client import Phone, ShownMessage
from bot.texts import Texts

ROOT = Path(__file__).parents[2]
TEXTS = Texts(codes())
FORMS = {"report": load(ROOT / "bot/forms/incident.md"), "review": load(ROOT / "bot/forms/review.md")}

REVIEW, EDIT, HEARD = ":review", ":edit", ":heard"
"""Places that are no questions: the review at the end of a form, the list of what can be corrected, and what was
heard in a story."""

_MARKS = re.compile(r"^[☑☐]+ ")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date of a month, a day (with its end the same) or a period of months."""

    start: str
    end: str | None = None


class Person:
    """A person at a phone, in their language. `counted` is how many of each they did: taps, texts, files,
    commands."""

    def __init__(self, phone: Phone, language: str, form: Form) -> None:
        self.phone, self.language, self.form = phone, language, form
        self.counted: Counter[str] = Counter()
        self.seen: ShownMessage | None = None
        self.place = ""
        self._nodes = {node.name: node for node in form.nodes.values()}

    def word(self, key: str, **arguments: str | int) -> str:
        """A text of the bot in this person's language."""
        return TEXTS.text(self.language, key, arguments)

    def label(self, name: str) -> str:
        """The label of a question of the form."""
        return self._nodes[name].label[self.language]

    def short(self, name: str) -> str:
        """The label by which a reporter's review names it."""
        node = self._nodes[name]
        return (node.short or node.label)[self.language]

    def more(self, name: str) -> str:
        """The button that adds another instance of a repeat."""
        node = self._nodes[name]
        own = node.more if isinstance(node, Group) else {}
        return own.get(self.language) or self.word("flow.repeat.more")

    def choice(self, name: str, code: str) -> str:
        """The label of a code among a question's choices."""
        return label_of(self.question(name), code, self.language)

    def question(self, name: str) -> Question:
        """A question of the form by its name."""
        found = self._nodes[name]
        assert isinstance(found, Question)
        return found

    # --- what a person does

    async def command(self, text: str) -> None:
        """Write a command."""
        self.counted["commands"] += 1
        await self.phone.say(text)

    async def write(self, text: str) -> ShownMessage:
        """Write a text."""
        self.counted["texts"] += 1
        return await self.phone.say(text)

    async def press(self, label: str) -> None:
        """Tap a button of a screen that came since the last act, by its whole label but for the mark."""
        self.counted["taps"] += 1
        bubble = await self.phone.wait(lambda shown: _button(shown, label) is not None)
        await self.phone.tap(_button(bubble, label) or label, bubble)

    async def press_word(self, key: str, **arguments: str | int) -> None:
        """The same by the key of the label."""
        await self.press(self.word(key, **arguments))

    async def answer_to(self, bubble: ShownMessage, data: str) -> str:
        """Tap a button that may be gone; the words that appear above the chat."""
        self.counted["taps"] += 1
        query = await self.phone.tap_data(bubble.id, data, force=True)
        found: list[str] = []

        def answered() -> bool:
            found.extend(one["text"] for one in self.phone.callback_answers if one["query_id"] == query)
            return bool(found)

        await self.phone.until(answered)
        return found[0]

    async def give(self, kind: str, content: bytes, name: str, mime: str) -> None:
        """Send a file."""
        self.counted["files"] += 1
        await self.phone.send_file(kind, content, name, mime)

    async def locate(self, latitude: float, longitude: float) -> None:
        """Send a place."""
        self.counted["places"] += 1
        await self.phone.locate(latitude, longitude)

    # --- where a person is

    async def look(self, wanted: Callable[[str], bool] = bool) -> str:
        """Wait for a screen of the form, new or changed since the last act; where it is: the name of a
        question or repeat, REVIEW or EDIT."""
        self.seen = await self.phone.wait(lambda bubble: wanted(self.place_of(bubble)))
        self.place = self.place_of(self.seen)
        return self.place

    def place_of(self, bubble: ShownMessage) -> str:
        """Which screen of the form a message is; blank for none."""
        labels = labels_on(bubble)
        if self.word("flow.send") in labels:
            return REVIEW
        if self.word("flow.heard.right") in labels:
            return HEARD
        if not labels:
            return ""
        if bubble.text.endswith(self.word("flow.edit.which")):
            return EDIT
        for name, node in self._nodes.items():
            title = re.escape(node.label.get(self.language, ""))
            if title and re.search(rf"(?m)^(?:\d+/\d+ · )?{title}$", bubble.text):
                if isinstance(node, Group) and not node.repeat:
                    continue
                return name
        return ""

    def repeat_around(self, name: str) -> str:
        """The repeat in which a question of the form stands; blank for none."""
        node = self._nodes.get(name)
        around = self.form.nodes.get(node.path.rpartition("/")[0]) if node else None
        return around.name if isinstance(around, Group) and around.repeat else ""

    async def go_to_end(self) -> bool:
        """Go to the end by the button for that, where there is one."""
        place, label = self.place, self.word("flow.skip.rest")
        if self.seen is None or label not in labels_on(self.seen):
            return False
        await self.press(label)
        await self.look(lambda now: now not in {"", place})
        return True

    async def at(self, name: str) -> ShownMessage:
        """Wait for the screen of this name alone."""
        await self.look(lambda place: place == name)
        assert self.seen is not None
        return self.seen

    # --- the review

    async def go_to(self, title: str) -> None:
        """From the review to what stands under this title in it, by the number it has there, or to what has no line yet."""
        number = self.number_of(title)
        begun = f"{number}. " if number else self.word("flow.edit.blank", question=title)
        await self.press_word("flow.edit")
        while True:
            await self.look(lambda place: place == EDIT)
            assert self.seen is not None
            label = next((one for one in labels_on(self.seen) if one.startswith(begun)), None)
            if label is not None:
                await self.press(label)
                await self.look(lambda place: place not in {"", EDIT})
                return
            await self.press_word("flow.page.after")

    def lines(self) -> list[str]:
        """The lines of the review at hand."""
        shown: list[str] = []
        for bubble in reversed(self.phone.messages):
            if bubble.mine or (bubble.buttons and self.place_of(bubble) != REVIEW):
                break
            shown = [*bubble.text.split("\n\n"), *shown]
        return shown

    def number_of(self, title: str) -> str | None:
        """The number of a title in the review; None where it does not stand."""
        found = re.search(rf"(?m)^(\d+)\. {re.escape(title)}(?:: |$)", "\n\n".join(self.lines()))
        return found[1] if found else None

    # --- how a person answers

    async def pick(self, name: str, code: str) -> str:
        """Choose one of a list, by its button where it is in sight, by its words where not; where that leads."""
        bubble, label = await self.at(name), self.choice(name, code)
        if _button(bubble, label):
            await self.press(label)
        else:
            await self.write(label)
        return await self.look(lambda place: place not in {"", name})

    async def choose(self, name: str, codes: Sequence[str]) -> str:
        """Choose several of a list in this order, or none; where Done leads."""
        bubble = await self.at(name)
        wanted = [self.choice(name, code) for code in codes]
        chosen = labels_on(bubble, "☑")
        if self._current(bubble) not in {"", ", ".join(wanted)}:
            await self.press_word("flow.clear")
            bubble, chosen = await self.phone.wait(lambda shown: self._is_blank(shown, name)), []
        if self._current(bubble) == ", ".join(wanted):
            chosen = wanted
        for place, label in enumerate(wanted):
            if label in chosen:
                continue
            if _button(bubble, label):
                await self.press(label)
            else:
                await self.write(label)
            bubble = await self._marked(name, wanted[: place + 1])
            if self.place_of(bubble) != name:  # a choice that stands alone leads on at once
                self.seen, self.place = bubble, self.place_of(bubble)
                return self.place
        await self.press_word("flow.done" if wanted else "flow.skip")
        return await self.look(lambda place: place not in {"", name})

    async def _marked(self, name: str, labels: Sequence[str]) -> ShownMessage:
        """The question with these marked, or what it has led on to."""
        so_far = ", ".join(labels)
        return await self.phone.wait(
            lambda shown: self._current(shown) == so_far or self.place_of(shown) not in {"", name}
        )

    async def tell(self, name: str, *parts: str) -> str:
        """Answer with a text, a long one in several messages until Done; where that leads. What stood there
        before is cleared."""
        bubble = await self.at(name)
        several = "multiline" in self.question(name).appearance
        if several and self._current(bubble):
            await self.press_word("flow.clear")
            await self.phone.wait(lambda shown: self._is_blank(shown, name))
        for part in parts:
            await self.write(part)
            if several:
                await self.phone.wait(lambda shown, part=part: self._has_said(shown, name, part))  # type: ignore[misc]
        if several:
            await self.press_word("flow.done")
        return await self.look(lambda place: place not in {"", name})

    def _has_said(self, shown: ShownMessage, name: str, part: str) -> bool:
        """Whether the question shows the end of what was said, or that it is too long to be shown whole."""
        return part[-60:] in shown.text or (self.place_of(shown) == name and "…" in shown.text)

    async def date(self, name: str, dated: Dated, *, typed: bool) -> str:
        """Answer with a date, in words or by the buttons; where that leads."""
        await self.at(name)
        if typed:
            await self.write(self.dated(dated))
        elif dated.end == dated.start:
            await self._day(dated.start)
        else:
            await self.press_word("flow.date.range" if dated.end else "flow.date.month")
            for month in filter(None, (dated.start, dated.end)):
                await self._month(month)
        return await self.look(lambda place: place not in {"", name})

    def dated(self, dated: Dated) -> str:
        """A date as this person would write it."""
        ends = [self._written(end) for end in dict.fromkeys(filter(None, (dated.start, dated.end)))]
        return " – ".join(ends)

    def _written(self, text: str) -> str:
        year, *rest = text.split("-")
        if len(rest) == 2:
            return f"{int(rest[1])}.{rest[0]}.{year}"
        return self.month(text) if rest else year

    def shown_date(self, text: str) -> str:
        """A day, a month or a year as the bot writes it."""
        year, *rest = text.split("-")
        if len(rest) == 2:
            return f"{rest[1]}.{rest[0]}.{year}"
        return self.month(text) if rest else self.word("flow.year", year=year)

    def shown_dated(self, dated: Dated) -> str:
        """A date or a period as the bot writes it."""
        start, end = (self.shown_date(one) if one else "" for one in (dated.start, dated.end))
        if not start or not end or start == end:
            return start or self.word("flow.date.until", end=end)
        return self.word("flow.date.period", start=start, end=end)

    def month(self, text: str) -> str:
        """The name of a month, `YYYY-MM`, with its year."""
        return self.word(f"flow.month.{int(text[5:7])}", year=text[:4])

    async def _month(self, text: str) -> None:
        """Tap a month, after its year where it is not one of the last twelve."""
        label, other = self.month(text), self.word("flow.date.other_year")
        bubble = await self.phone.wait(lambda shown: _button(shown, other) is not None)
        if not _button(bubble, label):
            await self.press(other)
            await self.press(self.word("flow.year", year=text[:4]))
        await self.press(label)

    async def _day(self, text: str) -> None:
        """Open the calendar, turn it to the year and month of this day by their names, and tap the day."""
        await self.press_word("flow.date.calendar")
        year = self.word("flow.year", year=text[:4])
        shown = await self.phone.wait(lambda bubble: "1" in labels_on(bubble))
        if not _button(shown, self.month(text[:7])):
            month = shown.buttons[0].label
            await self.press(month)
            if not _is_of_year(month, text[:4]):
                await self.press(self.word("flow.year", year=re.findall(r"\d{4}", month)[0]))
                await self.press(year)
            await self.press(self.month(text[:7]))
        await self.press(str(int(text[8:])))

    async def pass_by(self, key: str = "flow.skip") -> str:
        """Leave a question with the button of this key; where that leads."""
        name = self.place
        await self.press_word(key)
        return await self.look(lambda place: place not in {"", name})

    def _current(self, bubble: ShownMessage) -> str:
        """What a screen says is the answer so far."""
        before = self.word("flow.current", answer="")
        line = next((line for line in bubble.text.split("\n\n") if line.startswith(before)), "")
        return line.removeprefix(before)

    def _is_blank(self, bubble: ShownMessage, name: str) -> bool:
        return self.place_of(bubble) == name and not self._current(bubble)


def label_of(question: Question, code: str, language: str) -> str:
    """The label of a code in a language."""
    found: Choice = next(choice for choice in question.choices if choice.name == code)
    return found.label[language]


def labels_on(bubble: ShownMessage, mark: str = "") -> list[str]:
    """The labels on a message; with `mark` those of the choices that have it, without it."""
    found = [button.label for button in bubble.buttons if button.label.startswith(mark)]
    return [_unmarked(label) for label in found] if mark else found


def _unmarked(label: str) -> str:
    return _MARKS.sub("", label)


def _is_of_year(label: str, year: str) -> bool:
    return year in re.findall(r"\d{4}", label)


def _button(bubble: ShownMessage, label: str) -> str | None:
    """The label as it stands on a button of this message, with its mark if it has one."""
    return next((one.label for one in bubble.buttons if label in {one.label, _unmarked(one.label)}), None)
