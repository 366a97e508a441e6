"""The demo: a local Telegram, the real bot on it and a page to try both in a browser. No token, no server."""

from bot.demo.home import TOKEN, USERNAME, Home, settings_in
from bot.demo.people import ALIAS, MODERATOR, REPORTER, enrol
from bot.demo.running import running
from bot.demo.show import Wanted, run_demo

__all__ = [
    "ALIAS",
    "MODERATOR",
    "REPORTER",
    "TOKEN",
    "USERNAME",
    "Home",
    "Wanted",
    "enrol",
    "run_demo",
    "running",
    "settings_in",
]
