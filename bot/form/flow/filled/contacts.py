"""Who helps: what a note with `bot:contacts` tells of the choices that were chosen."""

from bot.form.flow.filled.instance import Instance
from bot.form.model import Choice, Question
from bot.form.xlsform.own_columns import contacts_list


def needs_at(instance: Instance, path: str) -> tuple[Choice, ...]:
    """The chosen choices for which the note at this instance path tells who helps, in the order of the list: also those
    that have no contact."""
    note = instance.node(path)
    listed = contacts_list(instance.form, note) if isinstance(note, Question) else None
    if listed is None:
        return ()
    names = instance.value_of(listed.path, path).split()
    return tuple(choice for choice in listed.choices if choice.name in names)


def tells_nothing(instance: Instance, path: str) -> bool:
    """Whether the note at this instance path is one of contacts, and nothing was chosen for which anybody could help."""
    return "contacts" in instance.node(path).bot and not needs_at(instance, path)
