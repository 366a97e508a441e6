"""The way back to a reporter, and what was said on it."""

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, ClientId, Id, Proved
from db.models.keys import DataKey
from db.models.reports import Report


class TalkMessage(Proved, Base):
    """What a moderator or the reporter said of a report after it was sent. `content` is sealed with the report's key and filled up
    to a size that many have; times stand in it alone. `open`: a question that has no answer yet, or what a reporter
    told and no moderator has seen. `files_key_id` is the key of its
    files, which goes with the report's."""

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
    """The chat of a reporter who agreed to be asked. `chat_hash` is a keyed hash that is used for nothing else, of the chat and the
    number of this way among the chat's own, so that no two rows show that they belong to one chat. `address` is sealed under a key
    of its own, and of one size. `asked`: a notice is due. The row ends with `until_day`, in days since 1970-01-01 UTC."""

    __tablename__ = "ways_back"
    DECIDING = ("report_id", "chat_hash", "data_key_id")
    id: Mapped[int] = mapped_column(ClientId, primary_key=True, autoincrement=False)
    report_id: Mapped[str] = mapped_column(ForeignKey(Report.id, ondelete="CASCADE"), unique=True)
    chat_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    data_key_id: Mapped[str | None] = mapped_column(ForeignKey(DataKey.id, ondelete="SET NULL"), index=True)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    until_day: Mapped[int] = mapped_column(index=True)
    asked: Mapped[bool] = mapped_column(index=True)
