"""`setup`: questions, keys, `.env`, the first database, a unit of systemd, and what comes next."""

import getpass
import io
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, BinaryIO

import pyrage  # type: ignore[import-untyped] # untyped
import typer
from dotenv import dotenv_values, set_key
from telegram import User
from telegram.error import TelegramError

import bot
from bot.app.cli import keys, moderators, running
from bot.app.cli.console import open_part, opened, out, part_of
from bot.app.wiring import started_api
from bot.app.work import revision
from bot.desk.people import service as people_service
from bot.errors import SettingsError
from bot.safety import offline
from bot.settings import ENV_FILE, PREFIX, SETTINGS, Settings, check_names, load_settings
from bot.settings.values import KEYS
from bot.store.file_store import database_file
from bot.transport.api import unreached

ENV, KEY_FILE, COPY = Path(ENV_FILE), Path("keys"), Path("keys.age")
PASSPHRASE = "KEYS_PASSPHRASE"  # noqa: S105 - its name
QUESTIONS: Mapping[str, str] = {
    "bot_token": "The bot's token: at @BotFather say /newbot. It is not shown here",
    "languages": "Languages, the first is the default (Enter: kk,ru,en)",
    "organisation": "Who runs the bot, for people to read: one name, or kk: … | ru: … | en: …",
    "report_days": f"Days after which what a report tells is destroyed (Enter: {SETTINGS['report_days'].default})",
    "database_url": "Database (Enter: SQLite, in this folder), or postgresql+asyncpg://user:password@host/name",
}
_UNIT = Path(__file__).with_name("kuager.service")
_PORTS = "\nEnvironment=KUAGER_STATUS_PORT=946%i KUAGER_WEBHOOK_LISTEN=127.0.0.1:808%i"
Answers = dict[str, str]
"""Values by name in lower case, without prefix."""


async def setup(
    answers: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help=f"Settings as in .env, and {PASSPHRASE}=: no questions."
        ),
    ] = None,
) -> None:
    """Ask for what a bot needs, and try it. Writes settings, keys, an encrypted copy of the keys and a unit of
    systemd into this folder, and makes the database. Called again, it changes only what is answered anew."""
    for file in filter(None, (ENV, answers)):
        check_names(file)
    kept, given = _read(ENV), _read(answers) if answers is not None else None
    lines, passphrase = _key_lines(kept | (given or {}), given)
    known = kept | _read(io.StringIO(lines))
    told, me = await _told(known, given)
    try:
        _write_keys(lines, passphrase)
        _write_settings(kept, told | ({"keys_from": str(KEY_FILE)} if lines else {}))
        settings = load_settings()
        settings.state_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unit = _write_unit(settings)
    except OSError as error:
        why = f"{error.strerror}. Run setup in a folder of the bot's user"
        raise SettingsError(f"This folder cannot be written to: {why}") from None
    if await revision(settings) is None:
        await running.migrate()
    for line in _closing(me, unit, answers, settings):
        out.print(line, markup=False)
    async with opened(settings) as work, work.read() as of:
        found = [*await people_service.list_moderators(of), *await people_service.list_open_invitations(of)]
    if not found:
        out.print("Then open this on your phone, and you are its first administrator:")
        await moderators.invite(people_service.ADMIN)


def _read(place: Path | io.StringIO) -> Answers:
    """Settings of a file or text. Blank ones count as not set."""
    read = dotenv_values(place) if isinstance(place, Path) else dotenv_values(stream=place)
    return {name.upper().removeprefix(PREFIX).lower(): value for name, value in read.items() if value}


def _key_lines(known: Answers, given: Answers | None) -> tuple[str, str]:
    """Lines of the keys, from their file, their copy, or made now, and the passphrase of a copy. Blank where
    setup has nothing to do with them."""
    lines = KEY_FILE.read_text("utf-8") if KEY_FILE.is_file() else ""
    are_elsewhere = known.get("keys_from", str(KEY_FILE)) != str(KEY_FILE) or set(KEYS) & known.keys()
    is_copied = COPY.exists()
    if are_elsewhere or (lines and is_copied):
        return ("", "") if are_elsewhere else (lines, "")
    if "keys_from" in known and not (lines or is_copied):
        why = f"{KEY_FILE} is gone. Put it back, or {COPY}, its copy. Example: KUAGER_KEYS_FROM={KEY_FILE}"
        raise SettingsError(f"KUAGER_KEYS_FROM is wrong: {why}")
    passphrase = _passphrase(given, is_needed=not lines, is_new=not is_copied)
    if lines or not is_copied:
        return lines or keys.key_lines(), passphrase
    try:
        return pyrage.passphrase.decrypt(COPY.read_bytes(), passphrase).decode(), passphrase
    except (pyrage.DecryptError, OSError):
        why = f"it does not open {COPY}. If these are not this database's keys, move the file away"
        raise SettingsError(f"{PASSPHRASE} is wrong: {why}") from None


def _passphrase(given: Answers | None, *, is_needed: bool, is_new: bool) -> str:
    asked = f"Passphrase {'for a' if is_new else 'of the'} copy of the keys, {COPY}{'' if is_needed else ' (Enter: none)'}"
    if given is not None:
        typed = given.get(PASSPHRASE.lower(), "")
    else:
        default = None if is_needed else ""
        typed = typer.prompt(asked, default, hide_input=True, confirmation_prompt=is_new, show_default=False)
    if (typed or is_needed) and len(typed) < offline.LEAST:
        raise SettingsError(
            f"{PASSPHRASE} is {'wrong' if typed else 'missing'}: it has at least {offline.LEAST} characters, since a thief of "
            f"{COPY} can try as many as they like. Example: {PASSPHRASE}=four words drawn at random"
        )
    return str(typed)


async def _told(known: Answers, given: Answers | None) -> tuple[Answers, User]:
    """Answers that are right, and the bot as Telegram knows it."""
    if given is not None:
        told = {name: value for name, value in given.items() if name in SETTINGS}
        return told, await _me(load_settings(_env_file=None, **known | told))
    told, me = {}, None
    for name, question in QUESTIONS.items():
        shown = known.get(name, None if SETTINGS[name].is_required() else "")
        is_token, is_shown = name == "bot_token", bool(shown) and name not in {"bot_token", "database_url"}
        while name not in told:
            typed = typer.prompt(question, shown, hide_input=is_token, show_default=is_shown).strip()
            try:
                said = known | told | {name: typed}
                settings = load_settings(
                    _env_file=None, **{one: value for one, value in said.items() if value}
                )
                me = me or await _me(settings)
                told[name] = typed
            except SettingsError as error:
                typer.echo(str(error), err=True)
            except TelegramError as error:
                typer.echo(f"{unreached(error)} A proxy is set by --answers and KUAGER_PROXY", err=True)
    assert me is not None  # noqa: S101 - the token is asked first
    return told, me


async def _me(settings: Settings) -> User:
    async with started_api(settings) as api:
        return api.bot.bot


def _write_keys(lines: str, passphrase: str) -> None:
    """Write the copy first, so that no keys are used that have none."""
    if passphrase and not COPY.exists():
        _put(COPY, lambda file: offline.seal_with_passphrase(passphrase, io.BytesIO(lines.encode()), file))
    if lines and not KEY_FILE.exists():
        _put(KEY_FILE, lambda file: file.write(lines.encode()))


def _put(path: Path, write: Callable[[BinaryIO], object]) -> None:
    with open_part(path) as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    part_of(path).replace(path)


def _write_settings(kept: Answers, told: Answers) -> None:
    ENV.touch(0o600)
    ENV.chmod(0o600)
    for name, value in told.items():
        if value != kept.get(name, ""):
            set_key(ENV, f"{PREFIX}{name.upper()}", value, quote_mode="auto")


def _write_unit(settings: Settings) -> Path:
    """Write the unit. On PostgreSQL it is a template of copies, which differ in their ports."""
    file, folder = database_file(settings), Path.cwd()
    unit = Path("kuager.service" if file is not None else "kuager@.service")
    written = (settings.state_folder, settings.withdrawals_dir, file and file.parent)
    places = {folder / place for place in written if place is not None}
    text = _UNIT.read_text("utf-8").format(
        user=getpass.getuser(),
        folder=folder,
        command=shlex.join(_command()),
        environment="" if file is not None else _PORTS,
        places=" ".join(sorted(map(str, places))),
        home="no" if folder.parts[1] in {"home", "root"} else "yes",
    )
    _put(unit, lambda to: to.write(text.encode()))
    return folder / unit


def _command() -> list[str]:
    """The command line that was called, from any folder."""
    return [str(Path(sys.argv[0]).absolute())] if bot.COMMAND == "kuager" else [sys.executable, "-m", "bot"]


def _closing(me: User, unit: Path, answers: Path | None, settings: Settings) -> Iterator[str]:
    """Lines on what is to be done next, the command of root last."""
    yield f"Written: {ENV}, {KEY_FILE if KEY_FILE.exists() else 'no keys'} (for this user alone) and {unit.name}."
    if answers is not None:
        yield f"Destroy {answers}: it holds secrets, and is not read again."
    if COPY.exists():
        yield f"Move {COPY} to another machine, and keep its passphrase apart: without the keys nothing stored can be read. On a new server setup takes them from it."
    if not (settings.archive_recipients or settings.original_recipients):
        yield "A person who takes this server and its keys reads all that is not destroyed. Decided reports can be kept from them: docs/archive.md."
    if me.can_join_groups:
        yield f"At @BotFather: /setjoingroups, @{me.username}, Disable. Else strangers can add the bot to groups."
    if me.supports_inline_queries:
        yield f"At @BotFather: /setinline, @{me.username}, /empty. The bot answers nothing there."
    names = "kuager" if "@" not in unit.name else "kuager@1 kuager@2"
    link = f"ln -sf {shlex.quote(_command()[0])} /usr/local/bin/ && " if len(_command()) == 1 else ""
    yield "Next, this installs the bot as a service and starts it, now and whenever the machine starts:"
    yield f"sudo sh -c '{link}install -m 644 {shlex.quote(str(unit))} /etc/systemd/system/ && systemctl enable {names} && systemctl restart {names}'"
