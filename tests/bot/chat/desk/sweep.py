"""What time does: claims end, and what is over its time is destroyed."""

from tests.bot.chat.desk.decisions import Decisions
from tests.bot.chat.desk.values import (
    APPROVED,
    APPROVED_DAYS,
    ASIDE,
    CLAIMED,
    DRAFT_HOURS,
    EXPIRED,
    HOURS_A_DAY,
    NEW,
    REJECTED,
    REJECTED_DAYS,
    REPORT_DAYS,
    TALK_DAYS,
    UNDECIDED,
    Case,
)


class Sweep(Decisions):
    """What nobody does."""

    def sweep(self) -> None:
        """All that is due, in its order."""
        for who in [who for who, edit in self.edits.items() if edit.touched < self.hour - DRAFT_HOURS]:
            del self.edits[who]
        self.invitations = [one for one in self.invitations if one.until > self.hour]
        for case in self.cases:
            self._end_claim(case)
            if case.status == REJECTED and case.closed < self.hour - REJECTED_DAYS * HOURS_A_DAY:
                self._forget_rejected(case)
            if self._is_old(case):
                self._expire(case)
            over = case.closed < self.hour - APPROVED_DAYS * HOURS_A_DAY
            if case.status == APPROVED and over and not case.gone:
                self.erase(case, public_too=False)
                self.log.append(("system", "erase", case.ref))

    def _end_claim(self, case: Case) -> None:
        if case.status in {CLAIMED, ASIDE} and case.until <= self.hour:
            act = "expire" if case.status == CLAIMED else "resume"
            is_edited = any(edit.case is case for edit in self.edits.values())
            self.move(case, NEW if case.status == ASIDE or is_edited else self.stands(case))
            case.holder, case.until, case.back = None, 0, case.status == NEW
            case.gave_back = None
            self.log.append(("system", act, case.ref))

    def _forget_rejected(self, case: Case) -> None:
        if not case.gone or case.has_facts or case.of_state("proposed") is not None:
            self.erase(case, public_too=True)
            self.forget_links(case)
            case.has_facts = False
            self.log.append(("system", "erase", case.ref))

    def _is_old(self, case: Case) -> bool:
        oldest = self.hour - REPORT_DAYS * HOURS_A_DAY
        is_over = case.sent < oldest - TALK_DAYS * HOURS_A_DAY or not case.open
        return case.sent < oldest and not case.gone and is_over

    def _expire(self, case: Case) -> None:
        self.erase(case, public_too=False)
        if case.status in UNDECIDED:
            self.free(case, APPROVED if case.of_state("approved") else EXPIRED)
            case.closed = self.hour
        if case.status in {REJECTED, EXPIRED}:
            case.has_facts = False
            self.forget_links(case)
        self.log.append(("system", "erase", case.ref))
