"""Entry point of `python -m bot`."""

import gc
import os

from bot.app.cli.application import main
from bot.safety import logs

# Otherwise PTB could not build RetryAfter when warnings are errors. PTB reads it at import.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# Modules stay, so the collector skips them now and later. Searching them would take a quarter of the start.
gc.disable()
gc.freeze()
gc.enable()

if __name__ == "__main__":
    os.umask(0o077)  # database, files and exports are for the bot's user alone
    logs.forbid()
    main()
