"""The states of a report and of its public versions, and the moves between a report's states: this table is all
there is. The moderators' guides have it drawn (`scripts.state_chart`)."""

from enum import StrEnum

from bot.errors import Refusal


class Status(StrEnum):
    """Where a report stands. One that needs information is set aside until its reporter answers. What was decided of one that is
    undoable takes effect within minutes, unless its moderator takes it back; until then the claim, the edit and what is public stay."""

    NEW = "new"
    CLAIMED = "claimed"
    UNDOABLE = "undoable"
    NEEDS_INFO = "needs_info"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class VersionState(StrEnum):
    """Where a public version stands. It is proposed once saved, and approved while it is what exports show. It is
    replaced when a later one took its place or it may no longer be public; only its number is kept then."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REPLACED = "replaced"


class Move(StrEnum):
    """What can happen to a report. An approval that is not the last of those needed endorses it: others go on with it. One that is set aside resumes when its reporter has
    told more, or when that has taken too long. One that was approved is corrected, by a new version; given back without one it is approved
    as before. One that was rejected is reopened. A duplicate
    revives when the report that it repeats is withdrawn. A decision that can be undone is made of a claimed report again once its minutes are over. Whether it joins an incident or is related to another case leaves it where it stands. A moderator can take a report back for its reporter. When its
    time is over and nobody decided it, it expires; if something of it is public, that stands."""

    CLAIM = "claim"
    RELEASE = "release"
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
    EXPIRE = "expire"
    STAND = "stand"


MOVES: dict[tuple[Status, Move], Status] = {
    (Status.NEW, Move.CLAIM): Status.CLAIMED,
    (Status.NEEDS_INFO, Move.CLAIM): Status.CLAIMED,
    (Status.CLAIMED, Move.RELEASE): Status.NEW,
    (Status.CLAIMED, Move.PUT_BACK): Status.APPROVED,
    (Status.CLAIMED, Move.SET_ASIDE): Status.NEEDS_INFO,
    (Status.CLAIMED, Move.DECIDE): Status.UNDOABLE,
    (Status.UNDOABLE, Move.UNDO): Status.CLAIMED,
    (Status.NEEDS_INFO, Move.RESUME): Status.NEW,
    (Status.CLAIMED, Move.ENDORSE): Status.NEW,
    (Status.CLAIMED, Move.APPROVE): Status.APPROVED,
    (Status.CLAIMED, Move.REJECT): Status.REJECTED,
    (Status.CLAIMED, Move.CLOSE_AS_DUPLICATE): Status.REJECTED,
    (Status.REJECTED, Move.REVIVE): Status.NEW,
    (Status.CLAIMED, Move.JOIN): Status.CLAIMED,
    (Status.CLAIMED, Move.LEAVE): Status.CLAIMED,
    (Status.CLAIMED, Move.RELATE): Status.CLAIMED,
    (Status.APPROVED, Move.JOIN): Status.APPROVED,
    (Status.APPROVED, Move.LEAVE): Status.APPROVED,
    (Status.APPROVED, Move.RELATE): Status.APPROVED,
    (Status.APPROVED, Move.CORRECT): Status.CLAIMED,
    (Status.REJECTED, Move.REOPEN): Status.CLAIMED,
    (Status.NEW, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.CLAIMED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.UNDOABLE, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.CLAIMED, Move.TAKE_BACK): Status.WITHDRAWN,
    (Status.NEEDS_INFO, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.APPROVED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.REJECTED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.EXPIRED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.NEW, Move.EXPIRE): Status.EXPIRED,
    (Status.CLAIMED, Move.EXPIRE): Status.EXPIRED,
    (Status.UNDOABLE, Move.EXPIRE): Status.EXPIRED,
    (Status.NEEDS_INFO, Move.EXPIRE): Status.EXPIRED,
    (Status.NEW, Move.STAND): Status.APPROVED,
    (Status.CLAIMED, Move.STAND): Status.APPROVED,
    (Status.UNDOABLE, Move.STAND): Status.APPROVED,
    (Status.NEEDS_INFO, Move.STAND): Status.APPROVED,
}

UNDECIDED = frozenset({Status.NEW, Status.CLAIMED, Status.UNDOABLE, Status.NEEDS_INFO})
"""The states of a report of which no decision of moderators has taken effect yet."""


def after(status: Status, move: Move) -> Status:
    """The state after a move; raises Refusal for a move that is not in the table."""
    try:
        return MOVES[status, move]
    except KeyError:
        raise Refusal(f"state.is_{status}") from None
