"""Commands of the sealed archive: on the server its bundles, new envelopes, and recipients with the words that prove their identities.

Those on a machine of the organisation, below, need no settings, database, token or network.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import typer

from bot.app.archive import bundles, opening
from bot.app.cli import console
from bot.app.cli.console import FormatName, Since, Until, opened, out, require_place, time_of, write_whole
from bot.app.cli.exports import OutputPaths, write_shared, written
from bot.errors import ArgumentError, SettingsError
from bot.languages import codes
from bot.publish import bundles as server_bundles
from bot.publish.bundles import Asked, Bundle
from bot.publish.export import making, register
from bot.publish.export.making import Counting
from bot.publish.export.register import MadeFile
from bot.publish.export.request import SharedExport
from bot.publish.export.selection import SHARED
from bot.reports import archive as archive_service
from bot.reports import reading
from bot.safety import offline
from bot.settings import example
from bot.store import archive_keys, audit, ring_keys, withdrawals
from bot.store.file_store import write_private
from bot.store.files import open_store
from bot.store.unit import HOURS_A_DAY, UnitOfWork

MOST_DETAIL = 64
"""Characters of a detail in the audit log."""
_EXAMPLE = "archive export bundle.age --from 2026-01-01 --to 2026-03-31"


async def export(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="REF…", help="Reports; without any all.")
    ] = None,
    since: Annotated[str, typer.Option("--from", help="First day of decision, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day of decision, YYYY-MM-DD.")] = "",
) -> None:
    """Write decided reports with their files to a bundle, which the recipients of the archive open on a machine of the
    organisation. Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 written, but something in it is damaged or lost."""
    period = console.read_period(since, until, ("--from", "--to"), _EXAMPLE)
    if refs and (since or until):
        raise ArgumentError(
            f"REF is wrong beside --from and --to: give the one or the other. Example: {_EXAMPLE}"
        )
    require_place(file, "FILE")
    async with opened() as work:
        store = open_store(work.settings)
        async with work.write() as unit:
            asked = Asked(period, await server_bundles.require_decided(unit, refs or []))
            bundle = await server_bundles.begin(unit, audit.SYSTEM, asked)
        async with console.registered(work, bundle.number, is_seen=False):
            with console.whole(file, "FILE") as opened_file:
                counting = Counting(opened_file)
                pieces = bundle.pieces(work.read, work.write, store)
                seal = making.to_recipients(bundle.to)
                await making.write_sealed(pieces, cast("BinaryIO", counting), seal)
                digest = counting.digest.hexdigest()
                made = MadeFile(file.name, counting.bytes, digest, bundle.reports, is_encrypted=True)
                async with work.write() as unit:
                    await register.complete(unit, bundle.number, 0, made, is_last=True)
    _tell(file, bundle, digest)


async def take(file: Annotated[Path, typer.Argument(help="A file that `archive reseal` made.")]) -> None:
    """Take in new envelopes from the organisation's machine, all of them or none."""
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ArgumentError(f"FILE is wrong: {file}: {why}. Example: archive take resealed.age") from None
    async with opened() as work, work.write() as unit:
        await audit.begin(unit)  # withdrawals wait
        told = await archive_service.read(unit, content, archive_service.Kind.RESEALING)
        names, keys, gone = await archive_service.reseal(unit, told)
        await audit.record(unit, audit.SYSTEM, "reseal", "", f"{keys} {names}"[:MOST_DETAIL])
    since = f" {gone} were destroyed since." if gone else ""
    out.print(f"Sealed anew, to {names}: {keys} keys.{since}")


def _tell(file: Path, bundle: Bundle, digest: str) -> None:
    out.print(
        f"Written to {file}: {bundle.reports} reports, {bundle.files} files. SHA-256: {digest}. On a machine of the organisation, offline: "
        f"python -m bot archive open {file.name} --identity KEY",
        markup=False,
    )
    console.end_with(bundle.faults())


_NONE = f"KUAGER_ARCHIVE_RECIPIENTS is not set, nor KUAGER_ORIGINAL_RECIPIENTS: no report is sealed. {example('archive_recipients')}"
_POSTGRESQL = ". PostgreSQL keeps such keys in the free room of its pages, also of later reports: run VACUUM FULL key_slots there every day"
_WARNING = (
    "Read this before the last one answers, since sealing then begins by itself. A sealed report opens with one of these "
    "identities alone. If the last of them is lost, all that was sealed to it is lost for good: no key of the server, no "
    "administrator and no later backup brings it back. Keep each identity at two places, none of them on the server."
)


async def words(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files. It is made.")] = Path(
        "words"
    ),
) -> None:
    """Write a word for each recipient of the archive, encrypted to it. Nothing is sealed before each has answered its word."""
    async with opened() as work, work.read() as unit:
        named = await archive_keys.recipients(unit)
        made = {one: archive_keys.word(unit, one.recipient) for one in named}
    if not made:
        raise SettingsError(_NONE)
    try:
        for one, word in made.items():
            sealed = offline.seal_to([one.recipient], f"{word}\n".encode())
            write_private(folder / f"{one.fingerprint}.age", sealed)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ArgumentError(
            f"DIR is wrong: {folder} cannot be written to: {why}. Example: archive words /media/stick"
        ) from None
    out.print(_WARNING, "\n")
    for one in named:
        out.print(
            f"{folder / one.fingerprint}.age is for the person who keeps the identity of {one.recipient}"
        )
    out.print(
        "\nEach decrypts the file on a machine of the organisation, and tells you the word: age -d -i IDENTITY FILE.age\n"
        f"Enter it within {archive_keys.WORD_DAYS} days, by the file's name: python -m bot archive answer {named[0].fingerprint} WORD"
    )


async def answer(
    recipient: Annotated[str, typer.Argument(help="The recipient, or the name of its file without .age.")],
    word: Annotated[str, typer.Argument(help="What its file said.")],
) -> None:
    """Enter the word that a recipient of the archive decrypted. Once each has answered, sealing begins."""
    async with opened() as work, work.write() as unit:
        named = {one.fingerprint: one for one in await archive_keys.recipients(unit)}
        found = named.get(recipient) or named.get(archive_keys.fingerprint(recipient.strip()))
        if found is None:
            listed = ", ".join(named) or "none"
            raise ArgumentError(
                f"RECIPIENT is wrong: the settings name {listed}. Example: archive answer 1a2b3c4d WORD"
            )
        await archive_keys.answer(unit, found.recipient, word)
        await audit.record(unit, audit.SYSTEM, "recipient", "", found.fingerprint)
        waiting = [one.fingerprint for one in await archive_keys.recipients(unit) if not one.answered_hour]
    out.print(f"{found.fingerprint} has answered.")
    if waiting:
        out.print(f"Nothing is sealed before these have answered, too: {', '.join(waiting)}")
    else:
        out.print(
            "All have: the bot seals decided reports in the background. How far it is: python -m bot archive status"
        )


async def status() -> None:
    """Show the recipients of the archive, how many reports each can open, and what still opens sealed ones."""
    async with opened() as work, work.read() as unit:
        named = {one.fingerprint: one for one in await archive_keys.recipients(unit)}
        opens = Counter[str]()
        for names, number in (await archive_keys.counts(unit)).items():
            opens.update(dict.fromkeys(names.split(), number))
        rows = [("recipient", "answered", "opens", "")]
        for name in [*named, *sorted(opens.keys() - named.keys())]:
            one = named.get(name)
            recipient = one.recipient if one is not None else await archive_keys.seen(unit, name) or "unknown"
            hour = one.answered_hour if one is not None else None
            answered = (
                time_of(hour, unit.settings) if hour is not None else "never" if one else "no longer named"
            )
            rows.append((name, answered, str(opens[name]), recipient))
        told = [one async for one in doubts(unit)]
        done, left = await archive_service.progress(unit), await what_still_opens(unit)
    for name, answered, opened_, recipient in rows:
        out.print(f"{name:<9}  {answered:<16}  {opened_:>7}  {recipient}")
    waits = f"; {done.waiting} wait, since something of them is still open" if done.waiting else ""
    out.print(f"Sealed: {done.sealed} of {done.sealed + done.left} decided reports{waits}.")
    for line in (*told, left):
        if line and not any(line in longer for longer in told if longer != line):
            out.print(f"{line[0].upper()}{line[1:]}.")


async def doubts(unit: UnitOfWork) -> AsyncIterator[str]:
    """Doubts about the archive, a line each with what to do."""
    named = await archive_keys.recipients(unit)
    names, counts = {one.fingerprint for one in named}, await archive_keys.counts(unit)
    if not named:
        yield f"{_NONE} Until then a person who takes the server and its keys opens all that is not destroyed"
    elif waiting := [one.fingerprint for one in named if one.answered_hour is None]:
        yield f"nothing is sealed before these recipients have answered: {', '.join(waiting)}. Run: python -m bot archive words"
    if len(named) == 1:
        yield f"there is one recipient: if its identity is lost, all that is sealed is lost. Name a second one. {example('archive_recipients')},age1<58-characters>"
    oldest = unit.hour - archive_keys.REHEARSED_DAYS * HOURS_A_DAY
    if late := [one.fingerprint for one in named if (one.answered_hour or unit.hour) < oldest]:
        yield f"these recipients have not shown for half a year that they can open the archive: {', '.join(late)}. Run: python -m bot archive words"
    strange = {to: number for to, number in counts.items() if names.isdisjoint(to.split())}
    if strange:
        listed = ", ".join(sorted({name for to in strange for name in to.split()}))
        yield f"{sum(strange.values())} sealed reports open for no recipient of the settings, only for {listed}: keep their identities, or reseal (docs/archive.md)"
    begun = await archive_keys.begun_hour(unit)
    if begun is not None and await ring_keys.first_hour(unit) <= begun:
        yield f"the ring's first key is older than the archive. {await what_still_opens(unit)}"


async def what_still_opens(unit: UnitOfWork) -> str:
    """Line on the ring keys and backups that still open what is sealed by now, with how to end them. Blank before sealing."""
    if await archive_keys.begun_hour(unit) is None:
        return ""
    ring = ", ".join(unit.safe.ring.ring.keys)
    newest = await withdrawals.newest_backup(unit)
    backups = (
        f"Backups, the newest of {time_of(newest, unit.settings)},"
        if newest is not None
        else "Backups, if there are any,"
    )
    return (
        f"{backups} hold open keys of what was sealed after them, and these ring keys open them: {ring}. To end that, "
        "once all is sealed: python -m bot keys new --ring, put it first, restart, python -m bot keys rotate, destroy the older ring keys, and "
        "replace the backups by a new one"
        f"{_POSTGRESQL if unit.session.get_bind().dialect.name == 'postgresql' else ''}"
    )


# On a machine of the organisation

_File = Annotated[Path, typer.Argument(help="A bundle of `archive export`.")]
_Ref = Annotated[str, typer.Argument(help="Reference of a report.")]
_Identity = Annotated[
    list[str], typer.Option("--identity", help="File of an age key, several one by one; - is standard input.")
]
_To = Annotated[str, typer.Option("--to", help="Recipients (age1…), by commas.")]
_TWO = "--identity is wrong: it takes the keys of two persons to share. Example: --identity first.txt --identity second.txt"
_Out = Annotated[Path, typer.Option("--out", help="File to write.")]


def _read(file: Path, identities: Sequence[str]) -> bundles.Bundle:
    """Read a bundle, and print by what the server's register knows it."""
    bundle = bundles.read(file, [one for path in identities for one in bundles.read_identities(path)])
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    told = f"{len(bundle.reports)} reports of installation {bundle.head['installation']}."
    out.print(f"{told} The server's register of exports must name this file, by SHA-256: {digest}")
    return bundle


def _tell_closed(number: int) -> None:
    """Tell how many reports are sealed to others, and end with INCOMPLETE if there are any."""
    told = f"{number} reports do not open by these keys, and are left out: add --identity"
    console.end_with([told] if number else [])


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
