"""A moderator at a phone: takes a report, writes its public version fact by fact, approves it, exports."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.desk.exports import PURPOSES
from bot.form.flow.outline import line_number
from bot.form.model import Form, Group
from bot.local_api.client import Phone, ShownMessage
from bot.publish.export.columns import columns_of
from tests.end_to_end.people import EDIT, FORMS, REVIEW, TEXTS, Dated, Person, labels_on

_CODE = re.compile(r"(?m)^([a-z_0-9]+): (.*)$")
"""A column and its cell among the codes of the preview."""
_REF = re.compile(r"(?<![0-9A-Za-z])R[0-9A-Z]{5}\b")
_RAW = "⚠️"
_FILES = ("🖼", "🎙", "🎵", "📄", _RAW)
"""What the buttons of files begin with: kinds of clean copies, and each file that has none."""
_NAMED = {"kind", "assertion", "date_kind", "place_share", "reliability", "credibility", "evidence_origin"}
"""Questions whose choices can be named together."""
_PARTS: Mapping[str, Mapping[str, str]] = {
    "outcome_persons": {"kk": "адам", "ru": "человек", "en": "people"},
    "outcome_prison_years": {"kk": "жыл", "ru": "года", "en": "years"},
    "outcome_restriction_years": {"kk": "жыл", "ru": "года", "en": "years"},
    "outcome_arrest_days": {"kk": "тәулік", "ru": "суток", "en": "days"},
    "outcome_fine_mrp": {"kk": "АЕК", "ru": "МРП", "en": "MCI"},
    "outcome_fine_tenge": {"kk": "теңге", "ru": "тенге", "en": "tenge"},
}
"""Facts of an outcome in one message, with their units."""
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

    async def edit(
        self, public: Public, by: str = "moderator.edit", told: Mapping[str, Fact] | None = None
    ) -> None:
        """Tap Edit under the report at hand, or the button `by`, and write the version. `told` is what it should begin with."""
        await self._begin(public, by)
        if told is not None:
            self.missing &= told.keys()
            self.missing |= {
                name for name, fact in told.items() if not self._says(self.label(name), name, fact)
            }
        self.corrected.clear()
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
        return (
            public.repeats[repeat][self._instance_here()][self.place] if repeat else public.facts[self.place]
        )

    async def edit_again(self, public: Public) -> None:
        """Leave the preview with its button, correct facts by /edit REF; `corrected` has them too."""
        await self.press_word("moderator.keep")
        await self.command(f"/edit {self.ref}")
        await self._write_version(public)

    async def _write_version(self, public: Public) -> None:
        """From the review: correct every fact that it does not say, send it; the version is proposed then."""
        await self.look(lambda place: place == REVIEW)
        facts = with_kind_of_date(public.facts)
        await self._name_choices(facts)
        for name, fact in facts.items():
            if self._is_asked(name) and not self._says(self.label(name), name, fact):
                self.corrected.add(name)
                await self.go_to(self.label(name))
                await self._answer(name, fact, facts)
                while self.place != REVIEW:
                    await self._answer(self.place, facts[self.place], facts)
        await self._tell_outcomes(public.repeats.get("outcomes", ()))
        await self._tell_source(public.repeats.get("sources", ()))
        for name, instances in public.repeats.items():
            await self._correct(name, instances)
        await self.press_word("flow.send")

    async def _name_choices(self, facts: Mapping[str, Fact]) -> None:
        """Several choices that are otherwise, in one message, by label or, where that has a comma, by code."""
        wrong = {
            name: str(fact)
            for name, fact in facts.items()
            if fact
            and name in _NAMED
            and self._is_asked(name)
            and not self._says(self.label(name), name, fact)
        }
        if len(wrong.keys() - {"place_share"}) > 1:
            self.corrected |= wrong.keys()
            labels = {name: self.choice(name, code) for name, code in wrong.items()}
            await self.write(", ".join(wrong[name] if "," in one else one for name, one in labels.items()))
            await self.look(lambda place: place == REVIEW)

    async def _tell_outcomes(self, instances: Sequence[Mapping[str, Fact]]) -> None:
        """Whose each outcome is, where nothing says so, with its sentence and term in one message before."""
        there = self._count_of("outcomes")
        parties = [self._title("outcomes", number, "outcome_party") for number in range(1, there + 1)]
        if not any(one.get("outcome_party") for one in instances) or there not in {0, len(instances)}:
            return
        if there and all(map(self._shown, parties)):
            return
        told = [self._parts(number, facts) for number, facts in enumerate(instances, 1)]
        await self._press_line("outcomes")
        while self.place != REVIEW:
            number = self._instance_here()
            if self.place == "outcome_status":
                self.corrected.add("outcomes")
                await self.pick("outcome_status", str(instances[number]["outcome_status"]))
            else:
                await self._tell_party(instances[number].get("outcome_party"), told[number])

    def _title(self, repeat: str, number: int, name: str) -> str:
        return f"{self.label(repeat)} {number} · {self.label(name)}"

    def _parts(self, number: int, facts: Mapping[str, Fact]) -> Sequence[str]:
        """People, term and date that an outcome's line lacks, as a person would write them."""
        wrong = {
            name: fact
            for name, fact in facts.items()
            if fact is not None and not self._says(self._title("outcomes", number, name), name, fact)
        }
        date = wrong.get("outcome_date")
        told = [f"{wrong[name]:g} {units[self.language]}" for name, units in _PARTS.items() if name in wrong]
        self.corrected |= wrong.keys() & {"outcome_date"}
        return [*told, self.dated(date)] if isinstance(date, Dated) else told

    async def _tell_party(self, party: Fact, parts: Sequence[str]) -> None:
        """By its button, or in one message with what else is known."""
        label = self.choice("outcome_party", str(party)) if party else ""
        if parts:
            await self.write(", ".join(filter(None, (label, *parts))))
        if not parts or not party:
            await self.press(label or self.word("flow.skip"))
        await self.look()  # the same question of the next outcome may follow

    async def _tell_source(self, instances: Sequence[Mapping[str, Fact]]) -> None:
        """The first source by its button, its publisher, date and link in one message."""
        if not instances or self._count_of("sources") or not instances[0].get("source_publisher"):
            return
        self.corrected.add("sources")
        await self._press_line("sources")
        await self.pick("source_kind", str(instances[0]["source_kind"]))
        date, link = (instances[0].get(name) for name in ("source_date", "source_link"))
        parts = [
            instances[0]["source_publisher"],
            self.dated(date) if isinstance(date, Dated) else None,
            link,
        ]
        await self.write(", ".join(str(one) for one in parts if one))
        await self.look(lambda place: place == REVIEW)

    def _instance_here(self) -> int:
        """The place of the instance that the screen at hand names, among its repeat's."""
        assert self.seen is not None
        repeat = self.repeat_around(self.place) or self.place
        found = re.search(rf"(?m)(?:{re.escape(self.label(repeat))} |^)(\d+)(?:\. |$| ·)", self.seen.text)
        return int(found[1]) - 1 if found else 0

    def _is_asked(self, name: str) -> bool:
        """Whether the edit has this question: what is required has a line, unless it is asked in other languages."""
        return not self.question(name).required or self._shown(self.label(name)) is not None

    async def _press_line(self, name: str) -> None:
        """Tap the button that the review has for one of its lines, by its number."""
        number = line_number(self.form, self._nodes[name].path)
        [label] = [one for one in labels_on(self.phone.last) if one.startswith(f"{number}. ")]
        await self.press(label)
        await self.look(lambda place: place not in {"", REVIEW, EDIT})

    def _shown(self, title: str) -> str | None:
        """Text that the review shows as published under a title. None without such a line."""
        begun = re.compile(r"[\d.]+\. " + re.escape(title) + "\n")
        line = next((line[found.end() :] for line in self.lines() if (found := begun.match(line))), None)
        beside = self.word("flow.review.said", said="\ue000", answer="").rpartition("\ue000")[2]
        return line if line is None else line.rpartition(beside)[2]

    def _says(self, title: str, name: str, fact: Fact) -> bool:
        """Whether the review says this fact under this title, nothing under one that it does not have."""
        said, shown = self._phrase(name, fact), self._shown(title)
        marked = (self.word(f"flow.review.{mark}", answer=said) for mark in ("put_there", "derived"))
        return (self.word("flow.answer.none") if shown is None else shown) in {said, *marked}

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
            case _, float() | int() if name == "affected_number_min":
                await self.tell(name, self._number_of_people(int(fact), all_facts.get("affected_number_max")))
            case _, Dated():
                await self.date(name, fact, typed=name != "when" or fact.end != fact.start)
            case _:
                await self.tell(name, str(fact))

    def _number_of_people(self, least: int, most: Fact) -> str:
        """An exact number once, a range, or a least number."""
        if most is None:
            return f"{least}+"
        return str(least) if most == least else f"{least}–{most}"

    async def go_to(self, title: str) -> None:
        """From the review to a line of it, by its button, else by its number, which it has though it is blank. Back to the
        review if what was answered before leaves no such line."""
        number = self._number(title)
        button = next((one for one in labels_on(self.phone.last) if one.startswith(f"{number}. ")), None)
        await (self.write(number) if button is None else self.press(button))
        await self.look(lambda place: place not in {"", EDIT})

    def _number(self, title: str) -> str:
        for path, node in self.form.nodes.items():
            repeat, _, label = title.rpartition(" · ")
            if node.label.get(self.language) != (label or title):
                continue
            around = self.repeat_around(node.name)
            if not repeat:
                return line_number(self.form, path)
            if around and repeat.startswith(f"{self.label(around)} "):
                outer = self._nodes[around].path
                return line_number(self.form, path.replace(outer, f"{outer}[{repeat.rpartition(' ')[2]}]", 1))
        raise AssertionError(title)

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
            await self.write(
                self._number(self.label(repeat))
            )  # its button asks first what is not told of an instance
            await self.look(lambda place: place == repeat)
            for number in range(there, len(instances), -1):
                await self.remove(number)
                await self.look(lambda place: place == repeat)
            await self._add(group, instances[there:], there, len(instances))
            await self._correct_told(repeat, instances)  # what is only asked from the review

    async def _correct_told(self, repeat: str, instances: Sequence[Mapping[str, Fact]]) -> None:
        for number, facts in enumerate(instances, 1):
            for name, fact in facts.items():
                title = f"{self.label(repeat)} {number} · {self.label(name)}"
                if not self._says(title, name, fact):
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
        return int(self._shown(title) or 0)

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
        new = [one for one in self.phone.messages if one.changed > begun and not one.mine]
        return self._row("\n\n".join(one.text for one in new if confirm not in labels_on(one)))

    def _row(self, text: str) -> dict[str, str]:
        """The row that a preview shows: words under their headings, codes with their columns below."""
        shown, _, codes = text.rpartition(self.word("moderator.approve.codes", codes=""))
        headings = {one.heading(TEXTS, self.language): one.name for one in columns_of(self.form)}
        begun = re.compile(rf"(?m)^({'|'.join(map(re.escape, headings))})(?::|(?<=\?)) ")
        said = begun.split(shown)[1:]
        words = {
            headings[heading]: cell.strip("\n") for heading, cell in zip(said[::2], said[1::2], strict=True)
        }
        coded = dict(_CODE.findall(codes))
        return {name: " · ".join(filter(None, (words.get(name), coded.get(name)))) for name in words | coded}

    async def confirm(self) -> None:
        """Approve what the preview showed."""
        newest = self._newest()
        await self.press_word("moderator.approve.confirm")
        done = self.word("moderator.approved", ref=self.ref)
        await self.phone.wait(lambda one: done in one.text and one.id > newest)

    async def reject(self, reason: str) -> None:
        """/reject the report at hand for one of the reasons of the list."""
        newest = self._newest()
        await self.command(f"/reject {self.ref}")
        await self.press_word(f"moderator.reason.{reason}")
        surely, done = self.word("moderator.reject.surely"), self.word("moderator.rejected", ref=self.ref)

        def is_done(one: ShownMessage) -> bool:
            return done in one.text and one.id > newest

        found = await self.phone.wait(lambda one: surely in labels_on(one) or is_done(one))
        if surely in labels_on(found):
            await self.press(surely)
            await self.phone.wait(is_done)

    def _newest(self) -> int:
        """The newest message. An older one that tells the same may lose its buttons late, and is of a decision that was undone."""
        return max((one.id for one in self.phone.messages), default=0)

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
        """Choose what for, a format, all that was ever approved; with `makes` the file too."""
        purpose = next(one for one, formats in PURPOSES.items() if format_ in formats)
        await self.press_word(f"moderator.export.for.{purpose}")
        await self.press_word(f"moderator.export.format.{format_}")
        await self.press_word("moderator.export.period.all")
        if makes:
            await self.press_word("moderator.export.make")


def with_kind_of_date(facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """Facts with what the date refers to as a choice, beside own words where it is another one."""
    if "date_meaning" not in facts:
        return facts
    meaning = facts["date_meaning"]
    other = meaning not in {"event", "decision", "planned"}
    told = {"date_kind": "other" if other else meaning, "date_meaning": meaning if other else None}
    return {**{name: fact for name, fact in facts.items() if name != "date_meaning"}, **told}


def is_export(bubble: ShownMessage) -> bool:
    """Whether a message brings an export, and not the manifest beside it."""
    return bool(bubble.files) and not str(bubble.files[0]["name"]).endswith(".about.zip")


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
