"""Drafts of forms, and files."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id, Proved
from db.models.keys import DataKey
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
