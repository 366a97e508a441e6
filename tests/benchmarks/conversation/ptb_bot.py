"""The ten questions as users of python-telegram-bot would ask them: its ConversationHandler, which answers one update after
the other, kept in memory or by PicklePersistence with its defaults."""

import logging
import pickle
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    AIORateLimiter,
    Application,
    BasePersistence,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.warnings import PTBUserWarning

from bot.demo import TOKEN
from tests.benchmarks.conversation.peer_words import ASKED, CONFIRM, DONE, review
from tests.benchmarks.conversation.place import PATH, SECRET, Place, Ready

Context = ContextTypes.DEFAULT_TYPE
_KEPT = "kept.pickle"
_BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton(CONFIRM, callback_data="send")]])


def run_in_memory(place: Place, ready: Ready) -> None:
    """What is kept is lost with the process."""
    _run(place, ready, None)


def run_pickled(place: Place, ready: Ready) -> None:
    """What is kept is written to a file every minute and at the end."""
    _run(place, ready, PicklePersistence(place.folder / _KEPT))


def stored_reports(place: Place) -> int:
    """How many reports are in its file; none without one."""
    path = place.folder / _KEPT
    kept = pickle.loads(path.read_bytes()) if path.exists() else {}  # noqa: S301 - written by this benchmark
    return len(kept.get("bot_data", {}).get("reports", ()))


def _run(place: Place, ready: Ready, kept: BasePersistence[Any, Any, Any] | None) -> None:
    async def started(_: object) -> None:
        ready()

    builder: Any = Application.builder().token(TOKEN).post_init(started)
    builder = builder.base_url(f"{place.url}/bot").base_file_url(f"{place.url}/file/bot")
    if kept is not None:
        builder = builder.persistence(kept)
    if place.limited:
        logging.disable(logging.ERROR)  # it would log each call that was refused
        builder = builder.rate_limiter(AIORateLimiter())
    application = builder.build()
    application.add_handler(_conversation(persistent=kept is not None))
    if not place.webhook_url:
        application.run_polling()
        return
    application.run_webhook("127.0.0.1", place.port, PATH, webhook_url=place.webhook_url, secret_token=SECRET)


def _conversation(*, persistent: bool) -> ConversationHandler[Any]:
    states: dict[object, list[Any]] = {
        number: [MessageHandler(filters.TEXT & ~filters.COMMAND, _taker(number))]
        for number in range(len(ASKED))
    }
    states[len(ASKED)] = [CallbackQueryHandler(_confirm, "^send$")]
    begin: list[Any] = [CommandHandler("start", _begin)]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", PTBUserWarning
        )  # that taps are not told apart by message: here they need not be
        return ConversationHandler(begin, states, [], name="report", persistent=persistent)


async def _begin(update: Update, context: Context) -> int:
    assert update.message is not None
    assert context.user_data is not None
    context.user_data["answers"] = {}
    await update.message.reply_text(ASKED[0])
    return 0


def _taker(number: int) -> Callable[[Update, Context], Coroutine[Any, Any, int]]:
    async def take(update: Update, context: Context) -> int:
        assert update.message is not None
        assert context.user_data is not None
        answers = context.user_data["answers"]
        answers[ASKED[number]] = update.message.text
        if number + 1 == len(ASKED):
            await update.message.reply_text(review(answers), reply_markup=_BUTTONS)
        else:
            await update.message.reply_text(ASKED[number + 1])
        return number + 1

    return take


async def _confirm(update: Update, context: Context) -> int:
    query = update.callback_query
    assert query is not None
    assert context.user_data is not None
    context.bot_data.setdefault("reports", []).append(context.user_data.pop("answers"))
    await query.answer()
    await query.edit_message_text(DONE)
    return ConversationHandler.END
