"""Who helps: the contacts that a note with `bot:contacts` tells, of the choices that were chosen."""

from bot.form.flow.instance import Instance
from bot.form.model import Choice, Question
from bot.form.xlsform.own_columns import contacts_list


def contacts_at(instance: Instance, path: str) -> tuple[Choice, ...]:
    """The chosen choices whose contacts the note at this instance path tells, in the order of the list."""
    note = instance.node(path)
    listed = contacts_list(instance.form, note) if isinstance(note, Question) else None
    if listed is None:
        return ()
    names = instance.value_of(listed.path, path).split()
    return tuple(choice for choice in listed.choices if choice.name in names and any(choice.contact.values()))


def tells_nothing(instance: Instance, path: str) -> bool:
    """Whether the note at this instance path would tell contacts and there are none to tell."""
    return "contacts" in instance.node(path).bot and not contacts_at(instance, path)
