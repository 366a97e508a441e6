"""What a reporter can tell beyond the short report, and how they answer the questions about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.end_to_end.people import Dated, Person

Answers = dict[str, Callable[[], Awaitable[object]]]


@dataclass(frozen=True, slots=True)
class Affected:
    """People to whom the same happened; `number` is a code of the list, `count` and `most` what is asked after it."""

    groups: tuple[str, ...] = ("unknown",)
    role: str | None = None
    number: str | None = None
    count: int | None = None
    most: int | None = None
    organisation: str | None = None
    name_ok: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Alleged:
    """An alleged perpetrator."""

    type: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, and when."""

    status: str
    date: Dated | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """All of the full report that the short one does not ask; None and empty is passed by."""

    more_groups: tuple[str, ...] = ()
    more_types: tuple[str, ...] = ()
    locality: str | None = None
    place: tuple[float, float] | None = None
    affected: tuple[Affected, ...] = (Affected(),)
    perpetrators: tuple[Alleged, ...] = ()
    legal_basis: tuple[str, ...] = ()
    law_text: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    evidence_own: str | None = None
    links: tuple[str, ...] = ()
    source: str | None = None
    reported: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


class Telling:
    """The answers of a person to the questions of the full report, by the name of the place. It keeps count
    of how many instances of each repeat were told."""

    def __init__(self, person: Person, details: Details) -> None:
        self.person, self.details = person, details
        self.told = {"affected": 0, "perpetrators": 0, "outcomes": 0}

    def answers(self) -> Answers:
        """What to do at each place."""
        return {
            "more_groups": lambda: self.person.choose("more_groups", self.details.more_groups),
            "more_types": lambda: self.person.choose("more_types", self.details.more_types),
            "locality": lambda: self._text("locality", self.details.locality),
            "place": self._place,
            "legal_basis": lambda: self.person.choose("legal_basis", self.details.legal_basis),
            "law_text": lambda: self._text("law_text", self.details.law_text),
            "evidence_own": lambda: self._one("evidence_own", self.details.evidence_own),
            "links": lambda: self._text("links", " ".join(self.details.links)),
            "source": lambda: self._one("source", self.details.source),
            "reported": lambda: self.person.choose("reported", self.details.reported),
            "needs": lambda: self.person.choose("needs", self.details.needs),
            "contacts": lambda: self.person.pass_by("flow.next"),
            **self._affected(),
            **self._perpetrators(),
            **self._outcomes(),
        }

    def _affected(self) -> Answers:
        def one() -> Affected:
            return self.details.affected[self.told["affected"]]

        return {
            "affected": lambda: self._repeat("affected", self.details.affected),
            "affected_groups": lambda: self.person.choose("affected_groups", one().groups),
            "affected_role": lambda: self._text("affected_role", one().role),
            "affected_number": lambda: self._one("affected_number", one().number),
            "affected_exact": lambda: self._text("affected_exact", str(one().count)),
            "affected_least": lambda: self._text("affected_least", str(one().count)),
            "affected_most": lambda: self._text("affected_most", str(one().most)),
            "affected_organisation": lambda: self._text("affected_organisation", one().organisation),
            "affected_name_ok": lambda: self._one("affected_name_ok", one().name_ok),
            "affected_name": lambda: self._text("affected_name", one().name),
        }

    def _perpetrators(self) -> Answers:
        def one() -> Alleged:
            told = self.details.perpetrators[self.told["perpetrators"] :]
            return told[0] if told else Alleged("unknown")

        return {
            "perpetrators": lambda: self._repeat("perpetrators", self.details.perpetrators),
            "perpetrator_type": lambda: self._one("perpetrator_type", one().type),
            "perpetrator_detail": lambda: self._text("perpetrator_detail", one().detail),
        }

    def _outcomes(self) -> Answers:
        def one() -> Outcome:
            told = self.details.outcomes[self.told["outcomes"] :]
            return told[0] if told else Outcome("unknown")

        return {
            "outcomes": lambda: self._repeat("outcomes", self.details.outcomes),
            "outcome_status": lambda: self._one("outcome_status", one().status),
            "outcome_date": lambda: self._date("outcome_date", one().date),
        }

    async def _repeat(self, name: str, instances: tuple[object, ...]) -> None:
        """After an instance: one more, or on."""
        self.told[name] += 1
        if self.told[name] < len(instances):
            await self.person.press_word("flow.repeat.more")
            await self.person.look(lambda place: place not in {"", name})
        else:
            await self.person.pass_by("flow.next")

    async def _text(self, name: str, text: str | None) -> None:
        if text:
            await self.person.tell(name, text)
        else:
            await self.person.pass_by()

    async def _one(self, name: str, code: str | None) -> None:
        if code:
            await self.person.pick(name, code)
        else:
            await self.person.pass_by()

    async def _date(self, name: str, dated: Dated | None) -> None:
        if dated:
            await self.person.date(name, dated, typed=True)
        else:
            await self.person.pass_by()

    async def _place(self) -> None:
        if self.details.place is None:
            await self.person.pass_by()
            return
        await self.person.locate(*self.details.place)
        await self.person.look(lambda place: place not in {"", "place"})
