"""A document as a file: Word, HTML or Markdown. The same document gives the same bytes."""

from bot.services.country_update.document import Document
from bot.services.country_update.request import UpdateFormat


def rendered(document: Document, format_: UpdateFormat, template: bytes | None = None) -> bytes:
    """The bytes of a file. `template` is for Word alone; TemplateError is raised for one that cannot be filled."""
    # Each writer is imported when it is needed: a start of the bot needs none.
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
