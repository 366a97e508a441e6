"""The operator's settings, read here and nowhere else: environment variables or `.env`, all named `KUAGER_*`."""

from bot.settings.addresses import is_loopback
from bot.settings.fields import ENV_FILE, PREFIX, Settings
from bot.settings.key_source import STANDARD_INPUT
from bot.settings.loading import env_example, example, load_settings
from bot.settings.wording import Wording, worded

__all__ = [
    "ENV_FILE",
    "PREFIX",
    "STANDARD_INPUT",
    "Settings",
    "Wording",
    "env_example",
    "example",
    "is_loopback",
    "load_settings",
    "worded",
]
