"""The contenders: how each bot is run, what people say to it, and what it needs beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, cast

from tests.benchmarks.conversation.peer_words import CONFIRM, DONE, REVIEW
from tests.benchmarks.conversation.place import Place, Ready
from tests.benchmarks.conversation.script import Script, Sight, Step, ten_questions

TEN, DEFAULT = TALKS = ("ten", "default")
"""What is talked of: ten questions, or the form that comes with the program, for a long report."""
SHORT = "short"
"""A short report by the form that comes with the program."""
_OURS = ten_questions(
    (
        Step(said="/start"),
        Step(Sight("May the report be stored?"), tapped="Yes"),
        Step(Sight("How may it be used?"), tapped="Publish without names"),
    ),
    review="Check your report.",
    confirm="Send",
    done="Your code:",
)
_THEIRS = ten_questions((Step(said="/start"),), REVIEW, CONFIRM, DONE)


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot: the module and the function that run it until it is terminated, how people answer its ten questions, the service
    that it needs, if any, and what can be talked of with it."""

    name: str
    entry: str
    ten: Script = field(repr=False)
    service: str = ""
    talks: Sequence[str] = (TEN,)

    def script(self, talk: str) -> Script:
        """What people say to it."""
        if talk == TEN:
            return self.ten
        # Not for the processes of the bots, which import this module.
        from tests.benchmarks.conversation import default_form  # noqa: PLC0415

        return default_form.short_report() if talk == SHORT else default_form.long_report()

    def run(self, place: Place, ready: Ready) -> None:
        """Run it, in a process of its own, which alone imports what the bot is made of."""
        self._named(self.entry.partition(":")[2])(place, ready)

    def stored_reports(self, place: Place) -> int:
        """How many reports outlived the bot's process, which is over."""
        stored: int = self._named("stored_reports")(place)
        return stored

    def _named(self, function: str) -> Callable[..., Any]:
        module = import_module(f"{__package__}.{self.entry.partition(':')[0]}")
        return cast("Callable[..., Any]", getattr(module, function))


CONTENDERS: Sequence[Contender] = (
    Contender("Kuager, SQLite", "our_bot:run", _OURS, talks=TALKS),
    Contender("Kuager, PostgreSQL", "our_bot:run", _OURS, "PostgreSQL", TALKS),
    Contender("PTB ConversationHandler", "ptb_bot:run_in_memory", _THEIRS),
    Contender("PTB, PicklePersistence", "ptb_bot:run_pickled", _THEIRS),
    Contender("aiogram, MemoryStorage", "aiogram_bot:run", _THEIRS),
    Contender("aiogram, RedisStorage", "aiogram_bot:run", _THEIRS, "Redis"),
)
OURS = CONTENDERS[0]
"""Whose updates a second the others' are measured by."""
