"""Acts about many reports: lists, their filter, search and exports."""

from bot.chat.moderation.lists.found import Search
from bot.chat.screens.callback import Act, encode
from bot.services.desk.lists.filters import Filter, Scope
from tests.benchmarks.growth.people import People, Took

FULL = 8
"""Reports of a page."""


async def queue(people: People) -> Took:
    """The moderator looks at the queue."""
    return await people.say(people.moderator, "/queue")


async def page(people: People) -> Took:
    """The same, and turns a page: only that is timed."""
    await queue(people)
    turn = [data for data in people.buttons() if data.startswith("amlist.w.n")]
    return await people.tap(people.moderator, turn[-1])


async def narrowed(people: People) -> Took:
    """The moderator narrows the queue down to a category and a region."""
    wanted = Filter(category="violence", region="KZ-71")
    return await people.tap(people.moderator, encode(Act("mlist", str(wanted))))


async def menu(people: People) -> Took:
    """The moderator opens the filter of the queue."""
    return await people.tap(people.moderator, encode(Act("mfilt", str(Filter()))))


async def regions(people: People) -> Took:
    """The moderator looks how many reports each region has."""
    return await people.tap(people.moderator, encode(Act("mfilt", str(Filter()), "region")))


async def mine(people: People) -> Took:
    """The moderator looks at what they hold."""
    return await people.say(people.moderator, "/mine")


async def approved(people: People) -> Took:
    """The moderator looks at what was approved."""
    return await people.say(people.moderator, "/approved")


async def search(people: People) -> Took:
    """The moderator searches by several facets at once, which no index has."""
    wanted = Filter(Scope.ALL, category="violence", region="KZ-71", urgent=True)
    return await people.tap(people.moderator, encode(Act("mlist", str(wanted))))


async def urgent(people: People) -> Took:
    """The moderator searches for urgent reports of the last months, which are looked up: of a thousand they fill a page too."""
    took = await people.act("mlist", str(Filter(Scope.ALL, urgent=True, older=30)), shows="mlist")
    assert len(people.buttons()) > FULL
    return took


async def dated(people: People) -> Took:
    """The moderator searches by days."""
    until = people.bench.now.date()
    return await people.say(people.moderator, f"/search {until.replace(day=1)} {until}")


async def ways_to_search(people: People) -> Took:
    """The moderator looks at how one can search."""
    return await people.say(people.moderator, "/search")


async def words(people: People) -> Took:
    """The same by words that no story holds, made as the sender makes it."""
    await people.say(people.moderator, "/search небывалое")
    (owed,) = [call for call in people.calls if "text" in call.attach]
    search = Search(people.bench.read, people.chats.renderer)
    return await people.timed(search(owed.attach["text"].partition(":")[2]))


async def export(people: People) -> Took:
    """The moderator asks for the approved versions of the month."""
    return await people.tap(people.moderator, encode(Act("mexport", "csv", "month")))


async def export_all(people: People) -> Took:
    """The same of all times."""
    return await people.tap(people.moderator, encode(Act("mexport", "csv", "all")))


async def incidents(people: People) -> Took:
    """The moderator looks at the newest incidents."""
    took = await people.say(people.moderator, "/incidents")
    assert len(_incidents(people)) > 1
    return took


def _incidents(people: People) -> list[str]:
    return [data.split(".")[1] for data in people.buttons() if data.startswith("amincident.")]


async def older_incidents(people: People) -> Took:
    """The moderator turns the page of the incidents."""
    await incidents(people)
    return await people.act("mincidents", _incidents(people)[-1], shows="mincident")


async def incident(people: People) -> Took:
    """The moderator looks at one of the incidents."""
    await incidents(people)
    return await people.act("mincident", _incidents(people)[-1], shows="mopen")


async def bots_menu(people: People) -> Took:
    """The moderator looks at the menu of the bot."""
    return await people.say(people.moderator, "/menu")
