"""The tables. Content is sealed before it comes here, and people are keyed hashes. Times are whole hours since
1970-01-01 UTC, so that nothing finer can be stored."""

from collections.abc import Iterator
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Id = String(32)
_ClientId = BigInteger().with_variant(Integer, "sqlite")
"""A number that the program chooses. On SQLite it is the rowid itself: there is no second one, which would count up."""
SLOT_BYTES = 128
"""The size of a slot: a byte that tells how long the wrapped key is, the key, zeros."""


def padded(wrapped: bytes) -> bytes:
    """A wrapped key as a slot holds it; raises ValueError for one that is too long."""
    if len(wrapped) >= SLOT_BYTES:
        raise ValueError("a slot has no room for this key")
    return (bytes([len(wrapped)]) + wrapped).ljust(SLOT_BYTES, b"\0")


def unpadded(content: bytes) -> bytes:
    """The inverse of `padded`."""
    return content[1 : 1 + content[0]]


IN_QUEUE, IS_CLAIMED = "status IN ('new', 'claimed')", "status = 'claimed'"
IS_APPROVED = "status = 'approved' AND data_key_id IS NOT NULL"
IS_REJECTED = (
    "status = 'rejected' AND (data_key_id IS NOT NULL OR category IS NOT NULL OR region IS NOT NULL OR date_start IS NOT NULL "
    "OR date_end IS NOT NULL OR date_precision IS NOT NULL OR consent_use IS NOT NULL)"
)
"""Conditions of reports that wait or are held, are held, or have something left to be destroyed once their time is over. They
have indexes, which a database uses for a query that holds the very same words: no parameters in their place."""
HAS_ALARM = "alarm > 0"
"""The same of urgent reports that nobody has opened."""
IS_KEPT = "data_key_id IS NOT NULL"
"""The same of reports whose content is kept."""
IS_ASKED = "status IN ('new', 'claimed', 'needs_info') AND waits"
"""The same of reports that wait for an answer of their reporters."""
IS_SET_ASIDE, IS_DUPLICATE = "status = 'needs_info'", "duplicate_of IS NOT NULL"
"""The same of reports that are set aside until their reporters answer, and of those that repeat another."""
IS_DATED = "region IS NOT NULL AND date_start IS NOT NULL"
"""The same of reports whose region and day are known."""
IS_IN_INCIDENT = "incident_id IS NOT NULL"
"""The same of reports that belong to an incident."""
IS_SENT = "submitted_hour >= 0"
"""The same of every report: only lists and statistics say so, and so only they use indexes with it. PostgreSQL might else take these, which stand in the
same order, for what has an index of its own."""
IS_HELD = f"{IS_CLAIMED} AND claimed_until_hour >= 0"
IS_DECIDED = "status IN ('approved', 'rejected') AND closed_hour >= 0"
"""The same of lists of what is held, or was decided."""
IS_PROPOSED = "state = 'proposed'"
IS_PUBLIC = "public_versions.current AND public_versions.data_key_id IS NOT NULL"
"""The same of versions that wait for approval, and of those that are public; the second stands beside reports, which have such a key too."""


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


_LISTED = {"": (), "_category": ("category",), "_region": ("region",), "_both": ("category", "region")}
"""What lists of reports are narrowed down to, by the endings of their indexes' names."""
_TURN, _HOLD = ("urgent", "submitted_hour", "ref"), ("status", "claimed_until_hour")
"""The order of a queue, and whether somebody holds a report: counts are had from the index alone."""


def _lists() -> Iterator[Index]:
    """Indexes of all lists of reports (`bot.services.desk.lists.walking`)."""
    for ending, equal in _LISTED.items():
        yield _partial(f"ix_reports_sent{ending}", *equal, "submitted_hour", "ref", where=IS_SENT)
        yield _partial(f"ix_reports_queue{ending}", *equal, *_TURN, *_HOLD, where=IN_QUEUE)
        yield _partial(f"ix_reports_asked{ending}", *equal, *_TURN, *_HOLD, "waits", where=IS_ASKED)
        if len(equal) < 2:
            yield _partial(
                f"ix_reports_decided{ending}", "status", *equal, "closed_hour", "ref", where=IS_DECIDED
            )
    yield _partial("ix_reports_held", *_TURN, where=IS_HELD)
    yield Index("ix_reports_dated", "date_start", "ref")


class Base(DeclarativeBase):
    """The base of the tables. The naming convention lets migrations refer to constraints on both databases."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class SeenUpdate(Base):
    """An update that was handled; pruned by age."""

    __tablename__ = "seen_updates"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(index=True)


class WaitingUpdate(Base):
    """An update whose turn comes later, since its sender or too many at once wrote much. `sender` is a hash whose key
    changes daily, `number` counts the sender's updates of the day, and `raw` is the sealed update. `in_report`: it
    came in the middle of a report, or from a moderator."""

    __tablename__ = "waiting_updates"
    __table_args__ = (Index("ix_waiting_updates_turn", "in_report", "number"),)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sender: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    number: Mapped[int]
    in_report: Mapped[bool]
    raw: Mapped[bytes] = mapped_column(LargeBinary)


class DayKey(Base):
    """The key of a day's hashes of senders. It is random, and destroyed when the day is over."""

    __tablename__ = "day_keys"
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data_key_id: Mapped[str | None] = mapped_column(
        ForeignKey("data_keys.id", ondelete="SET NULL"), index=True
    )


class SenderBucket(Base):
    """What the senders whose hashes begin with one byte have asked of the bot on a day, sealed under the key of that day (see
    `bot.services.sender_counts`). Rows are made once and overwritten in place, so that they tell no order."""

    __tablename__ = "sender_buckets"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Block(Base):
    """A `sender` whose reports are not taken, by a keyed hash of its own kind; or one who is flooding the bot today and can be
    blocked: then `flooding` is that hash, sealed under the key of the day. It ends at a midnight (UTC), so that no row tells the hour."""

    __tablename__ = "blocks"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    sender: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    flooding: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_hour: Mapped[int] = mapped_column(index=True)


class FailedUpdate(Base):
    """An update that was set aside because it failed alone. `raw` is its sealed shape, `reference` what the person was
    given."""

    __tablename__ = "failed_updates"
    reference: Mapped[str] = mapped_column(String(16), primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    hour: Mapped[int] = mapped_column(index=True)


class KeySlot(Base):
    """Room for one wrapped key (see `db.key_slots`). Rows are made in blocks, overwritten in place, and never deleted."""

    __tablename__ = "key_slots"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class FreeSlot(Base):
    """A slot that holds no key. `draw` is random: the lowest is taken first, so that slots tell no order."""

    __tablename__ = "free_slots"
    draw: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(ForeignKey("key_slots.number"), unique=True)


class DataKey(Base):
    """A data key, wrapped by the operator's key ring. Its bytes stand in a slot, and `ring` is the id of the ring's key that
    wrapped it. To destroy whatever it sealed: `db.key_slots.destroy`, which overwrites them."""

    __tablename__ = "data_keys"
    __table_args__ = (Index("ix_data_keys_ring", "ring", "hour", "id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    slot: Mapped[int] = mapped_column(ForeignKey("key_slots.number"), unique=True)
    ring: Mapped[str] = mapped_column(String(16))
    hour: Mapped[int]
    place: Mapped[KeySlot] = relationship(lazy="joined", innerjoin=True)
    new_wrapped = b""
    """The bytes of a key that has no slot yet: the flush gives it one."""

    @property
    def wrapped(self) -> bytes:
        """The wrapped key."""
        return self.new_wrapped or unpadded(self.place.content)

    @wrapped.setter
    def wrapped(self, value: bytes) -> None:
        self.new_wrapped = value


class Moderator(Base):
    """A member of the team. `address` is the sealed chat id, for notices, `preferences` what they wish to be told, sealed, if they
    have said so. They were last there in `seen_hour`, and were last told what waits in `told_hour`; `held_back`: something was not told
    them since, because of the hour."""

    __tablename__ = "moderators"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    alias: Mapped[str] = mapped_column(String(40), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    active: Mapped[bool]
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(8))
    hour: Mapped[int]
    preferences: Mapped[bytes | None] = mapped_column(LargeBinary)
    seen_hour: Mapped[int]
    told_hour: Mapped[int]
    held_back: Mapped[bool] = mapped_column(default=False)


class Invite(Base):
    """A one-time invitation, kept as a hash until it is used or expires. `chat_hash` is the chat that opened it."""

    __tablename__ = "invites"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    expires_hour: Mapped[int] = mapped_column(index=True)
    chat_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)


class SharingRequest(Base):
    """What an administrator asks to share, which another has to confirm. `spec` says what, in codes and days; `reason` holds the
    sealed words of why, until it is made."""

    __tablename__ = "sharing_requests"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    spec: Mapped[str] = mapped_column(String(64))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    asker_id: Mapped[str] = mapped_column(ForeignKey("moderators.id"), index=True)
    confirmer_id: Mapped[str | None] = mapped_column(ForeignKey("moderators.id"), index=True)
    expires_hour: Mapped[int] = mapped_column(index=True)


class Report(Base):
    """A submitted report. `content` holds the sealed answers by path; None once destroyed. `notes` hold, sealed, what moderators noted of
    it for each other; they are read where they are asked for alone. `announced`: the moderators were
    told of it. `waits`: a moderator's question has no answer yet. `unread`: the reporter has told more, which no moderator has opened;
    `untold`: nor were they told of it. `approvals`: how many moderators approve the version that waits, where one is not enough. `alarm`: how far an urgent one that nobody has opened was told on (see `desk.people.alarms`).
    `claimed_until_hour` ends a claim, or the time for which a report is set aside. `duplicate_of` is the report that a rejected one repeats, `incident_id` the event that several tell of; no foreign keys, for which SQLite
    would have to copy the table.
    """

    __tablename__ = "reports"
    __table_args__ = (
        *_lists(),
        _partial("ix_reports_claimed", "claimed_until_hour", where=IS_CLAIMED),
        _partial("ix_reports_set_aside", "claimed_until_hour", where=IS_SET_ASIDE),
        _partial("ix_reports_duplicate_of", "duplicate_of", where=IS_DUPLICATE),
        _partial("ix_reports_incident", "incident_id", where=IS_IN_INCIDENT),
        _partial("ix_reports_same_day", "region", "date_start", "ref", where=IS_DATED),
        _partial("ix_reports_approved", "closed_hour", where=IS_APPROVED),
        _partial("ix_reports_rejected", "closed_hour", where=IS_REJECTED),
        _partial("ix_reports_kept", "submitted_hour", where=IS_KEPT),
        _partial("ix_reports_near", "region", "date_start", "submitted_hour", where=IS_KEPT),
        _partial("ix_reports_untold", "untold", where="untold"),
        _partial(
            *("ix_reports_statistics", "submitted_hour", "status", "category", "region", "closed_hour"),
            where=IS_SENT,
        ),
        _partial("ix_reports_alarm", "alarm", where=HAS_ALARM),
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
    data_key_id: Mapped[str | None] = mapped_column(
        ForeignKey("data_keys.id", ondelete="SET NULL"), index=True
    )
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    notes: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    moderator_id: Mapped[str | None] = mapped_column(
        ForeignKey("moderators.id", ondelete="SET NULL"), index=True
    )
    claimed_until_hour: Mapped[int | None]
    announced: Mapped[bool] = mapped_column(default=False)
    waits: Mapped[bool] = mapped_column(default=False)
    unread: Mapped[bool] = mapped_column(default=False)
    untold: Mapped[bool] = mapped_column(default=False)
    approvals: Mapped[int] = mapped_column(default=0)
    alarm: Mapped[int] = mapped_column(SmallInteger, default=0)
    duplicate_of: Mapped[str | None] = mapped_column(Id)
    incident_id: Mapped[str | None] = mapped_column(Id)


class Incident(Base):
    """An event that several reports tell of, by a reference. It goes with the last of them."""

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_newest", "hour", "ref"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)
    hour: Mapped[int]


class RelatedReport(Base):
    """That a report is about a case which another one is about too, such as an arrest and its trial: a row for each of the two."""

    __tablename__ = "related_reports"
    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[str] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TalkMessage(Base):
    """What a moderator or the reporter said of a report after it was sent. `content` is sealed with the report's key and filled up
    to a size that many have; times stand in it alone. `open`: a question that has no answer yet, or what a reporter
    told and no moderator has seen. `files_key_id` is the key of its
    files, which goes with the report's."""

    __tablename__ = "talk_messages"
    __table_args__ = (UniqueConstraint("report_id", "number"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"))
    number: Mapped[int]
    from_reporter: Mapped[bool]
    open: Mapped[bool]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    files_key_id: Mapped[str | None] = mapped_column(
        ForeignKey("data_keys.id", ondelete="SET NULL"), index=True
    )


class WayBack(Base):
    """The chat of a reporter who agreed to be asked. `chat_hash` is a keyed hash that is used for nothing else, of the chat and the
    number of this way among the chat's own, so that no two rows show that they belong to one chat. `address` is sealed under a key
    of its own, and of one size. `asked`: a notice is due. The row ends with `until_day`, in days since 1970-01-01 UTC."""

    __tablename__ = "ways_back"
    id: Mapped[int] = mapped_column(_ClientId, primary_key=True, autoincrement=False)
    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), unique=True)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    data_key_id: Mapped[str | None] = mapped_column(
        ForeignKey("data_keys.id", ondelete="SET NULL"), index=True
    )
    address: Mapped[bytes] = mapped_column(LargeBinary)
    until_day: Mapped[int] = mapped_column(index=True)
    asked: Mapped[bool] = mapped_column(index=True)


class DraftRow(Base):
    """The draft of a form being filled in: a reporter's report, or a moderator's edit of a report's public version.

    Before consent it has no data key and no state, and `position` names the form and the path at hand. `prompt` holds
    the sealed ids of the last prompt's messages with its step, so that a late text finds the question it belongs to.
    `address` is the chat's sealed id, kept only for a person who wants to be reminded (`reminds`, until that is done) or to
    have nothing left in the chat.
    """

    __tablename__ = "drafts"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    step: Mapped[int]
    position: Mapped[str] = mapped_column(String(255))
    data_key_id: Mapped[str | None] = mapped_column(
        ForeignKey("data_keys.id", ondelete="SET NULL"), index=True
    )
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    prompt: Mapped[bytes | None] = mapped_column(LargeBinary)
    report_id: Mapped[str | None] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    touched_hour: Mapped[int] = mapped_column(index=True)
    reminds: Mapped[bool] = mapped_column(default=False)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)


class File(Base):
    """A file of a draft or report. `meta` holds, sealed, Telegram's file id, name, MIME type and SHA-256."""

    __tablename__ = "files"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    data_key_id: Mapped[str | None] = mapped_column(
        ForeignKey("data_keys.id", ondelete="SET NULL"), index=True
    )
    status: Mapped[str] = mapped_column(String(16), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    size: Mapped[int | None]
    attempts: Mapped[int]
    meta: Mapped[bytes] = mapped_column(LargeBinary)
    hour: Mapped[int]


class PublicVersion(Base):
    """A version that moderators wrote for the public, sealed under a key of its own. At most one of a report is
    `current`, that is, public."""

    __tablename__ = "public_versions"
    __table_args__ = (
        _partial("ix_public_versions_public", "approved_hour", "id", where=IS_PUBLIC),
        _partial("ix_public_versions_proposed", "report_id", where=IS_PROPOSED),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    current: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    data_key_id: Mapped[str | None] = mapped_column(
        ForeignKey("data_keys.id", ondelete="SET NULL"), index=True
    )
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_hour: Mapped[int | None]
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderators.id", ondelete="SET NULL"))


class Approval(Base):
    """That a moderator approves the version of a report that waits, as it was shown: `proof` tells when it is another by now. It goes
    once the version is public, changed or gone."""

    __tablename__ = "approvals"
    version_id: Mapped[str] = mapped_column(
        ForeignKey("public_versions.id", ondelete="CASCADE"), primary_key=True
    )
    moderator_id: Mapped[str] = mapped_column(
        ForeignKey("moderators.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    proof: Mapped[str] = mapped_column(String(16))


class Export(Base):
    """An export: when it was asked for, by which alias (or by the bot's own commands), how far it goes (`scope`) and of what (`spec`: format,
    days and filters, in codes). `basis` tells which exports are of the same: a later one may hold only what has changed since. `rows` and
    `files` say what has come of it: how many rows, and size, digest and rows of each file, as JSON. A number is used once."""

    __tablename__ = "exports"
    __table_args__ = (Index("ix_exports_basis", "basis", "number"),)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(String(16))
    spec: Mapped[str] = mapped_column(String(255))
    basis: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    rows: Mapped[int] = mapped_column(default=0)
    files: Mapped[str] = mapped_column(Text, default="[]")


class ExportRow(Base):
    """That an export holds a version of a report, in which of its files (`part`). It outlasts a withdrawal, so that it can be told which
    files hold what was withdrawn, and goes by age."""

    __tablename__ = "export_rows"
    export_number: Mapped[int] = mapped_column(
        ForeignKey("exports.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    report_id: Mapped[str] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    version: Mapped[int]
    part: Mapped[int] = mapped_column(SmallInteger)


class OutboxRow(Base):
    """A call of the Bot API that is owed. `payload` holds, sealed, its method and parameters, the chat included.

    The id is random and `number` counts within a chat alone, so that nothing tells the order of two chats' rows. There is
    no index on SQLite: within a page of one it keeps entries in the order in which they came. `stay` tells how long what it shows
    may stay (see `sent_messages.Stay`), `owner` which of several copies of the bot sends it (see `db.presence`): None until one
    takes charge of it, and always on SQLite."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_chat_hash", "chat_hash").ddl_if(dialect="postgresql"),)
    id: Mapped[int] = mapped_column(_ClientId, primary_key=True, autoincrement=False)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    number: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    prompt_step: Mapped[int | None]
    report_id: Mapped[str | None] = mapped_column(Id)
    hour: Mapped[int]
    stay: Mapped[int] = mapped_column(default=0)
    owner: Mapped[int | None]


class SentMessage(Base):
    """A slot for a message in a chat, the bot's or the person's, that may have to be deleted. `message` is its sealed id.
    `minute` is that in which a moderator was shown it, for those that go within minutes; for all others one of the two values
    below, which no clock shows.

    Slots are made in advance, all of one size, taken at random and overwritten where they are, so that neither an id nor a
    place in the file tells when a row came; for the same reason there is no index. A free slot has the `FREE` values."""

    FREE_CHAT: ClassVar[bytes] = bytes(32)
    FREE_HOUR: ClassVar[int] = 65_536
    """An hour of 1977, which SQLite stores in as many bytes as one of today."""
    NO_REPORT: ClassVar[str] = "0" * 32
    NO_MINUTE: ClassVar[int] = 16_777_216
    """A minute of 2001, stored in as many bytes as one of today. What may stay for days has it."""
    UNTIL_SEEN: ClassVar[int] = NO_MINUTE + 1
    """What a moderator was told unasked has it, and may stay until it was seen."""

    __tablename__ = "sent_messages"
    id: Mapped[int] = mapped_column(_ClientId, primary_key=True, autoincrement=False)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    message: Mapped[bytes] = mapped_column(LargeBinary)
    report_id: Mapped[str] = mapped_column(Id)
    hour: Mapped[int]
    minute: Mapped[int] = mapped_column(default=NO_MINUTE)


class ShownChat(Base):
    """A moderator's chat in which something stands that goes within minutes; the row goes with it. Minutes since 1970-01-01
    UTC: `since` that of the oldest message, `touched` that of the last act, or of what was shown since."""

    __tablename__ = "shown_chats"
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    since: Mapped[int]
    touched: Mapped[int]


class TakeBack(Base):
    """A reminder that what was shown has to leave moderators' chats: of a report, in one chat or in all, or of a chat; see
    `shown.end`. Of neither: that replies may be open about a report that is gone; see `shown.end_replies`."""

    __tablename__ = "take_backs"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str | None] = mapped_column(Id)
    chat_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    whole: Mapped[bool]


class AuditEntry(Base):
    """One act, without content. `mac` chains it to the entry before it (HMAC-SHA256)."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_act_actor", "act", "actor"),
        Index("ix_audit_log_subject", "subject", "id"),
        Index("ix_audit_log_actor", "actor", "id"),
    )
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    hour: Mapped[int]
    actor: Mapped[str] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(64))
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class Erasure(Base):
    """A reminder that something was destroyed whose bytes may still be in the write-ahead log; kept until the log is
    emptied."""

    __tablename__ = "erasures"
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    hour: Mapped[int]


class Mark(Base):
    """A thing to be remembered between two starts, such as the newest hour that was right."""

    __tablename__ = "marks"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))
