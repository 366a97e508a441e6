"""An organisation's own Word template."""

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
    """A template cannot be filled; the message is one line that says why."""


def read_template(path: Path) -> bytes:
    """The bytes of a template's file; raises TemplateError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise TemplateError(error.strerror or type(error).__name__) from None


_BOUND = re.compile(r"(?<=\d) (?=\w)|(?<=\w\.) (?=\w)|(?<=\w) (?=\d{4}\b)|(?<=\w) (?=–)")
"""The spaces of a date at which no line ends: behind a number or an abbreviation, before a year, and before a dash."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language."""

    texts: Texts
    language: str

    def say(self, key: str, **args: str | int) -> str:
        """A text of the catalogues; `n` chooses its plural form, and stands in it as `number`, as people write it."""
        n = args.get("n")
        return self.texts.text(
            self.language, key, args if n is None else {**args, "number": self.number(int(n))}
        )

    def number(self, value: float) -> str:
        """A number as people write it: `1 234,5`."""
        locale = _locale(self.language)
        return f"{value:g}" if locale is None else format_decimal(value, locale=locale)

    def date(self, text: str) -> str:
        """A date in one text (ISO 8601-2), as exact as it is, months by their names."""
        found = of_interval(text)
        return _bound(self._phrase(when_phrase(found, in_words=True))) if found is not None else text

    def day(self, text: str) -> str:
        """A day as `YYYY-MM-DD`."""
        return _bound(self._phrase(spelled_phrase(text)))

    def months(self, first: str, last: str) -> str:
        """From one month to another, both as `YYYY-MM`; one alone where they are the same."""
        named = [self._phrase(month_phrase(*map(int, one.split("-")))) for one in (first, last)]
        if first == last:
            return _bound(named[0])
        return _bound(
            self.texts.text(self.language, "flow.date.period", {"start": named[0], "end": named[1]})
        )

    def label(self, text: Text | None, code: str) -> str:
        """The label of a code in this language, else in the first that it has; a code without one as it is."""
        found = text or {}
        return found.get(self.language) or found.get(ANY) or next(iter(found.values()), "") or code

    def fact(self, name: str, value: str) -> str:
        """A name and what is known: `Place: Semey.` A value that ends a sentence gets no second full stop."""
        said = self.say("update.fact", name=name, value=value)
        return said[:-1] if said.endswith((".", "…")) and value.endswith((".", "!", "?", "…")) else said

    def listed(self, values: Iterable[str]) -> str:
        """Several values one after another. A label may have a comma in it."""
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
    """None for a language that Babel does not know."""
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
