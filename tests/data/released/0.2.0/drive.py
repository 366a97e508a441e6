"""Fills a folder by the bot of 0.2.0, which runs on its own local Telegram: `python drive.py FOLDER` with its tree on the path.

Run by `scripts.released_stores`. The folder then holds `kuager.db`, `files`, `keys.env`, the exports that this version made, and
`told.json`: what only people know.
"""

import asyncio
import json
import sqlite3
import sys
import time
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path

from bot.demo.cases.backfill import backfill
from bot.demo.folder import TOKEN, USERNAME, settings_in
from bot.demo.inspector import expire
from bot.demo.people import MODERATOR, gather
from bot.demo.running import running
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.wiring import Bot
from tests.end_to_end.conftest import Machine
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.reporting import SIMPLE, Reporter

FILLED = 33
"""Reports: three with each fate, each consent among the approved ones."""
SENDER, WRITER, NEWCOMER = 3001, 3002, 3003
FORMATS = ("csv", "jsonl")
KEYS = ("key_ring", "lookup_key", "audit_key")


async def drive(folder: Path) -> None:
    """Reports with all fates, one sent from a phone with files, a report and an edit that are not finished."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    settings = settings_in(folder, api.url)
    keys = {name: getattr(settings, name).get_secret_value() for name in KEYS}
    lines = [f"KUAGER_{name.upper()}={key}\n" for name, key in keys.items()]
    (folder / "keys.env").write_text("".join(lines), "utf-8")
    async with running(settings) as bot, AsyncExitStack() as phones:

        async def phone(user_id: int, language: str) -> Phone:
            return await phones.enter_async_context(Phone(api.url, user_id, language, patience=30))

        await gather(bot, api.url)
        await backfill(bot.work, FILLED)
        await expire(bot)
        sender = Reporter(await phone(SENDER, "ru"), "ru")
        code = await sender.report(replace(SIMPLE, files=("photo.png", "paper.pdf")))
        writer = Reporter(await phone(WRITER, "kk"), "kk")
        await writer.begin()
        await writer.fill(SIMPLE, until="region")
        newcomer = Reporter(await phone(NEWCOMER, "en"), "en")
        await newcomer.begin()
        moderator = Moderator(await phone(MODERATOR, "ru"), "ru")
        await moderator.next()
        await moderator.press_word("moderator.edit")
        await moderator.look()
        edited = moderator.ref
        await _files_stored(bot, folder)
    machine = Machine(settings)
    for name in FORMATS:
        await machine.run("export", "--format", name, "--out", str(folder / f"export.{name}"))
    await api.stop()
    told = {
        "hour": int(time.time()) // 3600,
        "code": code,
        "files": ["photo.png", "paper.pdf"],
        "sender": SENDER,
        "writer": WRITER,
        "newcomer": NEWCOMER,
        "moderator": MODERATOR,
        "edited": edited,
    }
    (folder / "told.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")


async def _files_stored(bot: Bot, folder: Path) -> None:
    while True:
        with closing(sqlite3.connect(folder / "kuager.db")) as database:
            states = {row[0] for row in database.execute("SELECT status FROM files")}
        if states and "pending" not in states:
            return
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(drive(Path(sys.argv[1])))
