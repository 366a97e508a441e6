"""Reply channels and their messages."""

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, ClientId, Id, Proved
from db.models.keys import DataKey
from db.models.reports import Report


class TalkMessage(Proved, Base):
    """A message of a moderator or the reporter about a submitted report.

    `content` is sealed with the report's key, padded to a common size, and holds the times. `open` marks a
    question without an answer, or a reporter's unseen message. `files_key_id` is deleted with the report's
    key.
    """

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
    """Reply channel: the chat of a reporter who agreed to be asked, until `until_day` (days since 1970-01-01
    UTC).

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
