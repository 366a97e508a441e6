"""The roles of the team: what a member is there for, and who may read a report."""

from enum import StrEnum

from bot.errors import Refusal
from db.models import Moderator


class Role(StrEnum):
    """A member has one role. It is given by the invitation."""

    ADMIN = "admin"
    """Does all that a moderator does, and keeps the team, shares what is not public, and blocks."""
    MODERATOR = "moderator"
    """Reads reports, writes what is public of them, and decides."""
    ANALYST = "analyst"
    """Works with what is public and with numbers: exports, no report."""
    TRANSLATOR = "translator"
    """Puts what is public into other languages: no report."""


REVIEWERS = frozenset({Role.ADMIN, Role.MODERATOR})
"""Who reads reports, holds and decides them, and hears of them."""


TRANSLATORS = REVIEWERS | {Role.TRANSLATOR}
"""Who puts what is public into other languages."""


def is_reviewer(member: Moderator) -> bool:
    """Whether a member may read reports."""
    return member.role in REVIEWERS


def require_reviewer(member: Moderator) -> None:
    """Raise Refusal for a member who may not read reports."""
    if not is_reviewer(member):
        raise Refusal("moderator.other_role")


def require_translator(member: Moderator) -> None:
    """Raise Refusal for a member who does not translate."""
    if member.role not in TRANSLATORS:
        raise Refusal("moderator.other_role")
