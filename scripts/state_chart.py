"""Draw the states and moves of a report into decision 16.

Run `uv run python -m scripts.state_chart` from the repository's root.
"""

from collections.abc import Mapping
from pathlib import Path

from bot.reports.states import MOVES, Move, Status

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "decisions" / "16-decisions-and-notices.md"
STATES: Mapping[Status, str] = {
    Status.NEW: "new",
    Status.CLAIMED: "claimed",
    Status.UNDOABLE: "can be undone",
    Status.NEEDS_INFO: "needs information",
    Status.APPROVED: "approved",
    Status.REJECTED: "rejected",
    Status.WITHDRAWN: "withdrawn",
    Status.EXPIRED: "expired",
}
ACTIONS: Mapping[Move, str] = {
    Move.CLAIM: "claim",
    Move.RELEASE: "release, or the claim expires",
    Move.PUT_BACK: "give back what was approved before",
    Move.DECIDE: "decide",
    Move.UNDO: "undo, or it takes effect",
    Move.ENDORSE: "approve, and another has to",
    Move.APPROVE: "approve",
    Move.REJECT: "reject",
    Move.REVIVE: "the report that it repeats is withdrawn",
    Move.BRING_BACK: "two administrators bring it back from the sealed archive",
    Move.TAKE_BACK: "withdraw for the reporter",
    Move.CLOSE_AS_DUPLICATE: "close as a duplicate",
    Move.RESUME: "the reporter answers, or too much time passes",
    Move.SET_ASIDE: "set aside until the reporter answers",
    Move.HAND_OVER: "hand over",
    Move.JOIN: "join an incident",
    Move.LEAVE: "leave the incident",
    Move.RELATE: "relate to another case",
    Move.CORRECT: "correct",
    Move.REOPEN: "reopen",
    Move.WITHDRAW: "the reporter withdraws",
    Move.EXPIRE: "its storage period ends",
    Move.STAND: "its storage period ends, what is public stands",
}


def chart() -> str:
    """A Mermaid block (stateDiagram-v2), which GitHub shows as a picture.

    Moves between two states share an arrow.
    """
    arrows: dict[tuple[Status, Status], list[str]] = {}
    for (before, move), to in MOVES.items():
        arrows.setdefault((before, to), []).append(ACTIONS[move])
    lines = [
        *(f'    state "{STATES[one]}" as {one}' for one in Status),
        f"    [*] --> {Status.NEW}",
        *(f"    {before} --> {to}: {'; '.join(words)}" for (before, to), words in arrows.items()),
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])


def with_chart(document: str) -> str:
    """Replace a document's drawing. Raises ValueError if it has none."""
    before, begun, rest = document.partition("```mermaid\n")
    if not begun:
        raise ValueError("the document has no drawing")
    return before + chart() + rest.partition("```\n")[2]


if __name__ == "__main__":
    DOCUMENT.write_text(with_chart(DOCUMENT.read_text("utf-8")), "utf-8")
