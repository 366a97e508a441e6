"""The place that a bot is given: everything outside of its process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port

POLLING, WEBHOOK = MODES = ("polling", "webhook")
"""How updates reach the bots."""
PATH = "/updates"
SECRET = "a-secret-that-telegram-shows"
Ready = Callable[[], None]
"""To be called when updates reach a bot."""


@dataclass(frozen=True, slots=True)
class Place:
    """The address of the Bot API, an empty folder, the URL of the service that the bot needs, how updates reach it, and what is
    talked of. In webhook mode updates come to `port`; Telegram sends them to `front`, where that is another.
    `keys` are those that several copies of this bot share. `limited` says that the Bot API enforces Telegram's limits."""

    url: str
    folder: Path
    service: str = ""
    mode: str = POLLING
    talk: str = "ten"
    port: int = field(default_factory=free_port)
    front: int = 0
    limited: bool = False
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def webhook_url(self) -> str:
        """Where the Bot API sends updates; blank if they are fetched."""
        return f"http://127.0.0.1:{self.front or self.port}{PATH}" if self.mode == WEBHOOK else ""
