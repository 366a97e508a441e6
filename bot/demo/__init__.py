"""The demo: the real bot on a local Bot API, with a page to try it in a browser, without a token."""

from bot.demo.folder import TOKEN as TOKEN
from bot.demo.folder import USERNAME as USERNAME
from bot.demo.folder import settings_in as settings_in
from bot.demo.people import MODERATOR as MODERATOR
from bot.demo.people import REPORTER as REPORTER
from bot.demo.people import enrol as enrol
from bot.demo.running import DemoOptions as DemoOptions
from bot.demo.running import run_demo as run_demo
from bot.demo.running import running as running
