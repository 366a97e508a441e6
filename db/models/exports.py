"""Export register."""

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base
from db.models.reports import Report


class Export(Base):
    """An export. A number is used once.

    - `spec`: format, days and filters in codes
    - `basis`: shared by comparable exports. A later one may hold only changes
    - `files`: size, digest and rows of each file, as JSON
    """

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
    """A version of a report in an export's file (`part`). Outlasts a withdrawal, to name the files that hold
    the report."""

    __tablename__ = "export_rows"
    export_number: Mapped[int] = mapped_column(
        ForeignKey(Export.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    report_id: Mapped[str] = mapped_column(
        ForeignKey(Report.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    version: Mapped[int]
    part: Mapped[int] = mapped_column(SmallInteger)
