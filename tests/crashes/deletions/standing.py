"""What stands in a chat at the end, and whether it may."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.local_api.client import ShownMessage

LEFT, MAY_REMAIN = ".left", ".may_remain"
"""How the keys of those texts end that say what may remain."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a chat at the end: by rights; since Telegram refused to delete it, which its person was told; since nobody
    knows its number, which its person was told too; and what must not stand there."""

    neutral: int = 0
    refused: int = 0
    unknown: int = 0
    wrong: tuple[str, ...] = ()


def standing(
    shown: Iterable[ShownMessage],
    unknown: Collection[int],
    refused: Collection[int],
    said: Mapping[str, str],
    is_harmless: Callable[[ShownMessage], bool] = lambda _: False,
    *,
    is_told: bool = True,
) -> Standing:
    """Judge what a chat shows. `unknown` are the numbers of messages that the bot may not know of, `refused` those of messages that
    Telegram may have refused to delete, `said` the texts that may stand there, by key; further messages may if they are
    harmless. `is_told`: its person must be told what remains."""
    messages = list(shown)
    left, may_remain = (
        [text for key, text in said.items() if key.endswith(end)] for end in (LEFT, MAY_REMAIN)
    )
    pointed_at = {
        one.raw["reply_to_message"]["message_id"]
        for one in messages
        if "reply_to_message" in one.raw and any(text in one.text for text in left)
    }
    told = not is_told or any(text in one.text for text in may_remain for one in messages)
    neutral = left_there = unseen = 0
    wrong = []
    for one in messages:
        if is_harmless(one) or _says_only(one, said.values()):
            neutral += 1
        elif one.id in refused and (one.id in pointed_at or told):
            # What was under way when all was deleted is not pointed at: its person was told that something may remain.
            left_there += 1
        elif not one.mine and one.id in unknown and told:
            unseen += 1
        else:
            wrong.append(f"{one.id} {'me' if one.mine else 'bot'}: {one.text[:60]!r}")
    return Standing(neutral, left_there, unseen, tuple(wrong))


def _says_only(message: ShownMessage, said: Iterable[str]) -> bool:
    """Whether a message of the bot says nothing but these texts."""
    rest = message.text
    for text in said:
        rest = rest.replace(text, "")
    return not message.mine and not message.files and not re.sub(r"\s", "", rest)
