"""Chats in the language that nobody speaks: all that the real handlers say."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.app.commands import MENU
from bot.demo.walk.chats import Chats, Sent, buttons_of
from bot.local_api.html import parse_html
from bot.transport.call import Call
from tests.bench import Bench
from tests.screens.pseudo import LANGUAGE, PseudoTexts, plain_words

_REFERENCE = re.compile(
    r"(?:\b|(?<=_))(?:R[0-9A-Z]{5}|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}|[0-9a-f]{8}|https://t\.me/\S+)\b"
)
"""A report's reference, a receipt's code, an invitation's name or link."""


_LINKED = re.compile(r"/[a-z]+_[ER][0-9A-Z]{5}\b")
_COMMAND = re.compile("|".join(re.escape(MENU.example(one)) for one in (*MENU.everybody, *MENU.moderators)))
"""A command with an example of what stands behind it: the same in every language."""


class PseudoChats(Chats):
    """The chats of a bot whose forms and catalogues have this language alone. `said` is all that was said, with
    what was sent before it; `menus` are the command menus that were set."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.said: list[tuple[str, str]] = []
        self.menus: list[Mapping[str, Any]] = []
        self.pseudo = PseudoTexts(("en",))
        self.pseudo.languages = (LANGUAGE,)
        super().__init__(bench, self.pseudo, "en", lambda: bench.now, self._keep)

    def _keep(self, sent: Sent, calls: Sequence[Call]) -> None:
        for call in calls:
            self.said += [(f"{sent.chat}: {sent.words}", text) for text in _texts(call)]
            if call.method == "setMyCommands":
                self.menus.append(call.params)

    def plain(self) -> dict[str, str]:
        """The words that were not translated, each with what was sent before it. What a form puts into a text
        question by itself is a word of the published data, which the question's hint explains."""
        found: dict[str, str] = {}
        own = [asked.default for form in self.bench.forms.values() for asked in form.questions]
        for sent, text in self.said:
            for word in plain_words(_REFERENCE.sub("", _COMMAND.sub("", _LINKED.sub("", text))), own):
                found.setdefault(word, f"{sent} → {text[:200]}")
        return found


def _texts(call: Call) -> Iterator[str]:
    text = str(call.params.get("text") or call.params.get("caption") or "")
    yield parse_html(text)[0] if call.params.get("parse_mode") == "HTML" else text
    yield from (button["text"] for button in buttons_of([call]))
    yield from (command["description"] for command in call.params.get("commands", ()))


def data_of(calls: Iterable[Call]) -> list[str]:
    """The data of all buttons of these messages."""
    return [button["callback_data"] for button in buttons_of(calls)]
