"""Record of a file's custody, sealed with the file's report and destroyed with it."""

from dataclasses import asdict, dataclass
from typing import Any

from bot.safety.cleaning.cleaner import Loss, Reason


@dataclass(frozen=True, slots=True)
class Print:
    """SHA-256 in hexadecimal digits, size in bytes, and type, '' if unknown."""

    sha256: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Custody:
    """Custody of a file.

    - `copy`: clean copy, or None for a `reason`.
    - `tool`: its maker, with version.
    - `recipients`: only they can open the original. Without any, the report's key opens it.
    - `loss`: content that the copy lacks.
    """

    original: Print
    copy: Print | None
    reason: Reason | None
    tool: str
    hour: int
    recipients: tuple[str, ...] = ()
    loss: Loss | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Custody":
        copy = Print(**found["copy"]) if found["copy"] else None
        reason = Reason(found["reason"]) if found["reason"] else None
        loss = Loss(found["loss"]) if found.get("loss") else None
        given = tuple(found["recipients"])
        return cls(Print(**found["original"]), copy, reason, found["tool"], found["hour"], given, loss)
