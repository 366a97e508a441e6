"""A command, with the buttons that belong to it, and who may use them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from bot.chat.turn import Turn
from bot.services.desk.roles import REVIEWERS, TRANSLATORS, Role

Handle = Callable[[Turn], Awaitable[None]]


class Permission(Enum):
    """Who may use a command and its buttons: the roles that may. None stands for whoever is not of the team."""

    ANYBODY = frozenset({None, *Role})
    MEMBER = frozenset(Role)
    ANALYST = REVIEWERS | {Role.ANALYST}
    MODERATOR = REVIEWERS
    TRANSLATOR = TRANSLATORS
    ADMIN = frozenset({Role.ADMIN})

    def allows(self, role: str | None) -> bool:
        """Whether whoever has this role, or none, may."""
        return role in self.value


@dataclass(frozen=True, slots=True)
class Command:
    """A command, `/name`, and the buttons that go with it by the verbs of their acts. The text `command.<name>`
    describes it in the menu."""

    name: str
    handle: Handle
    permission: Permission = Permission.ANYBODY
    acts: Mapping[str, Handle] = field(default_factory=dict)
    in_menu: bool = True
    example: str = ""
    """What stands behind it in an example, if it takes anything."""
