"""Updates without a usable id, in the real bot."""

import json

import pytest

from db.models import FailedUpdate
from tests.bot.chat.reporting import ME, OTHER, REFERENCE, bot_texts, rows_of, written
from tests.bot.conftest import MakeBot, MakePhone, Telegram


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("number", ['"5"', "null", "-1", "1.5", "true", str(2**31), str(2**70)])
async def test_an_update_without_a_usable_id_silences_nobody_and_is_set_aside_once(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, number: str
) -> None:
    """Though it comes again with each fetch, since no offset acknowledges it; an id that is too high is not taken for an
    offset, which would acknowledge what was never fetched."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    await phone.say("/help")
    strange = json.dumps(written(ME, text="x"))
    body = f'{{"ok": true, "result": [{{"update_id": {number}, {strange[1:]}]}}'
    await telegram.set("failures", method="getUpdates", body=body, count=5)
    async with bot() as running_:
        await other.say("/help")
        await other.wait("/report")
        await phone.until(lambda: len(bot_texts(phone)) == 2)
        assert REFERENCE.search(bot_texts(phone)[0]) is not None
        assert await rows_of(running_, FailedUpdate) == 1
