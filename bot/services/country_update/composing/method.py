"""How the document was made: from the settings and from counts alone, nothing about any record."""

from collections.abc import Iterator

from bot.languages import name_of
from bot.services.country_update.composing.context import Context
from bot.services.country_update.document import Note, Section
from bot.services.export.versions.statistics import FEWEST_TOLD


def method(context: Context) -> Section:
    """What was asked, who approved, what belongs to the period, what is withheld."""
    return Section(
        "method", context.words.say("update.section.method"), [Note(words) for words in _notes(context)]
    )


def _notes(context: Context) -> Iterator[str]:
    about, say = context.about, context.words.say
    languages = ", ".join(map(name_of, about.languages))
    yield say("update.method.source")
    yield say("update.method.asked", n=about.questions, languages=languages)
    yield say("update.method.approved", n=about.approvals)
    if about.approvals_named > about.approvals:
        yield say("update.method.approved_named", n=about.approvals_named)
    yield say("update.method.assertion")
    yield say("update.method.period")
    if context.records.undated:
        yield say("update.method.undated", n=len(context.records.undated))
    yield say("update.method.people")
    yield say("update.method.language")
    yield say(
        "update.method.withheld", shared=_few(context, about.shared), counted=_few(context, about.counted)
    )


def _few(context: Context, number: int) -> str:
    """A number that is not told exactly where it could point to somebody, also where it is none, so that one more is not seen."""
    return context.words.number(number) if number >= FEWEST_TOLD else context.words.say("update.fewer")
