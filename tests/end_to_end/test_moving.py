"""A bot moves to another server by the commands of the guide, and people go on there."""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.demo import TOKEN, USERNAME
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.safety.sealing import new_key, show_key
from tests.end_to_end.people import ROOT
from tests.end_to_end.reporting import SIMPLE, Reporter
from tests.ports import free_port

GUIDE = (ROOT / "docs" / "moving.md").read_text("utf-8")
LEAVE, ARRIVE, DESTROY = re.findall(r"(?s)```\n(.*?)```", GUIDE)
APP, UNIT = Path("srv/kuager"), "kuager.service"
PROGRAMS = {
    "sudo": 'if [ "$1" = --login ]; then shift 3; cd srv/kuager; fi; exec "$@"',
    "kuager": f'PYTHONPATH={ROOT} PTB_TIMEDELTA=1 exec {sys.executable} -m bot "$@"',
    "chown": "exit 0",  # there is no such user here
    "ssh": 'shift; cd "$OTHER" && MACHINE="$OTHER" exec "$@"',
    "systemctl": """
        case "$*" in
        "daemon-reload") ;;
        "enable --now kuager") echo start >"$MACHINE/order"; until [ -e "$MACHINE/runs" ]; do sleep 0.05; done;;
        "disable --now kuager") echo stop >"$MACHINE/order"; while [ -e "$MACHINE/runs" ]; do sleep 0.05; done;;
        *) exit 1;;
        esac
    """,
}
"""Stand-ins for the programs that need a server's root or another machine."""


@dataclass
class Server:
    """A server whose bot has its folder at `srv/kuager`. `other` is what ssh reaches, `programs` stands for those of PROGRAMS."""

    folder: Path
    other: Path
    programs: Path

    def __post_init__(self) -> None:
        for place in (APP, Path("etc/systemd/system")):
            (self.folder / place).mkdir(parents=True)

    def write(self, **settings: object) -> None:
        """Write settings into `.env`, at the end, where they hold."""
        path = self.folder / APP / ".env"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if line.split("=")[0] not in settings]
        path.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in settings.items())]), "utf-8")
        path.chmod(0o600)

    async def do(self, commands: str) -> str:
        """Run commands of the guide; what they print."""
        given = {"PATH": f"{self.programs}:{os.environ['PATH']}", "MACHINE": str(self.folder)}
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", re.sub(r"/opt/kuager/bin/|/(?=srv/|etc/)", "", commands)),
            cwd=self.folder,
            env={**given, "OTHER": str(self.other)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        """Switched on, with what stands for systemd."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep(self) -> None:
        order, runs, process = self.folder / "order", self.folder / "runs", None
        try:
            while True:
                while not order.exists():  # noqa: ASYNC110 - a file of another program
                    await asyncio.sleep(0.05)
                order.unlink()
                if process is None:
                    command = ("bash", str(self.programs / "kuager"), "run")
                    with (self.folder / "log").open("wb") as log:
                        process = await asyncio.create_subprocess_exec(
                            *command, cwd=self.folder / APP, stdout=log, stderr=log
                        )
                    runs.touch()
                else:
                    process.terminate()
                    assert await process.wait() == 0
                    process = None
                    runs.unlink()
        finally:
            if process is not None:
                process.kill()
                await process.wait()

    def files(self) -> set[str]:
        """Files of the bot's folder, by place."""
        found = (self.folder / APP).rglob("*")
        return {str(path.relative_to(self.folder / APP)) for path in found if path.is_file()}


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[tuple[Server, Server]]:
    """The old one and the new one."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, script in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/bash\n{script}\n", "utf-8")
        (programs / name).chmod(0o755)
    old, new = tmp_path / "old", tmp_path / "new"
    made = Server(old, new, programs), Server(new, old, programs)
    async with AsyncExitStack() as stack:
        for one in made:
            await stack.enter_async_context(one.on())
        yield made


@pytest.fixture
async def api() -> AsyncIterator[LocalBotApi]:
    """A local Bot API whose time is this machine's."""
    made = LocalBotApi({TOKEN: USERNAME}, time.time)
    await made.start()
    yield made
    await made.stop()


def webhook() -> dict[str, str]:
    """Settings of a webhook at an address of its own."""
    port = free_port()
    return {
        "KUAGER_WEBHOOK_URL": f"http://127.0.0.1:{port}/updates",
        "KUAGER_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
    }


async def registered(api: LocalBotApi) -> str:
    """Where Telegram sends updates."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{api.url}/bot{TOKEN}/getWebhookInfo") as got,
    ):
        found: str = (await got.json())["result"]["url"]
    return found


@pytest.mark.release
async def test_people_go_on_where_they_were_on_another_server(
    servers: tuple[Server, Server], api: LocalBotApi
) -> None:
    """With an unfinished report, a receipt, and what they wrote while nothing ran. Telegram's webhook is the new one's, and nothing is left
    on the old one."""
    old, new = servers
    keys = {name: show_key(new_key()) for name in ("KEY_RING", "LOOKUP_KEY", "AUDIT_KEY")}
    keys["KEY_RING"] = f"first:{keys['KEY_RING']}"
    old.write(
        KUAGER_BOT_TOKEN=TOKEN,
        KUAGER_BOT_API_URL=api.url,
        **{f"KUAGER_{name}": value for name, value in keys.items()},
        **webhook(),
    )
    (old.folder / APP / UNIT).write_text("[Service]\n", "utf-8")
    await old.do(f"cd {APP} && kuager migrate && systemctl enable --now kuager")
    async with Phone(api.url, 1, "ru", patience=60) as one, Phone(api.url, 2, "ru", patience=60) as two:
        sender, writer = Reporter(one, "ru"), Reporter(two, "ru")
        code = await sender.report(SIMPLE)
        await writer.begin()
        await writer.fill(SIMPLE, until="region")
        there = old.files()
        await old.do(LEAVE)
        await sender.command(f"/status {code}")
        begun = time.monotonic()
        assert new.files() >= {".env", UNIT, "data/kuager.db", "data/audit.head"}
        assert new.files() == old.files() <= there
        assert (new.folder / APP / ".env").stat().st_mode & 0o777 == 0o600
        hook = webhook()
        new.write(**hook)
        assert "Nothing is wrong." in await new.do(ARRIVE)
        await one.wait(sender.word("reporter.status.new"))
        print(f"\nmoving: {time.monotonic() - begun:.1f} s of silence")  # noqa: T201 - a figure for people
        assert await registered(api) == hook["KUAGER_WEBHOOK_URL"]
        await writer.fill(SIMPLE)
        await writer.send()
        await old.do(DESTROY)
        assert old.files() == set()
