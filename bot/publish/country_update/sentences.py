"""Sentences of a record's paragraph."""

from collections.abc import Sequence

from bot.publish.country_update.context import UpdateContext
from bot.publish.country_update.document import Statement
from bot.publish.country_update.request import UpdateRecord


def paragraph(context: UpdateContext, record: UpdateRecord) -> Sequence[Statement]:
    """Sentences of a record after its title, of its summary."""
    lines, language = record.told("summary", context.words.language)
    if lines:
        lines[-1] = context.named(lines[-1], language)
    return [context.statement(line, [record], language) for line in lines]
