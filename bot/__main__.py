"""Entry point of `python -m bot`."""

import gc
import os

# Otherwise PTB could not build RetryAfter when warnings are errors. PTB reads it at import.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# Modules stay, so the collector skips them now and later. Searching them would take a quarter of the start.
gc.disable()
from bot.cli import main  # noqa: E402 - see above
from bot.safety import core_dumps  # noqa: E402 - the same

gc.freeze()
gc.enable()

if __name__ == "__main__":
    os.umask(0o077)  # database, files and exports are for the bot's user alone
    core_dumps.forbid()
    main()
