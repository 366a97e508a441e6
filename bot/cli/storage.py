"""What is kept: destroyed once its time is over."""

from collections import Counter
from typing import Annotated

import typer

from bot.cli.console import finish, opened, out
from bot.services.keeping import operator_keys, retention


def purge(
    unopened: Annotated[
        bool, typer.Option("--unopened", help="Also whatever waits for a key that is lost for good.")
    ] = False,
) -> None:
    """Destroy now what has expired. The running bot does so by itself every ten minutes."""

    async def go() -> dict[str, int]:
        async with opened() as work:
            counts = Counter[str]()
            while True:
                async with work.write() as unit:
                    swept = await retention.sweep(unit)
                counts.update(swept)
                if max(swept.values()) < retention.SWEEP_LIMIT:
                    break
            if unopened:
                async with work.write() as unit:
                    counts["unopened"] = await operator_keys.give_up(unit)
            if not await work.finish_erasures():
                out.print(
                    "The database's log is being read and still holds what was destroyed: purge again soon."
                )
            return counts

    for name, count in finish(go()).items():
        out.print(f"{name}: {count}")
