"""The demo: the real bot on a local Bot API, with a page to try it in a browser. Needs no token and no
server."""

from bot.demo.folder import TOKEN, USERNAME, settings_in
from bot.demo.launch import DemoOptions, run_demo
from bot.demo.people import MODERATOR, REPORTER, enrol
from bot.demo.running import running

__all__ = [
    "MODERATOR",
    "REPORTER",
    "TOKEN",
    "USERNAME",
    "DemoOptions",
    "enrol",
    "run_demo",
    "running",
    "settings_in",
]
