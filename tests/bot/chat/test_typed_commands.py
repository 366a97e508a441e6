"""Commands as they are typed and pasted, whatever Telegram marks in them."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act, TypedCommand, command_in
from db.models import DraftRow, Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol

ME = 5
LOOKS: dict[str, list[dict[str, Any]]] = {
    "code": [{"type": "code", "offset": 0, "length": 6}],
    "pre": [{"type": "pre", "offset": 0, "length": 6, "language": "sh"}],
    "bold before": [
        {"type": "bold", "offset": 0, "length": 6},
        {"type": "bot_command", "offset": 0, "length": 6},
    ],
    "nothing": [],
}


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases."""
    return Chats(bench)


def pasted(chats: Chats, typed: str, look: str) -> dict[str, Any]:
    """An update with a text of this look."""
    update = chats.written(ME, typed)
    update["message"].pop("entities", None)
    if LOOKS[look]:
        update["message"]["entities"] = LOOKS[look]
    return update


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("typed", ["/panic", "/Panic", "/panic@kuager_bot", " /panic", "/panic now"])
async def test_panic_destroys_the_open_form_however_it_looks(chats: Chats, look: str, typed: str) -> None:
    """Copied with the look of code it is no story: what is open is destroyed, and the chat is cleared."""
    await chats.tap(ME, Act("begin", "en"))
    calls = await chats.batch(pasted(chats, typed, look))
    assert "deleteMessages" in [call.method for call in calls]
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


@pytest.mark.parametrize("look", LOOKS)
async def test_cancel_asks_whether_to_stop_however_it_looks(chats: Chats, look: str) -> None:
    """It is no answer to the question at hand."""
    await chats.tap(ME, Act("begin", "en"))
    calls = await chats.batch(pasted(chats, "/cancel", look))
    assert [one for one in buttons(calls) if ".ca." in one and one.endswith(".1")]


@pytest.mark.parametrize("look", LOOKS)
async def test_withdraw_works_however_it_looks(chats: Chats, look: str) -> None:
    """With the code behind it: the report is asked about, and withdrawn by the button."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    calls = await chats.batch(pasted(chats, f"/withdraw {code}", look))
    (data,) = [one for one in buttons(calls) if one.startswith("awithdraw.")]
    await chats.tap_data(ME, data)
    async with chats.bench.read() as unit:
        assert (await unit.session.scalars(select(Report.status))).all() == ["withdrawn"]


@pytest.mark.parametrize("look", LOOKS)
async def test_a_command_of_another_bot_or_of_nobody_is_unknown(chats: Chats, look: str) -> None:
    """It destroys nothing, and is no answer either."""
    await chats.tap(ME, Act("begin", "en"))
    for typed in ("/panic@other_bot", "/dance"):
        calls = await chats.batch(pasted(chats, typed, look))
        assert TEXTS.text("en", "reporter.unknown_command") in words(calls)
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 1


async def test_a_command_of_the_team_is_a_whole_word_however_it_looks(chats: Chats) -> None:
    """`/audit,x` would do something that was not asked for."""
    await enrol(chats, ME, "Aspan", "admin")
    unknown = TEXTS.text("en", "reporter.unknown_command")
    assert unknown in words(await chats.batch(pasted(chats, "/audit,x", "code")))
    assert unknown not in words(await chats.batch(pasted(chats, "/audit", "code")))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/panic", TypedCommand("panic", "", alone=True)),
        ("/PANIC@Kuager_Bot now", TypedCommand("panic", "kuager_bot", alone=True)),
        ("\n /panic", TypedCommand("panic", "", alone=True)),
        ("/release,R7K2Q9", TypedCommand("release", "", alone=False)),
        ("/open_R7K2Q9", TypedCommand("open", "", alone=True, ref="R7K2Q9")),
        ("/Open_r7k2q9@Kuager_Bot", TypedCommand("open", "kuager_bot", alone=True, ref="r7k2q9")),
        ("/open_E7K2Q9 now", TypedCommand("open", "", alone=True, ref="E7K2Q9")),
        ("/open_R7K2Q9,", TypedCommand("open", "", alone=False, ref="R7K2Q9")),
        ("/open_R7K2Q", TypedCommand("open_r7k2q", "", alone=True)),
        ("/open_R7K2Q99", TypedCommand("open_r7k2q99", "", alone=True)),
        ("/country_update", TypedCommand("country_update", "", alone=True)),
        ("/panic!", TypedCommand("panic", "", alone=False)),
        ("/var/log", None),
        ("/panicқ", None),
        ("a /panic", None),
        ("//panic", None),
        ("/", None),
        ("", None),
        (None, None),
    ],
)
def test_a_command_begins_a_text(text: str | None, command: TypedCommand | None) -> None:
    """By its letters, as Telegram finds one."""
    assert command_in(text) == command
