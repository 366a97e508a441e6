"""The demo: a local Bot API, the real bot on it, and a page to try both in a browser without a token or a server."""

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
