"""Acts about many reports: lists, their filter, search and exports."""

from datetime import timedelta

from bot.chat.buttons import Act, encode
from bot.desk.queue.found import Search
from bot.desk.queue.service import Filter, ReportScope
from tests.benchmarks.growth.people import People, Took
from tests.benchmarks.growth.rows import EVENT_CATEGORY, EVENT_REGION

FULL = 8
"""Reports of a page."""
MONTH = timedelta(days=30)


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
    wanted = Filter(category=EVENT_CATEGORY, region=EVENT_REGION)
    return await _full(people, wanted)


async def _full(people: People, wanted: Filter) -> Took:
    """Fails for a page that is not full: that costs less than one that is."""
    took = await people.act("mlist", str(wanted), shows="mlist")
    assert sum(data.startswith("amopen.") for data in people.buttons()) == FULL, people.buttons()
    return took


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
    return await _full(
        people, Filter(ReportScope.ALL, category=EVENT_CATEGORY, region=EVENT_REGION, urgent=True)
    )


async def urgent(people: People) -> Took:
    """The moderator searches for urgent reports of the last months, which are looked up: of a thousand they fill a page too."""
    return await _full(people, Filter(ReportScope.ALL, urgent=True, older=30))


async def dated(people: People) -> Took:
    """The moderator searches by days."""
    until = people.bench.now.date()
    return await people.say(people.moderator, f"/search {until - MONTH} {until}")


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
    """The moderator asks for the approved versions of the last weeks: some twenty or some thousands. That they are asked for is timed,
    as of everything that is made when it is sent."""
    took = await people.say(people.moderator, f"/export csv {people.bench.now.date() - MONTH}")
    assert any("document" in call.attach for call in people.calls), people.calls
    return took


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
