"""Who helps: what a note with `bot:contacts` tells of the choices that were chosen."""

from bot.form.expressions.coercion import to_text
from bot.form.flow.filled.instance import Instance
from bot.form.model import Choice


def needs_at(instance: Instance, path: str) -> tuple[Choice, ...]:
    """The chosen choices for which the note at this instance path tells who helps, in the order of the list: also those
    that have no contact."""
    place = instance.place(path)
    if place.part.contacts is None:
        return ()
    listed, formula = place.part.contacts
    names = to_text(instance.state.evaluated(formula, place)).split()
    return tuple(choice for choice in listed.choices if choice.name in names)


def tells_nothing(instance: Instance, path: str) -> bool:
    """Whether the note at this instance path is one of contacts, and nothing was chosen for which anybody could help."""
    return "contacts" in instance.node(path).bot and not needs_at(instance, path)
