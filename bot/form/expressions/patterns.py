"""Patterns of `regex()`: those that Python's `re` could follow for ever are matched by sets of states."""

import re
from collections.abc import Callable

Build = Callable[[int], int]
"""Adds states for a part of a pattern before a state. Returns the first."""

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|\{,\d+\}|.", re.DOTALL)
_MOST_STATES = 500
_LONGEST_TEXT = 10_000
_LONGEST_PATTERN = 2_000
_MOST_GROUPS = 50
_MOST_REPETITIONS = 2
_SPANS = {"*": "{0,}", "+": "{1,}", "?": "{0,1}"}
_SPAN = re.compile(r"\{(\d*)(,?)(\d*)\}")


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text fits the pattern, as in JavaRosa. A text of more than 10,000 characters does not.

    Raises `re.error` for a pattern that is invalid, too long, or neither safe nor regular.
    """
    if len(pattern) > _LONGEST_PATTERN or pattern.count("(") > _MOST_GROUPS:
        raise re.error("it is too long")
    try:
        compiled = re.compile(pattern)
    except OverflowError as error:
        raise re.error("it repeats too much") from error
    fits = _States(pattern, compiled.flags).accept if runaway(pattern) else compiled.fullmatch
    return lambda text: len(text) <= _LONGEST_TEXT and bool(fits(text))


def runaway(pattern: str) -> bool:
    """Whether the time of `re` may grow with the third power of a text or faster, as for `(a+)+`: a group
    is repeated, or more than two parts are. Many harmless patterns match too."""
    parts = _PART.findall(pattern)
    repeated = [number for number, part in enumerate(parts) if _SPAN.fullmatch(_SPANS.get(part, part))]
    of_groups = any(parts[number - 1] == ")" for number in repeated if parts[number] != "?")
    return of_groups or sum(parts[number] != "?" for number in repeated) > _MOST_REPETITIONS


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
        part = self._parts[-1] if self._parts else ""
        found = _SPAN.fullmatch(_SPANS.get(part, part))
        if found is None:
            return item
        self._parts.pop()
        if self._next_is("?", "+"):  # lazy or possessive: almost always the same texts fit
            self._parts.pop()
        least = int(found[1] or 0)
        most = int(found[3] or least)

        def build(after: int) -> int:
            first = after
            if found[2] and not found[3]:
                first = self._add(None, [after])
                self._states[first][1].append(item(first))
            for _ in range(most - least):
                first = self._add(None, [item(first), after])
            for _ in range(least):
                first = item(first)
            return first

        return build
