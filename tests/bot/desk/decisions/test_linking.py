"""What a report belongs with, decided by buttons that say what they do."""

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act
from bot.form.answers import Answer, Chosen, Number
from db.models import AuditEntry, RelatedReport
from tests.bench import approve_proposal, count, text
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol, report

DESK = 5


@pytest.fixture
async def pair(chats: Chats) -> tuple[str, str]:
    """Two reports, of which a moderator holds the first."""
    refs = await report(chats), await report(chats)
    await enrol(chats, DESK)
    await chats.say(DESK, f"/open {refs[0]}")
    return refs


def said(key: str, pair: tuple[str, str]) -> str:
    """What is said of the two."""
    return TEXTS.text("en", key, {"ref": pair[0], "other": pair[1]})


async def logged(chats: Chats) -> list[tuple[str, str, str]]:
    """What stands in the log of relations."""
    async with chats.bench.read() as unit:
        query = select(AuditEntry).where(AuditEntry.act.in_(("relate", "part"))).order_by(AuditEntry.id)
        return [(one.act, one.subject, one.detail) for one in await unit.session.scalars(query)]


async def test_a_second_tap_relates_no_less(chats: Chats, pair: tuple[str, str]) -> None:
    """Whether by the button or by a reply; the log of either report has it, once."""
    one, other = pair
    related = said("moderator.related", pair)
    asked = TEXTS.text("en", "moderator.relate.ask.reply", {"ref": one})
    assert words(await chats.tap(DESK, Act("mrelateto", one, other))).strip() == related
    assert words(await chats.tap(DESK, Act("mrelateto", one, other))).strip() == related
    assert words(await chats.reply(DESK, other, asked)).strip() == related
    assert await logged(chats) == [("relate", one, other), ("relate", other, one)]
    async with chats.bench.read() as unit:
        assert await count(unit, RelatedReport) == 2


async def test_another_button_parts_them(chats: Chats, pair: tuple[str, str]) -> None:
    """It stands where one is asked to relate, as long as they are; tapped twice it parts them once."""
    one, other = pair
    part = f"amunrelate.{one}.{other}"
    assert part not in buttons(await chats.tap(DESK, Act("mrelate", one)))
    await chats.tap(DESK, Act("mrelateto", one, other))
    shown = await chats.tap(DESK, Act("mrelate", one))
    assert part in buttons(shown)
    assert f"amrelateto.{one}.{other}" not in buttons(shown)
    for _ in range(2):
        assert words(await chats.tap_data(DESK, part)).strip() == said("moderator.parted", pair)
    assert (await logged(chats))[2:] == [("part", one, other), ("part", other, one)]
    assert part not in buttons(await chats.tap(DESK, Act("mrelate", one)))
    async with chats.bench.read() as unit:
        assert await count(unit, RelatedReport) == 0


async def test_whoever_may_not_change_a_report_parts_nothing(chats: Chats, pair: tuple[str, str]) -> None:
    """Nor does a report that another moderator holds, or one that there is not."""
    one, other = pair
    await chats.tap(DESK, Act("mrelateto", one, other))
    await enrol(chats, 6, "Teniz")
    for act in (Act("munrelate", one, other), Act("munrelate", other, one)):
        await chats.tap(6, act)
    await chats.tap(DESK, Act("munrelate", one, "R00000"))
    async with chats.bench.read() as unit:
        assert await count(unit, RelatedReport) == 2


async def test_persons_are_offered_in_one_message_however_long_their_roles_are(chats: Chats) -> None:
    """An organisation's own form may allow any length; a message holds 4096 characters."""
    role = "a journalist of a newspaper " * 90
    told: dict[str, Answer | None] = {
        "affected[1]/affected_role": text(role),
        "affected[1]/affected_groups": Chosen(("journalist",)),
        "affected[1]/affected_number_min": Number(1),
    }
    refs = []
    await enrol(chats, DESK)
    async with chats.bench.write() as unit:
        moderator = await chats.bench.moderator(unit, "Tengri")
        for _ in range(2):
            one = (await chats.bench.submit(unit)).report
            await chats.bench.propose(unit, moderator, one, {"/review/affected": 1}, **told)
            await approve_proposal(unit, moderator, one)
            refs.append(one.ref)
    calls = await chats.tap(DESK, Act("msame", refs[0]))
    shown, _ = [call for call in calls if call.method == "sendMessage"]
    assert refs[1] in shown.params["text"]
    assert len(shown.params["text"]) <= 4096
