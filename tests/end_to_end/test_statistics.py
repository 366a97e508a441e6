"""/stats on moderators' phones, over HTTP."""

import io

from PIL import Image

from bot.local_api.client import ShownMessage
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import URGENT, Reporter


async def test_figures_and_charts_come_to_two_moderators_at_once(
    anna: Reporter, aida: Moderator, dana: Moderator
) -> None:
    """Each in their own language, protected; a tap brings the map as a picture."""
    await anna.report(URGENT)
    for one in (aida, dana):
        await one.command("/stats")
    for one in (aida, dana):
        await _reads_figures(one)
        await one.press_word("moderator.stats.show.regions")
        chart = await one.phone.wait(_is_picture)
        assert chart.protected
        assert chart.text.startswith(one.word("moderator.stats.chart.regions") + "\n")
        assert Image.open(io.BytesIO(await one.phone.download(chart))).width == 1080


async def _reads_figures(one: Moderator) -> None:
    shown = await one.phone.wait(lambda bubble: one.word("moderator.stats.step.months") in labels_on(bubble))
    fresh = one.word("moderator.stats.under_an_hour")
    assert (
        one.word(
            "moderator.stats.undecided",
            number=1,
            urgent=1,
            waiting=1,
            queued=1,
            held=0,
            aside=0,
            oldest=fresh,
        )
        in shown.text
    )
    assert shown.protected


def _is_picture(bubble: ShownMessage) -> bool:
    return bool(bubble.files)
