"""Settings of the operator, from environment variables or `.env`, all named `KUAGER_*`."""

from bot.settings.addresses import STANDARD_INPUT as STANDARD_INPUT
from bot.settings.addresses import Wording as Wording
from bot.settings.addresses import is_loopback as is_loopback
from bot.settings.addresses import worded as worded
from bot.settings.fields import ENV_FILE as ENV_FILE
from bot.settings.fields import GROUPS as GROUPS
from bot.settings.fields import PREFIX as PREFIX
from bot.settings.fields import SETTINGS as SETTINGS
from bot.settings.fields import Fixed as Fixed
from bot.settings.fields import Settings as Settings
from bot.settings.names import env_example as env_example
from bot.settings.names import example as example
from bot.settings.names import gone_settings as gone_settings
from bot.settings.names import load_settings as load_settings
from bot.settings.names import settings_table as settings_table

__all__ = [
    "ENV_FILE",
    "GROUPS",
    "PREFIX",
    "SETTINGS",
    "STANDARD_INPUT",
    "Fixed",
    "Settings",
    "Wording",
    "env_example",
    "example",
    "gone_settings",
    "is_loopback",
    "load_settings",
    "settings_table",
    "worded",
]
