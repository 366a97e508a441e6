"""Patterns of `regex()`: those that Python's `re` could follow for ever are matched by sets of states."""

import re
from collections.abc import Callable

Build = Callable[[int], int]
"""Adds states for a part of a pattern before a state. Returns the first."""

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|\{,\d+\}|.", re.DOTALL)
_MOST_STATES = 500
_LONGEST_TEXT = 10_000
_MOST_REPETITIONS = 2
_EXACT = re.compile(r"\{\d+\}")


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text fits the pattern, as in JavaRosa. A text of more than 10,000 characters does not.

    Raises `re.error` for a pattern that is invalid, or that is neither safe nor regular.
    """
    compiled = re.compile(pattern)
    fits = _States(pattern, compiled.flags).accept if runaway(pattern) else compiled.fullmatch
    return lambda text: len(text) <= _LONGEST_TEXT and bool(fits(text))


def runaway(pattern: str) -> bool:
    """Whether the time of `re` may grow with the third power of a text or faster, as for `(a+)+`. Some
    harmless patterns match too."""
    wide = [False]
    closed = False
    repetitions = 0
    for part in _PART.findall(pattern):
        if part == "(":
            wide.append(False)
            closed = False
        elif part == ")" and len(wide) > 1:
            closed = wide.pop()
            wide[-1] = wide[-1] or closed
        elif part in {"*", "+"} or (part[0] == "{" and len(part) > 1):
            is_exact = _EXACT.fullmatch(part) is not None
            repetitions += not is_exact
            if closed or repetitions > _MOST_REPETITIONS:
                return True
            wide[-1] = wide[-1] or not is_exact
        else:
            wide[-1] = wide[-1] or part in {"|", "?"}
            closed = False
    return False


class _States:
    """Automaton of a pattern. A state has a letter or place to match, if any, and the states that follow."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._parts = _PART.findall(pattern.removeprefix("(?i)"))[::-1]
        self._flags = flags
        self._states: list[tuple[re.Pattern[str] | None, list[int]]] = [(None, [])]
        self._first = self._choice()(0)

    def accept(self, text: str) -> bool:
        """Follow all ways through the pattern at once, so that the time is that of text times pattern."""
        new = {self._first}
        for place in range(len(text) + 1):
            now, waiting, new = set[int](), list(new), set()
            while waiting:
                state = waiting.pop()
                if state in now:
                    continue
                now.add(state)
                letter, following = self._states[state]
                found = letter.match(text, place) if letter else None
                if letter is None or (found and found.end() == place):
                    waiting += following
                elif found:
                    new.update(following)
        return 0 in now

    def _add(self, letter: re.Pattern[str] | None, following: list[int]) -> int:
        if len(self._states) == _MOST_STATES:
            raise re.error("it repeats too much")
        self._states.append((letter, following))
        return len(self._states) - 1

    def _next_is(self, *parts: str) -> bool:
        return bool(self._parts) and self._parts[-1] in parts

    def _choice(self) -> Build:
        options = [self._sequence()]
        while self._next_is("|"):
            self._parts.pop()
            options.append(self._sequence())
        return lambda after: self._add(None, [build(after) for build in options])

    def _sequence(self) -> Build:
        items: list[Build] = []
        while self._parts and not self._next_is("|", ")"):
            items.append(self._repeated(self._item()))

        def build(after: int) -> int:
            for item in reversed(items):
                after = item(after)
            return after

        return build

    def _item(self) -> Build:
        part = self._parts.pop()
        if part != "(":
            letter = re.compile(part, self._flags)
            return lambda after: self._add(letter, [after])
        if self._next_is("?"):
            if self._parts[-2] != ":":
                raise re.error("it repeats what already repeats around a condition")
            del self._parts[-2:]
        inner = self._choice()
        self._parts.pop()
        return inner

    def _repeated(self, item: Build) -> Build:
        spans = {"*": ("0", ""), "+": ("1", ""), "?": ("0", "1")}
        if not self._parts or (self._parts[-1] not in spans and not re.match(r"\{.", self._parts[-1])):
            return item
        part = self._parts.pop()
        least, _, most = (
            part[1:-1].partition(",") if part not in spans else (spans[part][0], "", spans[part][1])
        )
        if _EXACT.fullmatch(part):
            most = least
        if self._next_is("?", "+"):  # lazy or possessive: the texts that fit are the same
            self._parts.pop()

        def build(after: int) -> int:
            first = after
            if not most:
                first = self._add(None, [after])
                self._states[first][1].append(item(first))
            for _ in range(int(most or least or 0) - int(least or 0)):
                first = self._add(None, [item(first), after])
            for _ in range(int(least or 0)):
                first = item(first)
            return first

        return build
