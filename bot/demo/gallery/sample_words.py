"""Sample words for the gallery, and stand-ins with which each form is walked only once.

Each letter of a stand-in is unique and marks a position in the real words. Wherever the bot cuts or joins it,
any language's words can replace it.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from bot.demo.walk.words import Words
from bot.form.screen import Button, Joined, Key, Phrase, Said, Screen
from bot.texts import Texts

Letters = Mapping[int, str]
"""Real text for each stand-in letter, for `str.translate`."""

_FIRST = 0xA000
"""First Yi syllable: a script unused by the bot, with 1165 letters.

It has no capitals and digits, which a search would interpret.
"""
_PARTS = ("short", "long", "file")


def sample_words(texts: Texts, language: str) -> Words:
    return Words(
        short=texts.text(language, "gallery.sample.words"),
        long=texts.text(language, "gallery.sample.story") + " ",
        last=".",
        file=texts.text(language, "gallery.sample.file"),
    )


def standing_for(words: Collection[Words]) -> Words:
    parts, first = {}, _FIRST
    for part in _PARTS:
        length = max(len(getattr(one, part)) for one in words)
        parts[part] = "".join(map(chr, range(first, first + length)))
        first += length
    return Words(**parts, last=".")


def letters_of(standing: Words, words: Words) -> Letters:
    """Map each stand-in letter to a part of `words`.

    Shorter words are spread over all letters, so that a cut text keeps its beginning and end.
    """
    letters: dict[int, str] = {}
    for part in _PARTS:
        places, text = getattr(standing, part), getattr(words, part)
        ends = [place * len(text) // len(places) for place in range(len(places) + 1)]
        letters |= {ord(one): text[ends[place] : ends[place + 1]] for place, one in enumerate(places)}
    return letters


def in_words(screen: Screen, letters: Letters) -> Screen:
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
