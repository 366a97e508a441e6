"""Cost of a backup, its verification and its restoration: time of the processor, and the most memory.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.backups`; it is no test and is not collected. Each command is a process of
its own. Of PostgreSQL the server's processor time is not in the figures.
"""

import argparse
import asyncio
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select

from bot.form.xlsform.reader import load
from bot.settings import PREFIX
from bot.store.file_store import FolderStore
from bot.store.files import KEPT
from db.engine import Database
from db.models import File
from tests.bench import FORMS, Bench, settings
from tests.benchmarks.growth.filling import fill
from tests.benchmarks.growth.measuring import urls
from tests.benchmarks.growth.rows import Years

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Measure each size on each database."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.backups")
    parser.add_argument("--sizes", default="1000,10000", help="numbers of reports")
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--file-kb", type=int, default=100, help="size of each stored file")
    asked = parser.parse_args()
    for engine in asked.engines.split(","):
        for size in map(int, asked.sizes.split(",")):
            with tempfile.TemporaryDirectory() as folder, urls(engine, Path(folder)) as url_of:
                places = url_of(size), url_of(size + 1)
                asyncio.run(_measured(engine, size, places, Path(folder), asked.file_kb))


async def _measured(engine: str, size: int, places: tuple[str, str], folder: Path, file_kb: int) -> None:
    url, new = places
    bench = Bench(Database(url), {"report": load(FORMS / "incident.md"), "review": load(FORMS / "review.md")})
    await fill(url, Years(bench, size))
    await bench.database.close()
    number = await _store(url, folder / "data/files", file_kb)
    _say(f"{engine}: {size:,} reports, {number:,} files of {file_kb} KB")
    backup, listed = folder / "backup.tar", folder / "data/withdrawals.list"
    env = _environment(url, folder / "data/files")
    _run("backup", env, "backup", str(backup))
    _say(f"  {backup.stat().st_size / 1e6:.0f} MB; the list {listed.stat().st_size / 1e3:.0f} KB")
    _run("verify", env, "backup", "verify", str(backup))
    elsewhere = _environment(new, folder / "new/files")
    _run("restore", elsewhere, "restore", str(backup), "--withdrawals", str(listed))


async def _store(url: str, folder: Path, file_kb: int) -> int:
    """Put bytes where the rows of files say that there are some."""
    store, database, number = FolderStore(folder), Database(url), 0
    async with database.read() as session:
        for file_id in await session.scalars(select(File.id).where(File.status.in_(KEPT))):
            await store.put(file_id, secrets.token_bytes(1000 * file_kb))
            number += 1
    await database.close()
    return number


def _environment(url: str, files: Path) -> Mapping[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    fixed = settings()
    keys = {name: getattr(fixed, name) for name in ("bot_token", "key_ring", "lookup_key", "audit_key")}
    said = {name: secret.get_secret_value() for name, secret in keys.items()}
    said |= {"database_url": url, "files_dir": str(files)}
    return own | {f"{PREFIX}{name.upper()}": value for name, value in said.items()}


def _run(name: str, env: Mapping[str, str], *words: str) -> None:
    command = [sys.executable, "-m", "bot", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    most, ended = 0, 0
    while not ended:
        most = max(most, _memory(process.pid))
        time.sleep(0.02)
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    _say(
        f"  {name:8} processor {used.ru_utime + used.ru_stime:5.1f} s, memory at most {most / 1024:.0f} MB, "
        f"exit code {process.returncode}"
    )


def _memory(pid: int) -> int:
    """The most so far, in KB. That of `wait4` counts this process too, from which it was forked."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found[1]) if found else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
