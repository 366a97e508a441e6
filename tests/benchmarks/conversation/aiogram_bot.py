"""The ten questions as users of aiogram would ask them: its FSM, which answers all updates at once, kept in memory or in a
Redis."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramRetryAfter
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from redis import Redis

from bot.demo import TOKEN
from tests.benchmarks.conversation.peer_words import ASKED, CONFIRM, DONE, review
from tests.benchmarks.conversation.place import PATH, SECRET, Place, Ready


def run(place: Place, ready: Ready) -> None:
    """Run it with a MemoryStorage, or with a RedisStorage if there is a service."""
    logging.disable(logging.WARNING)  # it would log a line for each update, and its end
    asyncio.run(_run(place, ready))


async def _run(place: Place, ready: Ready) -> None:

    storage = RedisStorage.from_url(place.service) if place.service else MemoryStorage()
    dispatcher = Dispatcher(storage=storage)
    _register(dispatcher, storage if place.service else None)

    async def started() -> None:
        ready()

    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(place.url)))
    if place.limited:
        bot.session.middleware(_try_again)
    if place.webhook_url:
        await _serve(place, dispatcher, bot)
        ready()
        await asyncio.Event().wait()
    dispatcher.startup.register(started)
    await dispatcher.start_polling(bot)


def stored_reports(place: Place) -> int:
    """How many reports are in its Redis; none without one."""
    if not place.service:
        return 0
    with Redis.from_url(place.service) as redis:
        return cast("int", redis.llen("reports"))


async def _try_again(make_request: Any, bot: Bot, method: Any) -> Any:
    """Wait as long as Telegram says, as often as it says so."""
    while True:
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter as refusal:
            await asyncio.sleep(refusal.retry_after)


async def _serve(place: Place, dispatcher: Dispatcher, bot: Bot) -> None:
    """By its own handler of webhooks, with its defaults."""
    application = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(application, PATH)
    setup_application(application, dispatcher, bot=bot)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", place.port).start()
    await bot.set_webhook(place.webhook_url, secret_token=SECRET)


def _register(dispatcher: Any, redis: Any) -> None:

    states = [State(f"answer_{number}", group_name="Report") for number in range(len(ASKED) + 1)]
    send = InlineKeyboardButton(text=CONFIRM, callback_data="send")
    buttons = InlineKeyboardMarkup(inline_keyboard=[[send]])
    reports: list[dict[str, Any]] = []

    async def begin(message: Message, state: FSMContext) -> None:
        await state.set_state(states[0])
        await message.answer(ASKED[0])

    def taker(number: int) -> Callable[[Message, FSMContext], Awaitable[None]]:
        async def take(message: Message, state: FSMContext) -> None:
            answers = await state.update_data({ASKED[number]: message.text})
            await state.set_state(states[number + 1])
            if number + 1 == len(ASKED):
                await message.answer(review(answers), reply_markup=buttons)
            else:
                await message.answer(ASKED[number + 1])

        return take

    async def confirm(query: CallbackQuery, state: FSMContext) -> None:
        answers = await state.get_data()
        if redis is None:
            reports.append(answers)
        else:
            await redis.redis.rpush("reports", redis.json_dumps(answers))
        await state.clear()
        await query.answer()
        await query.message.edit_text(DONE)

    dispatcher.message.register(begin, CommandStart())
    for number in range(len(ASKED)):
        dispatcher.message.register(taker(number), states[number], F.text)
    dispatcher.callback_query.register(confirm, states[len(ASKED)], F.data == "send")
