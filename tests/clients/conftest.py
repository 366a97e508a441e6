"""A local Bot API, phones, and an environment of their own for bots that others wrote."""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

from bot.local_api.client import Phone
from bot.local_api.page import PagePhone, PhonesPage
from bot.local_api.server import LocalBotApi
from tests.clients.processes import PATIENCE, Program, running

TOKEN = "4242:for-clients"
PACKAGES = ("aiogram==3.31.0", "python-telegram-bot[webhooks]==22.8")
SDIST = "aiogram-3.31.0.tar.gz"
SDIST_SHA256 = "f2c5064fe52d88898c86af62261c405440a014216e45dd99b2c6555a5602ce30"
"""Of that file on PyPI."""

Phones = Callable[[int], Awaitable[Phone]]
Launch = Callable[..., AbstractAsyncContextManager[Program]]


def cannot(what: str, why: str) -> NoReturn:
    """Skip with what is missing; where CI is set, where nothing may be missing, fail."""
    last = (why.strip().splitlines() or ["no words"])[-1]
    words = f"{what}: {last}. It needs PyPI: connect to the network, or name a mirror in UV_INDEX_URL and PIP_INDEX_URL."
    if os.environ.get("CI"):
        pytest.fail(f"{words}\n{why}", pytrace=False)
    pytest.skip(words)


def run(*command: str | Path) -> None:
    """Run a command that needs the network, or give up the test."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        cannot(f"`{' '.join(map(str, command))}` failed", done.stderr or done.stdout)


@pytest.fixture(scope="session")
def clients_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the two libraries, apart from the project's."""
    folder = tmp_path_factory.mktemp("clients") / "venv"
    python = folder / "bin" / "python"
    if uv := shutil.which("uv"):
        run(uv, "venv", "--quiet", "--python", sys.executable, folder)
        run(uv, "pip", "install", "--quiet", "--python", python, *PACKAGES)
    else:
        run(sys.executable, "-m", "venv", folder)
        run(python, "-m", "pip", "install", "--quiet", *PACKAGES)
    return python


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of examples in aiogram's source distribution. It is fetched by hand: pip, which would prepare it to be installed,
    takes seconds for that."""
    folder = tmp_path_factory.mktemp("aiogram")
    with tarfile.open(fileobj=io.BytesIO(fetched("aiogram", SDIST, SDIST_SHA256))) as packed:
        packed.extractall(folder, filter="data")
    (found,) = folder.glob("aiogram-*/examples")
    return found


def fetched(package: str, name: str, digest: str) -> bytes:
    """A file of a package, whose digest is looked at before anything else, by the index of packages
    (https://packaging.python.org/en/latest/specifications/simple-repository-api/)."""
    index = os.environ.get("PIP_INDEX_URL") or os.environ.get("UV_INDEX_URL") or "https://pypi.org/simple"
    page = f"{index.rstrip('/')}/{package}/"
    try:
        with urlopen(page, timeout=60) as listed:  # noqa: S310 - an index of packages
            link = re.search(rf'href="([^"#]*\b{re.escape(name)})[#"]', listed.read().decode())
        if link is None:
            cannot(f"{name} was not found", f"{page} does not list it")
        with urlopen(urljoin(page, link.group(1)), timeout=60) as file:  # noqa: S310 - the same
            content: bytes = file.read()
    except OSError as error:
        cannot(f"{name} was not fetched", str(error))
    assert hashlib.sha256(content).hexdigest() == digest
    return content


@pytest.fixture
async def api() -> AsyncIterator[LocalBotApi]:
    """The server, listening on a free port, with a page as when it is started as a program."""
    server = LocalBotApi({TOKEN: "client_bot"}, time.time, webhook_pause=0.05)
    server.extend(PhonesPage([PagePhone(1001, "en", "Anna")]).add_to)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def phones(api: LocalBotApi) -> AsyncIterator[Phones]:
    """Phones by the ids of their owners."""
    opened: list[Phone] = []

    async def more(user_id: int) -> Phone:
        one = Phone(api.url, user_id, "en", first_name=f"Person {user_id}", patience=PATIENCE)
        await one.start()
        opened.append(one)
        return one

    yield more
    for one in opened:
        await one.stop()


@pytest.fixture
def launch(clients_python: Path, api: LocalBotApi, tmp_path: Path) -> Launch:
    """Start a bot's file with arguments of its own, by the launcher."""
    launcher = Path(__file__).with_name("launcher.py")

    def start(bot: Path, *arguments: str | Path) -> AbstractAsyncContextManager[Program]:
        log = tmp_path / f"{bot.stem}.log"
        return running(clients_python, launcher, bot, TOKEN, api.url, *arguments, log=log)

    return start
