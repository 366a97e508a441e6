"""Exports by buttons and by typed words."""

from bot.chat.moderation.exports.wish import TAGS, Wish
from bot.chat.screens.callback import Act
from bot.demo.people import MODERATOR
from bot.demo.walk.chats import Chats

_LONG = ",".join(f"{'x' * 60}{number}" for number in range(4))


async def export(chats: Chats) -> None:
    await chats.tap(MODERATOR, Act("mexset", "csv~"), Act("mexset", "csv~all"))
    await chats.tap(MODERATOR, *(Act("mexset", "csv~all", tag) for tag in TAGS.values()))
    one, none = Wish("csv", "all", by_incident=True), Wish("csv", "pastyear", changed=True)
    await chats.tap(MODERATOR, Act("mexset", f"csv~{one.code()}"), Act("mexport", "csv", one.code()))
    await chats.tap(MODERATOR, Act("mexport", "csv", none.code()))
    await chats.say(MODERATOR, "/export jsonl changed=last event=1991-12-16", "/export csv ?=?")
    await chats.say(MODERATOR, "/export csv event=?", "/export csv region=XX-9")
    await chats.say(MODERATOR, f"/export csv category={_LONG}")
    await chats.say(MODERATOR, "/export history")
