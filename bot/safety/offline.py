"""Sealing to recipients whose keys are kept away from the server: age (https://age-encryption.org/v1), X25519.

Whoever has only the server cannot open it. It is opened by `age --decrypt --identity KEY`, or any other program for age.
"""

from collections.abc import Sequence
from typing import BinaryIO

import pyrage  # type: ignore[import-untyped] # it has no types


def read_recipient(text: str) -> str:
    """A recipient as `age-keygen -y` prints it, `age1…`; raises ValueError, which does not repeat the text."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except pyrage.RecipientError:
        raise ValueError("must be age1… as age-keygen -y prints it, several by commas") from None


def new_identity() -> str:
    """What opens what is sealed to its recipient, as `age-keygen` makes it: AGE-SECRET-KEY-1…"""
    return str(pyrage.x25519.Identity.generate())


def recipient_of(identity: str) -> str:
    """The recipient of an identity, as `age-keygen -y` prints it; raises ValueError, which does not repeat the identity."""
    try:
        return str(pyrage.x25519.Identity.from_str(identity.strip()).to_public())
    except pyrage.IdentityError:
        raise ValueError("must be AGE-SECRET-KEY-1… as age-keygen makes it") from None


def seal_to(recipients: Sequence[str], plain: bytes) -> bytes:
    """`plain` as an age file that each of these recipients can open."""
    keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    return bytes(pyrage.encrypt(plain, keys))


def seal_stream(recipients: Sequence[str], plain: BinaryIO, sealed: BinaryIO) -> None:
    """The same from one stream to another, in pieces of 64 KiB. Raises OSError, without its number, when `sealed` cannot be
    written."""
    keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    try:
        pyrage.encrypt_io(plain, sealed, keys)
    except pyrage.EncryptError as error:
        raise OSError(str(error)) from None
