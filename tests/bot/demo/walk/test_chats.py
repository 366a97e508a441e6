"""The chats of the gallery and of the walks: what they remember of the buttons that the bot has shown."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.app.wiring import open_work
from bot.chat.buttons import Act, encode
from bot.demo.folder import settings_in
from bot.demo.walk.chats import Chats
from bot.form.model import Form
from bot.texts import Texts


async def test_a_button_that_is_shown_again_is_the_last_that_was_shown(
    tmp_path: Path, migrated_file: Path, forms: Mapping[str, Form]
) -> None:
    """Two codes can have the same mark, and so can the buttons of two receipts: a person taps that of the last."""
    shutil.copy(migrated_file, tmp_path / "kuager.db")
    work = await open_work(
        settings_in(tmp_path, "http://127.0.0.1"), lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    try:
        work.forms = {**work.forms, **forms}
        chats = Chats(work, Texts(("kk", "ru", "en")), "ru", work.clock, lambda _sent, _calls: None)
        for command in ("/language", "/report", "/language"):
            await chats.say(1001, command)
        assert encode(Act("language", "ru")) in list(chats.labels)[-3:]
    finally:
        await work.database.close()
