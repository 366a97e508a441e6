"""What all tables have in common: their base, the kinds of their ids, partial indexes."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = String(32)
ClientId = BigInteger().with_variant(Integer, "sqlite")
"""A number that the program chooses. On SQLite it is the rowid itself: there is no second one, which would count up."""


def partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows alone for which `where` holds, on both databases."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Base(DeclarativeBase):
    """The base of the tables. The naming convention lets migrations refer to constraints on both databases.

    A flush writes new rows in the order of their classes' full names, wherever no relationship tells SQLAlchemy another; so all are of
    one module to it, and whatever is written by a flush has a name behind those that its foreign keys lead to."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def __init_subclass__(cls, **arguments: object) -> None:
        cls.__module__ = __package__
        super().__init_subclass__(**arguments)


class Proved:
    """A table whose rows are authenticated: `row_mac` covers the primary key and the columns named in `DECIDING`
    (`bot.services.row_proofs`). A row without its proof is not read."""

    DECIDING: ClassVar[tuple[str, ...]] = ()
    row_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32))


IN_QUEUE, IS_CLAIMED = "status IN ('new', 'claimed')", "status = 'claimed'"
IS_APPROVED = "status = 'approved' AND data_key_id IS NOT NULL"
IS_REJECTED = (
    "status = 'rejected' AND (data_key_id IS NOT NULL OR category IS NOT NULL OR region IS NOT NULL OR date_start IS NOT NULL "
    "OR date_end IS NOT NULL OR date_precision IS NOT NULL OR consent_use IS NOT NULL)"
)
"""Reports that wait or are held, are held, are public, or have something left to be destroyed once their time is over."""
HAS_ALARM = "alarm > 0"
"""Urgent reports that nobody has opened, or of which nobody has read all."""
IS_KEPT = "data_key_id IS NOT NULL"
"""Reports whose content is kept."""
IS_ASKED = "status IN ('new', 'claimed', 'needs_info') AND waits"
"""Reports that wait for an answer of their reporters."""
IS_SET_ASIDE, IS_DUPLICATE = "status = 'needs_info'", "duplicate_of IS NOT NULL"
"""Reports that are set aside until their reporters answer, and of those that repeat another."""
IS_UNDOABLE = "status = 'undoable'"
"""Reports of which a decision can still be undone."""
IS_DATED = "region IS NOT NULL AND date_start IS NOT NULL"
"""Reports whose region and day are known."""
IS_IN_INCIDENT = "incident_id IS NOT NULL"
"""Reports that belong to an incident."""
IS_SENT = "submitted_hour >= 0"
"""Every report: only lists and statistics say so, and so only they use indexes with it. PostgreSQL might else take these, which stand in
the same order, for what has an index of its own."""
IS_HELD = f"{IS_CLAIMED} AND claimed_until_hour >= 0"
IS_DECIDED = "status IN ('approved', 'rejected') AND closed_hour >= 0"
"""Lists of what is held, or was decided."""
IS_PROPOSED = "state = 'proposed'"
IS_PUBLIC = "public_versions.current AND public_versions.data_key_id IS NOT NULL"
"""Versions that wait for approval, and those that are public; the second stands beside reports, which have such a key too."""
