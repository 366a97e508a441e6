"""Roles of the team, and the right to read reports."""

from enum import StrEnum

from bot.errors import Refusal
from db.models import Moderator


class Role(StrEnum):
    """A member's one role, given by the invitation."""

    ADMIN = "admin"
    """A moderator who also manages the team, shares confidential data and blocks senders."""
    MODERATOR = "moderator"
    """Reads reports, writes public versions and decides."""
    ANALYST = "analyst"
    """Works with public data and figures. Reads no report."""
    TRANSLATOR = "translator"
    """Translates public versions. Reads no report."""


REVIEWERS = frozenset({Role.ADMIN, Role.MODERATOR})
TRANSLATORS = REVIEWERS | {Role.TRANSLATOR}


def is_reviewer(member: Moderator) -> bool:
    return member.role in REVIEWERS


def require_reviewer(member: Moderator) -> None:
    """Raise Refusal for a member who may not read reports."""
    if not is_reviewer(member):
        raise Refusal("moderator.other_role")


def require_translator(member: Moderator) -> None:
    if member.role not in TRANSLATORS:
        raise Refusal("moderator.other_role")
