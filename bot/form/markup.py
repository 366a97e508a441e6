"""Marks in a form's texts: Markdown and HTML as ODK reads them, and references to answers.

https://xlsform.org/en/#styling-prompts. A text becomes runs of plain words, each with the tags of Telegram's HTML
around it. Marks without a partner stay words, and HTML without one is left out.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.form.model import NO_TEXT, Form, Node, Text
from bot.form.screen import Joined, Key, Label, Phrase

UNTOLD = "…"
"""Stands for an answer that is missing, or not for the reader."""

_MARKS = re.compile(r"[*_#<&\[\\]|\$\{")
_TOKEN = re.compile(
    r"""\\(?P<escaped>[\\*_\#\[\]<&$])
    | \$\{(?P<path>[^{}]*)\}
    | <(?P<closes>/?)(?P<tag>[A-Za-z][A-Za-z0-9]*)(?P<attributes>\s[^<>]*)?/?>
    | (?P<bare>https?://[^\s<>"*$]+)
    | (?P<entity>&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});)
    | (?P<stars>\*+|_+)""",
    re.VERBOSE,
)
_AS_HTML = (
    (re.compile(r"^#{1,6}[ \t]+(.*)$", re.MULTILINE), r"<b>\1</b>"),
    (re.compile(r"(?<!\\)\[([^\[\]\n]{1,300})\]\(([^()\s\"'<>]{1,1000})\)"), r'<a href="\2">\1</a>'),
)
"""Headings and links of Markdown."""
_HREF = re.compile(r"""\bhref\s*=\s*["']?(?:mailto:|tel:)?([^"'\s<>]*)""", re.IGNORECASE)
_WEB = re.compile(
    r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{2,4})?([/?#][^\s\"<>\\]*)?", re.IGNORECASE
)
_LOOKS = {
    **dict.fromkeys(("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"), "b"),
    "i": "i",
    "em": "i",
    "u": "u",
    "ins": "u",
    "s": "s",
    "strike": "s",
    "del": "s",
}
_BLOCKS = frozenset(
    ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "blockquote", "hr"]
)
_UNSEEN = frozenset(
    [
        "a",
        "br",
        "span",
        "font",
        "center",
        "small",
        "big",
        "sub",
        "sup",
        "img",
        "td",
        "th",
        "tbody",
        "thead",
        "code",
        "pre",
    ]
)
_MOST_OPEN = 40
_TEXTS = ["label", "short", "hint", "guidance", "constraint_message", "required_message", "offer", "more"]


@dataclass(frozen=True, slots=True)
class MarkedRun:
    """Words that look alike, or the reference to the answer at `path`. `looks` are tags, the outer first."""

    text: str
    looks: tuple[str, ...] = ()
    path: str = ""


@lru_cache(maxsize=4096)
def marked(text: str) -> tuple[MarkedRun, ...]:
    """Runs of a form's text. The cache holds texts of forms only, nothing of a person."""
    return tuple(_runs(_Reading(text).pieces)) if _MARKS.search(text) else (MarkedRun(text),)


def plain_words(text: str) -> str:
    """A form's text without its marks, for places that show words alone."""
    return "".join([UNTOLD if run.path else run.text for run in marked(text)])


def plain_text(text: Text) -> Text:
    return {code: plain_words(words) for code, words in text.items()}


@dataclass(slots=True)
class _Piece:
    text: str = ""
    path: str = ""
    begins: str = ""
    ends: bool = False


def _runs(pieces: list[_Piece]) -> Iterator[MarkedRun]:
    looks: list[str] = []
    for piece in pieces:
        if piece.begins:
            looks.append(piece.begins)
        elif piece.ends:
            looks.pop()
        elif piece.text or piece.path:
            # Telegram allows no link inside a link.
            distinct = {look.partition(" ")[0]: look for look in reversed(looks)}
            yield MarkedRun(piece.text, tuple(reversed(distinct.values())), piece.path)


class _Reading:
    """A text read from left to right. `_open` are the marks that wait for their partner: name, look, piece."""

    def __init__(self, text: str) -> None:
        for markdown, tags in _AS_HTML:
            text = markdown.sub(tags, text)
        self.pieces: list[_Piece] = []
        self._text, self._last, self._address, at = text, "\n", "", 0
        self._open: list[tuple[str, str, _Piece]] = []
        for found in _TOKEN.finditer(text):
            self._say(text[at : found.start()])
            self._take(found)
            at = found.end()
        self._say(text[at:])
        while self.pieces and self.pieces[-1].text and not self.pieces[-1].text.strip("\n"):
            self.pieces.pop()

    def _take(self, found: re.Match[str]) -> None:
        if found["stars"]:
            self._emphasis(found[0], *found.span())
        elif found["path"] is not None:
            self.pieces.append(_Piece(path=found["path"].strip()))
            self._last = UNTOLD
        elif found["tag"]:
            self._tag(found, found["tag"].lower(), closes=bool(found["closes"]))
        else:
            self._say(found["escaped"] or found["bare"] or html.unescape(found["entity"]))

    def _say(self, text: str) -> None:
        if text:
            self.pieces.append(_Piece(text))
            self._last = text[-1]

    def _begin(self, name: str, look: str, otherwise: str = "") -> None:
        piece = _Piece(otherwise)
        self.pieces.append(piece)
        self._open = [*self._open[-_MOST_OPEN:], (name, look, piece)]

    def _close(self, name: str) -> None:
        """Close the last mark of a name, if there is one. Marks inside it that are still open have no partner."""
        place = next((at for at, one in reversed([*enumerate(self._open)]) if one[0] == name), None)
        if place is not None:
            _, look, piece = self._open[place]
            del self._open[place:]
            piece.text, piece.begins = "", look
            self.pieces.append(_Piece(ends=True))

    def _emphasis(self, run: str, start: int, end: int) -> None:
        """Markdown's stars and underscores: none inside a word, and no blank between them and their words."""
        star, left = run[0], len(run)
        before, after = self._text[max(0, start - 1) : start], self._text[end : end + 1]
        is_free = star == "*" and left > 1
        opens = bool(after.strip()) and (is_free or not before.isalnum()) and left <= 3
        closes = bool(before.strip()) and (is_free or not after.isalnum()) and left <= 3
        while closes and left:
            names = (name for name, _, _ in reversed(self._open) if name in (star, star * 2))
            if not (name := next((one for one in names if len(one) <= left), "")):
                break
            self._close(name)
            left -= len(name)
        for size, look in ((2, "b"), (1, "i")):
            if opens and left >= size:
                self._begin(star * size, look, star * size)
                left -= size
        self._say(star * left)

    def _tag(self, found: re.Match[str], name: str, *, closes: bool) -> None:
        if not (name in _LOOKS or name in _BLOCKS or name in _UNSEEN):
            self._say(found[0])
            return
        if closes:
            self._close(f"<{name}")
        if name == "br" or (name in _BLOCKS and self._last != "\n"):
            self._say("\n")
        if name == "li" and not closes:
            self._say("• ")
        if name == "a":
            self._link(found["attributes"] or "", closes=closes)
        elif name in _LOOKS and not closes:
            self._begin(f"<{name}", _LOOKS[name])

    def _link(self, attributes: str, *, closes: bool) -> None:
        """Begin or end a link. An address that Telegram does not open stands behind its words; one with an
        answer inside would tell it to a stranger, and is left out."""
        if closes:
            self._say(self._address and f" ({self._address})")
            self._address = ""
        elif (href := _HREF.search(attributes)) and "${" not in href[1]:
            address = html.unescape(href[1])
            if _WEB.fullmatch(address):
                self._begin("<a", f'a href="{html.escape(address)}"')
            else:
                self._address = address


def tells(form: Form) -> bool:
    """Whether any text of a form names an answer."""

    def texts(node: Node) -> Iterator[Text]:
        yield from (getattr(node, name, NO_TEXT) for name in _TEXTS)
        yield from (choice.label for choice in getattr(node, "choices", ()))

    words = (one for node in form.nodes.values() for text in texts(node) for one in text.values())
    return form.once("tells", "", lambda: any("${" in one for one in words))


def told(form: Form, phrase: Phrase, at: str, answer: Callable[[str], Phrase]) -> Phrase:
    """A phrase whose labels know the answers that they name, as seen from the place `at`."""
    match phrase:
        case Label(text, own, known) if not known:
            paths = {run.path for words in text.values() for run in marked(words) if run.path}
            found = {path: answer(_near(form, path, own or at)) for path in paths}
            return replace(phrase, told=found) if found else phrase
        case Joined(phrases):
            return replace(phrase, phrases=tuple([told(form, one, at, answer) for one in phrases]))
        case Key(_, args):
            filled: Mapping[str, Phrase | str | int] = {
                name: one if isinstance(one, str | int) else told(form, one, at, answer)
                for name, one in args.items()
            }
            return replace(phrase, args=filled)
    return phrase


def _near(form: Form, path: str, at: str) -> str:
    """Instance path of a question as seen from a place: in the instances around it, elsewhere in the first."""
    here = schema = ""
    for name in path.split("/")[1:]:
        here, schema = f"{here}/{name}", f"{schema}/{name}"
        if schema in form.repeats:
            number = at[len(here) + 1 :].partition("]")[0] if at.startswith(f"{here}[") else "1"
            here += f"[{number}]"
    return here
