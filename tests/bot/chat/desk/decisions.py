"""What comes of each decision of a report."""

from tests.bot.chat.desk.model import TEXTS, Model, Refused
from tests.bot.chat.desk.values import (
    APPROVED,
    ASIDE,
    CLAIMED,
    HOURS_A_DAY,
    NEW,
    READ,
    REJECTED,
    TALK_DAYS,
    TRANSLATE,
    Case,
    Edit,
    Incident,
    Person,
    Version,
)

REASONS = ("not_in_scope", "not_enough", "false", "harmful", "spam")
READY = ("when", "where", "how_many", "publish", "safe", "evidence")
CHECKS = ("source", "date", "place")
MOST_OPEN, MOST_A_DAY, MOST_WITHDRAWN = 3, 10, 3


class Decisions(Model):
    """Moves of those who decide."""

    def reject(self, who: Person, case: Case, *, is_asked: bool = False) -> None:
        """With a reason, once what the reporter told meanwhile was seen; nothing of it is public. Nor does anything happen while the
        moderator `is_asked` whether to do it."""
        self.claim(who, case)
        if case.unread:
            raise Refused
        if is_asked:
            return
        self._close(case, REJECTED)
        self.log.append((who.alias, "reject", case.ref))
        self.must_hear(who, "moderator.rejected", case.ref)

    def duplicate(self, who: Person, case: Case, other: Case) -> None:
        """It repeats another that is alive; all that was told of it was seen."""
        self.claim(who, case)
        if other is case or not self.is_alive(other) or case.unread:
            raise Refused
        self._close(case, REJECTED)
        case.repeats = other
        self.log.append((who.alias, "duplicate", case.ref))
        self.must_hear(who, "moderator.duplicate.done", case.ref, other.ref)

    def _close(self, case: Case, to: str) -> None:
        public = case.of_state("approved")
        if public is not None:
            public.state = "replaced"
        proposed = case.of_state("proposed")
        if proposed is not None:
            proposed.approvers.clear()
        self.free(case, to)
        case.closed = self.hour

    def approve(self, who: Person, case: Case, proof: str) -> None:
        """The version that was shown, by as many as are needed, once what the reporter told meanwhile was seen. Whoever has approved it
        does not hold it for that."""
        version = case.of_state("proposed")
        is_shown = version is not None and self.proofs.get(proof) == (case, version)
        if version is not None and is_shown and who in version.approvers:
            raise Refused
        self.claim(who, case)
        self.require_no_edit(who, case)
        if version is None or not is_shown or case.unread:
            raise Refused
        version.approvers.add(who)
        version.history.add(who)
        given = len(version.approvers)
        if given < case.needed:
            self.free(case, NEW)
            case.back, case.gave_back = True, None
            self.log.append((who.alias, "endorse", case.ref))
            self.must_hear(who, "moderator.endorsed", case.ref)
            return
        self._close(case, APPROVED)
        version.state, version.by = "approved", who
        self.log.append((who.alias, "approve", case.ref))
        self.must_hear(who, "moderator.approved", case.ref)

    def set_aside(self, who: Person, case: Case) -> None:
        """Until its reporter answers what was asked."""
        self.require_held(who, case)
        if not case.open:
            raise Refused
        self.free(case, ASIDE)
        case.until = self.hour + TALK_DAYS * HOURS_A_DAY
        self.log.append((who.alias, "set_aside", case.ref))
        self.must_hear(who, "moderator.aside.done", case.ref)

    def ask(self, who: Person, case: Case, ready: str) -> None:
        """A ready question."""
        self.claim(who, case)
        today = [hour for hour in case.asked if hour > self.hour - HOURS_A_DAY]
        if ready in case.open or len(case.open) >= MOST_OPEN or len(today) >= MOST_A_DAY or case.gone:
            raise Refused
        case.open.add(ready)
        case.asked.append(self.hour)
        self.log.append((who.alias, "ask", case.ref))
        self.must_hear(who, "moderator.asked.by_code", case.ref)

    def take_back(self, who: Person, case: Case) -> None:
        """For its reporter, three times within a day."""
        self.claim(who, case)
        days = self.taken_back.setdefault(who.alias, [])
        if len([hour for hour in days if hour > self.hour - HOURS_A_DAY]) >= MOST_WITHDRAWN:
            raise Refused
        days.append(self.hour)
        self.withdraw(case, who.alias)
        for one in self.active:
            if one.reads:
                self.must_hear(one, "moderator.notice.withdrawn", case.ref)

    # --- what a report belongs with

    def require_may_link(self, who: Person, case: Case) -> None:
        """Whoever holds it may, and of an approved one whoever reads reports."""
        if not who.reads or case.status not in {APPROVED, CLAIMED}:
            raise Refused
        if case.status == CLAIMED:
            self.require_held(who, case)

    def _other(self, case: Case, other: Case) -> None:
        if other is case or not self.is_alive(other):
            raise Refused

    def join(self, who: Person, case: Case, other: Case) -> None:
        """To the event of another."""
        self.require_may_link(who, case)
        self._other(case, other)
        incident = other.incident or case.incident or Incident()
        joining = [one for one in (other, case) if one.incident is not incident]
        if not joining:
            raise Refused
        for one in joining:
            one.incident = incident
            self.log.append((who.alias, "join", one.ref))
        self.must_hear(who, "moderator.incident.joined", case.ref)

    def leave(self, who: Person, case: Case) -> None:
        """Out of its event."""
        self.require_may_link(who, case)
        if case.incident is None:
            raise Refused
        case.incident = None
        self.log.append((who.alias, "leave", case.ref))
        self.must_hear(who, "moderator.incident.left", case.ref)

    def relate(self, who: Person, case: Case, other: Case) -> None:
        """To another case; once is enough."""
        self.require_may_link(who, case)
        self._other(case, other)
        if other not in case.related:
            case.related.add(other)
            other.related.add(case)
            self.log += [(who.alias, "relate", one.ref) for one in (case, other)]
        self.must_hear(who, "moderator.related", case.ref, other.ref)

    def part(self, who: Person, case: Case, other: Case) -> None:
        """From another case, whatever was decided of that."""
        self.require_may_link(who, case)
        if other in case.related:
            case.related.discard(other)
            other.related.discard(case)
            self.log += [(who.alias, "part", one.ref) for one in (case, other)]
        self.must_hear(who, "moderator.parted", case.ref, other.ref)

    # --- versions

    def begin_edit(self, who: Person, case: Case) -> None:
        """Of a report that is held; one at a time."""
        self.require_may_edit(who, case)
        self.claim(who, case)
        if who in self.edits:
            self.edits[who].touched = self.hour
            return
        latest = case.of_state("proposed") or case.of_state("approved")
        if latest is None and case.gone:
            raise Refused
        texts = dict(latest.texts) if latest is not None else {}
        edit = self.edits[who] = Edit(case, texts, "", self.hour, tuple(self.languages))
        edit.asks = self.next_text(edit)
        self.log.append((who.alias, "edit", case.ref))

    def require_may_edit(self, who: Person, case: Case) -> None:
        """Another edit has to be sent or deleted before."""
        if not who.reads or (who in self.edits and self.edits[who].case is not case):
            raise Refused

    def next_text(self, edit: Edit) -> str:
        """The first text that is missing; blank where none is."""
        wanted = [one for one in TEXTS if one[-2:] in edit.languages] + ["role"] * bool(edit.case.name)
        return next((one for one in wanted if one not in edit.texts), "")

    def save_edit(self, who: Person) -> None:
        """What was written is proposed, and replaces what was."""
        edit = self.edits[who]
        case = edit.case
        self.claim(who, case)
        proposed = case.of_state("proposed")
        if proposed is not None:
            proposed.state = "replaced"
        version = Version(len(case.versions) + 1, edit.texts)
        case.versions.append(version)
        del self.edits[who]
        self.log.append((who.alias, "propose", case.ref))
        self.must_hear(who, "moderator.edit.saved", case.ref, str(version.number))

    def translate(self, who: Person, case: Case, language: str, texts: tuple[str, str]) -> None:
        """What is public and lacks a language gets it, by whoever did not approve it where that takes two."""
        self.require_may_translate(who, case, language)
        public = case.of_state("approved")
        assert public is not None
        public.state = "replaced"
        self.accepted |= set(texts)
        added = dict(zip((f"title_{language}", f"summary_{language}"), texts, strict=True))
        number = len(case.versions) + 1
        history = set(public.history)
        version = Version(number, public.texts | added, "approved", who, set(), history)
        case.versions.append(version)
        self.log.append((who.alias, "translate", case.ref))
        self.must_hear(who, "moderator.translate.done", case.ref)

    def require_may_translate(self, who: Person, case: Case, language: str) -> None:
        """Refuse other roles, what is not published, and its own approvers."""
        public = case.of_state("approved")
        is_published = case.status == APPROVED and public is not None and case.public
        if not who.active or who.role not in TRANSLATE or public is None or not is_published:
            raise Refused
        is_there = f"title_{language}" in public.texts and public.by is not who
        if language not in self.languages or is_there or (case.needed > 1 and who in public.history):
            raise Refused

    # --- notes

    def note(self, who: Person, case: Case, word: str) -> None:
        """For whoever holds it next."""
        self.claim(who, case)
        if case.gone:
            raise Refused
        case.notes.append((who.alias, word))
        self.accepted.add(word)
        self.log.append((who.alias, "note", case.ref))

    def take_note_back(self, who: Person, case: Case, name: str) -> None:
        """One's own newest, if the button was shown for that."""
        self.claim(who, case)
        own = [one for one in case.notes if one[0] == who.alias]
        if not own or self.shown_notes.get(name) != (case, own[-1]):
            raise Refused
        case.notes.remove(own[-1])
        self.accepted.discard(own[-1][1])  # it may still stand where its author has seen it
        self.log.append((who.alias, "unnote", case.ref))

    def check(self, who: Person, case: Case, name: str) -> None:
        """A box of the checklist."""
        self.claim(who, case)
        if case.gone:
            raise Refused
        case.checks ^= {name}
        self.log.append((who.alias, "check" if name in case.checks else "uncheck", case.ref))

    def reads_reports(self, who: Person) -> None:
        """Refuse whoever does not."""
        if not who.active or who.role not in READ:
            raise Refused
