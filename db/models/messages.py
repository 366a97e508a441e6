"""What the bot owes, what stands in chats, and what has to leave them."""

from typing import ClassVar

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, ClientId, Id


class OutboxRow(Base):
    """A call of the Bot API that is owed. `payload` holds, sealed, its method and parameters, the chat included.

    The id is random and `number` counts within a chat alone, so that nothing tells the order of two chats' rows. There is
    no index on SQLite: within a page of one it keeps entries in the order in which they came. `stay` tells how long what it shows
    may stay (see `sent_messages.Stay`), `owner` which of several copies of the bot sends it (see `db.presence`): None until one
    takes charge of it, and always on SQLite."""

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
    id: Mapped[int] = mapped_column(ClientId, primary_key=True, autoincrement=False)
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
