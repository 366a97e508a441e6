"""Encryption of an export while it is made, so that the clear text stays in memory."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import BinaryIO

from bot.errors import Refusal
from bot.safety import offline, passphrases
from bot.services.export.versions.scope import Scope
from bot.services.unit import Unit

Seal = Callable[[BinaryIO, BinaryIO], None]
"""Encrypts one stream into another. Raises OSError."""
EXTENSION, MIME = "age", "application/octet-stream"


def to_recipients(recipients: Sequence[str]) -> Seal:
    return partial(offline.seal_stream, recipients)


def with_passphrase(passphrase: str) -> Seal:
    return partial(passphrases.seal_stream, passphrase)


def required(unit: Unit, scope: Scope) -> Seal | None:
    """Encryption that a scope requires, None for the public one. Raises Refusal without recipients in the
    settings."""
    if scope is Scope.PUBLIC:
        return None
    if not unit.settings.export_recipients:
        raise Refusal("moderator.sharing.no_recipients")
    return to_recipients(unit.settings.export_recipients)


async def write(pieces: AsyncGenerator[bytes], file: BinaryIO, seal: Seal | None = None) -> None:
    """Write pieces to a file, with `seal` encrypted from memory. Always closes `pieces`. Raises OSError."""
    async with aclosing(pieces):
        if seal is not None:
            await _sealed(pieces, file, seal)
            return
        async for piece in pieces:
            file.write(piece)


async def _sealed(pieces: AsyncIterator[bytes], file: BinaryIO, seal: Seal) -> None:
    read_end, write_end = os.pipe()
    source, sink = os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb")

    def encrypt() -> None:
        with source:
            seal(source, file)

    sealing = asyncio.create_task(asyncio.to_thread(encrypt))
    try:
        # A broken pipe is only the symptom. The thread raises the cause.
        with suppress(BrokenPipeError), sink:
            async for piece in pieces:
                await asyncio.to_thread(sink.write, piece)
    finally:
        await sealing
