"""A pseudo-language, made in memory: every text of the catalogues and of a form with look-alikes for its letters. What is
rendered in it and still has plain letters was never translated."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.chat.renderer import Paragraph, Renderer, StyledText
from bot.demo.walk.answering import ARMENIAN_LETTERS
from bot.form.model import Choice, Form, Group, Node, Question, Text
from bot.form.screen import Label
from bot.texts import Texts

LANGUAGE = "qps"
OF = "en"
"""The language whose texts are swapped."""
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALIKE = "áƀćđéƒǵĥíĵķĺḿńóṕɋŕśťúṽŵẋýžÁƁĆĐÉƑǴĤÍĴĶĹḾŃÓṔɊŔŚŤÚṼŴẊÝŽ"
_SWAP = str.maketrans(_PLAIN, _ALIKE)
_HOLE = re.compile(r"(\{\w*\})")
_NOT_PLAIN = {*_ALIKE, *ARMENIAN_LETTERS, *ARMENIAN_LETTERS.upper()}
_WORD = re.compile(r"[^\W\d_]+")


def swapped(text: str) -> str:
    """A text with every letter swapped, ⟦…⟧ around all but its placeholders."""
    pieces = _HOLE.split(text)
    return "".join(one if place % 2 else _wrapped(one) for place, one in enumerate(pieces))


def _wrapped(text: str) -> str:
    return f"⟦{text.translate(_SWAP)}⟧" if _WORD.search(text) else text


def plain_words(text: str, own: Iterable[str] = ()) -> list[str]:
    """The words of a text that are neither swapped nor among a person's own. Of words in the people's script the
    bot may show a part."""
    allowed = {word for words in own for word in _WORD.findall(words)}
    words = (word for word in _WORD.findall(text) if not set(word) <= _NOT_PLAIN)
    return [word for word in words if word not in allowed]


class PseudoTexts(Texts):
    """The catalogues with this language beside the others; `asked` are the keys that were asked for."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        super().__init__(languages)
        self.languages = (*languages, LANGUAGE)
        self.asked: set[str] = set()

    def text(self, language: str, key: str, args: Mapping[str, str | int] | None = None) -> str:
        """A text as ever; in this language swapped."""
        self.asked.add(key)
        if language != LANGUAGE:
            return super().text(language, key, args)
        values = {name: value if name == "n" else f"{{{name}}}" for name, value in (args or {}).items()}
        # The number that chooses the plural comes back as a placeholder of its own.
        text = super().text(OF, key, {**values, **({"n": _Count(values["n"])} if "n" in values else {})})
        return swapped(text).format(**(args or {}))


class _Count(int):
    """A number that is formatted as its own placeholder."""

    def __format__(self, spec: str) -> str:
        return "{n}"


class PseudoRenderer(Renderer):
    """The renderer in whose eyes the texts of a form are there in this language too, but no other labels."""

    def __init__(self, texts: Texts, form: Form, words: Mapping[str, str] | None = None) -> None:
        super().__init__(texts, words)
        self.form = form
        self._known = {tuple(text.items()) for text in _texts_of(form.children)}

    def label(self, label: Label, language: str) -> Paragraph:
        """A label; one of the form swapped."""
        if language == LANGUAGE and tuple(label.text.items()) in self._known:
            return (StyledText(swapped(label.text[OF])),)
        return super().label(label, language)

    def reworded(self, words: Mapping[str, str]) -> "PseudoRenderer":
        """This renderer with some keys standing for others."""
        return PseudoRenderer(self.texts, self.form, words)


def _texts_of(nodes: Iterable[Node]) -> Iterable[Text]:
    for node in nodes:
        yield from (node.label, node.short)
        if isinstance(node, Group):
            yield node.more
            yield from _texts_of(node.children)
        else:
            yield from (node.offer, node.hint, node.guidance, node.constraint_message, node.required_message)
            yield from (choice.label for choice in node.choices)


def in_pseudo(form: Form) -> Form:
    """A form with this language beside its own."""
    children = tuple(_node(node) for node in form.children)
    return replace(form, languages=(*form.languages, LANGUAGE), children=children)


def _node(node: Node) -> Node:
    if isinstance(node, Group):
        return replace(
            node,
            label=_more(node.label),
            short=_more(node.short),
            more=_more(node.more),
            children=tuple(_node(child) for child in node.children),
        )
    return _question(node)


def _question(asked: Question) -> Question:
    return replace(
        asked,
        label=_more(asked.label),
        short=_more(asked.short),
        offer=_more(asked.offer),
        hint=_more(asked.hint),
        guidance=_more(asked.guidance),
        constraint_message=_more(asked.constraint_message),
        required_message=_more(asked.required_message),
        choices=tuple(_choice(choice) for choice in asked.choices),
    )


def _choice(choice: Choice) -> Choice:
    return replace(choice, label=_more(choice.label))


def _more(text: Text) -> Text:
    return {**text, LANGUAGE: swapped(text[OF])} if text else text
