"""The record of a file's custody: what came, what was made of it by what, and in which hour. It is kept sealed with the file's
report, so whoever destroys the one destroys the other."""

from dataclasses import asdict, dataclass
from typing import Any

from bot.safety.cleaning.cleaner import Loss, Reason


@dataclass(frozen=True, slots=True)
class Print:
    """What tells one content from all others: SHA-256 in hexadecimal digits, bytes, and its type's name, empty for an unknown
    one."""

    sha256: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Custody:
    """`copy` is the clean copy, None if there is none for a `reason`. `tool` made it, with its version, in this `hour`. `recipients`
    are those who alone can open the original; without any it opens with the report's key. `loss` is what the copy lacks though it can be
    seen or heard in the original."""

    original: Print
    copy: Print | None
    reason: Reason | None
    tool: str
    hour: int
    recipients: tuple[str, ...] = ()
    loss: Loss | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is sealed."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Custody":
        """The inverse of `to_json`."""
        copy = Print(**found["copy"]) if found["copy"] else None
        reason = Reason(found["reason"]) if found["reason"] else None
        loss = Loss(found["loss"]) if found.get("loss") else None
        given = tuple(found["recipients"])
        return cls(Print(**found["original"]), copy, reason, found["tool"], found["hour"], given, loss)
