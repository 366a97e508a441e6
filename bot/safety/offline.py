"""Sealing to recipients whose keys are kept off the server: age (https://age-encryption.org/v1), X25519. The
server alone cannot open the result."""

from collections.abc import Sequence
from typing import BinaryIO

import pyrage  # type: ignore[import-untyped] # untyped


def read_recipient(text: str) -> str:
    """Parse a recipient in the form of `age-keygen -y`, `age1…`. Raises ValueError without the text."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except pyrage.RecipientError:
        raise ValueError("must be age1… as age-keygen -y prints it, several by commas") from None


def new_identity() -> str:
    """New identity in the form of `age-keygen`, AGE-SECRET-KEY-1…"""
    return str(pyrage.x25519.Identity.generate())


def recipient_of(identity: str) -> str:
    """Recipient of an identity, in the form of `age-keygen -y`. Raises ValueError without the identity."""
    try:
        return str(pyrage.x25519.Identity.from_str(identity.strip()).to_public())
    except pyrage.IdentityError:
        raise ValueError("must be AGE-SECRET-KEY-1… as age-keygen makes it") from None


def seal_to(recipients: Sequence[str], plain: bytes) -> bytes:
    """Seal `plain` as an age file that each recipient can open."""
    keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    return bytes(pyrage.encrypt(plain, keys))


def seal_stream(recipients: Sequence[str], plain: BinaryIO, sealed: BinaryIO) -> None:
    """Seal one stream into another, in pieces of 64 KiB. Raises OSError, without errno."""
    keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    try:
        pyrage.encrypt_io(plain, sealed, keys)
    except pyrage.EncryptError as error:
        raise OSError(str(error)) from None
