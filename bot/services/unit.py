"""The unit of work that every service takes: one transaction, one time, the safe and the settings.

Services add and change rows; they never commit. The batch loop, the jobs and the command line do.
"""

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.form.model import Form
from bot.safety.keys import Key
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal
from bot.settings import Settings

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Safe:
    """The keys at work."""

    ring: RingSeal
    pseudonyms: Pseudonyms
    audit_key: Key = field(repr=False)


@dataclass(slots=True)
class Unit:
    """One transaction's worth of work. `now` is aware, in the configured time zone."""

    session: AsyncSession
    now: datetime
    safe: Safe
    settings: Settings
    forms: Mapping[str, Form]
    """The forms by kind: `report` and `review`."""
    random: random.Random
    keys: dict[str, Key] = field(default_factory=dict, repr=False)
    """Data keys opened in this unit, by their id."""
    last_audit_mac: bytes | None = None
    erased: bool = False
    """Keys were destroyed: the write-ahead log must be emptied after the commit."""
    filed: bool = False
    """Files came or are to be removed: the job that sees to files has something to do after the commit."""

    @property
    def hour(self) -> int:
        """The current hour as it is stored: whole hours since 1970-01-01 UTC."""
        return int(self.now.timestamp()) // HOUR


MakeUnit = Callable[[], AbstractAsyncContextManager[Unit]]
"""Begins a transaction and commits it at the end of its `async with`."""
