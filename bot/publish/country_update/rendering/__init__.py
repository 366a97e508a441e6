"""Document as a file: Word, HTML or Markdown. Equal documents give equal bytes."""

from bot.publish.country_update.document import Document
from bot.publish.country_update.request import UpdateFormat


def rendered(document: Document, format_: UpdateFormat, template: bytes | None = None) -> bytes:
    """Write a file. `template` applies to Word only. Raises TemplateError if it cannot be filled."""
    # Imported late, since a start of the bot needs no writer.
    if format_ is UpdateFormat.DOCX:
        from bot.publish.country_update.rendering import word  # noqa: PLC0415

        return word.written(document, template)
    from bot.publish.country_update.rendering.markup import html_written, markdown_written  # noqa: PLC0415

    return html_written(document) if format_ is UpdateFormat.HTML else markdown_written(document)
