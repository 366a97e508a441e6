"""Answers to moderators that take too long for a batch, made when they are sent (see `attachments`)."""

from collections.abc import Mapping

from bot.chat.moderation import country_updates
from bot.chat.moderation.audit import log
from bot.chat.moderation.exports.openers import ExportOpeners
from bot.chat.moderation.lists.found import SEARCH, Search
from bot.chat.moderation.statistics import command
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.attachments import Opener
from bot.services.unit import MakeUnit


def made_when_sent(read: MakeUnit, write: MakeUnit, renderer: Renderer) -> Mapping[str, Opener]:
    """Openers of attachments without a stored file. `read` makes units of work for reading, `write` those
    that record exports."""
    return {
        **command.openers(read, renderer),
        **log.openers(read, renderer),
        **ExportOpeners(read, write, renderer).by_name(),
        **country_updates.openers(read, write, renderer),
        SEARCH: Search(read, renderer),
    }
