"""Patterns of `regex()`: catastrophic ones are found before a form uses them."""

import re

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)


def runaway(pattern: str) -> bool:
    """Whether an unbounded group contains unbounded repetition or alternatives: the shape of patterns such as
    `(a+)+`, whose running time doubles with every letter. Some harmless patterns have it too."""
    wide = [False]
    closed = False
    for part in _PART.findall(pattern):
        if part == "(":
            wide.append(False)
            closed = False
        elif part == ")" and len(wide) > 1:
            closed = wide.pop()
            wide[-1] = wide[-1] or closed
        elif _endless(part):
            if closed:
                return True
            wide[-1] = True
        else:
            wide[-1] = wide[-1] or part == "|"
            closed = False
    return False


def _endless(part: str) -> bool:
    return part in {"*", "+"} or (part.startswith("{") and part.endswith(",}"))
