"""What a cold start costs: the processor's time of the imports, and the time until the first answer, beside an echo bot of
python-telegram-bot that imports the same libraries.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.start`; it is no test and is not collected. Each figure is the
median of five starts, ours and the echo bot's by turns; what counts are the ratios within one run. The Bot API and the phone
run in this process, so their time is not in the processor's.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import migrations
from bot.demo import TOKEN, USERNAME, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.settings import PREFIX, Settings

ROUNDS = 5
ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = """
import sys, bot.__main__
own, builtin = {"bot", "db", "migrations"}, set(sys.stdlib_module_names) | set(sys.builtin_module_names)
names = (name for name in list(sys.modules) if name.partition(".")[0] not in own | builtin)
print("\\n".join(name for name in names if getattr(sys.modules[name], "__file__", None)))
"""
"""Prints the modules of other projects that ours imports."""
ECHO = """
import contextlib, importlib, sys
for name in sys.argv[3].split(","):
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
from telegram.ext import Application, MessageHandler, filters

async def echo(update, context):
    await update.message.reply_text(update.message.text)

made = Application.builder().token(sys.argv[2]).base_url(sys.argv[1] + "/bot").build()
made.add_handler(MessageHandler(filters.TEXT, echo))
made.run_polling()
"""


def main() -> None:
    """Measure imports, then starts."""
    names = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", LIBRARIES], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout.split()
    kinds = {
        "its imports": ["-c", "import bot.__main__"],
        "those of its libraries alone": ["-c", _importing(names)],
    }
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, words in kinds.items():
            found[name].append(_import_seconds(words))
    for name, seconds in found.items():
        _say(f"{name}: {1000 * statistics.median(seconds):.0f} ms of the processor")
    asyncio.run(_starts(names))


def _importing(names: Sequence[str]) -> str:
    tried = "    try: importlib.import_module(name)\n    except ImportError: pass"
    return f"import importlib\nfor name in {list(names)!r}:\n{tried}"


def _import_seconds(words: Sequence[str]) -> float:
    before = os.times()
    subprocess.run([sys.executable, *words], check=True, cwd=ROOT)  # noqa: S603 - our own program
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


async def _starts(names: Sequence[str]) -> None:
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "echo": []}
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            settings = settings_in(Path(folder), api.url)
            await migrations.upgrade(settings.database_url)
            ours = [sys.executable, "-m", "bot", "run"]
            echo = [sys.executable, "-c", ECHO, api.url, TOKEN, ",".join(names)]
            for name, command in (("ours", ours), ("echo", echo)):
                found[name].append(await _first_answer(api, 1000 + number, command, _environment(settings)))
    await api.stop()
    medians = {
        name: [statistics.median(one) for one in zip(*pairs, strict=True)] for name, pairs in found.items()
    }
    for name, (wall, processor) in medians.items():
        _say(f"{name}: the first answer after {wall:.2f} s, {processor:.2f} s of the processor")
    ratios = [ours / echo for ours, echo in zip(medians["ours"], medians["echo"], strict=True)]
    _say(f"ours to echo: {ratios[0]:.2f} times the time, {ratios[1]:.2f} times the processor's")


async def _first_answer(
    api: LocalBotApi, user_id: int, command: Sequence[str], environment: Mapping[str, str]
) -> tuple[float, float]:
    """Seconds, and those of the processor, until somebody who wrote before the start is answered."""
    async with Phone(api.url, user_id, "ru", patience=120) as phone:
        await phone.say("/start")
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
        await phone.wait()
        taken = time.perf_counter() - begun, _processor_seconds(process.pid)
        process.terminate()
        await process.wait()
    return taken


def _processor_seconds(process: int) -> float:
    """What a process has used so far (proc_pid_stat(5), utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _environment(settings: Settings) -> Mapping[str, str]:
    secrets = {
        name: getattr(settings, name).get_secret_value()
        for name in ("bot_token", "key_ring", "lookup_key", "audit_key")
    }
    told = {
        "database_url": settings.database_url,
        "files_dir": settings.files_dir,
        "bot_api_url": settings.bot_api_url,
    }
    given = {f"{PREFIX}{name.upper()}": str(value) for name, value in (secrets | told).items()}
    return {"PATH": os.environ["PATH"], "PTB_TIMEDELTA": "1", "PYTHONPATH": str(ROOT), **given}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
