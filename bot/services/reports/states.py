"""The states of a report and the moves between them: this table is all there is."""

from enum import StrEnum

from bot.errors import Refusal


class Status(StrEnum):
    """Where a report stands."""

    NEW = "new"
    CLAIMED = "claimed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Move(StrEnum):
    """What can be done to a report. By the time that is over it expires, or what is public of it stands."""

    CLAIM = "claim"
    RELEASE = "release"
    APPROVE = "approve"
    REJECT = "reject"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    STAND = "stand"


MOVES: dict[tuple[Status, Move], Status] = {
    (Status.NEW, Move.CLAIM): Status.CLAIMED,
    (Status.CLAIMED, Move.RELEASE): Status.NEW,
    (Status.CLAIMED, Move.APPROVE): Status.APPROVED,
    (Status.CLAIMED, Move.REJECT): Status.REJECTED,
    (Status.APPROVED, Move.REOPEN): Status.CLAIMED,
    (Status.REJECTED, Move.REOPEN): Status.CLAIMED,
    (Status.NEW, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.CLAIMED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.APPROVED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.REJECTED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.EXPIRED, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.NEW, Move.EXPIRE): Status.EXPIRED,
    (Status.CLAIMED, Move.EXPIRE): Status.EXPIRED,
    (Status.NEW, Move.STAND): Status.APPROVED,
    (Status.CLAIMED, Move.STAND): Status.APPROVED,
}


def after(status: Status, move: Move) -> Status:
    """The state after a move; raises Refusal when the move is not in the table."""
    try:
        return MOVES[status, move]
    except KeyError:
        raise Refusal(f"state.is_{status}") from None
