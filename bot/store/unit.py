"""The unit of work of every service. The batch loop, the jobs and the command line alone commit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession

from bot.form.model import Form, Text
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal, SecretKey
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


class FormRegistry(Mapping[str, Form]):
    """Forms in force by kind, and the report forms beside the first one.

    - `offered`: report forms that reporters choose from, the first one first.
    - `kept`: report forms no longer offered, for drafts and reports that were made with them.
    """

    def __init__(
        self, kinds: Mapping[str, Form], more: Sequence[Form] = (), kept: Sequence[Form] = ()
    ) -> None:
        self._kinds = kinds
        self.offered = (*([kinds[REPORT_FORM]] if REPORT_FORM in kinds else []), *more)
        self.kept = tuple(kept)

    def __getitem__(self, kind: str) -> Form:
        return self._kinds[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def offered_as(self, form_id: str) -> Form | None:
        return next((form for form in self.offered if form.id == form_id), None)

    @property
    def every(self) -> Sequence[Form]:
        return (*self.offered, *self.kept)

    def labels(self, role: str) -> Mapping[str, Text]:
        """Labels by code, of the questions with a role in all report forms."""
        found: dict[str, Text] = {}
        for form in self.every:
            found = {**(form.by_role[role].labels if role in form.by_role else {}), **found}
        return found

    def of(self, digest: str, name: str) -> Form:
        """Report form with this digest, else the newest with this id or root, else the first. Both must come
        from sealed values where the form decides who sees an answer."""
        same = (form for form in self.every if form.digest == digest)
        named = (form for form in self.every if name in (form.id, form.name))
        return next(same, None) or next(named, self._kinds[REPORT_FORM])


@dataclass(slots=True)
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
    slots: int = 0
    """Number of slots for message ids when last seen. Another replica may have changed it since."""


_State = TypeVar("_State")


@dataclass(slots=True)
class UnitOfWork:
    """Unit of work: one transaction, time, keys and settings. `now` is aware, in the configured zone."""

    session: AsyncSession
    now: datetime
    safe: Safe
    settings: Settings
    forms: Mapping[str, Form]
    copy: int | None = None
    """Number of this replica. None for a single bot and for a command."""
    keys: dict[str, SecretKey] = field(default_factory=dict, repr=False)
    erased: bool = False
    """Bytes were destroyed: empty the write-ahead log after the commit."""
    destroyed: bool = False
    """Keys were destroyed: write the list of withdrawals after the commit."""
    filed: bool = False
    """Files came or must go: wake the file job after the commit."""
    reported: bool = False
    """A report came: tell the moderators in another transaction."""
    _states: dict[type, Any] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.session.info[SAFE] = self.safe

    @property
    def report_forms(self) -> FormRegistry:
        return self.forms if isinstance(self.forms, FormRegistry) else FormRegistry(self.forms)

    def state(self, kind: type[_State]) -> _State:
        """State that a service keeps until this unit ends. Made empty at its first use."""
        if kind not in self._states:
            self._states[kind] = kind()
        return cast("_State", self._states[kind])

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
