"""Sample document with one of each block, for trying a template."""

from bot.services.country_update.document import (
    PAGE_NUMBER,
    Annex,
    Block,
    Document,
    Figure,
    Look,
    Note,
    Paragraph,
    Reference,
    Section,
    Statement,
    Table,
    TableLook,
)
from bot.services.country_update.rendering import rendered
from bot.services.country_update.request import UpdateFormat
from bot.services.statistics.pictures.bars import Heading

_COLUMNS = {TableLook.COUNTS: 3, TableLook.GROUPS: 4, TableLook.COURSE: 3}


def try_template(template: bytes) -> None:
    """Fill a template with the sample. Raises TemplateError if that fails."""
    rendered(sample(), UpdateFormat.DOCX, template)


def sample() -> Document:
    said = Statement("Words", [1], "en")
    tables = [
        Table("Table", ["Head"] * columns, [[said] * (columns - 1)], look)
        for look, columns in _COLUMNS.items()
    ]
    picture, _ = Heading("Figure").sheet(10)
    part = Section("part", "Part", [Paragraph([said], look) for look in Look])
    blocks: list[Block] = [Note("Words"), *tables, Figure(picture.png, "Words", said)]
    return Document(
        language="en",
        title="Title",
        publisher="Publisher",
        period="Period",
        day="2026-01-31",
        facts=[("Name", "Value")],
        contents="Contents",
        reference="Reference",
        page=f"Page {PAGE_NUMBER}",
        sections=[Section("section", "Section", blocks, [part])],
        annex=Annex(
            "Annex",
            "Records",
            ["Head"] * 7,
            [
                Reference(
                    1, "R7K3QV", "1", "2026-01-31", "2026", "Place", ["Source"], ["https://example.org/"]
                )
            ],
        ),
    )
