"""Notes with `bot:contacts`: who helps with the chosen choices."""

from bot.form.expressions.coercion import to_text
from bot.form.flow.filled.instance import Instance
from bot.form.model import Choice


def needs_at(instance: Instance, path: str) -> tuple[Choice, ...]:
    """Chosen choices that a note of contacts refers to, even those without a contact."""
    place = instance.place(path)
    if place.part.contacts is None:
        return ()
    listed, formula = place.part.contacts
    names = to_text(instance.state.evaluated(formula, place)).split()
    return tuple(choice for choice in listed.choices if choice.name in names)


def tells_nothing(instance: Instance, path: str) -> bool:
    """Whether a note of contacts is empty, since no such choice was chosen."""
    return "contacts" in instance.node(path).bot and not needs_at(instance, path)
