"""What there is at a desk: people, reports, versions, and the moves that a report can make."""

from collections.abc import Mapping
from dataclasses import dataclass, field

HOURS_A_DAY = 24
SETTINGS: Mapping[str, object] = {
    "report_days": 6,
    "talk_days": 3,
    "rejected_days": 2,
    "approved_days": 2,
    "claim_hours": 12,
    "draft_hours": 48,
    "approvals": 1,
    "approvals_named": 2,
    "published_languages": ("ru",),
    "notice_chat": -100_777,
    "reports_a_day": 10_000,
    "updates_a_day": 100_000,
    "guesses_a_day": 100_000,
}
"""The settings under which all happens."""
REPORT_DAYS, TALK_DAYS, REJECTED_DAYS, APPROVED_DAYS, CLAIM_HOURS, DRAFT_HOURS = 6, 3, 2, 2, 12, 48
GROUP = -100_777
ROLES = ("admin", "moderator", "translator", "analyst")
READ, TRANSLATE, EXPORT = (
    {"admin", "moderator"},
    {"admin", "moderator", "translator"},
    {"admin", "moderator", "analyst"},
)
"""The roles that read and decide reports, that translate and that export what is public."""
NEW, CLAIMED, ASIDE, APPROVED, REJECTED, WITHDRAWN, EXPIRED = (
    "new", "claimed", "needs_info", "approved", "rejected", "withdrawn", "expired",
)  # fmt: skip
UNDECIDED = {NEW, CLAIMED, ASIDE}
MOVES = {
    (NEW, CLAIMED), (ASIDE, CLAIMED), (CLAIMED, NEW), (CLAIMED, ASIDE), (ASIDE, NEW), (CLAIMED, APPROVED), (CLAIMED, REJECTED),
    (REJECTED, NEW), (APPROVED, CLAIMED), (REJECTED, CLAIMED), (NEW, WITHDRAWN), (CLAIMED, WITHDRAWN), (ASIDE, WITHDRAWN),
    (APPROVED, WITHDRAWN), (REJECTED, WITHDRAWN), (EXPIRED, WITHDRAWN), (NEW, EXPIRED), (CLAIMED, EXPIRED), (ASIDE, EXPIRED),
    (NEW, APPROVED), (ASIDE, APPROVED),
}  # fmt: skip
"""The arrows that the moderators' guide draws."""


@dataclass(eq=False)
class Person:
    """Somebody with a chat, of the team or not; `member` is their id there, `bound` the invitation that they opened."""

    chat: int
    alias: str = ""
    role: str = ""
    active: bool = False
    member: str = ""
    language: str = "ru"
    bound: "Invitation | None" = None
    quiet: tuple[int, int] | None = None
    wants_new: bool = True

    @property
    def reads(self) -> bool:
        """Whether they may read reports."""
        return self.active and self.role in READ


@dataclass(eq=False)
class Invitation:
    """A link, good once until an hour."""

    role: str
    until: int
    token: str = ""
    name: str = ""


@dataclass(eq=False)
class Version:
    """What somebody wrote for the public: a word for each text. `by` made it public; `approvers` are those who approve it and were not
    revoked since, `history` all who ever did."""

    number: int
    texts: dict[str, str]
    state: str = "proposed"
    by: Person | None = None
    approvers: set[Person] = field(default_factory=set)
    history: set[Person] = field(default_factory=set)


@dataclass(eq=False)
class Incident:
    """An event that several reports tell of."""


@dataclass(eq=False)
class Case:
    """A report. `story` and `name` are the words in it, the latter sealed; `open` are the questions that wait. `unread`: what its
    reporter told last was shown to no moderator; `back`: it came back into the queue, which nobody was told,
    and `gave_back` did that by their own hand."""

    ref: str
    code: str
    chat: int
    story: str
    name: str
    urgent: bool
    public: bool
    sent: int
    status: str = NEW
    told: bool = False
    back: bool = False
    gave_back: Person | None = None
    holder: Person | None = None
    until: int = 0
    closed: int = 0
    gone: bool = False
    has_facts: bool = True
    versions: list[Version] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    checks: set[str] = field(default_factory=set)
    added: list[str] = field(default_factory=list)
    unread: bool = False
    open: set[str] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)
    repeats: "Case | None" = None
    incident: Incident | None = None
    related: set["Case"] = field(default_factory=set)

    def of_state(self, state: str) -> Version | None:
        """The version in this state."""
        return next((one for one in self.versions if one.state == state), None)

    @property
    def approvers(self) -> set[Person]:
        """Who approves what waits of it."""
        version = self.of_state("proposed")
        return version.approvers if version is not None else set()

    @property
    def was_public(self) -> bool:
        """Whether anything of it ever was."""
        return any(one.by is not None for one in self.versions)

    @property
    def needed(self) -> int:
        """How many have to approve it."""
        return 2 if self.name else 1


@dataclass(eq=False)
class Edit:
    """A public version that somebody is writing; `texts` so far, `asks` what is asked next, blank at its end."""

    case: Case
    texts: dict[str, str]
    asks: str
    touched: int
    languages: tuple[str, ...]
