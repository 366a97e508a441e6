"""Settings of the operator, from environment variables or `.env`, all named `KUAGER_*`."""

from bot.settings.addresses import STANDARD_INPUT, Wording, is_loopback, worded
from bot.settings.fields import ENV_FILE, GROUPS, PREFIX, SETTINGS, FixedValues, Settings
from bot.settings.names import env_example, example, gone_settings, load_settings

__all__ = [
    "ENV_FILE", "GROUPS", "PREFIX", "SETTINGS", "STANDARD_INPUT", "FixedValues", "Settings", "Wording", "env_example",
    "example", "gone_settings", "is_loopback", "load_settings", "worded",
]  # fmt: skip
