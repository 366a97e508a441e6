"""Document as a file: Word, HTML or Markdown. Equal documents give equal bytes."""

from bot.publish.country_update.document import Document
from bot.publish.country_update.request import UpdateFormat


def rendered(document: Document, format_: UpdateFormat, template: bytes | None = None) -> bytes:
    """Write a file. `template` applies to Word only. Raises TemplateError if it cannot be filled."""
    # Imported late, since a start of the bot needs no writer.
    match format_:
        case UpdateFormat.DOCX:
            from bot.publish.country_update.rendering import word  # noqa: PLC0415

            return word.written(document, template)
        case UpdateFormat.HTML:
            from bot.publish.country_update.rendering.markup import html_written  # noqa: PLC0415

            return html_written(document)
        case UpdateFormat.MARKDOWN:
            from bot.publish.country_update.rendering.markup import markdown_written  # noqa: PLC0415

            return markdown_written(document)
