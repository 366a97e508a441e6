"""The image, built by its own steps in folders, runs as an engine would run it: by its user, on a root that is read-only."""

import asyncio
import gzip
import json
import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo import TOKEN, USERNAME
from bot.local_api.server import LocalBotApi
from tests.ports import free_port
from tests.scripts.container.conftest import BASE
from tests.scripts.container.steps import Stage, as_container, build

MOST_BYTES = 180_000_000
KUAGER = 999


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The last stage."""
    return build(Path(os.environ[BASE]), tmp_path_factory.mktemp("image"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The volume of /data, as an engine makes it: the image's folder, of its user."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    os.chown(folder, KUAGER, KUAGER)
    return folder


def done(image: Stage, data: Path, *words: str, **env: str) -> str:
    """Output of the image's program, which must end well."""
    entrypoint = json.loads(image.said["ENTRYPOINT"])
    command = as_container(image, (*entrypoint, *words), data, **env)
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_it_is_small_enough(image: Stage) -> None:
    """All layers, compressed as engines do, with Debian's own."""
    size = 0
    words = (
        "tar",
        "--create",
        "--exclude=./dev",
        "--exclude=./proc",
        "--exclude=./run",
        "--directory",
        str(image.root),
        ".",
    )
    with subprocess.Popen(words, stdout=subprocess.PIPE) as packed:  # noqa: S603 - our own
        assert packed.stdout is not None
        while piece := packed.stdout.read(2**20):
            size += len(gzip.compress(piece, 6))
    print(f"The image has {size / 1e6:.0f} MB, compressed")  # noqa: T201 - a figure of the documents
    assert size < MOST_BYTES


def test_nothing_but_data_and_tmp_can_be_written(image: Stage, data: Path) -> None:
    """Not even the program itself, and no right is left to change that."""
    tried = "for at in / /srv/kuager /usr /tmp /data; do touch $at/x 2>/dev/null && echo $at; done; id -u; grep CapBnd /proc/self/status"
    command = as_container(image, ("sh", "-c", tried), data)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own
    assert told.split() == ["/tmp", "/data", str(KUAGER), "CapBnd:", "0" * 16]  # noqa: S108 - its own


ANSWERS = f"KUAGER_BOT_TOKEN={TOKEN}\nKEYS_PASSPHRASE=four words drawn at random\n"


async def set_up(image: Stage, data: Path, url: str) -> str:
    """Output of `setup`, with its answers in a file of the volume."""
    file = data / "answers"
    file.write_text(ANSWERS, "utf-8")
    os.chown(file, KUAGER, KUAGER)
    return await asyncio.to_thread(
        done, image, data, "setup", "--answers", "/data/answers", KUAGER_BOT_API_URL=url
    )


def names(data: Path) -> set[str]:
    """Content of a volume."""
    return {one.name for one in data.iterdir()}


def first_inside(pid: int) -> int:
    """Process 1 of a container, as it is numbered here."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii"))


@asynccontextmanager
async def container(command: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A container under way. Yields the parent of its first process."""
    running = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


async def test_it_is_set_up_serves_is_healthy_and_stops_when_it_is_asked_to(image: Stage, data: Path) -> None:
    """As docs/container.md has it, on the local Bot API: `setup` makes all that is needed, `check` says that what opens files is
    confined, the image's own question of health ends well, and SIGTERM ends it."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    port = str(free_port())
    env = {"KUAGER_BOT_API_URL": api.url, "KUAGER_STATUS_PORT": port}
    try:
        assert f"https://t.me/{USERNAME}?start=" in await set_up(image, data, api.url)
        assert names(data) >= {".env", "keys", "keys.age", "data"}
        lines = (await asyncio.to_thread(done, image, data, "check", **env)).splitlines()
        assert "well     cleaning: the process that opens files can reach nothing else" in lines
        command = json.loads(image.said["ENTRYPOINT"]) + json.loads(image.said["CMD"])
        async with container(as_container(image, command, data, **env)) as running:
            assert running.stderr is not None
            async with asyncio.timeout(120):
                while b"running " not in await running.stderr.readline():
                    pass
            health = re.search(r"CMD (\[.*\])", image.said["HEALTHCHECK"])
            assert health is not None
            words = json.loads(health[1].replace(image.env["KUAGER_STATUS_PORT"], port))
            asked = await asyncio.to_thread(subprocess.run, as_container(image, words, data), check=False)
            assert asked.returncode == 0
            os.kill(first_inside(running.pid), signal.SIGTERM)
            assert await asyncio.wait_for(running.wait(), 60) == 0
    finally:
        await api.stop()


def test_its_demo_runs(image: Stage, data: Path) -> None:
    """Which is the whole bot on a Telegram of its own."""
    script = "timeout --preserve-status --signal=TERM 20 python -m bot demo --no-open --port 0"
    told = subprocess.run(  # noqa: S603 - our own
        as_container(image, shlex.split(script), data, PYTHONUNBUFFERED="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"http://127\.0\.0\.1:\d+", told.stdout), told.stderr
