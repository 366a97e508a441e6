"""States of a report and of its public versions with all allowed moves, its classification and its consent."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import Refusal
from bot.form.answers import Answer, Chosen, When
from bot.form.model import Form
from bot.form.typed.intervals import OPEN
from db.models import Report

CLASSIFIED = (
    *(Report.category, Report.region, Report.date_start, Report.date_end, Report.date_precision),
    Report.consent_use,
)
"""Classified columns, without the urgency, which is never empty."""


class Status(StrEnum):
    """State of a report.

    - NEEDS_INFO: set aside until its reporter answers.
    - UNDOABLE: decided, with effect within minutes unless undone. Claim, edit and public version stay until
      then.
    """

    NEW = "new"
    CLAIMED = "claimed"
    UNDOABLE = "undoable"
    NEEDS_INFO = "needs_info"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class VersionState(StrEnum):
    """State of a public version: saved, public, or over, with nothing but its number kept."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REPLACED = "replaced"


class Move(StrEnum):
    """Events in the life of a report.

    - PUT_BACK: give an approved report back without a new version.
    - DECIDE, UNDO: make a decision undoable, and return to the claim, before its effect too.
    - ENDORSE: approve, while more approvals are needed.
    - RESUME: return from NEEDS_INFO.
    - HAND_OVER: give a claim to a colleague.
    - JOIN, LEAVE, RELATE: link, without a change of state.
    - CORRECT: claim an approved report for a new version.
    - TAKE_BACK: withdrawal by a moderator.
    - REVIVE: return a duplicate whose original is withdrawn.
    - BRING_BACK: open a report of the sealed archive again, for a new decision.
    - EXPIRE, STAND: end an undecided report's time, without or with a public version.
    """

    CLAIM = "claim"
    RELEASE = "release"
    HAND_OVER = "hand_over"
    PUT_BACK = "put_back"
    DECIDE = "decide"
    UNDO = "undo"
    ENDORSE = "endorse"
    APPROVE = "approve"
    SET_ASIDE = "set_aside"
    RESUME = "resume"
    REJECT = "reject"
    CLOSE_AS_DUPLICATE = "duplicate"
    JOIN = "join"
    LEAVE = "leave"
    RELATE = "relate"
    CORRECT = "correct"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take_back"
    REVIVE = "revive"
    BRING_BACK = "bring_back"
    EXPIRE = "expire"
    STAND = "stand"


_UNDECIDED = (Status.NEW, Status.CLAIMED, Status.UNDOABLE, Status.NEEDS_INFO)
_WITHDRAWABLE = (*_UNDECIDED, Status.APPROVED, Status.REJECTED, Status.EXPIRED)
UNDECIDED = frozenset(_UNDECIDED)
"""States without a moderators' decision in effect."""
MOVES: dict[tuple[Status, Move], Status] = {
    (Status.NEW, Move.CLAIM): Status.CLAIMED,
    (Status.NEEDS_INFO, Move.CLAIM): Status.CLAIMED,
    (Status.CLAIMED, Move.RELEASE): Status.NEW,
    (Status.CLAIMED, Move.HAND_OVER): Status.CLAIMED,
    (Status.CLAIMED, Move.PUT_BACK): Status.APPROVED,
    (Status.CLAIMED, Move.SET_ASIDE): Status.NEEDS_INFO,
    (Status.CLAIMED, Move.DECIDE): Status.UNDOABLE,
    (Status.UNDOABLE, Move.UNDO): Status.CLAIMED,
    (Status.NEEDS_INFO, Move.RESUME): Status.NEW,
    (Status.CLAIMED, Move.ENDORSE): Status.NEW,
    (Status.CLAIMED, Move.APPROVE): Status.APPROVED,
    (Status.CLAIMED, Move.REJECT): Status.REJECTED,
    (Status.CLAIMED, Move.CLOSE_AS_DUPLICATE): Status.REJECTED,
    (Status.CLAIMED, Move.TAKE_BACK): Status.WITHDRAWN,
    (Status.REJECTED, Move.REVIVE): Status.NEW,
    (Status.APPROVED, Move.CORRECT): Status.CLAIMED,
    (Status.REJECTED, Move.REOPEN): Status.CLAIMED,
    **{
        (at, move): at
        for at in (Status.CLAIMED, Status.APPROVED)
        for move in (Move.JOIN, Move.LEAVE, Move.RELATE)
    },
    **{(at, Move.BRING_BACK): Status.NEW for at in (Status.APPROVED, Status.REJECTED)},
    **{(at, Move.BRING_BACK): at for at in _UNDECIDED},
    **{(at, Move.WITHDRAW): Status.WITHDRAWN for at in _WITHDRAWABLE},
    **{(at, Move.EXPIRE): Status.EXPIRED for at in _UNDECIDED},
    **{(at, Move.STAND): Status.APPROVED for at in _UNDECIDED},
}


def after(status: Status, move: Move) -> Status:
    """State after a move. Raises Refusal for a move that is not in the table."""
    try:
        return MOVES[status, move]
    except KeyError:
        raise Refusal(f"state.is_{status}") from None


@dataclass(frozen=True, slots=True)
class Classification:
    """Values of the classified columns. `date_end` is ".." (ISO 8601-2) for an ongoing event."""

    category: str | None
    region: str | None
    date_start: str | None
    date_end: str | None
    date_precision: str | None
    urgent: bool
    consent_use: str | None


def classify(form: Form, answers: Mapping[str, Answer]) -> Classification:
    """Classify a submission by its answers to questions with roles."""

    def answer_of(role: str) -> Answer | None:
        question = form.by_role.get(role)
        return answers.get(question.path) if question else None

    def chosen(role: str) -> str | None:
        answer = answer_of(role)
        return next(iter(answer.names), None) if isinstance(answer, Chosen) else None

    when = answer_of("when")
    dated = when if isinstance(when, When) else None
    return Classification(
        category=chosen("category"),
        region=chosen("region"),
        date_start=dated.start if dated else None,
        date_end=(OPEN if dated.ongoing else dated.end) if dated else None,
        date_precision=dated.precision if dated else None,
        urgent=chosen("urgent") == "yes",
        consent_use=chosen("consent_use"),
    )


def forget(report: Report) -> None:
    report.urgent = False
    for column in CLASSIFIED:
        setattr(report, column.key, None)


class Consent(StrEnum):
    """Uses that a reporter allows: publication without names, encrypted sharing, counting, or none."""

    PUBLISH = "publish_no_names"
    SHARE = "share_trusted"
    COUNT = "statistics_only"
