"""The place that a bot is given: everything outside of its process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MODES = ("polling",)
"""How updates reach the bots."""
Ready = Callable[[], None]
"""To be called when a bot fetches updates."""


@dataclass(frozen=True, slots=True)
class Place:
    """The address of the Bot API, an empty folder, the URL of the service that the bot needs, and one of MODES."""

    url: str
    folder: Path
    service: str = ""
    mode: str = "polling"
