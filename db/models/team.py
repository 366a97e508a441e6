"""The members of the team, and what they ask each other."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Id


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
    asker_id: Mapped[str] = mapped_column(ForeignKey(Moderator.id), index=True)
    confirmer_id: Mapped[str | None] = mapped_column(ForeignKey(Moderator.id), index=True)
    expires_hour: Mapped[int] = mapped_column(index=True)
