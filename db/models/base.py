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
