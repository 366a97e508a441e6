"""What has left, in which export."""

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base
from db.models.reports import Report


class Export(Base):
    """An export: when it was asked for, by which alias (or by the bot's own commands), how far it goes (`scope`) and of what (`spec`: format,
    days and filters, in codes). `basis` tells which exports are of the same: a later one may hold only what has changed since. `rows` and
    `files` say what has come of it: how many rows, and size, digest and rows of each file, as JSON. A number is used once."""

    __tablename__ = "exports"
    __table_args__ = (Index("ix_exports_basis", "basis", "number"),)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(40))
    scope: Mapped[str] = mapped_column(String(16))
    spec: Mapped[str] = mapped_column(String(255))
    basis: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    rows: Mapped[int] = mapped_column(default=0)
    files: Mapped[str] = mapped_column(Text, default="[]")


class ExportRow(Base):
    """That an export holds a version of a report, in which of its files (`part`). It outlasts a withdrawal, so that it can be told which
    files hold what was withdrawn, and goes by age."""

    __tablename__ = "export_rows"
    export_number: Mapped[int] = mapped_column(
        ForeignKey(Export.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    report_id: Mapped[str] = mapped_column(
        ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    version: Mapped[int]
    part: Mapped[int] = mapped_column(SmallInteger)
