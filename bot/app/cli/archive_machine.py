"""Commands of the sealed archive on a machine of the organisation. They need no settings, database, token or network."""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bot.app.archive import bundles, opening
from bot.app.archive.bundles import Bundle
from bot.app.cli import console
from bot.app.cli.console import FormatName, Since, Until, out, require_place, write_whole
from bot.app.cli.exports import OutputPaths, write_shared, written
from bot.errors import ArgumentError
from bot.languages import codes
from bot.publish.export.request import SharedExport
from bot.publish.export.selection import SHARED
from bot.reports import reading
from bot.safety import offline
from bot.store import archive_keys

_File = Annotated[Path, typer.Argument(help="A bundle of `archive export`.")]
_Ref = Annotated[str, typer.Argument(help="Reference of a report.")]
_Identity = Annotated[
    list[str], typer.Option("--identity", help="File of an age key, several one by one; - is standard input.")
]
_To = Annotated[str, typer.Option("--to", help="Recipients (age1…), by commas.")]
_TWO = "--identity is wrong: it takes the keys of two persons to share. Example: --identity first.txt --identity second.txt"
_Out = Annotated[Path, typer.Option("--out", help="File to write.")]


def _read(file: Path, identities: Sequence[str]) -> Bundle:
    """Read a bundle, and print by what the server's register knows it."""
    bundle = bundles.read(file, [one for path in identities for one in bundles.read_identities(path)])
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    told = f"{len(bundle.reports)} reports of installation {bundle.head['installation']}."
    out.print(f"{told} The server's register of exports must name this file, by SHA-256: {digest}")
    return bundle


def _tell_closed(number: int) -> None:
    """Say how many reports are sealed to others, and exit with INCOMPLETE if there are any."""
    if number:
        typer.echo(f"{number} reports do not open by these keys, and are left out: add --identity", err=True)
        raise typer.Exit(console.INCOMPLETE)


async def open_(
    file: _File,
    identity: _Identity,
    language: Annotated[str, typer.Option(help="Language of the page, such as kk, ru or en.")] = "ru",
) -> None:
    """Show a bundle's reports on a page of this machine, from memory, until Ctrl+C or an hour untouched."""
    from bot.app.archive.page import ArchivePage  # noqa: PLC0415 - its template would make each start longer

    console.require_one_of("--language", language, codes(), "ru")
    async with opening.opened(_read(file, identity)) as archive:
        page = ArchivePage(archive, language)
        async with page.served():
            out.print(
                f"Open this once in a browser of this machine, in a private window: {page.url}", markup=False
            )
            out.print("End it with Ctrl+C. It ends by itself after an hour untouched.")
            with suppress(asyncio.CancelledError):  # Ctrl+C
                await page.until_idle()
    out.print("Ended. Close the browser's window too.")


async def originals(
    file: _File, ref: _Ref, folder: Annotated[Path, typer.Argument(help="New folder.")], identity: _Identity
) -> None:
    """Save a report's originals to a new folder, encrypted to the keys given, as they may be harmful."""
    bundle = _read(file, identity)
    report = bundle.report(ref).row.ref
    to = [*{*map(offline.recipient_of, bundle.identities)}]
    async with opening.opened(bundle, to) as archive, archive.work.read() as unit:
        number = await reading.write_originals(unit, archive, report, folder)
    out.print(f"Written: {number} originals and their custody. Open one with: age -d -i KEY FILE.age > FILE")


async def share(
    file: _File,
    identity: _Identity,
    to: _To,
    place: _Out,
    scope: Annotated[str, typer.Option(help=f"One of {', '.join(SHARED)}.")] = str(SHARED[0]),
    format_: FormatName = "csv",
    since: Since = "",
    until: Until = "",
) -> None:
    """Make the encrypted export of /share from a bundle, by the keys of two persons. Exit codes: 0 done, 1 failed, 2 wrong
    arguments, 3 written, but what does not open is left out."""
    shared, recipients = (
        SharedExport.read(scope, format_, since, until),
        console.read_recipients(to.split(",")),
    )
    paths = OutputPaths(str(place))
    paths.require_writable()
    if len(identity) != 2:
        raise ArgumentError(_TWO)
    bundle, second = (_read(file, [one]) for one in identity)  # each opens it alone
    if {*map(offline.recipient_of, bundle.identities)} & {*map(offline.recipient_of, second.identities)}:
        raise ArgumentError(_TWO)
    bundle = replace(bundle, keys={**bundle.keys, **second.keys})
    with written(paths):
        async with opening.opened(bundle, recipients) as archive:
            held = await write_shared(archive.work, shared, paths)
    console.end(held)
    _tell_closed(sum(not bundle.opens(one) for one in bundle.reports.values()))


async def reopen(file: _File, ref: _Ref, identity: _Identity, place: _Out) -> None:
    """Write a small file by which the server opens a report again, once one administrator sends it and a second one
    confirms."""
    require_place(place)
    write_whole(place, opening.reopening(_read(file, identity), ref))
    out.print(f"Written to {place}, for this report's server alone. An administrator sends it to the bot.")


async def reseal(file: _File, identity: _Identity, to: _To, place: _Out) -> None:
    """Write a file by which the server seals a bundle's reports to other recipients. Exit codes: 0 done, 1 failed, 2 wrong
    arguments, 3 written, but what does not open is left out."""
    recipients = console.read_recipients(to.split(","))
    require_place(place)
    made, done, closed = opening.resealing(_read(file, identity), recipients)
    write_whole(place, made)
    names = archive_keys.sealed_to(recipients)
    out.print(
        f"Written to {place}: {done} reports for {names}. On the server: python -m bot archive take {place}"
    )
    _tell_closed(closed)
