"""Marks in a form's texts (https://xlsform.org/en/#styling-prompts): Markdown and HTML as ODK reads them, and references
to answers. A text becomes runs of plain words, each with the tags of Telegram's HTML around it."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.form.model import Form, Text
from bot.form.screen import Joined, Key, Label, Phrase

UNTOLD = "…"
"""Stands for an answer that is missing, or not for the reader."""

_MARKS = re.compile(r"[*_#<&\[\\]|\$\{")
_AS_HTML = (
    (re.compile(r"^#{1,6}[ \t]+(.*)$", re.MULTILINE), r"<b>\1</b>"),
    (re.compile(r"(?<!\\)\[([^\[\]\n]{1,300})\]\(([^()\s\"'<>]{1,1000})\)"), r'<a href="\2">\1</a>'),
)
"""Headings and links of Markdown."""
_WHOLE = re.compile(
    r"""\\[\\*_\#\[\]<&$] | \$\{[^{}]*\} | </?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?> | https?://[^\s<>"*$]+
    | &(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8}); | [\U000f0000-\U000fffff]""",
    re.VERBOSE,
)
"""Parts of a text in which a star is no mark. Each becomes one character for private use."""
_EMPHASIS = (
    (re.compile(r"(?<!\*)\*\*(?=\S)(.{1,500}?)(?<=\S)\*\*(?!\*)", re.DOTALL), "\U000f0000\\1\U000f0001"),
    (
        re.compile(r"(?<![\w*])\*(?=[^\s*])(.{1,500}?)(?<=[^\s*])\*(?![\w*])", re.DOTALL),
        "\U000f0002\\1\U000f0003",
    ),
    (re.compile(r"(?<!\w)__(?=[^\s_])(.{1,500}?)(?<=[^\s_])__(?!\w)", re.DOTALL), "\U000f0000\\1\U000f0001"),
    (re.compile(r"(?<!\w)_(?=[^\s_])(.{1,500}?)(?<=[^\s_])_(?!\w)", re.DOTALL), "\U000f0002\\1\U000f0003"),
)
_TAGS, _FIRST = ("<b>", "</b>", "<i>", "</i>"), 0xF0000
_TAG = re.compile(r"</?([A-Za-z0-9]+)")
_HREF = re.compile(r"""\bhref\s*=\s*["']?(?:mailto:|tel:)?([^"'\s<>]*)""", re.IGNORECASE)
_WEB = re.compile(
    r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{2,4})?([/?#][^\s\"<>\\]*)?", re.IGNORECASE
)
_LOOKS = {
    name: look
    for look, names in {
        "b": "b strong h1 h2 h3 h4 h5 h6", "i": "i em", "u": "u ins", "s": "s strike del", "": "a br p div ul ol li table tr "
        "blockquote hr span font center small big sub sup img td th tbody thead code pre",
    }.items()
    for name in names.split()
}  # fmt: skip
"""Tags of HTML that are read, with their look."""
_BLOCKS = frozenset(
    ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "blockquote", "hr"]
)


@dataclass(frozen=True, slots=True)
class MarkedRun:
    """Words that look alike, or the reference to the answer at `path`. `looks` are tags, the outer first."""

    text: str
    looks: tuple[str, ...] = ()
    path: str = ""


@lru_cache(maxsize=4096)
def marked(text: str) -> tuple[MarkedRun, ...]:
    """Runs of a form's text. The cache holds texts of forms only, nothing of a person."""
    return tuple(_Reading(text).runs) if _MARKS.search(text) else (MarkedRun(text),)


def plain_words(text: str) -> str:
    """A form's text without its marks, for places that show words alone."""
    return "".join([UNTOLD if run.path else run.text for run in marked(text)])


def plain_text(text: Text) -> Text:
    return {code: plain_words(words) for code, words in text.items()}


class _Reading:
    """Runs of a text. `_looks` are the tags open now, with the names that close them."""

    def __init__(self, text: str) -> None:
        self.runs: list[MarkedRun] = []
        self._looks: list[tuple[str, str]] = []
        self._address, wholes = "", [*_TAGS]

        def kept(found: re.Match[str]) -> str:
            wholes.append(found[0])
            return chr(_FIRST + len(wholes) - 1)

        for marks, tags in (*_AS_HTML, (_WHOLE, kept), *_EMPHASIS):
            text = marks.sub(tags, text)
        for part in re.split("([\U000f0000-\U000fffff])", text):
            if part and ord(part[0]) >= _FIRST and ord(part[0]) - _FIRST < len(wholes):
                self._whole(wholes[ord(part) - _FIRST])
            else:
                self._say(part)
        while self.runs and not self.runs[-1].path and not self.runs[-1].text.strip("\n"):
            self.runs.pop()

    def _whole(self, part: str) -> None:
        name = found[1].lower() if (found := _TAG.match(part)) else ""
        if name in _LOOKS:
            self._tag(part, name, closes=part[1] == "/")
        elif part.startswith("${"):
            self._say("", part[2:-1].strip())
        elif part[0] == "\\":
            self._say(part[1])
        else:
            self._say(html.unescape(part))

    def _say(self, text: str, path: str = "") -> None:
        if text or path:
            self.runs.append(MarkedRun(text, tuple(dict.fromkeys(look for _, look in self._looks)), path))

    def _tag(self, tag: str, name: str, *, closes: bool) -> None:
        names = [one for one, _ in self._looks]
        if closes and name in names:
            del self._looks[len(names) - 1 - names[::-1].index(name)]
        if name == "br" or (name in _BLOCKS and self.runs and not self.runs[-1].text.endswith("\n")):
            self._say("\n")
        if name == "li" and not closes:
            self._say("• ")
        if name == "a":
            self._link(tag, closes=closes)
        elif _LOOKS[name] and not closes and len(names) < 40:
            self._looks.append((name, _LOOKS[name]))

    def _link(self, tag: str, *, closes: bool) -> None:
        """Begin or end a link. An address that Telegram does not open stands behind its words; one with an
        answer inside would tell it to a stranger, and is left out."""
        href = None if closes or "${" in tag else _HREF.search(tag)
        address = html.unescape(href[1]) if href else ""
        if closes and self._address:
            self._say(f" ({self._address})")
        self._address = "" if _WEB.fullmatch(address) else address
        if address and not self._address:
            outside = (one for one in self._looks if one[0] != "a")  # Telegram allows no link inside a link
            self._looks = [*outside, ("a", f'a href="{html.escape(address)}"')]


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
    here = schema = ""
    for name in path.split("/")[1:]:
        here, schema = f"{here}/{name}", f"{schema}/{name}"
        if schema in form.repeats:
            number = at[len(here) + 1 :].partition("]")[0] if at.startswith(f"{here}[") else "1"
            here += f"[{number}]"
    return here
