"""Forms that are being filled in, and files."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id, Proved
from db.models.keys import DataKey
from db.models.reports import Report


class DraftRow(Proved, Base):
    """The draft of a form being filled in: a reporter's report, or a moderator's edit of a report's public version.

    Before consent it has no data key and no state, and `position` names the form and the path at hand. `prompt` holds
    the sealed ids of the last prompt's messages with its step, and those of the steps before it, so that a late text finds the question
    it belongs to.
    `address` is the chat's sealed id, kept only for a person who wants to be reminded (`reminds`, until that is done) or to
    have nothing left in the chat.
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
