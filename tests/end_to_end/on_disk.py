"""What stands on the operator's disk."""

import asyncio
from pathlib import Path

from tests.secrets.spellings import spellings


async def found_on_disk(folder: Path, *secrets: str) -> list[str]:
    """Which of these words stand in a file of this folder, in whatever encoding."""

    def search() -> list[str]:
        kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert kept
        return [words for words in secrets for spelt in spellings(words).values() if spelt in kept]

    return await asyncio.to_thread(search)
