"""The command menu shows just what can be asked."""

from bot.app.commands import COMMANDS, MENU, Permission
from bot.texts import Texts


def test_the_moderators_menu_is_their_table() -> None:
    """Every command of a moderator stands in the menu, in the order of their work. A new one may stand anywhere."""
    mine = [
        command.name
        for command in COMMANDS
        if command.permission is not Permission.ANYBODY and command.in_menu
    ]
    assert tuple(mine) == MENU.moderators
    work = ["menu", "queue", "mine", "next", "open", "ask", "edit", "approve", "reject", "release"]
    lists = ["search", "approved", "translate", "export", "country_update", "stats", "incidents"]
    order = [*work, *lists, "share", "blocks", "team", "invite", "revoke", "settings", "audit"]
    assert [name for name in mine if name in order] == order


def test_a_reporter_is_shown_no_moderators_command() -> None:
    """A reporter's menu has the reporter's commands alone, described in the language asked for."""
    found = MENU.commands(Texts(("kk", "ru", "en")), "kk")
    assert [entry["command"] for entry in found] == list(MENU.everybody)
    assert not set(MENU.everybody) & set(MENU.moderators)
    assert found[0]["description"] == "Хабарлау немесе жалғастыру"
