"""A moderator at a phone: takes a report, writes its public version fact by fact, approves it, exports."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.form.model import Form, Group
from bot.local_api.client import Phone, ShownMessage
from tests.end_to_end.people import EDIT, FORMS, REVIEW, TEXTS, Dated, Person, labels_on

_CELL = re.compile(r"(?m)^([a-z_]+): (.*(?:\n(?![a-z_]+: |\n[a-z_]+: ).*)*)$")
"""A column and its cell in the preview, where a cell may have several lines."""
_REF = re.compile(r"(?<![0-9A-Za-z])R[0-9A-Z]{5}\b")
_RAW = "⚠️"
_FILES = ("🖼", "🎙", "🎵", "📄", _RAW)
"""What the buttons of files begin with: kinds of clean copies, and each file that has none."""
_OWN_WORDS = frozenset(TEXTS.raw("kk", "moderator.edit.flow."))
Fact = str | float | Sequence[str] | Dated | None
"""What a question of the review form is answered with."""


@dataclass(frozen=True, slots=True)
class Public:
    """What the public version of a report shall say: by question, and by question in each instance of a
    repeat. A question that is not named here is left as it is."""

    facts: Mapping[str, Fact]
    repeats: Mapping[str, Sequence[Mapping[str, Fact]]] = field(default_factory=dict)


VERSION = Public({"title": "Заголовок", "summary": "Описание; с | знаками.", "kind": "incident"})
"""As little as can be approved."""


class Moderator(Person):
    """A moderator who was enrolled; `ref` is the report at hand, `shown` the messages that show it. `corrected` names the
    questions whose answers the last version was begun with did not say what it should, `missing` those that the reporter
    had answered and it was not begun with; `confirms`, whether the reporter's own words may be public."""

    def __init__(self, phone: Phone, language: str, form: Form = FORMS["review"]) -> None:
        super().__init__(phone, language, form)
        self.ref = ""
        self.shown: list[ShownMessage] = []
        self.corrected: set[str] = set()
        self.missing: set[str] = set()
        self.confirms = True

    def word(self, key: str, **arguments: str | int) -> str:
        """A text of the bot, an edit's own where it has one."""
        own = f"moderator.edit.{key}"
        return super().word(own if own in _OWN_WORDS else key, **arguments)

    # --- a report

    async def next(self) -> str | None:
        """/next: what the report's screens say, None when nothing waits."""
        await self.command("/next")
        return await self._opened()

    async def open(self, ref: str) -> str | None:
        """/open REF: what the report's screens say, None when it is refused."""
        await self.command(f"/open {ref}")
        return await self._opened()

    async def _opened(self) -> str | None:
        begun = self.phone.mark
        reject, empty = self.word("moderator.reject"), self.word("moderator.queue.empty")
        shown = await self.phone.wait(lambda b: reject in labels_on(b) or empty in b.text)
        if reject not in labels_on(shown):
            return None
        self.ref = _REF.findall(shown.text)[0]
        new = [bubble for bubble in self.phone.messages if bubble.changed > begun and not bubble.mine]
        self.shown = [bubble for bubble in new if bubble.protected]
        return "\n".join(bubble.text for bubble in new)

    async def see_files(self) -> list[ShownMessage]:
        """Under the report at hand: tap each kind of clean copies, and each file that has none with what shows it, then
        open the report again. The messages with the files, which `shown` has too."""
        reject, found = self.word("moderator.reject"), []
        card = next(bubble for bubble in reversed(self.phone.messages) if reject in labels_on(bubble))
        for label in [label for label in labels_on(card) if label.startswith(_FILES)]:
            begun, is_raw = self.phone.seq, label.startswith(_RAW)
            number = 1 if is_raw else int(label.rpartition(" ")[2])
            self.counted["taps"] += 1
            await self.phone.tap(label, card)
            if is_raw:
                self.counted["taps"] += 1
                anyway = self.word("moderator.file.show_original")
                warning = await self.phone.wait(lambda bubble: anyway in labels_on(bubble))  # noqa: B023
                await self.phone.tap(anyway, warning)
            found += await self._files_since(begun, number)
        if found:
            await self.open(self.ref)
        self.shown += found
        return found

    async def _files_since(self, begun: int, number: int) -> list[ShownMessage]:
        """So many messages with files that came since."""

        def came() -> list[ShownMessage]:
            return [one for one in self.phone.messages if one.files and one.changed > begun and not one.mine]

        await self.phone.until(lambda: len(came()) >= number)
        return came()

    async def note(self, words: str) -> None:
        """Leave a note for colleagues on the report at hand, and go back to its card."""
        card = next(
            one for one in reversed(self.phone.messages) if self.word("moderator.reject") in labels_on(one)
        )
        await self.phone.tap(next(label for label in labels_on(card) if "/7" in label), card)
        await self.press_word("moderator.note.write")
        asked = await self.phone.wait(self.word("moderator.note.ask", ref=self.ref, most=1000))
        await self.phone.say(words, reply_to=asked.id)
        await self.phone.wait(words)
        await self.press_word("moderator.card.to_card")
        await self.phone.wait(lambda bubble: self.word("moderator.edit") in labels_on(bubble))

    async def begin_edit(self, by: str = "moderator.edit") -> None:
        """Tap Edit under the report at hand, or the button `by`, of which no version is there yet."""
        await self.press_word(by)
        await self.at("title")

    async def turn_back(self) -> None:
        """From the text that is asked first to the review."""
        await self.press_word("flow.back")
        await self.look(lambda place: place == EDIT)
        await self.press_word("flow.back")
        await self.look(lambda place: place == REVIEW)

    async def edit(self, public: Public, by: str = "moderator.edit") -> None:
        """Tap Edit under the report at hand, or the button `by`, and write the version."""
        await self._begin(public, by)
        await self._write_version(public)

    async def _begin(self, public: Public, by: str = "moderator.edit") -> None:
        await self.press_word(by)
        await self.write_missing(public)

    async def write_missing(self, public: Public) -> None:
        """From the edit's first screen to its review: what must be written is asked at once. `missing` names what was."""
        self.missing.clear()
        await self.look()
        while self.place != REVIEW:
            self.missing.add(self.place)
            await self._answer(self.place, self._fact_here(public), public.facts)

    def _fact_here(self, public: Public) -> Fact:
        """What the version says at the place at hand, which may be one of a repeat: of the instance that its title names."""
        repeat = self.repeat_around(self.place)
        if not repeat:
            return public.facts[self.place]
        assert self.seen is not None
        found = re.search(rf"{re.escape(self.label(repeat))} (\d+)", self.seen.text)
        return public.repeats[repeat][int(found[1]) - 1 if found else 0][self.place]

    async def edit_in_short(self, public: Public, told: Mapping[str, Fact]) -> Counter[str]:
        """The usual way from Edit to the preview: title and summary, and kind, outcomes and place where they are not what they should
        be; what was done on it, with the tap that would approve. `told` is what the version should begin with."""
        begun = Counter(self.counted)
        await self._begin(public)
        self.missing &= told.keys()
        self.missing |= {name for name, fact in told.items() if not self._says(self.label(name), name, fact)}
        self.corrected.clear()
        for name in ("kind", "place_share"):
            fact, number = public.facts.get(name), self.number_of(self.label(name))
            if isinstance(fact, str) and number and not self._says(self.label(name), name, fact):
                self.corrected.add(name)
                await self._press_line(number)
                await self.pick(name, fact)
        await self._correct_outcomes([str(one["outcome_status"]) for one in public.repeats["outcomes"]])
        await self.press_word("flow.send")
        await self.preview()
        return Counter(self.counted) - begun + Counter(taps=1)

    async def _press_line(self, number: str | None) -> None:
        """Tap the button that the review has for one of its lines, by its number: a long label is cut on it."""
        found = [one for one in labels_on(self.phone.last) if one.startswith(f"{number}. ")]
        await self.press(found[0])

    async def _correct_outcomes(self, statuses: Sequence[str]) -> None:
        repeat, there = self.label("outcomes"), self._count_of("outcomes")
        for number, status in enumerate(statuses, 1):
            title = f"{repeat} {number} · {self.label('outcome_status')}"
            if number <= there and self._says(title, "outcome_status", status):
                continue
            self.corrected.add("outcome_status" if number <= there else "outcomes")
            if max(there, number) == 1:
                await self._press_line(self.number_of(repeat))
            else:
                await super().go_to(title if number <= there else repeat)
                if number > there:
                    await self.press_word("flow.repeat.more")
            await self.pick("outcome_status", status)
            while self.place not in {REVIEW, "outcomes"}:
                await self.pass_by()
            if self.place == "outcomes":
                await self.press_word("flow.next")
                await self.look(lambda place: place == REVIEW)

    async def edit_again(self, public: Public) -> None:
        """Leave the preview with its button, correct facts by /edit REF; `corrected` has them too."""
        await self.press_word("moderator.keep")
        await self.command(f"/edit {self.ref}")
        await self._write_version(public)

    async def _write_version(self, public: Public) -> None:
        """From the review: correct every fact that it does not say, send it; the version is proposed then."""
        await self.look(lambda place: place == REVIEW)
        for name, fact in public.facts.items():
            if self.number_of(self.label(name)) and not self._says(self.label(name), name, fact):
                self.corrected.add(name)
                await self.go_to(self.label(name))
                await self._answer(name, fact, public.facts)
                while self.place != REVIEW:
                    await self._answer(self.place, public.facts[self.place], public.facts)
        for name, instances in public.repeats.items():
            await self._correct(name, instances)
        await self.press_word("flow.send")

    def _says(self, title: str, name: str, fact: Fact) -> bool:
        """Whether the review says this fact under this title."""
        said = self._phrase(name, fact)
        marked = (self.word(f"flow.review.{mark}", answer=said) for mark in ("put_there", "derived"))
        return any(f"{self.number_of(title)}. {title}\n{one}" in self.lines() for one in (said, *marked))

    def _phrase(self, name: str, fact: Fact) -> str:
        """A fact as the review shows it."""
        question = self.question(name)
        match fact:
            case None | () | "":
                return self.word("flow.answer.none")
            case Dated("", str(end)):
                return self.word("flow.date.until", end=self.shown_date(end))
            case Dated(start, end) if end in {None, start}:
                return self.shown_date(start)
            case Dated(start, str(end)):
                return self.word("flow.date.period", start=self.shown_date(start), end=self.shown_date(end))
            case str() if question.kind == "select_one":
                return self.choice(name, fact)
            case float() if not fact.is_integer():
                whole, fraction = str(fact).split(".")
                return self.word("flow.number.with_fraction", whole=whole, fraction=fraction)
            case str() | int() | float():
                return str(fact)
        assert isinstance(fact, Sequence)
        return ", ".join(self.choice(name, code) for code in fact) or self.word("flow.answer.none")

    async def _answer(self, name: str, fact: Fact, all_facts: Mapping[str, Fact]) -> None:
        question = self.question(name)
        if fact is None or (question.kind != "select_multiple" and fact in ((), "")):
            await self.pass_by()
            return
        match question.kind, fact:
            case "select_multiple", _:
                assert isinstance(fact, Sequence)
                await self.choose(name, fact)
            case "select_one", _:
                await self.pick(name, str(fact))
            case _, Dated():
                await self.date(name, fact, typed=name != "when" or fact.end != fact.start)
            case _:
                await self.tell(name, str(fact))

    async def go_to(self, title: str) -> None:
        """From the review to a line of it, by sending its number."""
        number = self.number_of(title)
        assert number, title
        await self.write(number)
        await self.look(lambda place: place not in {"", REVIEW, EDIT})

    async def choose(self, name: str, codes: Sequence[str]) -> str:
        """The same; of what follows from other answers only what is to be otherwise is tapped."""
        if "derived" not in self.question(name).bot:
            return await super().choose(name, codes)
        said = self._current(await self.at(name))
        before = {one.name for one in self.question(name).choices if self.choice(name, one.name) in said}
        for label in [self.choice(name, code) for code in sorted(before ^ set(codes))]:
            shown = await self.phone.wait(lambda bubble: self.place_of(bubble) == name)
            said = self._current(shown)
            if label not in {_bare(one) for one in labels_on(shown)}:
                await self.press_word("flow.page.after")
                await self.phone.wait(lambda bubble: label in {_bare(one) for one in labels_on(bubble)})  # noqa: B023 - waited for
            await self.press(label)
            await self.phone.wait(lambda bubble, said=said: self._current(bubble) not in {"", said})  # type: ignore[misc]
        await self.press_word("flow.done")
        return await self.look(lambda place: place not in {"", name})

    async def _correct(self, repeat: str, instances: Sequence[Mapping[str, Fact]]) -> None:
        """From the review: what is wrong in an instance, what is missing, what is too much; back there."""
        group = next(node for node in self.form.nodes.values() if node.name == repeat)
        assert isinstance(group, Group)
        there = self._count_of(repeat)
        await self._correct_told(repeat, instances[:there])
        if there != len(instances):
            self.corrected.add(repeat)
            await self.go_to(self.label(repeat))
            for number in range(there, len(instances), -1):
                await self.remove(number)
                await self.look(lambda place: place == repeat)
            await self._add(group, instances[there:], there, len(instances))
            await self._correct_told(repeat, instances)  # what is only asked from the review

    async def _correct_told(self, repeat: str, instances: Sequence[Mapping[str, Fact]]) -> None:
        for number, facts in enumerate(instances, 1):
            for name, fact in facts.items():
                title = f"{self.label(repeat)} {number} · {self.label(name)}"
                if self.number_of(title) and not self._says(title, name, fact):
                    self.corrected.add(name)
                    await self.go_to(title)
                    while self.place != REVIEW:
                        await self._answer(self.place, facts.get(self.place), facts)

    async def remove(self, number: int) -> None:
        """Tap what removes an instance, by its number or with what it says."""
        plain = self.word("flow.repeat.remove", number=number)
        named = self.word("flow.repeat.remove_named", number=number, name="").rstrip()

        def found(shown: ShownMessage) -> str:
            labels = (one for one in labels_on(shown) if one == plain or one.startswith(named))
            return next(labels, "")

        await self.press(found(await self.phone.wait(lambda shown: bool(found(shown)))))

    def _count_of(self, repeat: str) -> int:
        title = self.label(repeat)
        line = next(line for line in self.lines() if line.startswith(f"{self.number_of(title)}. {title}\n"))
        return int(line.rpartition("\n")[2])

    async def _add(
        self, repeat: Group, instances: Sequence[Mapping[str, Fact]], there: int, wanted: int
    ) -> None:
        """From a repeat's screen: more instances, then on."""
        inside = {node.name for node in repeat.children}
        for number, facts in enumerate(instances, there):
            await self.press_word("flow.repeat.more" if number else "flow.repeat.add")
            await self.look(lambda place: place in inside)
            while self.place != repeat.name:
                await self._answer(self.place, facts.get(self.place), facts)
        await self.press_word("flow.next" if min(there, wanted) or instances else "flow.repeat.none")
        await self.look(lambda place: place == REVIEW)

    async def preview(self, *, by_button: bool = False) -> Mapping[str, str]:
        """What follows once a version is saved: the row as it would be exported, by the names of its columns; labels stand before
        codes. Words to be confirmed come before it, a tap a screen, or are left out; names in it are nobody's whom the report concerns. With `by_button` Approve is tapped for it."""
        own = self.word(f"moderator.words.{'confirm' if self.confirms else 'leave_out'}")
        confirm = self.word("moderator.approve.confirm")
        if by_button:
            await self.press_word("moderator.approve")
        passed = {own, self.word("moderator.names.disclaim")}
        while asked := passed & {
            *labels_on(await self.phone.wait(lambda b: not {confirm, *passed}.isdisjoint(labels_on(b))))
        }:
            await self.press(*asked)
        begun = self.phone.mark
        row: dict[str, str] = {}
        for bubble in self.phone.messages:
            if bubble.changed > begun and not bubble.mine and confirm not in labels_on(bubble):
                row |= _CELL.findall(bubble.text)
        return row

    async def confirm(self) -> None:
        """Approve what the preview showed."""
        await self.press_word("moderator.approve.confirm")
        await self.phone.wait(self.word("moderator.approved", ref=self.ref))

    async def reject(self, reason: str) -> None:
        """/reject the report at hand for one of the reasons of the list."""
        await self.command(f"/reject {self.ref}")
        await self.press_word(f"moderator.reason.{reason}")
        surely, done = self.word("moderator.reject.surely"), self.word("moderator.rejected", ref=self.ref)
        found = await self.phone.wait(lambda bubble: surely in labels_on(bubble) or done in bubble.text)
        if surely in labels_on(found):
            await self.press(surely)
            await self.phone.wait(done)

    # --- all reports

    async def export(self, format_: str, *, by_buttons: bool = False) -> bytes:
        """/export: the content of the document that comes into the chat."""
        return await self.phone.download(await self.exported(format_, by_buttons=by_buttons))

    async def exported(self, format_: str, *, by_buttons: bool = False) -> ShownMessage:
        """/export: the message with the document."""
        if by_buttons:
            await self.command("/export")
            await self.press_export(format_)
        else:
            await self.command(f"/export {format_}")
        return await self.phone.wait(is_export)

    async def press_export(self, format_: str, *, makes: bool = True) -> None:
        """Choose a format, of all that was ever approved; with `makes` the file too."""
        await self.press_word(f"moderator.export.format.{format_}")
        await self.press_word("moderator.export.period.all")
        if makes:
            await self.press_word("moderator.export.make")


def is_export(bubble: ShownMessage) -> bool:
    """Whether a message brings an export, and not the manifest beside it."""
    return bool(bubble.files) and not str(bubble.files[0]["name"]).endswith(".manifest.json")


def _bare(label: str) -> str:
    return label.removeprefix("☑ ").removeprefix("☐ ")


def refs_in(text: str) -> list[str]:
    """The references of reports that a text names, in its order."""
    return _REF.findall(text)


async def notice(moderator: Moderator, key: str) -> str:
    """The reference in the notice of a new report."""
    begun = moderator.word(key, ref="R").partition(" R")[0]
    shown = await moderator.phone.wait(lambda bubble: bubble.text.startswith(begun))
    return refs_in(shown.text)[0]
