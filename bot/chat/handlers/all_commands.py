"""All commands, and what follows from them: the menus, and whose a button is."""

from collections.abc import Mapping, Sequence

from bot.chat.handlers.command import Command, Permission
from bot.chat.handlers.for_everybody import FOR_EVERYBODY
from bot.chat.handlers.for_team import FOR_TEAM, REF
from bot.chat.menu import Menu
from bot.services.desk.roles import Role

COMMANDS: Sequence[Command] = (*FOR_EVERYBODY, *FOR_TEAM)
"""In the order of the menus."""


def _of_role(role: Role) -> tuple[str, ...]:
    """What a role may besides what anybody may."""
    own = (one for one in COMMANDS if one.in_menu and one.permission is not Permission.ANYBODY)
    return tuple(one.name for one in own if one.permission.allows(role))


MENU = Menu(
    everybody=tuple(one.name for one in COMMANDS if one.in_menu and one.permission is Permission.ANYBODY),
    by_role={role: _of_role(role) for role in Role},
    arguments={one.name: one.example for one in COMMANDS if one.example},
    about_reports=frozenset(one.name for one in COMMANDS if one.example == REF),
)
BY_NAME: Mapping[str, Command] = {one.name: one for one in COMMANDS}
"""The commands that a button of the menu can name."""
ACTS: Mapping[str, Command] = {verb: one for one in COMMANDS for verb in one.acts}
"""The commands that buttons outside a form belong to, by the verbs of their acts."""
