"""Drafts of forms, and files."""

from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, ClientId, DataKey, Id, Proved
from db.models.reports import Report


class DraftRow(Proved, Base):
    """The draft of a form: a reporter's report, or a moderator's edit of a public version.

    - `position`: form and current path. Before consent there is no data key and no state
    - `prompt`: sealed message ids and steps of the last prompts
    - `address`: sealed chat id, only for reminders or for a person who wants nothing left in the chat
    """

    __tablename__ = "drafts"
    DECIDING = ("chat_hash", "kind", "report_id", "data_key_id")
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    step: Mapped[int]
    position: Mapped[str] = mapped_column(String(255))
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)
    state: Mapped[bytes | None] = mapped_column(LargeBinary)
    prompt: Mapped[bytes | None] = mapped_column(LargeBinary)
    report_id: Mapped[str | None] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), index=True)
    touched_hour: Mapped[int] = mapped_column(index=True)
    reminds: Mapped[bool] = mapped_column(default=False)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)


class File(Base):
    """A file of a draft or report. `meta` holds, sealed, Telegram's file id, name, MIME type and SHA-256."""

    __tablename__ = "files"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    size: Mapped[int | None]
    attempts: Mapped[int]
    meta: Mapped[bytes] = mapped_column(LargeBinary)
    hour: Mapped[int]


class OutboxRow(Base):
    """A queued call of the Bot API. `payload` holds, sealed, its method and parameters, including the chat.

    The id is random and `number` counts within a chat, so that nothing tells the order across chats. On
    SQLite there is no index, which would keep the order of arrival.

    `stay` tells how long the message may stay (`sent_messages.Stay`). `owner` is the replica that sends it
    (`db.presence`), None until one takes it, and on SQLite.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_chat_hash", "chat_hash").ddl_if(dialect="postgresql"),)
    id: Mapped[int] = mapped_column(ClientId, primary_key=True, autoincrement=False)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    number: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    prompt_step: Mapped[int | None]
    report_id: Mapped[str | None] = mapped_column(Id)
    hour: Mapped[int]
    stay: Mapped[int] = mapped_column(default=0)
    owner: Mapped[int | None]


class SentMessage(Base):
    """A slot for a message in a chat that may have to be deleted.

    `message` is its sealed id. `minute` is when a moderator was shown a message that leaves within minutes,
    otherwise a constant. Slots have one size, are taken at random and overwritten in place, without an index,
    so that nothing tells the age of a row.
    """

    FREE_CHAT: ClassVar[bytes] = bytes(32)
    FREE_HOUR: ClassVar[int] = 65_536
    """An hour of 1977, which SQLite stores in as many bytes as one of today."""
    NO_REPORT: ClassVar[str] = "0" * 32
    NO_MINUTE: ClassVar[int] = 16_777_216
    """A minute of 2001, stored in as many bytes as one of today, for other messages."""
    UNTIL_SEEN: ClassVar[int] = NO_MINUTE + 1
    """Constant of moderators' notices, which stay until seen."""

    __tablename__ = "sent_messages"
    id: Mapped[int] = mapped_column(ClientId, primary_key=True, autoincrement=False)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    message: Mapped[bytes] = mapped_column(LargeBinary)
    report_id: Mapped[str] = mapped_column(Id)
    hour: Mapped[int]
    minute: Mapped[int] = mapped_column(default=NO_MINUTE)


class ShownChat(Base):
    """A moderator's chat with messages that leave within minutes. Minutes since 1970-01-01 UTC: `since` of
    the oldest message, `touched` of the last act."""

    __tablename__ = "shown_chats"
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    since: Mapped[int]
    touched: Mapped[int]


class TakeBack(Base):
    """A task to delete messages of a report or a chat from moderators' chats (`sent_messages.end`). Without either,
    open replies about a report that is gone (`sent_messages.end_replies`)."""

    __tablename__ = "take_backs"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str | None] = mapped_column(Id)
    chat_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    whole: Mapped[bool]


class SeenUpdate(Base):
    """A handled update, deleted by age."""

    __tablename__ = "seen_updates"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(index=True)


class WaitingUpdate(Base):
    """A sealed update in the backlog. `sender` is a hash under the day's key, `number` its count of the day.
    `in_report` marks updates in the middle of a report, or from a moderator."""

    __tablename__ = "waiting_updates"
    __table_args__ = (Index("ix_waiting_updates_turn", "in_report", "number"),)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sender: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    number: Mapped[int]
    in_report: Mapped[bool]
    raw: Mapped[bytes] = mapped_column(LargeBinary)


class FailedUpdate(Base):
    """An update that failed alone. `raw` is its sealed shape, `reference` the sender's error reference."""

    __tablename__ = "failed_updates"
    reference: Mapped[str] = mapped_column(String(16), primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    hour: Mapped[int] = mapped_column(index=True)


class SenderBucket(Base):
    """Counts of a day for senders whose hash begins with one byte, sealed under the day's key
    (`bot.store.allowances`). Rows are overwritten in place, so that they tell no order."""

    __tablename__ = "sender_buckets"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Block(Base):
    """A blocked `sender`, as a separate keyed hash, or a possible one: `flooding` is that hash, sealed under
    the day's key. Expires at midnight UTC, so that no row tells the hour."""

    __tablename__ = "blocks"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    sender: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    flooding: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_hour: Mapped[int] = mapped_column(index=True)
