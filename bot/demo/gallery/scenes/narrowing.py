"""A moderator's lists, narrowed by each filter, and a search."""

from bot.chat.moderation.lists.filtering import FACETS
from bot.chat.screens.callback import Act
from bot.demo.walk.chats import Chats
from bot.services.desk.lists.filters import Filter, Scope


async def look_at_lists(chats: Chats, moderator: int) -> None:
    await chats.say(moderator, "/mine", "/approved", "/search", "/search ?", "/search 1991", "/search QQQ")
    await chats.say(moderator, "/search #QQQ")
    await chats.tap(moderator, Act("mwordsof"), Act("mgrades"), Act("mgrade", "R1"))
    for facet in FACETS:
        await chats.tap(moderator, Act("mfilt", str(Filter(older=1)), facet))
    wanted = Filter(Scope.ALL, urgent=True, asked=True, older=1)
    await chats.tap(moderator, Act("mfilt", str(wanted)), Act("mlist", str(wanted)))
