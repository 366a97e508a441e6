"""What people write in the gallery, in each language; and words that stand for those of all, so that a form is walked
only once.

Each letter of those is another one and stands for its place in the words of a language: however the bot cuts or joins
them, a language's own words can be put in their place.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from bot.demo.walk.words import Words
from bot.form.screen import Button, Joined, Key, Phrase, Said, Screen
from bot.texts import Texts

Letters = Mapping[int, str]
"""What each letter stands for in a language, as `str.translate` takes it."""

_FIRST = 0xA000
"""The first Yi syllable: a script that no text of the bot is written in, with letters enough (1165) and neither
capitals nor digits, which a search would read as something else."""
_PARTS = ("short", "long", "file")


def sample_words(texts: Texts, language: str) -> Words:
    """What people write in a language."""
    return Words(
        short=texts.text(language, "gallery.sample.words"),
        long=texts.text(language, "gallery.sample.story") + " ",
        last=".",
        file=texts.text(language, "gallery.sample.file"),
    )


def standing_for(words: Collection[Words]) -> Words:
    """Words that stand for any of these, as long as the longest."""
    parts, first = {}, _FIRST
    for part in _PARTS:
        length = max(len(getattr(one, part)) for one in words)
        parts[part] = "".join(map(chr, range(first, first + length)))
        first += length
    return Words(**parts, last=".")


def letters_of(standing: Words, words: Words) -> Letters:
    """What the letters of words that stand for others stand for in these. Shorter ones are spread over all letters, so
    that what is cut keeps its beginning and its end."""
    letters: dict[int, str] = {}
    for part in _PARTS:
        places, text = getattr(standing, part), getattr(words, part)
        ends = [place * len(text) // len(places) for place in range(len(places) + 1)]
        letters |= {ord(one): text[ends[place] : ends[place + 1]] for place, one in enumerate(places)}
    return letters


def in_words(screen: Screen, letters: Letters) -> Screen:
    """A screen with a language's words in place of those that stand for them."""

    def own(phrase: Phrase) -> Phrase:
        match phrase:
            case Said(text):
                return Said(text.translate(letters))
            case Joined(phrases, separator):
                return Joined(tuple(map(own, phrases)), separator)
            case Key(key, args):
                return Key(key, {name: argument(value) for name, value in args.items()})
        return phrase

    def argument(value: Phrase | str | int) -> Phrase | str | int:
        match value:
            case str():
                return value.translate(letters)
            case int():
                return value
        return own(value)

    def labelled(button: Button) -> Button:
        return replace(button, label=own(button.label))

    return replace(
        screen,
        body=tuple(map(own, screen.body)),
        rows=tuple(tuple(map(labelled, row)) for row in screen.rows),
        notice=None if screen.notice is None else own(screen.notice),
        told=None if screen.told is None else own(screen.told),
        notes=tuple(tuple(map(own, note)) for note in screen.notes),
    )
