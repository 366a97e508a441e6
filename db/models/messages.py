"""Queued calls, messages in chats, and messages to delete."""

from typing import ClassVar

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, ClientId, Id


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
    """A slot for a message in a chat that may have to be deleted. `message` is its sealed id.

    `minute` is when a moderator was shown a message that leaves within minutes, otherwise a constant. Slots
    have one size, are taken at random and overwritten in place, without an index, so that nothing tells the
    age of a row.
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
    """A task to delete messages of a report or a chat from moderators' chats (`shown.end`). Without either,
    open replies about a report that is gone (`shown.end_replies`)."""

    __tablename__ = "take_backs"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str | None] = mapped_column(Id)
    chat_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    whole: Mapped[bool]
