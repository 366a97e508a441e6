"""The command menu shows just what can be asked."""

from bot.chat.commands import MODERATOR_COMMANDS, REPORTER_COMMANDS, menu
from bot.chat.moderating import COMMANDS
from bot.texts import Texts


def test_the_moderators_menu_is_their_table() -> None:
    """Every command of a moderator stands in the menu, in the order of their work."""
    assert tuple(COMMANDS) == MODERATOR_COMMANDS


def test_a_reporter_is_shown_no_moderators_command() -> None:
    """A reporter's menu has the reporter's commands alone, described in the language asked for."""
    found = menu(Texts(("kk", "ru", "en")), "kk", moderator=False)
    assert [entry["command"] for entry in found] == list(REPORTER_COMMANDS)
    assert found[0]["description"] == "Хабарлау не жалғастыру"
