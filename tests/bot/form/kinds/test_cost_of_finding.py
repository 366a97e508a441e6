"""What it costs to answer a text at a long list: counted in calls, which no other work of the machine changes."""

import sys
from dataclasses import replace
from types import FrameType

import pytest

from bot.form.events import WholeList
from bot.form.model import Choice, Question
from bot.form.typed.phrases import normalized
from tests.bot.form.kinds.lists import talk
from tests.bot.form.talks import Talk, question


def many_words(asked: Question) -> Talk:
    """A talk at a question with a list of a hundred choices of ten words each, or at another question."""
    labels = (" ".join(f"w{number}x{place}" for place in range(10)) for number in range(100))
    listed = tuple(Choice(f"c{number}", {"en": label}) for number, label in enumerate(labels))
    return talk(replace(asked, choices=listed) if asked.kind == "select_one" else asked)


def calls(begun: Talk, text: str, name: str = "") -> int:
    """How many functions, or those of a name, are called to answer a text: what it costs, whatever else the machine
    does."""
    counted = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"} and name in {"", frame.f_code.co_name}

    sys.setprofile(count)
    try:
        begun.write(text)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("kind", ["select_one", "date", "integer"])
def test_the_longest_message_costs_no_more_than_a_few_words(kind: str) -> None:
    """It is not searched, but shown again, with what to do; whoever floods the bot with such cannot hold up others."""
    long, short = many_words(question("one", kind)), many_words(question("one", kind))
    text = " ".join(str(number) for number in range(2000))[:4096]
    ordinary = calls(short, "three or four words")
    assert calls(long, text) < 2 * ordinary
    assert long.notice == "flow.text.few_words"
    assert (long.place, long.draft.view.kept) == ("one", text)


def test_the_words_of_a_list_are_made_comparable_once() -> None:
    """By whoever searches it first; all drafts of the form share them."""
    begun = many_words(question("one", "select_one"))
    assert calls(begun, "w7x3 nothing", normalized.__name__) >= 100
    begun.send(WholeList())
    assert calls(begun, "w8x3 nothing", normalized.__name__) < 50
