"""Messages as a phone shows them, and how a button or a message is found among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Button:
    """A button as it is seen; `data` and `url` are None for buttons of a reply keyboard."""

    label: str
    data: str | None = None
    url: str | None = None


@dataclass(slots=True, eq=False)
class Bubble:
    """A message as the phone shows it now. `changed` is the number of the event that last changed it."""

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
    def buttons(self) -> list[Button]:
        """Inline buttons row by row, then those of a reply keyboard."""
        inline = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        reply = self.raw.get("reply_keyboard", {}).get("keyboard", [])
        return [
            *(Button(b["text"], b.get("callback_data"), b.get("url")) for row in inline for b in row),
            *(Button(b["text"]) for row in reply for b in row),
        ]

    @property
    def rows(self) -> list[list[str]]:
        """Labels of the inline keyboard by rows."""
        inline = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return [[button["text"] for button in row] for row in inline]

    @property
    def files(self) -> list[dict[str, Any]]:
        """kind, file_id, name, mime_type, file_size of what it carries."""
        return list(self.raw.get("files", []))

    @property
    def protected(self) -> bool:
        """Whether it may not be forwarded or saved."""
        return bool(self.raw.get("has_protected_content"))


Wanted = str | Callable[[Bubble], bool] | None
"""What to wait for: part of the text, a test of the message, or anything from the bot."""


def matches(bubble: Bubble, wanted: Wanted) -> bool:
    """Whether a message is what is waited for."""
    if wanted is None:
        return True
    return wanted in bubble.text if isinstance(wanted, str) else wanted(bubble)


def find_button(bubbles: Iterable[Bubble], label: str) -> tuple[Bubble, Button] | None:
    """The button labelled `label`, else with that data, else whose label begins so; earlier bubbles win."""
    shown = list(bubbles)
    tests: tuple[Callable[[Button], bool], ...] = (
        lambda button: button.label == label,
        lambda button: button.data == label,
        lambda button: button.label.startswith(label),
    )
    for test in tests:
        for bubble in shown:
            for button in bubble.buttons:
                if test(button):
                    return bubble, button
    return None
