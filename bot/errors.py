"""The errors whose words a person may see."""

import errno
from collections.abc import Mapping


class Refusal(Exception):  # noqa: N818 - not an error: the person is told why not
    """What a person asked for cannot be done. `key` is that of the text which says so, `arguments` fill it.

    Services raise it, the chat and the command line answer with its text, and the batch goes on.
    """

    def __init__(self, key: str, args: Mapping[str, str | int] | None = None) -> None:
        super().__init__(key)
        self.key = key
        self.arguments = dict(args or {})


class WrongArgument(Refusal):
    """What stands behind a command is not what it takes: whoever typed it is told the right form too."""


class SettingsError(Exception):
    """A setting is wrong or missing; the message is one line: its name, what is wrong, an example."""


class ArgumentError(Exception):
    """An argument of a command is wrong; the message is one line: its name, what is wrong, an example."""


class LanguageError(SettingsError):
    """The file of a language is wrong; the message is one line: the file, the key, what is wrong."""


class StoreAwayError(OSError):
    """The store of files does not answer, or refuses; its `strerror` says why. That is no file's fault, and no answer's. `passes`: it may
    pass by itself."""

    def __init__(self, why: str, *, passes: bool) -> None:
        super().__init__(errno.EAGAIN if passes else errno.EACCES, why)
        self.passes = passes


class UnreadableFileError(OSError):
    """One file of a store is there and cannot be read, while others may be."""


class UnreachedError(SettingsError):
    """A database that does not answer now, but may by itself."""
