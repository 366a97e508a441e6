"""Own Word template of an organisation, and the words of a document."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from bot.form.kinds.dates.phrases import month_phrase, spelled_phrase, when_phrase
from bot.form.model import Text
from bot.form.screen import Joined, Key, Label, Phrase, Said
from bot.form.typed.dates.intervals import of_interval
from bot.form.xlsform.lists import ANY
from bot.texts import Texts


class TemplateError(Exception):
    """Raised when a template cannot be filled. The message is one line."""


def read_template(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TemplateError(error.strerror or type(error).__name__) from None


_BOUND = re.compile(r"(?<=\d) (?=\w)|(?<=\w\.) (?=\w)|(?<=\w) (?=\d{4}\b)|(?<=\w) (?=–)")


@dataclass(frozen=True, slots=True)
class Words:
    """Texts, numbers and dates in one language."""

    texts: Texts
    language: str

    def say(self, key: str, **args: str | int) -> str:
        """Text of the catalogues. `n` chooses the plural form and is inserted, formatted, as `number`."""
        n = args.get("n")
        return self.texts.text(
            self.language, key, args if n is None else {**args, "number": self.number(int(n))}
        )

    def number(self, value: float) -> str:
        locale = _locale(self.language)
        return f"{value:g}" if locale is None else format_decimal(value, locale=locale)

    def date(self, text: str) -> str:
        found = of_interval(text)
        return _bound(self._phrase(when_phrase(found, in_words=True))) if found is not None else text

    def day(self, text: str) -> str:
        return _bound(self._phrase(spelled_phrase(text)))

    def months(self, first: str, last: str) -> str:
        named = [self._phrase(month_phrase(*map(int, one.split("-")))) for one in (first, last)]
        if first == last:
            return _bound(named[0])
        return _bound(
            self.texts.text(self.language, "flow.date.period", {"start": named[0], "end": named[1]})
        )

    def label(self, text: Text | None, code: str) -> str:
        """Label in this language, else in its first language, else the code."""
        found = text or {}
        return found.get(self.language) or found.get(ANY) or next(iter(found.values()), "") or code

    def fact(self, name: str, value: str) -> str:
        """Named fact: `Place: Semey.` A value that ends a sentence gets no second full stop."""
        said = self.say("update.fact", name=name, value=value)
        return said[:-1] if said.endswith((".", "…")) and value.endswith((".", "!", "?", "…")) else said

    def listed(self, values: Iterable[str]) -> str:
        """Join values by semicolons, since labels may hold commas."""
        return "; ".join(filter(None, values))

    def _phrase(self, phrase: Phrase) -> str:
        match phrase:
            case Said(text):
                return text
            case Label(text):
                return self.label(text, "")
            case Joined(phrases, separator):
                return separator.join(map(self._phrase, phrases))
            case Key(key, args):
                filled: Mapping[str, str | int] = {
                    name: value if isinstance(value, str | int) else self._phrase(value)
                    for name, value in args.items()
                }
                return self.texts.text(self.language, key, filled)


def _bound(date: str) -> str:
    return _BOUND.sub("\N{NO-BREAK SPACE}", date)


@cache
def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
