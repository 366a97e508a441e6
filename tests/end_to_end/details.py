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
    """An outcome, its date and the person."""

    status: str
    date: Dated | None = None
    whose: str | None = None


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
    has_files: bool = False


_AT_LEAST = {"kk": "кемінде {n}", "ru": "не менее {n}", "en": "at least {n}"}
_NUMBERED = frozenset({"exact", "at_least", "range"})
"""Choices of the list of numbers that ask for a number, which the screen says can be typed at once."""


class Telling:
    """The answers of a person to the questions of the full report, by the name of the place. It keeps count
    of how many instances of each repeat were told, and knows when there is no more to tell."""

    def __init__(self, person: Person, details: Details) -> None:
        self.person, self.details = person, details
        self.told = {"affected": 0, "perpetrators": 0, "outcomes": 0}
        self.within = ""

    async def tell_more(self, *, to_end: bool = True) -> bool:
        """Where one more of what was just told is offered, whether the person has told one more; and whether they have
        gone to the end, as there is no more to tell and the screen offers that."""
        place, repeat = self.person.place, self.within
        if repeat and place != repeat and self.person.repeat_around(place) != repeat:
            self.told[repeat] += 1
            self.within = ""
            if self.told[repeat] < len(self._instances(repeat)):
                await self.person.press(self.person.more(repeat))
                await self.person.look(lambda now: now not in {"", place})
                self.within = repeat
                return True
        self.within = self.person.repeat_around(place)
        return to_end and self._is_done(place) and await self.person.go_to_end()

    def _instances(self, repeat: str) -> tuple[object, ...]:
        found: dict[str, tuple[object, ...]] = {
            "affected": self.details.affected,
            "perpetrators": self.details.perpetrators,
            "outcomes": self.details.outcomes,
        }
        return found[repeat]

    def _is_done(self, place: str) -> bool:
        """Whether nothing is to be told from this place on."""
        told = self.details
        rest: dict[str, object] = {
            "perpetrator_type": told.perpetrators,
            "legal_basis": told.legal_basis,
            "outcome_status": told.outcomes,
            "evidence_own": told.has_files and told.evidence_own,
            "links": told.links,
            "source": told.source,
            "reported": told.reported,
            "needs": told.needs,
        }
        places = list(rest)
        return place in rest and not any(rest[one] for one in places[places.index(place) :])

    def answers(self) -> Answers:
        """What to do at each place."""
        return {
            "more_groups": lambda: self.person.choose("more_groups", self.details.more_groups),
            "more_types": lambda: self.person.choose("more_types", self.details.more_types),
            "locality": self._locality,
            "place": self._place,
            "legal_basis": self._laws,
            "evidence_own": lambda: self._one("evidence_own", self.details.evidence_own),
            "source": lambda: self._one("source", self.details.source),
            "reported": lambda: self.person.choose("reported", self.details.reported),
            "needs": lambda: self.person.choose("needs", self.details.needs),
            **self._affected(),
            **self._perpetrators(),
            **self._outcomes(),
        }

    def _affected(self) -> Answers:
        def one() -> Affected:
            told = self.details.affected[self.told["affected"] :]
            return told[0] if told else Affected(())

        return {
            "affected": lambda: self._repeat("affected", self.details.affected),
            "affected_groups": lambda: self.person.choose("affected_groups", one().groups),
            "affected_role": lambda: self._text("affected_role", one().role),
            "affected_number": lambda: self._number(one()),
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
            "outcome_whose": lambda: self._text("outcome_whose", one().whose),
        }

    async def _repeat(self, name: str, instances: tuple[object, ...]) -> None:
        """At a repeat itself, after an instance: one more, or on."""
        self.told[name] += 1
        self.within = ""
        if self.told[name] < len(instances):
            await self.person.press(self.person.more(name))
            await self.person.look(lambda place: place not in {"", name})
        else:
            await self.person.pass_by("flow.next")

    async def _number(self, one: Affected) -> None:
        """A number that has no button is typed, as the screen says."""
        if one.number not in _NUMBERED:
            await self._one("affected_number", one.number)
            return
        typed = {"exact": f"{one.count}", "range": f"{one.count}–{one.most}"}
        at_least = _AT_LEAST[self.person.language].format(n=one.count)
        await self.person.tell("affected_number", typed.get(str(one.number), at_least))

    async def _laws(self) -> None:
        """Articles that the list has are chosen; others are written into it in one's own words."""
        if self.details.law_text:
            await self.person.at("legal_basis")
            await self.person.write(self.details.law_text)
            await self.person.phone.wait(self.details.law_text)
        if self.details.legal_basis or not self.details.law_text:
            await self.person.choose("legal_basis", self.details.legal_basis)
        else:
            await self.person.pass_by("flow.done")

    async def _locality(self) -> None:
        """The screen of the town takes the point on the map too."""
        if self.details.place is not None:
            await self.person.locate(*self.details.place)
            await self.person.phone.wait(
                self.person.word("flow.also.added", question=self.person.label("place"))
            )
        if self.details.locality:
            await self.person.tell("locality", self.details.locality)
        else:
            await self.person.pass_by("flow.skip" if self.details.place is None else "flow.done")

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
