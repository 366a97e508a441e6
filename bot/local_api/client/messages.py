"""Messages as a phone shows them, and how to find a button or a message among them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ShownButton:
    """A button as a person sees it; `data` and `url` are None for buttons of a reply keyboard."""

    label: str
    data: str | None = None
    url: str | None = None


@dataclass(slots=True, eq=False)
class ShownMessage:
    """A message as the phone shows it now; `changed` is the number of the event that last changed it."""

    id: int
    chat_id: int
    mine: bool
    raw: dict[str, Any]
    changed: int
    deleted: bool = False
    history: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text or the caption."""
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def buttons(self) -> list[ShownButton]:
        """Inline buttons row by row, then those of a reply keyboard."""
        inline = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        reply = self.raw.get("reply_keyboard", {}).get("keyboard", [])
        return [
            *(ShownButton(b["text"], b.get("callback_data"), b.get("url")) for row in inline for b in row),
            *(ShownButton(b["text"]) for row in reply for b in row),
        ]

    @property
    def rows(self) -> list[list[str]]:
        """Labels of the inline keyboard by rows."""
        inline = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return [[button["text"] for button in row] for row in inline]

    @property
    def files(self) -> list[dict[str, Any]]:
        """kind, file_id, name, mime_type and file_size of each of its files."""
        return list(self.raw.get("files", []))

    @property
    def protected(self) -> bool:
        """Whether it may not be forwarded or saved."""
        return bool(self.raw.get("has_protected_content"))


ExpectedMessage = str | Callable[[ShownMessage], bool] | None
"""What to wait for: part of a text, a predicate, or with None any message of the bot."""


def matches(message: ShownMessage, expected: ExpectedMessage) -> bool:
    """Whether a message is the expected one."""
    if expected is None:
        return True
    return expected in message.text if isinstance(expected, str) else expected(message)


def find_button(messages: Iterable[ShownMessage], label: str) -> tuple[ShownMessage, ShownButton] | None:
    """The button with this label, else with this data, else whose label begins with it; earlier messages win."""
    shown = list(messages)
    tests: tuple[Callable[[ShownButton], bool], ...] = (
        lambda button: button.label == label,
        lambda button: button.data == label,
        lambda button: button.label.startswith(label),
    )
    for test in tests:
        for message in shown:
            for button in message.buttons:
                if test(button):
                    return message, button
    return None
