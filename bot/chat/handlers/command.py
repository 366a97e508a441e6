"""A command with its buttons and permission."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from bot.chat.turn import Turn
from bot.services.desk.roles import REVIEWERS, TRANSLATORS, Role

Handle = Callable[[Turn], Awaitable[None]]


class Permission(Enum):
    """Roles that may use a command and its buttons. None stands for a person outside the team."""

    ANYBODY = frozenset({None, *Role})
    MEMBER = frozenset(Role)
    ANALYST = REVIEWERS | {Role.ANALYST}
    MODERATOR = REVIEWERS
    TRANSLATOR = TRANSLATORS
    ADMIN = frozenset({Role.ADMIN})

    def allows(self, role: str | None) -> bool:
        return role in self.value


@dataclass(frozen=True, slots=True)
class Command:
    """A command, `/name`, with its buttons by the verbs of their acts. The text `command.<name>` describes
    it in the menu."""

    name: str
    handle: Handle
    permission: Permission = Permission.ANYBODY
    acts: Mapping[str, Handle] = field(default_factory=dict)
    in_menu: bool = True
    example: str = ""
