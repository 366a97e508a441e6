"""Base of all tables, types of ids, and partial indexes."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = String(32)
ClientId = BigInteger().with_variant(Integer, "sqlite")
"""A number that the program chooses, so that none counts up. On SQLite it is the rowid."""


def partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Base(DeclarativeBase):
    """Base of the tables, with names for constraints that migrations use on both databases.

    A flush sorts new rows by full class name. All classes get one module, so a class must sort behind those
    that its foreign keys refer to.
    """

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
    """Table with authenticated rows: `row_mac` covers the primary key and the columns in `DECIDING`
    (`bot.services.row_proofs`). Other rows are not read."""

    DECIDING: ClassVar[tuple[str, ...]] = ()
    row_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32))


IN_QUEUE, IS_CLAIMED = "status IN ('new', 'claimed')", "status = 'claimed'"
IS_APPROVED = "status = 'approved' AND data_key_id IS NOT NULL"
IS_REJECTED = (
    "status = 'rejected' AND (data_key_id IS NOT NULL OR category IS NOT NULL OR region IS NOT NULL OR date_start IS NOT NULL "
    "OR date_end IS NOT NULL OR date_precision IS NOT NULL OR consent_use IS NOT NULL)"
)
"""Reports in the queue, claimed, published, and rejected with data left to destroy."""
HAS_ALARM = "alarm > 0"
"""Urgent reports that no moderator has opened or read to the end."""
IS_KEPT = "data_key_id IS NOT NULL"
"""Reports with content."""
IS_ASKED = "status IN ('new', 'claimed', 'needs_info') AND waits"
"""Reports that wait for their reporter's answer."""
IS_SET_ASIDE, IS_DUPLICATE = "status = 'needs_info'", "duplicate_of IS NOT NULL"
"""Reports set aside for an answer, and duplicates."""
IS_UNDOABLE = "status = 'undoable'"
"""Reports with a decision that can be undone."""
IS_DATED = "region IS NOT NULL AND date_start IS NOT NULL"
"""Reports with a known region and day."""
IS_IN_INCIDENT = "incident_id IS NOT NULL"
IS_SENT = "submitted_hour >= 0"
"""All reports. Only lists and statistics use these indexes, which PostgreSQL might else prefer for other
queries."""
IS_HELD = f"{IS_CLAIMED} AND claimed_until_hour >= 0"
IS_DECIDED = "status IN ('approved', 'rejected') AND closed_hour >= 0"
"""Lists of claimed and decided reports."""
IS_PROPOSED = "state = 'proposed'"
IS_PUBLIC = "public_versions.current AND public_versions.data_key_id IS NOT NULL"
"""Versions that wait for approval, and public ones, the latter in joins with reports."""
