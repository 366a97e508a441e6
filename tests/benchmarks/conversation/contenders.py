"""The contenders: how each bot is run, what people say to it, and what it needs beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from tests.benchmarks.conversation.peer_words import CONFIRM, DONE, REVIEW
from tests.benchmarks.conversation.place import Place, Ready
from tests.benchmarks.conversation.script import Script, Step

OUR_SCRIPT = Script(
    (
        Step("", said="/start"),
        Step("May the report be stored?", tapped="Yes"),
        Step("How may it be used?", tapped="Publish without names"),
    ),
    review="Check your report.",
    confirm="Send",
    done="Received. Your code:",
)
THEIR_SCRIPT = Script((Step("", said="/start"),), REVIEW, CONFIRM, DONE)


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot: the module and the function that run it until it is terminated, what people say to it, and the service that it
    needs, if any."""

    name: str
    entry: str
    script: Script
    service: str = ""

    def run(self, place: Place, ready: Ready) -> None:
        """Run it, in a process of its own, which alone imports what the bot is made of."""
        module, _, function = self.entry.partition(":")
        getattr(import_module(f"{__package__}.{module}"), function)(place, ready)


CONTENDERS: Sequence[Contender] = (
    Contender("Kuager, SQLite", "our_bot:run", OUR_SCRIPT),
    Contender("Kuager, PostgreSQL", "our_bot:run", OUR_SCRIPT, "PostgreSQL"),
    Contender("PTB ConversationHandler", "ptb_bot:run_in_memory", THEIR_SCRIPT),
    Contender("PTB, PicklePersistence", "ptb_bot:run_pickled", THEIR_SCRIPT),
    Contender("aiogram, MemoryStorage", "aiogram_bot:run", THEIR_SCRIPT),
    Contender("aiogram, RedisStorage", "aiogram_bot:run", THEIR_SCRIPT, "Redis"),
)
OURS = CONTENDERS[0]
"""Whose updates a second the others' are measured by."""
