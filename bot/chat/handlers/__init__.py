"""Commands with their buttons and permissions, and the table that dispatches updates."""

from bot.chat.handlers.all_commands import ACTS, BY_NAME, COMMANDS, MENU
from bot.chat.handlers.command import Command, Permission
from bot.chat.handlers.table import HandlerTable, make_table

__all__ = ("ACTS", "BY_NAME", "COMMANDS", "MENU", "Command", "HandlerTable", "Permission", "make_table")
