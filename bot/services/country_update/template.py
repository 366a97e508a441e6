"""An organisation's own Word template."""

from pathlib import Path


class TemplateError(Exception):
    """A template cannot be filled; the message is one line that says why."""


def read_template(path: Path) -> bytes:
    """The bytes of a template's file; raises TemplateError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise TemplateError(error.strerror or type(error).__name__) from None
