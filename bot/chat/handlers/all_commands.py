"""All commands, the menus, and the commands by name and by button."""

from collections.abc import Mapping, Sequence

from bot.chat.handlers.command import Command, Permission
from bot.chat.handlers.for_everybody import FOR_EVERYBODY
from bot.chat.handlers.for_team import FOR_TEAM, REF
from bot.chat.menu import Menu
from bot.services.desk.roles import Role

COMMANDS: Sequence[Command] = (*FOR_EVERYBODY, *FOR_TEAM)


def _of_role(role: Role) -> tuple[str, ...]:
    own = (one for one in COMMANDS if one.in_menu and one.permission is not Permission.ANYBODY)
    return tuple(one.name for one in own if one.permission.allows(role))


MENU = Menu(
    everybody=tuple(one.name for one in COMMANDS if one.in_menu and one.permission is Permission.ANYBODY),
    by_role={role: _of_role(role) for role in Role},
    arguments={one.name: one.example for one in COMMANDS if one.example},
    about_reports=frozenset(one.name for one in COMMANDS if one.example == REF),
)
BY_NAME: Mapping[str, Command] = {one.name: one for one in COMMANDS}
"""Commands by the name on a menu's button."""
ACTS: Mapping[str, Command] = {verb: one for one in COMMANDS for verb in one.acts}
"""Commands by the verbs of their buttons."""
