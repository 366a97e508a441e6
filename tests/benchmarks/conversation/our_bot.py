"""This bot with the form of ten questions or its own, on SQLite in its folder or on the PostgreSQL that it is given; either writes each
commit through to the disk."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import create_async_engine

import migrations
from bot.app.wiring import Bot, on_signals, open_work, spare_collector
from bot.demo import settings_in
from bot.settings import FixedValues
from db.models import Report
from tests.benchmarks.conversation.place import Place, Ready

FORM = Path(__file__).resolve().parent / "form.md"
UNLIMITED = {"send_per_second": 1e6, "send_per_chat": 1e6, "send_burst": 1000}
"""The peers keep no pace, and nor does a Bot API without limits."""
PACED = {name: FixedValues.model_fields[name].default for name in UNLIMITED}
"""Its own pace, which a demo's settings leave out."""


def run(place: Place, ready: Ready) -> None:
    """Run it until it is terminated."""
    asyncio.run(_run(place, ready))


async def _run(place: Place, ready: Ready) -> None:
    given: dict[str, Any] = {"contacts": None, "languages": ["en"], "poll_seconds": 10}
    if place.talk == "ten":
        given["form"] = FORM
    if place.webhook_url:
        given |= {"webhook_url": place.webhook_url, "webhook_listen": f"127.0.0.1:{place.port}"}
    if place.service:
        given["database_url"] = place.service
    given |= place.keys
    settings = settings_in(place.folder, place.url, **given, **(PACED if place.limited else UNLIMITED))
    await migrations.upgrade(settings.database_url)
    work = await open_work(settings)
    try:
        bot = Bot(settings, work)
        on_signals(bot.stop)
        spare_collector()
        await bot.run(ready)
    finally:
        await work.database.close()


def stored_reports(place: Place) -> int:
    """How many reports are in its database."""
    return asyncio.run(_stored_reports(place))


async def _stored_reports(place: Place) -> int:
    url = place.service or settings_in(place.folder, place.url).database_url
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(select(func.count()).select_from(Report))
    await engine.dispose()
    return found or 0
