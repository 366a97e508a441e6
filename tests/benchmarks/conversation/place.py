"""The place that a bot is given: everything outside of its process."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

POLLING, WEBHOOK = MODES = ("polling", "webhook")
"""How updates reach the bots."""
PATH = "/updates"
SECRET = "a-secret-that-telegram-shows"
Ready = Callable[[], None]
"""To be called when updates reach a bot."""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class Place:
    """The address of the Bot API, an empty folder, the URL of the service that the bot needs, how updates reach it, and what is
    talked of. In webhook mode updates are sent to `port`."""

    url: str
    folder: Path
    service: str = ""
    mode: str = POLLING
    talk: str = "ten"
    port: int = field(default_factory=_free_port)

    @property
    def webhook_url(self) -> str:
        """Where the Bot API sends updates; blank if they are fetched."""
        return f"http://127.0.0.1:{self.port}{PATH}" if self.mode == WEBHOOK else ""
