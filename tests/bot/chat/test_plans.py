"""How the databases go about what a moderator's commands and buttons ask: no whole table that grows with reports is read, nor sorted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.app.commands import COMMANDS, Permission
from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.desk.sharing import chat as sharing_chat
from bot.form.answers import Chosen
from bot.reports.states import Consent
from bot.store.unit import Role
from bot.transport.call import Call
from tests.bench import Bench, approve_proposal
from tests.bot.chat.chats import TEXTS, Chats, buttons
from tests.plans import growing, planned

DESK, ADMIN, COLLEAGUE = 5, 6, 7
COMMANDS_OF_ADMINS = (
    *(
        "/menu",
        "/team",
        "/moderators",
        "/revoke Teniz",
        "/invite",
        "/invite moderator 24",
        "/settings",
        "/audit",
    ),
    *("/audit Aspan", "/audit Nobody", "/export", "/country_update", "/share", "/blocks"),
)
LISTS = ("/queue", "/mine", "/approved", "/search", "/incidents")
LEFT_OUT = {"stats"}
"""What reads all, by its nature."""
PUBLIC = "public_versions.current AND public_versions.data_key_id IS NOT NULL"
"""As statements say which versions are public."""


@dataclass
class Desk:
    """A moderator, who taps buttons of reports, and an administrator. `said` are the commands that were written, `shown` the last
    words of the buttons by the others."""

    chats: Chats
    said: set[str] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)

    async def say(self, words: str, chat: int = DESK) -> None:
        """Write a command."""
        self.said.add(words.split(maxsplit=1)[0].removeprefix("/"))
        self._look(await self.chats.say(chat, words))

    async def reply(self, words: str, to: str, chat: int) -> None:
        """Reply to what the bot asked."""
        self._look(await self.chats.reply(chat, words, to))

    def _look(self, calls: Sequence[Call]) -> None:
        assert calls
        shown = (data.rpartition(".") for data in buttons(calls))
        self.shown |= {first: last for first, _, last in shown}

    async def tap(self, verb: str, first: str = "", second: str = "", chat: int = DESK) -> None:
        """Tap a button, which does what it says: a refusal would ask the database for less."""
        calls = await self.chats.tap(chat, Act(verb, first, second))
        assert not any(call.params.get("show_alert") for call in calls), (verb, calls)
        self._look(calls)

    async def proposed(self) -> str:
        """A report of which a version waits for approval; the moderator holds it."""
        async with self.chats.bench.write() as unit:
            (moderator,) = [one for one in await people_service.list_moderators(unit) if one.alias == "Aspan"]
            report = (await self.chats.bench.submit(unit)).report
            await self.chats.bench.propose(unit, moderator, report)
        return report.ref


@pytest.fixture
async def desk(bench: Bench) -> Desk:
    """A bot without a network, on either database, with its team."""
    bench.settings = bench.settings.model_copy(update={"export_recipients": ("age1made-up",)})
    chats = Chats(bench)
    for chat, alias, role in (
        (DESK, "Aspan", people_service.MODERATOR),
        (ADMIN, "Dana", people_service.ADMIN),
        (COLLEAGUE, "Teniz", people_service.ADMIN),
    ):
        async with bench.write() as unit:
            token = await people_service.invite(unit, role)
        await chats.say(chat, f"/start {token}")
        await chats.say(chat, alias)
    return Desk(chats)


async def test_what_a_moderator_asks_is_had_from_indexes(desk: Desk) -> None:
    """Every command of the team but statistics, the views of a card, and each decision: the same on both databases."""
    refs = [await desk.proposed() for _ in range(4)]
    async with planned(desk.chats.bench.database) as plans:
        for words in LISTS:
            await desk.say(words)
        for words in (*COMMANDS_OF_ADMINS, f"/audit {refs[0]}"):
            await desk.say(words, ADMIN)
        await _card(desk, refs[0])
        await _decisions(desk, *refs)
        await _rest(desk)
    assert growing(plans) == [], "\n\n".join(growing(plans))
    of_team = {one.name for one in COMMANDS if one.permission is not Permission.ANYBODY}
    assert of_team - desk.said == LEFT_OUT


async def _rest(desk: Desk) -> None:
    """Write each command of the team that takes no argument and was not written yet."""
    for one in COMMANDS:
        if (
            one.permission is not Permission.ANYBODY
            and not one.example
            and one.name not in desk.said | LEFT_OUT
        ):
            await desk.say(f"/{one.name}", DESK if one.permission.allows(Role.MODERATOR) else ADMIN)


async def test_an_export_counts_along_one_index_and_no_reports(desk: Desk) -> None:
    """By its steps and by words: how many are public stands in an index, and what consents they have is counted when it is sent."""
    ref = await desk.proposed()
    await desk.say(f"/approve {ref}")
    await desk.tap("mapprove", ref, desk.shown[f"amapprove.{ref}"])
    async with planned(desk.chats.bench.database) as plans:
        await desk.say("/export csv")
        await desk.tap("mexset", "csv~month")
        await desk.tap("mexport", "csv", "month")
    assert growing(plans) == [], "\n\n".join(growing(plans))
    counted = [plan for statement, plan in plans if "count(" in statement and PUBLIC in statement]
    is_sqlite = desk.chats.bench.database.is_sqlite
    means = (
        "INDEX ix_public_versions_public" if is_sqlite else "Index Only Scan using ix_public_versions_public"
    )
    assert counted
    assert all(means in plan for plan in counted), counted
    assert not [statement for statement, _ in plans if "GROUP BY reports.consent_use" in statement]


@pytest.mark.parametrize(("scope", "consents"), [("trusted", 2), ("stories", 1)])
async def test_what_is_shared_is_counted_along_an_index_of_consents(
    desk: Desk, scope: str, consents: int
) -> None:
    """From the wish to the file: no report is read to tell how many there are."""
    async with desk.chats.bench.write() as unit:
        (moderator,) = [one for one in await people_service.list_moderators(unit) if one.alias == "Aspan"]
        report = (await desk.chats.bench.submit(unit, consent_use=Chosen((Consent.SHARE,)))).report
        await desk.chats.bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
    async with planned(desk.chats.bench.database) as plans:
        await desk.tap("mshareof", scope, "csv-month", chat=ADMIN)
        await desk.reply("For our partner at the UN", TEXTS.text("en", sharing_chat.WHY), ADMIN)
        (number,) = {one.split(".")[1] for one in desk.shown if one.startswith("amlook.")}
        await desk.tap("mlook", number, chat=COLLEAGUE)
        await desk.tap("mconfirm", number, desk.shown[f"amconfirm.{number}"], chat=COLLEAGUE)
        await desk.tap("mmake", number, chat=ADMIN)
    assert growing(plans) == [], "\n\n".join(growing(plans))
    counted = [plan for statement, plan in plans if "public_versions.consent =" in statement]
    is_sqlite = desk.chats.bench.database.is_sqlite
    means = "INDEX ix_public_versions_consent (consent=? AND approved_hour>?)"
    if not is_sqlite:
        means = " using ix_public_versions_consent"
    assert counted
    assert all(plan.count(means) == consents for plan in counted), counted
    assert not [statement for statement, _ in plans if "GROUP BY reports.consent_use" in statement]


async def _card(desk: Desk, ref: str) -> None:
    await desk.say(f"/open {ref}")
    for place in ("c0", "n0", "s0", "h0"):
        await desk.tap("mcard", ref, place)
    for verb in ("mnote", "mmore", "maskq"):
        await desk.tap(verb, ref)
    await desk.tap("mcheck", ref, "place")
    await desk.say(f"/ask {ref}")
    await desk.say(f"/release {ref}")
    await desk.say("/next")
    await desk.tap("mrelease", ref)


async def _decisions(desk: Desk, first: str, second: str, third: str, fourth: str) -> None:
    for ref in (first, second):
        await desk.say(f"/approve {ref}")
        await desk.tap("mapprove", ref, desk.shown[f"amapprove.{ref}"])
    for verb in ("mjoin", "mrelate"):
        await desk.tap(verb, first)
    await desk.tap("mjoinwith", first, second)
    await desk.say("/incidents")
    (incident,) = {one.split(".")[1] for one in desk.shown if one.startswith("amincident.")}
    await desk.tap("mincident", incident)
    await desk.tap("mincidents", incident)
    bench = desk.chats.bench
    bench.settings = bench.settings.model_copy(update={"published_languages": ("kk",)})
    await desk.say("/translate", ADMIN)
    await desk.tap("mrelateto", first, second)
    await desk.tap("munrelate", first, second)
    await desk.tap("munjoin", first)
    await desk.tap("mopen", third)
    await desk.tap("mdup", third)
    await desk.tap("mdupof", third, first)
    await desk.tap("mreopen", third)
    await desk.say(f"/reject {third}")
    await desk.tap("mrejectyes", third, "spam")
    await desk.tap("mopen", fourth)
    await desk.tap("masks", fourth, "when")
    await desk.tap("maside", fourth)
    await desk.tap("mcorrect", first)
    await desk.say(f"/edit {first}")
