"""Document as a file: Word, HTML or Markdown. Equal documents give equal bytes."""

from bot.services.country_update.document import Document
from bot.services.country_update.request import UpdateFormat


def rendered(document: Document, format_: UpdateFormat, template: bytes | None = None) -> bytes:
    """Write a file. `template` applies to Word only. Raises TemplateError if it cannot be filled."""
    # Imported late, since a start of the bot needs no writer.
    match format_:
        case UpdateFormat.DOCX:
            from bot.services.country_update.rendering import word  # noqa: PLC0415

            return word.written(document, template)
        case UpdateFormat.HTML:
            from bot.services.country_update.rendering import html  # noqa: PLC0415

            return html.written(document)
        case UpdateFormat.MARKDOWN:
            from bot.services.country_update.rendering import markdown  # noqa: PLC0415

            return markdown.written(document)
