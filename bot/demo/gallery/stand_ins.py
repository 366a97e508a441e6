"""Stand-ins for random codes and references, so that the gallery is reproducible.

The bot draws the real ones at random. Only the gallery's text is replaced.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.demo.gallery.exchanges import Exchange, Utterance

_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DRAWN = re.compile(
    rf"\b(?P<code>[{_CHARACTERS}]{{4}}(?:-[{_CHARACTERS}]{{4}}){{2}})\b"
    rf"|\b(?P<reference>R[{_CHARACTERS}]{{5}})\b"
    rf"|\b(?P<incident>E[{_CHARACTERS}]{{5}})\b"
    r"|\b(?P<request>[0-9a-f]{8})\b"
    r"|(?:(?<=/start )|(?<=\?start=))(?P<invitation>[\w-]{32})(?![\w-])"
    r"|(?<=\d:)(?P<head>[0-9a-f]{16})\b"
)
_SHAPES = {
    "code": "????-????-????",
    "reference": "R?????",
    "incident": "E?????",
    "invitation": "?" * 32,
    "request": "?" * 8,
    "head": "?" * 16,
}


def with_stand_ins(exchanges: Iterable[Exchange], seed: str, constant: str) -> Sequence[Exchange]:
    """Replace random values in exchanges, consistently and deterministically for a script and seed.

    Values that also occur in the `constant` text stay.
    """
    rng = random.Random(seed)  # noqa: S311 - what it makes opens nothing
    stand_ins = {match[0]: match[0] for match in _DRAWN.finditer(constant)}

    def stand_in(match: re.Match[str]) -> str:
        shape = _SHAPES[str(match.lastgroup)]
        return stand_ins.setdefault(
            match[0], "".join(rng.choice(_CHARACTERS) if one == "?" else one for one in shape)
        )

    def replaced(text: str) -> str:
        return _DRAWN.sub(stand_in, text)

    def said(one: Utterance) -> Utterance:
        buttons = tuple(
            tuple(replace(button, label=replaced(button.label)) for button in row) for row in one.buttons
        )
        return Utterance(one.look, replaced(one.html), buttons)

    return [
        replace(one, sent=replace(one.sent, words=replaced(one.sent.words)), said=tuple(map(said, one.said)))
        for one in exchanges
    ]
