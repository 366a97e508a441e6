"""Reports and their connections."""

from collections.abc import Iterator

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import base
from db.models.base import IS_PROPOSED, IS_PUBLIC, Base, ClientId, DataKey, Id, Proved, partial
from db.models.team import Moderator

_LISTED = {"": (), "_category": ("category",), "_region": ("region",), "_both": ("category", "region")}
_TURN, _HOLD = ("urgent", "submitted_hour", "ref"), ("status", "claimed_until_hour")
"""Queue order, and columns of a claim, for counts by index alone."""


def _lists() -> Iterator[Index]:
    """Indexes of all report lists (`bot.desk.queue.service`)."""
    for ending, equal in _LISTED.items():
        yield partial(f"ix_reports_sent{ending}", *equal, "submitted_hour", "ref", where=base.IS_SENT)
        yield partial(f"ix_reports_queue{ending}", *equal, *_TURN, *_HOLD, where=base.IN_QUEUE)
        yield partial(f"ix_reports_asked{ending}", *equal, *_TURN, *_HOLD, "waits", where=base.IS_ASKED)
        if len(equal) < 2:
            columns = ("status", *equal, "closed_hour", "ref")
            yield partial(f"ix_reports_decided{ending}", *columns, where=base.IS_DECIDED)
    yield partial("ix_reports_held", *_TURN, where=base.IS_HELD)
    yield Index("ix_reports_dated", "date_start", "ref")


class Report(Proved, Base):
    """A submitted report.

    - `content`: sealed answers by path, None once destroyed
    - `notes`: sealed notes of moderators
    - `announced`: moderators were told of it
    - `waits`: a moderator's question has no answer yet
    - `unread`, `untold`: additions that no moderator has opened, or was told of
    - `returned`: it came back into the queue, and moderators were not told
    - `approvals`: approvals of the waiting version, where several are needed
    - `alarm`: level of alarm (`desk.notices.service`)
    - `claimed_until_hour`: end of a claim, or of being set aside
    - `sealed`: all its keys are in the sealed archive (`bot.store.archive_keys`)
    - `duplicate_of`, `incident_id`: without foreign keys, for which SQLite would copy the table
    """

    __tablename__ = "reports"
    DECIDING = (
        *("ref", "status", "receipt_hash", "consent_use", "moderator_id", "claimed_until_hour"),
        "data_key_id",
    )
    __table_args__ = (
        *_lists(),
        partial("ix_reports_claimed", "claimed_until_hour", where=base.IS_CLAIMED),
        partial("ix_reports_set_aside", "claimed_until_hour", where=base.IS_SET_ASIDE),
        partial("ix_reports_undoable", "ref", where=base.IS_UNDOABLE),
        partial("ix_reports_duplicate_of", "duplicate_of", where=base.IS_DUPLICATE),
        partial("ix_reports_incident", "incident_id", where=base.IS_IN_INCIDENT),
        partial("ix_reports_same_day", "region", "date_start", "ref", where=base.IS_DATED),
        partial("ix_reports_approved", "closed_hour", where=base.IS_APPROVED),
        partial("ix_reports_rejected", "closed_hour", where=base.IS_REJECTED),
        partial("ix_reports_kept", "submitted_hour", where=base.IS_KEPT),
        partial("ix_reports_near", "region", "date_start", "submitted_hour", where=base.IS_KEPT),
        partial("ix_reports_untold", "untold", where="untold"),
        partial("ix_reports_returned", "returned", where="returned"),
        partial(
            *("ix_reports_statistics", "submitted_hour", "status", "category", "region", "closed_hour"),
            where=base.IS_SENT,
        ),
        partial("ix_reports_archivable", "closed_hour", "id", where=base.IS_ARCHIVABLE),
        partial("ix_reports_alarm", "alarm", where=base.HAS_ALARM),
        Index(
            "ix_reports_unannounced",
            "announced",
            sqlite_where=text("announced = 0"),
            postgresql_where=text("NOT announced"),
        ),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)
    status: Mapped[str] = mapped_column(String(16))
    receipt_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    form: Mapped[str] = mapped_column(String(64))
    form_version: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    category: Mapped[str | None] = mapped_column(String(64))
    region: Mapped[str | None] = mapped_column(String(64))
    date_start: Mapped[str | None] = mapped_column(String(10))
    date_end: Mapped[str | None] = mapped_column(String(10))
    date_precision: Mapped[str | None] = mapped_column(String(16))
    urgent: Mapped[bool]
    consent_use: Mapped[str | None] = mapped_column(String(32))
    submitted_hour: Mapped[int]
    closed_hour: Mapped[int | None]
    reject_reason: Mapped[str | None] = mapped_column(String(32))
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    notes: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    moderator_id: Mapped[str | None] = mapped_column(
        ForeignKey(Moderator.id, ondelete="SET NULL"), index=True
    )
    claimed_until_hour: Mapped[int | None]
    announced: Mapped[bool] = mapped_column(default=False)
    waits: Mapped[bool] = mapped_column(default=False)
    unread: Mapped[bool] = mapped_column(default=False)
    untold: Mapped[bool] = mapped_column(default=False)
    returned: Mapped[bool] = mapped_column(default=False)
    approvals: Mapped[int] = mapped_column(default=0)
    alarm: Mapped[int] = mapped_column(SmallInteger, default=0)
    sealed: Mapped[bool] = mapped_column(default=False)
    duplicate_of: Mapped[str | None] = mapped_column(Id)
    incident_id: Mapped[str | None] = mapped_column(Id)


class Incident(Base):
    """An event described by several reports, deleted with the last of them."""

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_newest", "hour", "ref"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)
    hour: Mapped[int]


class RelatedReport(Base):
    """A link between two reports about one case, such as an arrest and its trial. It has a row for both."""

    __tablename__ = "related_reports"
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[str] = mapped_column(
        ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True, index=True
    )


class TalkMessage(Proved, Base):
    """A message of a moderator or the reporter about a submitted report. `content` is sealed with the
    report's key, padded to a common size, and holds the times. `open` marks a question without an answer, or
    a reporter's unseen message. `files_key_id` is deleted with the report's key."""

    __tablename__ = "talk_messages"
    DECIDING = ("report_id", "number", "from_reporter", "files_key_id")
    __table_args__ = (UniqueConstraint("report_id", "number"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"))
    number: Mapped[int]
    from_reporter: Mapped[bool]
    open: Mapped[bool]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    files_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)


class WayBack(Proved, Base):
    """Reply channel: the chat of a reporter who agreed to be asked, until `until_day` (days since 1970-01-01 UTC).

    `chat_hash` covers the chat and the channel's number there, under a separate key, so that no two rows show
    that they share a chat. `address` has its own key and one size. `asked` tells that a notice is due.
    """

    __tablename__ = "ways_back"
    DECIDING = ("report_id", "chat_hash", "data_key_id")
    id: Mapped[int] = mapped_column(ClientId, primary_key=True, autoincrement=False)
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), unique=True)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    until_day: Mapped[int] = mapped_column(index=True)
    asked: Mapped[bool] = mapped_column(index=True)


class PublicVersion(Proved, Base):
    """A public version, sealed under its own key. At most one of a report is `current`, that is, public. The
    current one repeats its report's `consent` for an index."""

    __tablename__ = "public_versions"
    DECIDING = (
        *("report_id", "version", "current", "state", "approved_hour", "consent", "moderator_id"),
        "data_key_id",
    )
    __table_args__ = (
        partial("ix_public_versions_public", "approved_hour", "id", where=IS_PUBLIC),
        partial("ix_public_versions_consent", "consent", "approved_hour", "id", where=IS_PUBLIC),
        partial("ix_public_versions_proposed", "report_id", where=IS_PROPOSED),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), index=True)
    version: Mapped[int]
    current: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_hour: Mapped[int | None]
    consent: Mapped[str | None] = mapped_column(String(32))
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey(Moderator.id, ondelete="SET NULL"))


class Approval(Proved, Base):
    """A moderator's approval of a waiting version. `proof` detects that the version has changed."""

    __tablename__ = "approvals"
    DECIDING = ("report_id", "proof")
    version_id: Mapped[str] = mapped_column(
        ForeignKey(PublicVersion.id, ondelete="CASCADE"), primary_key=True
    )
    moderator_id: Mapped[str] = mapped_column(
        ForeignKey(Moderator.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), index=True)
    proof: Mapped[str] = mapped_column(String(16))


class UndoableDecision(Proved, Base):
    """A decision that can be undone through the minute `until` (since 1970-01-01 UTC)."""

    __tablename__ = "undoable_decisions"
    DECIDING = ("moderator_id", "act", "detail", "until")
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey(Moderator.id, ondelete="CASCADE"))
    act: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(String(16))
    until: Mapped[int]


class Export(Base):
    """An export. A number is used once.

    - `spec`: format, days and filters in codes
    - `basis`: shared by comparable exports. A later one may hold only changes
    - `files`: size, digest and rows of each file, as JSON
    """

    __tablename__ = "exports"
    __table_args__ = (Index("ix_exports_basis", "basis", "number"),)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(String(16))
    spec: Mapped[str] = mapped_column(String(255))
    basis: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    rows: Mapped[int] = mapped_column(default=0)
    files: Mapped[str] = mapped_column(Text, default="[]")


class ExportRow(Base):
    """A report's version in an export's file (`part`). Outlasts a withdrawal, to name these files."""

    __tablename__ = "export_rows"
    export_number: Mapped[int] = mapped_column(
        ForeignKey(Export.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    report_id: Mapped[str] = mapped_column(
        ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    version: Mapped[int]
    part: Mapped[int] = mapped_column(SmallInteger)
