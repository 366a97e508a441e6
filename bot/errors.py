"""Errors with messages that a person may see."""

import errno
from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818 - not an error: the person is told why not
    """Refusal of a person's request. `key` names the text that says why, and `arguments` fill it.

    Services raise it. The chat and the command line answer with its text, and the batch goes on.
    """

    def __init__(self, key: str, args: Mapping[str, str | int] | None = None) -> None:
        super().__init__(key)
        self.key = key
        self.arguments = dict(args or {})


class WrongArgument(Refusal):
    """Refusal of a command's argument. The answer also shows the right form."""


class SettingsError(Exception):
    """A wrong or missing setting. The one-line message has its name, the fault and an example."""


class ArgumentError(Exception):
    """A wrong argument of a command. The one-line message has its name, the fault and an example."""


class LanguageError(SettingsError):
    """A wrong language file. The one-line message has the file, the key and the fault."""


class StoreAwayError(OSError):
    """The file store does not answer or refuses; `strerror` says why. No file is to blame. `passes`: waiting may help."""

    def __init__(self, why: str, *, passes: bool) -> None:
        super().__init__(errno.EAGAIN if passes else errno.EACCES, why)
        self.passes = passes


class UnreadableFileError(OSError):
    """One file of a store exists and cannot be read. Others may be readable."""


class UnreachedError(SettingsError):
    """A database that does not answer now. Waiting may help."""
