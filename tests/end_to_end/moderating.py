"""A moderator at a phone: takes a report, writes its public version fact by fact, approves it, exports."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.demo.bubbles import Bubble
from bot.demo.client import Phone
from bot.form.model import Group, Kind
from tests.end_to_end.people import EDIT, FORMS, REVIEW, TEXTS, Dated, Person, labels_on

_CELL = re.compile(r"(?m)^([a-z_]+): (.*(?:\n(?![a-z_]+: |\n[a-z_]+: ).*)*)$")
"""A column and its cell in the preview, where a cell may have several lines."""
_REF = re.compile(r"\bR[0-9A-Z]{5}\b")
_OWN_WORDS = frozenset(TEXTS.raw("kk", "moderator.edit.flow."))
Fact = str | int | Sequence[str] | Dated | None
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
    """A moderator who was enrolled; `ref` is the report at hand."""

    def __init__(self, phone: Phone, language: str) -> None:
        super().__init__(phone, language, FORMS["review"])
        self.ref = ""

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
        return "\n".join(bubble.text for bubble in new)

    async def edit(self, public: Public) -> None:
        """Tap Edit under the report at hand and write the version."""
        await self.press_word("moderator.edit")
        await self._write_version(public)

    async def edit_again(self, public: Public) -> None:
        """Leave the preview with its button, correct facts by /edit REF."""
        await self.press_word("moderator.keep")
        await self.command(f"/edit {self.ref}")
        await self._write_version(public)

    async def _write_version(self, public: Public) -> None:
        """From the review: answer every fact, send it; the version is proposed then."""
        await self.look(lambda place: place == REVIEW)
        for name, fact in public.facts.items():
            if await self.go_to(name):
                await self._answer(name, fact, public.facts)
                while self.place != REVIEW:
                    await self._answer(self.place, public.facts[self.place], public.facts)
        for name, instances in public.repeats.items():
            await self.go_to(name)
            await self._fill(name, instances)
        await self.press_word("flow.send")

    async def go_to(self, name: str) -> bool:
        """From the review to a question of its list; False where the list does not have it."""
        await self.press_word("flow.edit")
        while True:
            await self.look(lambda place: place == EDIT)
            assert self.seen is not None
            if self.label(name) in labels_on(self.seen):
                await self.press(self.label(name))
                await self.look(lambda place: place == name)
                return True
            if self.word("flow.page.after") not in labels_on(self.seen):
                await self.press_word("flow.back")
                await self.look(lambda place: place == REVIEW)
                return False
            await self.press_word("flow.page.after")

    async def _answer(self, name: str, fact: Fact, all_facts: Mapping[str, Fact]) -> None:
        question = self.question(name)
        if fact is None or (question.kind is not Kind.SELECT_MULTIPLE and fact in ((), "")):
            await self.pass_by()
            return
        match question.kind, fact:
            case Kind.SELECT_MULTIPLE, _:
                assert isinstance(fact, Sequence)
                await self.choose(name, fact)
            case Kind.SELECT_ONE, _:
                await self.pick(name, str(fact))
            case _, Dated():
                await self.date(name, fact, typed=name != "when" or fact.end != fact.start)
            case _:
                await self.tell(name, str(fact))

    async def _fill(self, repeat: str, instances: Sequence[Mapping[str, Fact]]) -> None:
        """From a repeat's screen: each instance, then back to the review."""
        group = next(node for node in self.form.nodes.values() if node.name == repeat)
        assert isinstance(group, Group)
        for number, facts in enumerate(instances):
            await self.press_word("flow.repeat.more" if number else "flow.repeat.add")
            inside = {node.name for node in group.children}
            await self.look(lambda place, inside=inside: place in inside)  # type: ignore[misc]
            while self.place != repeat:
                await self._answer(self.place, facts.get(self.place), facts)
        await self.press_word("flow.next" if instances else "flow.repeat.none")
        await self.look(lambda place: place == REVIEW)

    async def preview(self) -> Mapping[str, str]:
        """Tap Approve: the row as it would be exported, by the names of its columns."""
        await self.press_word("moderator.approve")
        begun, confirm = self.phone.mark, self.word("moderator.approve.confirm")
        await self.phone.wait(lambda bubble: confirm in labels_on(bubble))
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
        await self.phone.wait(self.word("moderator.rejected", ref=self.ref))

    # --- all reports

    async def export(self, format_: str, *, by_buttons: bool = False) -> bytes:
        """/export: the content of the document that comes into the chat."""
        return await self.phone.download(await self.exported(format_, by_buttons=by_buttons))

    async def exported(self, format_: str, *, by_buttons: bool = False) -> Bubble:
        """/export: the message with the document."""
        if by_buttons:
            await self.command("/export")
            await self.press_word(f"moderator.export.{format_}.all")
        else:
            await self.command(f"/export {format_}")
        return await self.phone.wait(lambda bubble: bool(bubble.files))


def refs_in(text: str) -> list[str]:
    """The references of reports that a text names, in its order."""
    return _REF.findall(text)


async def notice(moderator: Moderator, key: str) -> str:
    """The reference in the notice of a new report."""
    begun = moderator.word(key, ref="R", category="").partition(" R")[0]
    shown = await moderator.phone.wait(lambda bubble: bubble.text.startswith(begun))
    return refs_in(shown.text)[0]
