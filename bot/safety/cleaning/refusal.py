"""Words for how cleaning ended that the catalogues know: `moderator.file.why.<reason>` and `moderator.file.state.<loss>`."""

from enum import StrEnum


class Reason(StrEnum):
    """Why there is no clean copy."""

    TYPE = "type"
    """Its content is of no type that can be cleaned."""
    BROKEN = "broken"
    """It does not open: truncated, malformed, or not what it begins as."""
    LARGE = "large"
    """It, or its clean copy, would be too large: pixels, frames, bytes or memory."""
    SLOW = "slow"
    """It took too long."""
    LOCKED = "locked"
    """It wants a password."""
    KIND = "kind"
    """It holds a kind of picture or sound that is not known to be free of other data."""


class Loss(StrEnum):
    """Parts of the original that can be seen or heard and that the clean copy lacks."""

    CUT = "cut"
    """Up to two seconds beside a cut: to the next frame that can be shown without the frames that were cut off."""
    TEXT = "text"
    """The text of a document as text; its pages are pictures."""


class NotCleanError(Exception):
    """A file cannot be cleaned."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
