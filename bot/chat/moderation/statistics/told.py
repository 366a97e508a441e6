"""The figures in words."""

from collections.abc import Callable, Iterator, Mapping

from bot.chat.moderation.statistics.naming import lasting, name_of, place_name, span_name
from bot.form.model import Form
from bot.form.screen import Joined, Key, Phrase
from bot.services.statistics.figures import Counts, Figures, Standing
from bot.services.statistics.places import choices_of

MOST_NAMED = 5
"""Categories and regions that are named, the most frequent ones; the pictures have all."""


def paragraphs(figures: Figures, form: Form, language: str) -> Iterator[Phrase]:
    """The message: how many there were, what became of them, how soon, what waits, and what and where most were. `form` is the
    reporters'."""
    total = figures.total
    yield Key("moderator.stats.title", {"span": span_name(figures.span.step, figures.span.days[0])})
    counts: dict[str, Phrase | str | int] = {f"{one}": total[one] for one in Standing}
    yield Key("moderator.stats.total", {"number": sum(total.values()), **counts})
    yield from decided(figures)
    yield undecided(figures)
    kinds, places = choices_of(form, "category"), choices_of(form, "region")
    yield from _most("moderator.stats.categories", figures.categories, lambda code: name_of(kinds, code))
    yield from _most(
        "moderator.stats.regions", figures.regions, lambda code: place_name(places, code, language)
    )


def decided(figures: Figures) -> Iterator[Phrase]:
    """How many were decided, and how soon; nothing where none were."""
    delays = figures.approved_after + figures.rejected_after
    if delays.number:
        half, most = lasting(delays.within(5)), lasting(delays.within(9))
        yield Key("moderator.stats.decided", {"number": delays.number, "half": half, "most": most})


def undecided(figures: Figures) -> Phrase:
    """How many have no decision now, where they stand, and for how long at most."""
    found = figures.undecided
    if not found.number:
        return Key("moderator.stats.all_decided")
    facts: dict[str, Phrase | str | int] = {
        "number": found.number, "urgent": found.urgent.number, "queued": found.queued, "held": found.held,
        "aside": found.aside, "oldest": lasting(found.oldest),
    }  # fmt: skip
    return Key("moderator.stats.undecided", facts)


def _most(title: str, counts: Mapping[str, Counts], named: Callable[[str], Phrase]) -> Iterator[Phrase]:
    """The most frequent codes with their numbers; nothing where nothing is counted."""
    numbers = sorted(
        ((sum(of.values()), code) for code, of in counts.items()), key=lambda one: (-one[0], one[1])
    )
    lines = [
        Key("moderator.stats.line", {"name": named(code), "number": number})
        for number, code in numbers[:MOST_NAMED]
    ]
    if lines:
        yield Joined((Key(title), *lines), "\n")
