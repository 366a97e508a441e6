"""What an operator words once for all languages, or for each: a name, an address."""

from collections.abc import Mapping, Sequence

Wording = Mapping[str, str]
"""Words by the code of their language; under ANY those for all the others. Empty: nothing is said."""

ANY = ""
MOST_IN_NAME = 64
"""Characters of a bot's name: https://core.telegram.org/bots/api#setmyname."""
MOST_IN_ABOUT = 80
"""Characters of what stands within a text. With those around it, it fits the 120 characters of a short description and
the 512 of a description: https://core.telegram.org/bots/api#setmyshortdescription."""


def read_wording(text: str, languages: Sequence[str], most: int) -> Wording:
    """`Bureau`, or `kk: Бюросы | ru: Бюро | en: Bureau`, each of at most so many characters. Raises ValueError."""
    wording: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split("|"))):
        code, colon, words = part.partition(":")
        if not colon or code.strip() not in languages:
            code, words = ANY, part  # an address has a colon too
        words = " ".join(words.split())
        if code.strip() in wording:
            raise ValueError(
                f"says {code.strip()} twice"
                if code
                else "has two names; write kk: before the Kazakh one, and so on"
            )
        if not 1 <= len(words) <= most:
            raise ValueError(f"must have 1 to {most} characters in each language")
        wording[code.strip()] = words
    return wording


def worded(wording: Wording, language: str) -> str:
    """The words in a language: its own, else those for all, else the first; blank when there are none."""
    return wording.get(language) or wording.get(ANY) or next(iter(wording.values()), "")
