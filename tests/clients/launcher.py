"""Starts a bot's file in a process of its own, unchanged, with nothing set but its token and where Telegram is.

    python launcher.py BOT.py TOKEN URL [ARGUMENT ...]

The token stands in BOT_TOKEN and the URL in BOT_API for bots that read them. aiogram's examples name no server: what
the library takes by default, its constant PRODUCTION, gets the address of this one. Nothing of how it works changes.
"""

import importlib
import importlib.util
import os
import runpy
import sys


def point_aiogram(url: str) -> None:
    """Let aiogram's default server be the one at `url`, where the library is installed and knows of no other."""
    servers = importlib.import_module("aiogram.client.telegram")
    local = servers.TelegramAPIServer.from_base(url)
    for address in ("base", "file"):
        object.__setattr__(servers.PRODUCTION, address, getattr(local, address))


def main() -> None:
    """Run the file as if it were started by itself."""
    path, token, url, *arguments = sys.argv[1:]
    os.environ.update(BOT_TOKEN=token, BOT_API=url)
    if "import aiogram" in (source := open(path, encoding="utf-8").read()) or "from aiogram" in source:  # noqa: PTH123, SIM115
        point_aiogram(url)
    sys.argv = [path, *arguments]
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    main()
