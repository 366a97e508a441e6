"""Table of commands, and the ends of failed ones."""

import asyncio
import inspect
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError
from typer.core import TyperGroup

from bot import __version__
from bot.app.cli import archive, checks, documents, exports, forms, keys, moderators, running, setup, storage
from bot.app.cli.console import MISUSED
from bot.app.cli.running import demo_app
from bot.app.operator_keys import WRONG_RING
from bot.errors import ArgumentError, Refusal, SettingsError, StoreAwayError
from bot.form.xlsform.sheets import FormError
from bot.safety import logs
from bot.safety.sealing import UnsealError
from bot.store import faults
from bot.texts import Texts
from bot.transport.api import unreached

app = typer.Typer(
    help="Kuager: reports of acts against civic freedoms, from a phone to an approved export.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class _BackupGroup(TyperGroup):
    """Group in which `backup PLACE` is `backup write PLACE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = not args or args[0] in {*self.commands, "--help"}
        return super().parse_args(ctx, args if named else ["write", *args])


_Command = Callable[..., Any]
NEXT: Mapping[_Command, str] = {
    keys.new_keys: "enter token and organisation beside them in .env (chmod 600 .env), then: python -m bot migrate",
    running.migrate: "python -m bot check",
    checks.check: "start the bot (python -m bot run, or its service), then for who is not in the team yet: python -m bot invite",
    moderators.invite: "the person opens the link while the bot runs. Who came is told by: python -m bot moderators list",
}
"""The operator's step after a command that went well."""


def _add(group: typer.Typer, command: _Command, name: str | None = None) -> None:
    @wraps(command)
    def run(*given: Any, **options: Any) -> None:
        done = command(*given, **options)
        if inspect.iscoroutine(done):
            asyncio.run(done)
        if command in NEXT and not any(options.get(name) for name in ("ring", "as_json")):
            typer.echo(f"Next: {NEXT[command]}", err=command is keys.new_keys)  # whose output becomes a file

    group.command(name)(run)


for command in (
    setup.setup, running.run, running.migrate, running.adopt, moderators.invite, exports.export, exports.share,
    documents.country_update, documents.open_data, checks.check, exports.confirm_consent, storage.purge,
    storage.restore, storage.clock,
):  # fmt: skip
    _add(app, command)
_add(app, storage.take_out_originals, "originals")


_GROUPS: Mapping[str, tuple[str, Mapping[str, _Command]]] = {
    "archive": ("Decided reports, which only recipients off the server can open.", {
        "export": archive.export, "take": archive.take, "open": archive.open_,
        "originals": archive.originals, "share": archive.share, "reopen": archive.reopen,
        "reseal": archive.reseal, "words": archive.words, "answer": archive.answer, "status": archive.status,
    }),
    "backup": ("Write a backup to PLACE, or verify one.", {"write": storage.backup, "verify": storage.verify}),
    "keys": ("The operator's keys.", {"new": keys.new_keys, "rotate": keys.rotate, "prove": running.prove}),
    "db": ("The database.", {"copy": running.copy}),
    "form": ("A form: no settings are needed.", {
        "check": forms.check, "show": forms.show, "diff": forms.diff, "export": forms.export,
    }),
    "moderators": ("The organisation's moderators.", {"list": moderators.list_moderators, "revoke": moderators.revoke}),
    "invites": ("Invitations that are still good.", {
        "list": moderators.list_invitations, "revoke": moderators.revoke_invitation,
    }),
    "blocks": ("Senders whose reports are not taken.", {"list": moderators.list_blocks, "clear": moderators.clear_blocks}),
    "audit": ("The audit log.", {"verify": keys.verify, "restart": keys.restart}),
}  # fmt: skip
for name, (about, commands) in _GROUPS.items():
    group = typer.Typer(
        help=about, no_args_is_help=True, cls=_BackupGroup if name == "backup" else TyperGroup
    )
    for one, command in commands.items():
        _add(group, command, one)
    app.add_typer(group, name=name)
app.add_typer(demo_app, name="demo")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Kuager {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Kuager: reports of acts against civic freedoms, from a phone to an approved export."""


def main() -> None:
    """Run a command. Expected errors end it with one line, without a traceback."""
    logs.set_up()
    logs.quiet_crashes()
    try:
        app()
    except ArgumentError as error:
        typer.echo(str(error), err=True)
        sys.exit(MISUSED)
    except (SettingsError, FormError) as error:
        sys.exit(str(error))
    except UnsealError:
        sys.exit(WRONG_RING)
    except SQLAlchemyError as error:
        if not faults.takes_nothing(error):
            raise
        why = f"KUAGER_DATABASE_URL: the database does not take this: {faults.told(error)}. Run: python -m bot check"
        sys.exit(faults.damage_of(error) or why)
    except StoreAwayError as error:
        sys.exit(
            f"KUAGER_FILES_URL: the bucket cannot be reached: {error.strerror}. Run: python -m bot check"
        )
    except TelegramError as error:
        sys.exit(unreached(error))
    except Refusal as refusal:
        sys.exit(Texts(("en",)).text("en", refusal.key, refusal.arguments))
    finally:
        logs.quiet_crashes()  # typer has installed its own hook, which would print an error's message
