"""Entry point of `python -m bot`."""

# ruff: noqa: E402 - the collector rests before anything is imported
import gc
import os

# Modules stay: searching them would take a fifth of the start, and later a part of each collection.
gc.disable()

from bot.app.cli.application import main
from bot.safety import logs

gc.freeze()
gc.enable()
# Otherwise PTB could not build RetryAfter when warnings are errors.
os.environ.setdefault("PTB_TIMEDELTA", "1")

if __name__ == "__main__":
    os.umask(0o077)  # database, files and exports are for the bot's user alone
    logs.forbid()
    main()
