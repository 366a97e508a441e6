"""What must be true of every message and keyboard, whatever they say (Bot API, sendMessage and InlineKeyboardButton)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.chat.buttons import Tap, decode
from bot.chat.renderer import RenderedMessage, Renderer
from bot.demo.walk.steps import Visit, parts, phrases_of
from bot.form.events import ShowPage
from bot.form.screen import Label
from bot.local_api.html import MarkupError, parse_html, width

MOST_ON_A_BUTTON = 40
LONGEST = 4096
MOST_DATA = 64
MOST_BUTTONS, MOST_IN_A_ROW = 100, 8
LATE_STEP = 99_999
"""A step with more digits than anybody will reach: it makes the data of buttons long."""
_HOLE = re.compile(r"\{\w*\}|\$\{")


def rendered(renderer: Renderer, language: str, visit: Visit) -> list[RenderedMessage]:
    """A screen as messages. A text that no catalogue has raises MissingTextError."""
    return [
        *renderer.notes(language, visit.screen),
        *renderer.screen(language, visit.screen, "abcd", LATE_STEP),
    ]


def untranslated(visit: Visit, language: str) -> Iterator[str]:
    """The form's texts on a screen that lack this language: another would be shown instead."""
    for phrase in phrases_of(visit):
        for part in parts(phrase):
            if isinstance(part, Label) and not part.text.get(language, "").strip():
                yield f"no text in {language}: {dict(part.text)}"


def faults(messages: Sequence[RenderedMessage]) -> Iterator[str]:
    """What Telegram would refuse or a person could not read."""
    for message in messages:
        yield from _text_faults(message.html)
        yield from _keyboard_faults(message.keyboard)
        for row in message.keyboard:
            for button in row:
                yield from _label_faults(button["text"])


def _text_faults(html: str) -> Iterator[str]:
    try:
        text, _ = parse_html(html)
    except MarkupError as error:
        yield f"markup: {error}: {html[:80]}"
        return
    if not text.strip() or text.strip() == "·":
        yield "a message without words"
    if width(text) > LONGEST:
        yield f"a message of {width(text)}: {text[:80]}"
    if hole := _HOLE.search(text):
        yield f"placeholder {hole[0]}: {text[:80]}"


def _label_faults(label: str) -> Iterator[str]:
    if not 1 <= len(label) <= MOST_ON_A_BUTTON:
        yield f"a label of {len(label)}: {label}"
    if label != label.strip() or "  " in label or not label.strip():
        yield f"blanks in a label: {label!r}"
    if _HOLE.search(label):
        yield f"placeholder in a label: {label}"


def _keyboard_faults(keyboard: list[list[dict[str, str]]]) -> Iterator[str]:
    data = [button["callback_data"] for row in keyboard for button in row]
    yield from (f"data of {len(one.encode())}: {one}" for one in data if len(one.encode()) > MOST_DATA)
    yield from (f"unreadable data: {one}" for one in data if decode(one) is None)
    yield from (
        f"data twice: {one}" for one, times in Counter(data).items() if times > 1 and not _is_idle(one)
    )
    if len(data) > MOST_BUTTONS or any(not 1 <= len(row) <= MOST_IN_A_ROW for row in keyboard):
        yield f"{len(data)} buttons in rows of {[len(row) for row in keyboard]}"


def _is_idle(data: str) -> bool:
    """Whether a tap shows the same page again, as on a calendar's weekdays and blank days."""
    decoded = decode(data)
    return isinstance(decoded, Tap) and isinstance(decoded.event, ShowPage)
