"""Who may do what with which report, and what is written down of it.

A move is a method: it changes the model, writes down what the audit log must get (`log`) and what its person must be told (`told`), or
raises Refused."""

import re
from collections.abc import Iterable

from tests.bot.chat.desk.values import (
    APPROVED,
    ASIDE,
    CLAIM_HOURS,
    CLAIMED,
    MOVES,
    NEW,
    UNDECIDED,
    Case,
    Edit,
    Invitation,
    Person,
    Version,
)

WORD = re.compile(r"слово\d+я")
TEXTS = ("title_kk", "summary_kk", "title_ru", "summary_ru")
"""What a version is asked for, in the order of the form; then who they are whom a report names."""


class Refused(Exception):  # noqa: N818 - it is what the guide calls it
    """The model says no; what was written down before stands."""


class Model:
    """The desk as it must be."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.cases: list[Case] = []
        self.edits: dict[Person, Edit] = {}
        self.invitations: list[Invitation] = []
        self.proofs: dict[str, tuple[Case, Version]] = {}
        self.shown_notes: dict[str, tuple[Case, tuple[str, str]]] = {}
        self.sought: dict[int, set[str]] = {}
        self.accepted: set[str] = set()
        self.meanwhile: dict[str, int] = {}
        self.named: dict[int, set[str]] = {}
        self.languages = ["ru"]
        self.hour = self.day = 0
        self.written = 0
        self.log: list[tuple[str, str, str]] = []
        self.told: list[tuple[int, str, tuple[str, ...]]] = []
        self.taken_back: dict[str, list[int]] = {}

    def word(self) -> str:
        """A word that nobody has said."""
        self.written += 1
        return f"слово{self.written}я"

    # --- claims

    def holder(self, case: Case) -> Person | None:
        """Who holds a report now."""
        return case.holder if case.status == CLAIMED and case.until > self.hour else None

    def waits(self, case: Case) -> bool:
        """Whether anybody may take it from the queue."""
        return case.status == NEW or (case.status == CLAIMED and case.until <= self.hour)

    def claim(self, who: Person, case: Case) -> None:
        """Let somebody hold a report, or go on to."""
        holder = self.holder(case)
        if not who.reads or case.status not in {NEW, CLAIMED, ASIDE} or (holder not in {None, who}):
            raise Refused
        self._hold(who, case)
        if holder is None:
            self.drop_edits(case, but=who)
            self.log.append((who.alias, "claim", case.ref))

    def _hold(self, who: Person, case: Case) -> None:
        self.move(case, CLAIMED)
        case.holder, case.until, case.back = who, self.hour + CLAIM_HOURS, False
        case.gave_back = None

    def require_held(self, who: Person, case: Case) -> None:
        """Refuse whoever does not hold it."""
        if self.holder(case) is not who:
            raise Refused

    def release(self, who: Person, case: Case) -> None:
        """Back into the queue; an administrator may for others."""
        if not who.reads or case.status != CLAIMED or (case.holder is not who and who.role != "admin"):
            raise Refused
        if case.holder is not None and case.holder is not who:
            self.must_hear(case.holder, "moderator.notice.released", case.ref)
        self.free(case, self.stands(case))
        case.back, case.gave_back = case.urgent and case.status == NEW, who
        self.log.append((who.alias, "release", case.ref))
        key = "moderator.released.public" if case.status == APPROVED else "moderator.released"
        self.must_hear(who, key, case.ref)

    def stands(self, case: Case) -> str:
        """Where a report is once it is given back: what was approved is, unless there is something left to do."""
        is_done = case.of_state("approved") is not None and case.of_state("proposed") is None
        return APPROVED if is_done and not case.unread else NEW

    def take_up(self, who: Person, case: Case, was: str, act: str) -> None:
        """Claim a report that was decided."""
        left = not case.gone or case.of_state("approved") is not None
        if not who.reads or case.status != was or not left:
            raise Refused
        self._hold(who, case)
        case.closed, case.repeats = case.closed if was == APPROVED else 0, None
        self.log.append((who.alias, act, case.ref))

    def move(self, case: Case, to: str) -> None:
        """Every move is an arrow of the guide."""
        assert case.status == to or (case.status, to) in MOVES, (case.status, to)
        case.status = to

    def free(self, case: Case, to: str) -> None:
        """Nobody holds it, nor edits it."""
        self.move(case, to)
        case.holder, case.until = None, 0
        self.drop_edits(case)

    def drop_edits(self, case: Case, but: Person | None = None) -> None:
        """Open edits of a report are destroyed."""
        for who in [who for who, edit in self.edits.items() if edit.case is case and who is not but]:
            del self.edits[who]

    def require_no_edit(self, who: Person, case: Case) -> None:
        """What is decided would not be what was written."""
        if who in self.edits and self.edits[who].case is case:
            raise Refused

    # --- what is left of a report

    def erase(self, case: Case, *, public_too: bool) -> None:
        """What was told, noted and proposed goes; with `public_too` all."""
        case.gone, case.notes, case.checks, case.added, case.open = True, [], set(), [], set()
        case.unread = case.back = False
        self.drop_edits(case)
        for one in case.versions:
            if one.state == "proposed" or public_too:
                one.state = "replaced"

    def forget_links(self, case: Case) -> None:
        """It belongs to nothing any more."""
        case.incident = case.repeats = None
        for other in case.related:
            other.related.discard(case)
        case.related = set()

    def withdraw(self, case: Case, actor: str) -> None:
        """All of it is destroyed, and what repeats it comes back."""
        self.erase(case, public_too=True)
        self.forget_links(case)
        self.free(case, "withdrawn")
        case.closed, case.has_facts = self.hour, False
        self.log.append((actor, "withdraw", case.ref))
        for one in [one for one in self.cases if one.repeats is case]:
            one.repeats = None
            if one.status == "rejected" and not one.gone:
                self.move(one, NEW)
                one.closed, one.back, one.gave_back = 0, True, None
                self.log.append(("system", "revive", one.ref))

    # --- what is said

    def must_hear(self, who: Person, key: str, *arguments: str) -> None:
        """Somebody must be told that something was done."""
        self.told.append((who.chat, key, arguments))

    def is_alive(self, case: Case) -> bool:
        """Whether another report can repeat it or belong to its event."""
        return case.status in {*UNDECIDED, "approved"}

    # --- who may see what

    @property
    def active(self) -> list[Person]:
        """The members of the team."""
        return [one for one in self.people if one.active]

    def readers(self) -> dict[str, set[int]]:
        """The chats that may show each word as things stand; a word that is not among them is for nobody."""
        found: dict[str, set[int]] = {}
        everybody = {one.chat for one in self.active}
        for case in self.cases:
            holder = self.holder(case)
            held = set() if holder is None else {holder.chat}
            inner = [] if case.gone else [case.story, *case.added, *(word for _, word in case.notes)]
            found |= dict.fromkeys(inner, held)
            found |= {word: held | {case.chat} for word in case.added}
            self._add(found, case, held, everybody)
        for who, edit in self.edits.items():
            for word in edit.texts.values():
                found[word] = found.get(word, set()) | {who.chat}
        return found

    @staticmethod
    def _add(found: dict[str, set[int]], case: Case, held: set[int], everybody: set[int]) -> None:
        shown = {"proposed": held, "approved": everybody, "replaced": set[int]()}
        for version in case.versions:
            for word in version.texts.values():
                found[word] = found.get(word, set()) | shown[version.state]

    def waiting(self, passed_over_by: Person | None = None) -> Iterable[Case]:
        """The queue."""
        for case in self.cases:
            version = case.of_state("proposed")
            own = version is not None and passed_over_by in version.approvers
            if self.waits(case) and not own:
                yield case
