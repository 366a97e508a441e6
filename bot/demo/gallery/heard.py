"""Texts that remember which of them were asked for."""

from collections.abc import Mapping, Sequence

from bot.texts import Texts


class Heard(Texts):
    """The texts of others, and the keys that were asked for since `take` was last called."""

    def __init__(self, texts: Texts) -> None:  # nothing is read again
        self.languages = texts.languages
        self._texts = texts
        self._asked: dict[str, None] = {}

    def text(self, language: str, key: str, args: Mapping[str, str | int] | None = None) -> str:
        """The text, remembered by its key."""
        self._asked[key] = None
        return self._texts.text(language, key, args)

    def raw(self, language: str, prefix: str) -> dict[str, str]:
        """Theirs."""
        return self._texts.raw(language, prefix)

    def take(self) -> Sequence[str]:
        """The keys, in the order in which they were first asked for; they are forgotten."""
        keys, self._asked = tuple(self._asked), {}
        return keys
