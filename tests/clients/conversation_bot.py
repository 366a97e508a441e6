"""A bot as python-telegram-bot's manual has it: a conversation that outlives its process.

    python conversation_bot.py STATE.pickle polling
    python conversation_bot.py STATE.pickle webhook PORT

It asks for a name, an age and a photo, and sends the photo back with what it was told.
"""

import logging
import os
import sys
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

Context = ContextTypes.DEFAULT_TYPE
NAME, AGE, PHOTO = range(3)
AGES = InlineKeyboardMarkup(
    [[InlineKeyboardButton(label, callback_data=label) for label in ("under 30", "over 30")]]
)


async def start(update: Update, context: Context) -> int:
    """Begin."""
    del context
    assert update.message
    await update.message.reply_text("What is your name?")
    return NAME


async def name(update: Update, context: Context) -> int:
    """Keep the name."""
    assert update.message
    assert context.user_data is not None
    context.user_data["name"] = update.message.text
    await update.message.reply_html(
        f"Hello, <b>{update.message.text}</b>. How old are you?", reply_markup=AGES
    )
    return AGE


async def age(update: Update, context: Context) -> int:
    """Keep the age."""
    query = update.callback_query
    assert query
    assert context.user_data is not None
    context.user_data["age"] = query.data
    await query.answer("Noted")
    await query.edit_message_text("Now send me a photo.")
    return PHOTO


async def photo(update: Update, context: Context) -> int:
    """Fetch the photo and send it back."""
    assert update.message
    assert context.user_data is not None
    file = await update.message.photo[-1].get_file()
    content = bytes(await file.download_as_bytearray())
    about = f"{context.user_data['name']}, {context.user_data['age']}"
    await update.message.reply_photo(content, caption=about)
    return ConversationHandler.END


async def cancel(update: Update, context: Context) -> int:
    """End it."""
    assert update.message
    assert context.user_data is not None
    context.user_data.clear()
    await update.message.reply_text("Forgotten.")
    return ConversationHandler.END


def conversation() -> ConversationHandler[Context]:
    """The conversation, kept by the persistence."""
    said = filters.TEXT & ~filters.COMMAND
    return ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={
            NAME: [MessageHandler(said, name)],
            AGE: [CallbackQueryHandler(age)],
            PHOTO: [MessageHandler(filters.PHOTO, photo)],
        },
        fallbacks=[CommandHandler("cancel", cancel)],
        name="conversation",
        persistent=True,
    )


def build(path: str) -> Application[Any, Any, Any, Any, Any, Any]:
    """The application, as its builder makes it with another address."""
    url = os.environ["BOT_API"]
    application = (
        Application.builder()
        .token(os.environ["BOT_TOKEN"])
        .base_url(f"{url}/bot")
        .base_file_url(f"{url}/file/bot")
        .persistence(PicklePersistence(path, update_interval=0.5))
        .build()
    )
    application.add_handler(conversation())
    return application


def main() -> None:
    """Run until stopped by a signal."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    path, way, *port = sys.argv[1:]
    application = build(path)
    if way == "polling":
        application.run_polling()
    else:
        application.run_webhook(
            listen="127.0.0.1",
            port=int(port[0]),
            url_path="hook",
            webhook_url=f"http://127.0.0.1:{port[0]}/hook",
            secret_token="a-secret_1",
        )


if __name__ == "__main__":
    main()
