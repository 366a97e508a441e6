"""`python -m bot`."""

import gc
import os

# With warnings as errors PTB could not build RetryAfter otherwise; it is read at import.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# A quarter of a start would go into searching for garbage among modules, which stay. They are left out of later searches too.
gc.disable()
from bot.cli import main  # noqa: E402 - see above
from bot.safety import core_dumps  # noqa: E402 - the same

gc.freeze()
gc.enable()

if __name__ == "__main__":
    os.umask(0o077)  # whatever it makes is for its user alone: database, files, exports
    core_dumps.forbid()
    main()
