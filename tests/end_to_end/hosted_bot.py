"""Runs the bot of whichever tree is on the path, and prints the invitation of an administrator.

As `python hosted_bot.py FOLDER URL`: the bot keeps everything in the folder, fetches from the Bot API at the URL, and stops
when the standard input is closed.
"""

import asyncio
import sys
from pathlib import Path

from bot.demo import running, settings_in
from bot.desk.people import service as people_service


async def host(folder: Path, url: str) -> None:
    """Run until the input ends."""
    async with running(settings_in(folder, url, poll_seconds=5)) as bot:
        async with bot.work.write() as unit:
            invitation = await people_service.invite(unit, people_service.ADMIN)
        print(invitation, flush=True)  # noqa: T201 - whoever started it reads it
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(host(Path(sys.argv[1]), sys.argv[2]))
