"""The unit of work of every service, and the roles of the team. The batch loop, the jobs and the command line alone commit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Refusal
from bot.form.model import Form, Text
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import RingSeal, SecretKey
from bot.settings import Settings
from db.models import Moderator

SECONDS_AN_HOUR = 3600
SECONDS_A_MINUTE = MINUTES_AN_HOUR = 60
HOURS_A_DAY = 24
SEEN_HOURS = 48
"""Time for which ids of handled updates are remembered: Telegram repeats an update for 24 hours."""
SAFE, AS_STORED = "safe", "as stored"
"""Keys of `Session.info`: keys that prove rows, and a flag to read rows with a wrong proof too."""
REPORT_FORM, REVIEW_FORM, REPLY_FORM, QUESTION_FORM = "report", "review", "reply", "question"
"""Kinds of forms: a report, a public version, a reporter's addition, and a moderator's question."""
TRIAL_FORM = "trial"
"""Kind of a report form that an administrator tries. Nothing of it is kept."""


class FormRegistry(Mapping[str, Form]):
    """Forms in force by kind, and the report forms beside the first one.

    - `offered`: report forms that reporters choose from, the first one first.
    - `kept`: report forms no longer offered, for drafts and reports that were made with them.
    - `installed`: those from the chat by the ids of their rows, also those that wait.
    """

    def __init__(
        self,
        kinds: Mapping[str, Form],
        more: Sequence[Form] = (),
        kept: Sequence[Form] = (),
        installed: Mapping[str, Form] | None = None,
    ) -> None:
        self._kinds = kinds
        self.offered = (*([kinds[REPORT_FORM]] if REPORT_FORM in kinds else []), *more)
        self.kept, self.installed = tuple(kept), installed or {}

    def with_installed(self, installed: Mapping[str, Form], in_force: Sequence[str]) -> "FormRegistry":
        """Forms of the settings, with those of these rows in place of the ones of their ids."""
        come = {installed[row_id].id: installed[row_id] for row_id in in_force}
        first, *more = (come.pop(form.id, form) for form in self.offered)
        offered = (first, *more, *come.values())
        kept = [form for form in (*self.offered, *installed.values()) if form not in offered]
        return FormRegistry({**self._kinds, REPORT_FORM: first}, offered[1:], kept, installed)

    def __getitem__(self, kind: str) -> Form:
        return self._kinds[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

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
    installed: bool = False
    """Forms came or changed: read them, and files of new ones, after the commit."""
    reported: bool = False
    """A report came: tell the moderators in another transaction."""
    audited: int | None = None
    """Number of the last entry that this unit wrote to the audit log."""
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


class Role(StrEnum):
    """A member's one role, given by the invitation."""

    ADMIN = "admin"
    """A moderator who also manages the team, shares confidential data and blocks senders."""
    MODERATOR = "moderator"
    """Reads reports, writes public versions and decides."""
    ANALYST = "analyst"
    """Works with public data and figures. Reads no report."""
    TRANSLATOR = "translator"
    """Translates public versions. Reads no report."""


REVIEWERS = frozenset({Role.ADMIN, Role.MODERATOR})
TRANSLATORS = REVIEWERS | {Role.TRANSLATOR}


def is_reviewer(member: Moderator) -> bool:
    return member.role in REVIEWERS


def require_reviewer(member: Moderator) -> None:
    """Raise Refusal for a member who may not read reports."""
    if not is_reviewer(member):
        raise Refusal("moderator.other_role")


def require_translator(member: Moderator) -> None:
    if member.role not in TRANSLATORS:
        raise Refusal("moderator.other_role")
