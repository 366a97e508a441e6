"""Acts about one report that a moderator holds: its card and what the card leads to."""

import random
from collections.abc import Sequence

from tests.benchmarks.growth.people import People, Took


async def next_(people: People) -> Took:
    """The moderator takes the first report, and gives it back untimed."""
    taken = await people.say(people.moderator, "/next")
    assert any(data.startswith("amedit.") for data in people.buttons())
    await people.say(people.moderator, "/release")
    return taken


async def open_(people: People) -> Took:
    """The moderator opens some report that waits, and gives it back untimed."""
    taken = await people.say(people.moderator, f"/open {random.choice(people.waiting)}")
    assert any(data.startswith("amedit.") for data in people.buttons())
    await people.say(people.moderator, "/release")
    return taken


async def _looked(
    people: People, verb: str, second: str = "", *, shows: str = "", among: Sequence[str] = ()
) -> Took:
    """The moderator opens some report that waits, of `among` if there are any, looks at something of it, and gives it back: only the look
    is timed."""
    ref = random.choice(among or people.waiting)
    await people.say(people.moderator, f"/open {ref}")
    took = await people.act(verb, ref, second, shows=shows)
    await people.say(people.moderator, f"/release {ref}")
    return took


async def again(people: People) -> Took:
    """The card of a report that they hold, from one of its views."""
    return await _looked(people, "mcard", "c0", shows="medit")


async def notes(people: People) -> Took:
    """The notes and the checklist."""
    return await _looked(people, "mcard", "n0", shows="mcheck")


async def checked(people: People) -> Took:
    """A box of the checklist."""
    return await _looked(people, "mcheck", "place", shows="mcheck")


async def note_asked(people: People) -> Took:
    """The question for a note."""
    return await _looked(people, "mnote")


async def similar(people: People) -> Took:
    """Reports that may tell of the same event, which many do: as many are compared as ever are."""
    return await _looked(people, "mcard", "s0", shows="mopen", among=people.alike)


async def history(people: People) -> Took:
    """What the audit log says of it."""
    return await _looked(people, "mcard", "h0", shows="mcard")


async def more(people: People) -> Took:
    """The rarer decisions."""
    return await _looked(people, "mmore", shows="mrelate")


async def files(people: People) -> Took:
    """All of its photos."""
    return await _looked(people, "mfiles", "seen", among=people.filed)


async def file(people: People) -> Took:
    """What is known of a photo."""
    return await _looked(people, "mfile", "1", shows="mfileshow", among=people.filed)


async def file_alone(people: People) -> Took:
    """A photo by itself."""
    return await _looked(people, "mfileshow", "1", among=people.filed)


async def questions(people: People) -> Took:
    """What can be asked of its reporter."""
    return await _looked(people, "maskq", shows="maskr")


async def edit(people: People) -> Took:
    """The edit of its public version, which is begun."""
    return await _looked(people, "medit")


async def released(people: People) -> Took:
    """The moderator gives a report back, which they have opened."""
    ref = random.choice(people.waiting)
    await people.say(people.moderator, f"/open {ref}")
    return await people.say(people.moderator, f"/release {ref}")
