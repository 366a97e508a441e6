"""The local Bot API as a program, `python -m bot.local_api`: see docs/local-bot-api.md."""

import asyncio
import secrets
import signal
import sys
import time
from typing import Annotated

import typer

from bot.local_api.access import LOOPBACK
from bot.local_api.page import PagePhone, PhonesPage
from bot.local_api.server import LocalBotApi

DEFAULT_TOKEN = "1000000001:a-token-that-opens-nothing"  # noqa: S105 - it opens nothing
DEFAULT_USERNAME = "local_bot"
_PHONES = (PagePhone(1001, "en", "Anna"),)

_program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def read_tokens(given: list[str]) -> dict[str, str]:
    """Token -> username, from `ID:SECRET` or `ID:SECRET=username`. Raises typer.BadParameter."""
    bots: dict[str, str] = {}
    for one in given:
        token, _, username = one.partition("=")
        number, _, secret = token.partition(":")
        if not number.isdecimal() or not secret or "/" in secret:
            raise typer.BadParameter(f"{one!r} is not ID:SECRET or ID:SECRET=username", param_hint="--token")
        bots[token] = username or f"local_{number}_bot"
    if len(set(bots.values())) < len(given):
        raise typer.BadParameter("tokens and usernames must differ", param_hint="--token")
    return bots


def lines_to_copy(api: LocalBotApi, token: str, username: str) -> str:
    return f"""
@{username}
  curl                  curl {api.base_url}{token}/getMe
  python-telegram-bot   Application.builder().token("{token}").base_url("{api.base_url}").base_file_url("{api.base_file_url}").build()
  aiogram               Bot("{token}", session=AiohttpSession(api=TelegramAPIServer.from_base("{api.url}")))
  pyTelegramBotAPI      apihelper.API_URL = "{api.base_url}{{0}}/{{1}}"; apihelper.FILE_URL = "{api.base_file_url}{{0}}/{{1}}\""""


async def serve(api: LocalBotApi, host: str, port: int, key: str | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await api.start(host, port)
    try:
        typer.echo(f"The local Bot API is at {api.url} (stop with Ctrl+C)")
        typer.echo(f"Phones to write from: {api.url}/{f'?key={key}' if key else ''}")
        for token, account in api.accounts.items():
            typer.echo(lines_to_copy(api, token, account.me["username"]))
        sys.stdout.flush()
        await stop.wait()
    finally:
        await api.stop()


@_program.command()
def main(
    token: Annotated[
        list[str] | None, typer.Option(help="ID:SECRET or ID:SECRET=username; repeatable.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; any but this machine's own needs a key.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen at; 0 takes a free one.")
    ] = 8081,
    limits: Annotated[bool, typer.Option(help="Telegram's flood limits, answered with 429.")] = True,
) -> None:
    """A local Bot API for any bot, with phones and switches for tests. No account, no network."""
    key = None if host in LOOPBACK else secrets.token_urlsafe(16)
    if key:
        typer.echo(f"Warning: others can reach {host}. Phones and switches ask for ?key={key}", err=True)
    # The published token must not open a server that other machines can reach.
    spare = f"{DEFAULT_TOKEN.partition(':')[0]}:{key}" if key else DEFAULT_TOKEN
    api = LocalBotApi(read_tokens(token or [f"{spare}={DEFAULT_USERNAME}"]), time.time)
    api.control.limits.switch(on=limits)
    api.extend(PhonesPage(_PHONES, key=key).add_to)
    try:
        asyncio.run(serve(api, host, port, key))
    except OSError as taken:
        sys.exit(f"Cannot listen at {host}:{port}: {taken.strerror}. With --port 0 it takes a free port.")


if __name__ == "__main__":
    _program(prog_name="python -m bot.local_api")
