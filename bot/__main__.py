"""`python -m bot`."""

import os

# With warnings as errors PTB could not build RetryAfter otherwise; it is read at import.
os.environ.setdefault("PTB_TIMEDELTA", "1")

from bot.cli import main

if __name__ == "__main__":
    os.umask(0o077)  # whatever it makes is for its user alone: database, files, exports
    main()
