"""What stands in the database that nobody deletes: a report, and talks that are open while another report goes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.desk.asking import service as asking_service
from bot.form.events import Wrote
from bot.form.model import Form
from bot.reports.talk import messages, ways
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import MessageContent
from bot.settings import Settings
from bot.store import drafting
from bot.store.unit import UnitOfWork
from db.engine import Database
from db.models import Moderator
from tests.bench import Bench

TALKS = 200
"""Of every other the question stands open in a chat, with the beginning of an answer."""
THEIRS: Mapping[str, str] = {
    "open questions": "SELECT id FROM talk_messages WHERE open",
    "ways": "SELECT id FROM ways_back WHERE NOT asked",
    "replies": "SELECT id FROM drafts WHERE kind = 'reply'",
}
"""What of it is to be there still once all is deleted that is to be."""
_FIRST_CHAT = 600_000


async def fill(settings: Settings, forms: Mapping[str, Form]) -> None:
    """A moderator, a report that is nobody's here, and the talks: they outlive all that expires."""
    database = Database(settings.database_url)
    bench = Bench(database, forms, settings)
    bench.now = datetime.now(settings.zone) + timedelta(days=30)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        await bench.submit(unit)
    for chat_id in range(_FIRST_CHAT, _FIRST_CHAT + TALKS):
        async with bench.write() as unit:
            await _talk(bench, unit, moderator, chat_id)
    await database.truncate_log()
    await database.close()


async def _talk(bench: Bench, unit: UnitOfWork, moderator: Moderator, chat_id: int) -> None:
    """Moderators know of the report, and its reporter was told of the question."""
    report = (await bench.submit(unit, chat_id)).report
    report.announced = True
    await asking_service._ask(
        unit, moderator, report, MessageContent(ready="when", alias=moderator.alias, hour=unit.hour)
    )
    way = await ways.of_report(unit, report)
    assert way is not None
    way.row.asked = False
    if chat_id % 2:
        chat_hash = unit.safe.pseudonyms.chat(chat_id)
        reply = await talk_service.begin(
            unit, chat_hash, report, "ru", await messages.unanswered(unit, report)
        )
        await drafting.apply(unit, reply, Wrote("Их вывели через двор.", "1"))
        drafting.save(unit, reply)
        drafting.keep_address(unit, reply, chat_id)
