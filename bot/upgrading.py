"""An upgrade behind the schema: steps that take what older versions stored into what this one reads."""

from collections.abc import Awaitable, Callable, Sequence

from bot.services.keeping import older_consents
from bot.services.unit import Unit
from bot.work import Work

Step = Callable[[Unit, str], Awaitable[str | None]]
"""Works on some rows behind an id and returns the last id of these, None at the end. Taken again, it changes nothing."""
STEPS: Sequence[Step] = (older_consents.take_over,)


async def take_steps(work: Work) -> None:
    """Take each step, some rows in a transaction: broken off, they go on when they are taken again."""
    for step in STEPS:
        after: str | None = ""
        while after is not None:
            async with work.write() as unit:
                after = await step(unit, after)
