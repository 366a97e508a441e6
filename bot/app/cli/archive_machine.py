"""Commands of the sealed archive on a machine of the organisation. They need no settings, database, token or network."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.app.archive import bundles, opening
from bot.app.archive.bundles import Bundle
from bot.app.archive.page import ArchivePage
from bot.app.cli.console import INCOMPLETE, end, out, require_place, whole
from bot.app.cli.exports import OutputPaths, write_shared, written
from bot.errors import ArgumentError
from bot.languages import codes
from bot.publish.export.formats import FORMATS
from bot.publish.export.request import SharedExport
from bot.publish.export.selection import SHARED
from bot.reports import reading
from bot.safety import offline
from bot.store import archive_keys
from bot.store.unit import SECONDS_AN_HOUR

_FILE = typer.Argument(help="A bundle that `archive export` wrote on the server.")
_REF = typer.Argument(help="Reference of a report.")
_IDENTITY = typer.Option(
    "--identity", help="File of an age key, or several one by one; - for standard input."
)
_TO = typer.Option("--to", help="Recipients (age1…), by commas.")
_OUT = typer.Option("--out", help="File to write.")


def _read(file: Path, identities: Sequence[str]) -> Bundle:
    return bundles.read(file, [one for path in identities for one in bundles.read_identities(path)])


def _recipients(to: str) -> Sequence[str]:
    try:
        return [offline.read_recipient(one) for one in to.split(",") if one.strip()]
    except ValueError as error:
        raise ArgumentError(f"--to is wrong: it {error}. Example: --to age1…") from None


def _tell_what_it_is(bundle: Bundle, file: Path) -> int:
    """Print facts by which the register knows the bundle. Returns the number of reports that do not open."""
    made = datetime.fromtimestamp(bundle.head.made_hour * SECONDS_AN_HOUR, ZoneInfo("Asia/Almaty"))
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    closed = sum(one.content is not None and one.key not in bundle.keys for one in bundle.reports)
    out.print(
        f"{len(bundle.reports)} reports of installation {bundle.head.installation}, written {made:%Y-%m-%d %H:00}. SHA-256: {digest}. "
        "The server's register must name the same."
    )
    if closed:
        out.print(
            f"{closed} of them are sealed to other recipients: give one of their keys too. Example: --identity key.txt"
        )
    return closed


async def open_(
    file: Annotated[Path, _FILE],
    identity: Annotated[list[str], _IDENTITY],
    language: Annotated[str, typer.Option(help=f"Language of the page: {', '.join(codes())}.")] = "ru",
) -> None:
    """Show a bundle's reports on a page of this machine, from memory, until Ctrl+C or an hour untouched."""
    _forbid_core_dumps()
    if language not in codes():
        raise ArgumentError(f"--language is wrong: it is one of {', '.join(codes())}. Example: --language ru")
    bundle = _read(file, identity)
    _tell_what_it_is(bundle, file)
    async with opening.opened(bundle) as archive, ArchivePage(archive, language).open() as page:
        out.print(
            f"Open this in a browser of this machine, once: {page.url}\nEnd with Ctrl+C. It ends by itself after an hour untouched."
        )
        with suppress(asyncio.CancelledError):  # Ctrl+C
            await page.until_idle()
    out.print("Closed. Close the browser too.")


def _forbid_core_dumps() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


async def originals(
    file: Annotated[Path, _FILE],
    ref: Annotated[str, _REF],
    folder: Annotated[Path, typer.Argument(help="New folder for them.")],
    identity: Annotated[list[str], _IDENTITY],
) -> None:
    """Save a report's originals to a new folder, encrypted to these identities, as they may be harmful."""
    bundle = _read(file, identity)
    report = bundle.report(ref)
    to = list(dict.fromkeys(map(offline.recipient_of, bundle.identities)))
    async with opening.opened(bundle, to) as archive, archive.work.read() as unit:
        number = await reading.write_originals(unit, archive.store, report.ref, folder)
    out.print(
        f"Written: {number} originals and their custody. To open one: age -d -i KEY {folder}{os.sep}{report.ref}-1.jpg.age > 1.jpg"
    )


async def share(
    file: Annotated[Path, _FILE],
    identity: Annotated[list[str], typer.Option("--identity", help="Files of two age keys, of two persons.")],
    to: Annotated[str, _TO],
    place: Annotated[str, _OUT],
    scope: Annotated[str, typer.Option(help=f"One of {', '.join(SHARED)}.")] = str(SHARED[0]),
    format_: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "csv",
    since: Annotated[str, typer.Option(help="First day of approval, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Last day of approval, YYYY-MM-DD.")] = "",
) -> None:
    """Make the encrypted export of /share from a bundle, by the keys of two persons. Exit codes: 0 done, 1 failed, 2 wrong
    arguments, 3 written, but what does not open is left out."""
    shared, paths = SharedExport.read(scope, format_, since, until), OutputPaths(place)
    if paths.is_stdout or not (recipients := _recipients(to)):
        raise ArgumentError("--to and --out are needed. Example: --to age1… --out shared.csv.age")
    paths.require_writable()
    _require_two(file, identity)
    bundle = _read(file, identity)
    closed = _tell_what_it_is(bundle, file)
    with written(paths):
        async with opening.opened(bundle, recipients) as archive:
            held = await write_shared(archive.work, shared, paths)
    end(held)
    if closed:
        raise typer.Exit(INCOMPLETE)


def _require_two(file: Path, identity: Sequence[str]) -> None:
    """Raise ArgumentError unless there are keys of two persons, each of which opens the bundle."""
    if "-" in identity and len(identity) > 1:
        raise ArgumentError(
            "--identity is wrong: standard input has room for one person's key. Example: --identity A.txt --identity B.txt"
        )
    found = [{*map(offline.recipient_of, bundles.read_identities(path))} for path in identity]
    if len(found) != 2 or found[0] & found[1]:
        raise ArgumentError(
            "--identity is wrong: sharing takes the keys of two persons. Example: --identity A.txt --identity B.txt"
        )
    for path in identity:
        bundles.require_opening(file, bundles.read_identities(path))


async def reopen(
    file: Annotated[Path, _FILE],
    ref: Annotated[str, _REF],
    identity: Annotated[list[str], _IDENTITY],
    place: Annotated[Path, _OUT],
) -> None:
    """Write a small file that lets the server open a report again: one administrator uploads it, a second one confirms."""
    require_place(place)
    bundle = _read(file, identity)
    made = opening.reopening(bundle, ref)
    with whole(place) as written_:
        written_.write(made)
    out.print(
        f"Written to {place}, for installation {bundle.head.installation} alone. An administrator sends it to the bot."
    )


async def reseal(
    file: Annotated[Path, _FILE],
    identity: Annotated[list[str], _IDENTITY],
    to: Annotated[str, _TO],
    place: Annotated[Path, _OUT],
) -> None:
    """Write a file that seals a bundle's reports to other recipients, once the server takes it in."""
    if not (recipients := _recipients(to)):
        raise ArgumentError("--to is wrong: it names no recipient. Example: --to age1…,age1…")
    require_place(place)
    bundle = _read(file, identity)
    made, done, left = opening.resealing(bundle, recipients)
    with whole(place) as written_:
        written_.write(made)
    names = archive_keys.sealed_to(recipients)
    out.print(
        f"Written to {place}: {done} reports for {names}. On the server: python -m bot archive take {place}"
    )
    if left:
        typer.echo(
            f"{left} reports are sealed to other recipients, and not in it. Give one of their keys too.",
            err=True,
        )
        raise typer.Exit(INCOMPLETE)
