"""Patterns of `regex()`: those that could run for ever on a few letters are found before they are used."""

import re

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)


def runaway(pattern: str) -> bool:
    """Whether a group that repeats without end holds a repetition without end or alternatives: the shape
    of patterns, such as `(a+)+`, whose time doubles with every letter. Some harmless patterns have it too."""
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
