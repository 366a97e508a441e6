"""The unit of work that every service takes: one transaction, one time, the keys and the settings.

Services add and change rows; they never commit. The batch loop, the jobs and the command line do.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.form.model import Form
from bot.safety.keys import SecretKey
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal
from bot.settings import Settings

SECONDS_AN_HOUR = 3600
SECONDS_A_MINUTE = MINUTES_AN_HOUR = 60
HOURS_A_DAY = 24
SAFE, AS_STORED = "safe", "as stored"
"""What a session is told by these names: the keys that prove its rows, and that it reads those too that do not fit."""
REPORT_FORM, REVIEW_FORM, REPLY_FORM, QUESTION_FORM = "report", "review", "reply", "question"
"""The kinds of forms: what reporters fill in, what moderators write for the public, what reporters add to a report that is sent, and
what moderators ask them."""


@dataclass(frozen=True, slots=True)
class Safe:
    """The operator's keys, ready for use."""

    ring: RingSeal
    pseudonyms: Pseudonyms
    audit_key: SecretKey = field(repr=False)
    foreign: set[str] = field(default_factory=set)
    """The tables in which rows were found that the bot did not write, since administrators were told last; see `row_proofs`."""
    entries: dict[str, int] = field(default_factory=dict)
    """The newest entry of the audit log by which this process has seen a member have rights, or none, by the member's id."""
    day_keys: dict[int, SecretKey] = field(default_factory=dict, repr=False)
    """The key of the day's hashes of senders by that day, once it was read; see `allowances`."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A message to be remembered: `report_id` is the report that it shows, `stay` one of `sent_messages.Stay`."""

    chat_hash: bytes
    message_id: int
    report_id: str | None = None
    stay: int = 0


@dataclass(slots=True)
class SenderDay:
    """A sender's day so far: updates, reports begun, codes guessed wrong, whether a form is open, whether one who is blocked was told
    so, how many of the updates came inside a report, and whether one who wrote too much outside was told so."""

    updates: int = 0
    reports: int = 0
    guesses: int = 0
    in_report: bool = False
    told_blocked: bool = False
    inside: int = 0
    told_enough: bool = False


@dataclass(slots=True)
class Unit:
    """One transaction's worth of work. `now` is aware, in the configured time zone."""

    session: AsyncSession
    now: datetime
    safe: Safe
    settings: Settings
    forms: Mapping[str, Form]
    """The forms by kind."""
    copy: int | None = None
    """The number of this copy of the bot, which sends what it owes; None where there is one bot, and for a command."""
    keys: dict[str, SecretKey] = field(default_factory=dict, repr=False)
    """The data keys opened in this unit, by id."""
    last_audit_entry: tuple[int, bytes] | None = None
    """Number and MAC of the last entry of the audit log, once this unit has recorded one."""
    erased: bool = False
    """Set when keys were destroyed: the write-ahead log must be emptied after the commit."""
    filed: bool = False
    """Set when files came or must go: the file job has work to do after the commit."""
    reported: bool = False
    """Set when a report came: the moderators are to be told, by a transaction of its own."""
    drafts: dict[str, Any] = field(default_factory=dict, repr=False)
    """The open drafts that this unit knows by their ids, so that there is one value of each; see `drafting`."""
    renamed: list[str] = field(default_factory=list)
    """Old ids of the data keys that got another: their rows go, and their slots are overwritten, with the end of this unit."""
    ended: list[str | None] = field(default_factory=list)
    """The reports of which what was shown has to leave moderators' chats; see `shown`."""
    acted: set[bytes] = field(default_factory=set)
    """The chats of moderators who did something: what they were shown there stays a while longer; see `shown`."""
    noted: list[Noted] = field(default_factory=list)
    """Messages to be remembered; see `sent_messages`."""
    counted: dict[bytes, SenderDay] = field(default_factory=dict)
    """What senders have asked today by their hashes, to be kept when the unit ends; see `allowances`."""
    day_key: SecretKey | None = field(default=None, repr=False)
    """The key of the day under which these are kept."""
    buckets: dict[int, dict[bytes, SenderDay]] = field(default_factory=dict)
    """What was read of senders in this unit; see `sender_counts`."""
    logs: bool = False
    """Set while this unit alone may write the audit log; see `audit.begin`."""
    scattered: dict[bytes, bool] = field(default_factory=dict)
    """The chats whose rows are dealt out anew when the unit ends, and whether a message has just come there; see
    `sent_messages.scatter`."""

    def __post_init__(self) -> None:
        self.session.info[SAFE] = self.safe

    _hour: tuple[datetime, int] | None = field(init=False, repr=False, default=None)

    @property
    def hour(self) -> int:
        """The current hour as it is stored: whole hours since 1970-01-01 UTC."""
        # Asked for each row that is written; to convert a time takes as long as to seal a value.
        if self._hour is None or self._hour[0] is not self.now:
            self._hour = self.now, int(self.now.timestamp()) // SECONDS_AN_HOUR
        return self._hour[1]

    @property
    def day(self) -> int:
        """The same in days (UTC), for what must not tell the hour."""
        return self.hour // HOURS_A_DAY

    @property
    def minute(self) -> int:
        """The same in minutes, for what lives minutes."""
        return int(self.now.timestamp()) // SECONDS_A_MINUTE


MakeUnit = Callable[[], AbstractAsyncContextManager[Unit]]
"""Begins a transaction, which is committed at the end of its `async with`."""
