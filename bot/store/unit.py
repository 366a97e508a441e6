"""The unit of work that every service takes. Services never commit. The batch loop, the jobs and the command
line do."""

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
SEEN_HOURS = 48
"""Time for which ids of handled updates are remembered: Telegram repeats an update for 24 hours."""
SAFE, AS_STORED = "safe", "as stored"
"""Keys of `Session.info`: keys that prove rows, and a flag to read rows with a wrong proof too."""
REPORT_FORM, REVIEW_FORM, REPLY_FORM, QUESTION_FORM = "report", "review", "reply", "question"
"""Kinds of forms: a report, a public version, a reporter's addition, and a moderator's question."""


@dataclass(frozen=True, slots=True)
class Safe:
    ring: RingSeal
    pseudonyms: Pseudonyms
    audit_key: SecretKey = field(repr=False)
    foreign: set[str] = field(default_factory=set)
    """Tables with rows that the bot did not write, found since administrators were last told."""
    entries: dict[str, int] = field(default_factory=dict)
    """Newest audit entry seen for a member's rights, by member id."""
    day_keys: dict[int, SecretKey] = field(default_factory=dict, repr=False)
    """Keys for sender hashes, by day. See `allowances`."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Message to remember, the report that it shows, and one of `sent_messages.Stay`."""

    chat_hash: bytes
    message_id: int
    report_id: str | None = None
    stay: int = 0


@dataclass(slots=True)
class SenderDay:
    """Counts of one sender's day.

    - `guesses`: wrong receipt codes.
    - `in_report`: a form is open.
    - `inside`: updates that came inside a report.
    - `told_blocked`, `told_enough`: the sender was told of the block, or of writing too much outside a
      report.
    """

    updates: int = 0
    reports: int = 0
    guesses: int = 0
    in_report: bool = False
    told_blocked: bool = False
    inside: int = 0
    told_enough: bool = False


@dataclass(slots=True)
class UnitOfWork:
    """Unit of work: one transaction, one time, the keys and the settings. `now` is aware, in the configured
    time zone."""

    session: AsyncSession
    now: datetime
    safe: Safe
    settings: Settings
    forms: Mapping[str, Form]
    copy: int | None = None
    """Number of this replica. None for a single bot and for a command."""
    keys: dict[str, SecretKey] = field(default_factory=dict, repr=False)
    last_audit_entry: tuple[int, bytes] | None = None
    """Number and MAC of this unit's last audit entry."""
    erased: bool = False
    """Keys were destroyed: empty the write-ahead log after the commit."""
    filed: bool = False
    """Files came or must go: wake the file job after the commit."""
    reported: bool = False
    """A report came: tell the moderators in another transaction."""
    drafts: dict[str, Any] = field(default_factory=dict, repr=False)
    """Open drafts by id, one object each. See `drafting`."""
    renamed: list[str] = field(default_factory=list)
    ended: list[str | None] = field(default_factory=list)
    """Reports that must leave moderators' chats. See `shown`."""
    acted: set[bytes] = field(default_factory=set)
    """Chats of moderators who acted. See `shown`."""
    noted: list[Noted] = field(default_factory=list)
    """Messages to remember. See `sent_messages`."""
    counted: dict[bytes, SenderDay] = field(default_factory=dict)
    """Today's counts by sender hash. See `allowances`."""
    day_key: SecretKey | None = field(default=None, repr=False)
    buckets: dict[int, dict[bytes, SenderDay]] = field(default_factory=dict)
    """Buckets read in this unit. See `allowances`."""
    logs: bool = False
    """This unit writes the audit log. See `audit.begin`."""
    scattered: dict[bytes, bool] = field(default_factory=dict)
    """Chats whose rows get new slots. See `sent_messages.scatter`."""

    def __post_init__(self) -> None:
        self.session.info[SAFE] = self.safe

    _hour: tuple[datetime, int] | None = field(init=False, repr=False, default=None)

    @property
    def hour(self) -> int:
        """Whole hours since 1970-01-01 UTC."""
        # Cached, since it is read for each written row, and converting a time costs as much as sealing a value.
        if self._hour is None or self._hour[0] is not self.now:
            self._hour = self.now, int(self.now.timestamp()) // SECONDS_AN_HOUR
        return self._hour[1]

    @property
    def day(self) -> int:
        """Whole days since 1970-01-01 UTC, for records that must not tell the hour."""
        return self.hour // HOURS_A_DAY

    @property
    def minute(self) -> int:
        """Whole minutes since 1970-01-01 UTC, for records that live for minutes."""
        return int(self.now.timestamp()) // SECONDS_A_MINUTE


MakeUnit = Callable[[], AbstractAsyncContextManager[UnitOfWork]]
"""Begins a transaction that commits at the end of its `async with`."""
