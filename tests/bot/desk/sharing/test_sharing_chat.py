"""/share: what is asked, by whom it is seen, and what comes of it in both chats."""

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest

from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.desk.sharing import chat as sharing_chat
from bot.desk.sharing import service as sharing_service
from bot.desk.sharing.service import SharingState
from bot.form.answers import Chosen
from bot.reports.states import Consent
from bot.transport.call import Call
from db.models import SharingRequest
from tests.bench import Bench, approve_proposal, count
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol

ASKS, CONFIRMS, THIRD, OTHER = 1, 2, 3, 4
WHY = "For the appeal of our partner"


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases, with a key outside."""
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    bench.settings = bench.settings.model_copy(update={"export_recipients": (recipient,)})
    return Chats(bench)


async def set_up(chats: Chats, consent: str = Consent.SHARE) -> None:
    """Three administrators, a moderator, and an approved report."""
    for chat, alias in ((ASKS, "Aspan"), (CONFIRMS, "Bota"), (THIRD, "Samal")):
        await enrol(chats, chat, alias, people_service.ADMIN)
    await enrol(chats, OTHER, "Jeltoqsan")
    await approve_another(chats, consent)


async def ask(chats: Chats, scope: str = "stories") -> tuple[str, list[Call]]:
    """A request with its reason: its number, and what is owed for it."""
    await chats.say(ASKS, f"/share {scope} csv")
    calls = await reason(chats)
    (data,) = {data for data in buttons(calls) if data.startswith("amlook.")}
    return data.split(".")[1], calls


async def confirm(chats: Chats, number: str) -> list[Call]:
    """Another administrator looks, and confirms what was shown."""
    (data,) = [
        data for data in buttons(await chats.tap(CONFIRMS, Act("mlook", number))) if "mconfirm" in data
    ]
    return await chats.tap(CONFIRMS, Act("mconfirm", number, data.rpartition(".")[2]))


async def reason(chats: Chats, words_: str = WHY) -> list[Call]:
    """The reply to the question why."""
    return await chats.reply(ASKS, words_, text(sharing_chat.WHY))


def text(key: str) -> str:
    """A text in English."""
    return TEXTS.text("en", key)


async def test_two_taps_and_a_reason_ask_the_other_administrators(chats: Chats) -> None:
    """Nobody else is told, the words of why are in no notice, and their message leaves the chat."""
    await set_up(chats)
    calls = await chats.say(ASKS, "/share")
    assert [data.split(".")[1] for data in buttons(calls)] == ["trusted", "names", "stories"]
    calls = await chats.tap(ASKS, Act("mshare", "names"))
    assert "amshareof.names.csv" in buttons(calls)
    assert "amshareof.names.csv-all" in buttons(await chats.tap(ASKS, Act("mshareof", "names", "csv")))
    calls = await chats.tap(ASKS, Act("mshareof", "names", "csv-all"))
    (question,) = [call for call in calls if "force_reply" in call.params.get("reply_markup", {})]
    assert question.params["text"] == text(sharing_chat.WHY)
    calls = await chats.reply(ASKS, WHY, question.params["text"])
    (deleted,) = [call for call in calls if call.method == "deleteMessage"]
    assert (deleted.params["message_id"], deleted.essential) == (chats.last_id, True)
    told = {call.params["chat_id"] for call in calls if call.method == "sendMessage"}
    assert told == {ASKS, CONFIRMS, THIRD}
    assert WHY not in words(calls)
    assert all(call.guarded for call in calls if call.params.get("chat_id") in {CONFIRMS, THIRD})


async def test_whoever_confirms_sees_who_what_and_why(chats: Chats) -> None:
    """By alias and role, never an id; on a message that cannot be passed on. Only then there is a button to confirm."""
    await set_up(chats)
    number, _ = await ask(chats)
    calls = await chats.tap(CONFIRMS, Act("mlook", number))
    (shown,) = [call for call in calls if call.method == "sendMessage"]
    for told in (
        number,
        "Aspan",
        "administrator",
        "own words",
        "CSV",
        "all time",
        WHY,
        "Records now: 1",
        "24 h",
    ):
        assert told in shown.params["text"]
    assert shown.params["protect_content"]
    assert [data.rpartition(".")[0] for data in buttons(calls)] == [
        f"amconfirm.{number}",
        f"amdecline.{number}",
    ]
    assert buttons(await chats.tap(ASKS, Act("mlook", number))) == [f"amdecline.{number}."]


async def test_whoever_asked_gets_the_file_once(chats: Chats) -> None:
    """After another administrator has confirmed: the file is named by the request, and made when it is sent."""
    await set_up(chats)
    number, _ = await ask(chats)
    assert text("moderator.sharing.own") in alert(await chats.tap(ASKS, Act("mconfirm", number)))
    assert text("moderator.sharing.gone") in alert(await chats.tap(ASKS, Act("mmake", number)))
    calls = await confirm(chats, number)
    assert [call.params["chat_id"] for call in calls if number in str(call.params.get("text"))] == [
        CONFIRMS,
        ASKS,
    ]
    assert f"ammake.{number}." in buttons(calls)
    assert text("moderator.sharing.not_yours") in alert(await chats.tap(THIRD, Act("mmake", number)))
    calls = await chats.tap(ASKS, Act("mmake", number))
    sent, beside = [call for call in calls if call.method == "sendDocument"]
    assert beside.attach == {"document": "manifest:1", "caption": "exportabout:1:en"}
    assert (sent.attach, sent.params["chat_id"], sent.guarded) == (
        {"document": f"shared:{number}:1:en:stories:csv::", "caption": "sharedrows:1:en"},
        ASKS,
        True,
    )
    assert text("moderator.sharing.gone") in alert(await chats.tap(ASKS, Act("mmake", number)))


def alert(calls: list[Call]) -> str:
    """What appears above the chat, whole."""
    (shown,) = [call.params for call in calls if call.method == "answerCallbackQuery"]
    assert shown["show_alert"]
    return str(shown["text"])


async def test_it_can_be_declined(chats: Chats) -> None:
    """Whoever asked is told; nobody is when they take it back themselves."""
    await set_up(chats)
    number, _ = await ask(chats)
    calls = await chats.tap(THIRD, Act("mdecline", number))
    assert {call.params["chat_id"] for call in calls if call.method == "sendMessage"} == {THIRD, ASKS}
    number, _ = await ask(chats)
    calls = await chats.tap(ASKS, Act("mdecline", number))
    assert {call.params["chat_id"] for call in calls if call.method == "sendMessage"} == {ASKS}
    async with chats.bench.read() as unit:
        assert await count(unit, SharingRequest) == 0


async def test_what_waits_is_listed(chats: Chats) -> None:
    """For every administrator, until it is made."""
    await set_up(chats)
    number, _ = await ask(chats)
    assert f"amlook.{number}." in buttons(await chats.say(THIRD, "/share"))
    await confirm(chats, number)
    assert f"ammake.{number}." in buttons(await chats.tap(ASKS, Act("mlook", number)))
    await chats.tap(ASKS, Act("mmake", number))
    assert f"amlook.{number}." not in buttons(await chats.say(THIRD, "/share"))


async def test_it_is_for_administrators(chats: Chats) -> None:
    """A moderator is told so, for a reporter there is no such command, and neither can tap what they were never shown."""
    await set_up(chats)
    number, _ = await ask(chats)
    assert words(await chats.say(OTHER, "/share")) == text("moderator.admins_only")
    assert text("reporter.unknown_command") in words(await chats.say(99, "/share"))
    for chat in (OTHER, 99):
        for verb in ("mlook", "mconfirm", "mdecline", "mmake"):
            assert alert(await chats.tap(chat, Act(verb, number))) == text("reporter.tap.stale")
    async with chats.bench.read() as unit:
        assert (await sharing_service.find(unit, number, SharingState.ASKED)).confirmer_id is None


async def test_what_is_missing_is_said_with_what_to_do(chats: Chats) -> None:
    """A key outside, a second administrator, a report that may be shared, a known format."""
    await enrol(chats, ASKS, "Aspan", people_service.ADMIN)
    for typed in ("/share", "/share names csv"):
        assert "Invite another: /invite admin 24" in words(await chats.say(ASKS, typed))
    assert "?start=" in words(await chats.say(ASKS, "/invite admin 24"))
    await enrol(chats, CONFIRMS, "Bota", people_service.ADMIN)
    assert words(await chats.say(ASKS, "/share names csv")) == text("moderator.sharing.empty")
    for bad in (
        "names",
        "all csv",
        "names xml",
        "names csv March",
        "names csv 2024-01-01 2024-03-31 region=KZ-75",
    ):
        assert "/share names csv 2024-01-01" in words(await chats.say(ASKS, f"/share {bad}"))
    chats.bench.settings = chats.bench.settings.model_copy(update={"export_recipients": ()})
    assert "KUAGER_EXPORT_RECIPIENTS" in words(await chats.say(ASKS, "/share"))


async def test_a_bad_reason_is_asked_for_again(chats: Chats) -> None:
    """The request waits; the next reply is taken, and no other after it."""
    await set_up(chats)
    await chats.say(ASKS, "/share trusted csv")
    told, asked = [call for call in await reason(chats, "ok") if call.method == "sendMessage"]
    assert "5 to 300 characters" in told.params["text"]
    assert asked.params["reply_markup"]["force_reply"]
    assert any(data.startswith("amlook.") for data in buttons(await reason(chats)))
    assert text("menu.ask") in words(await reason(chats))


async def test_only_a_reply_is_a_reason(chats: Chats) -> None:
    """Whatever else is typed while one is waited for, for hours, is what it is: a code is looked up, and shown to nobody."""
    await set_up(chats)
    await chats.say(ASKS, "/share trusted csv")
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    calls = await chats.say(ASKS, code)
    assert not [data for data in buttons(calls) if data.startswith("amlook.")]
    assert {call.params.get("chat_id", ASKS) for call in calls} == {ASKS}
    assert any(data.startswith("amlook.") for data in buttons(await reason(chats)))


async def test_an_open_form_keeps_its_words(chats: Chats) -> None:
    """While one is open only a reply is a reason."""
    await set_up(chats)
    await chats.say(ASKS, "/share trusted csv")
    await chats.say(ASKS, "/report")
    await chats.tap(ASKS, Act("begin", "en"))
    assert not [data for data in buttons(await chats.say(ASKS, WHY)) if data.startswith("amlook.")]
    calls = await chats.reply(ASKS, WHY, text(sharing_chat.WHY))
    assert [data for data in buttons(calls) if data.startswith("amlook.")]


async def test_what_a_chat_does_not_take_is_for_the_command_line(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request stays good, and the command is said."""
    monkeypatch.setattr(sharing_chat, "MOST_STORIES", 0)
    await set_up(chats)
    number, _ = await ask(chats)
    await confirm(chats, number)
    assert f"python -m bot share {number}" in alert(await chats.tap(ASKS, Act("mmake", number)))
    async with chats.bench.read() as unit:
        await sharing_service.find(unit, number, SharingState.CONFIRMED)


def test_every_refusal_fits_above_the_chat() -> None:
    """Telegram cuts what is longer than 200 characters (Bot API, answerCallbackQuery)."""
    said = (
        "gone",
        "changed",
        "own",
        "not_yours",
        "empty",
        "too_many",
        "too_large",
        "no_recipients",
        "one_admin",
    )
    facts: dict[str, str | int] = {"most": 10, "rows": 10_000, "id": "3f9a1b2c"}
    for language in ("kk", "ru", "en"):
        for key in said:
            assert len(TEXTS.text(language, f"moderator.sharing.{key}", facts)) <= 200


async def test_a_reply_to_another_question_is_no_reason(chats: Chats) -> None:
    """A reference that was asked for meanwhile goes where it was asked for."""
    await set_up(chats)
    await chats.say(ASKS, "/share stories csv")
    asked = TEXTS.text("en", "moderator.duplicate.ask.reply", {"ref": "R00000"})
    calls = await chats.reply(ASKS, "R11111", asked)
    assert not [data for data in buttons(calls) if data.startswith("amlook.")]
    assert words(calls) == TEXTS.text("en", "moderator.unknown_ref", {"ref": "R00000"})


async def test_what_was_approved_since_it_was_shown_has_to_be_looked_at(chats: Chats) -> None:
    """Before it is confirmed, and once more before the file is made."""
    await set_up(chats)
    number, _ = await ask(chats)
    shown = buttons(await chats.tap(CONFIRMS, Act("mlook", number)))[0].rpartition(".")[2]
    await approve_another(chats)
    refused = await chats.tap(CONFIRMS, Act("mconfirm", number, shown))
    assert alert(refused) == text("moderator.sharing.changed")
    await confirm(chats, number)
    await approve_another(chats)
    assert alert(await chats.tap(ASKS, Act("mmake", number))) == text("moderator.sharing.changed")


async def approve_another(chats: Chats, consent: str = Consent.SHARE) -> None:
    """One more report may be shared."""
    async with chats.bench.write() as unit:
        (moderator, *_) = await people_service.list_moderators(unit)
        report = (await chats.bench.submit(unit, consent_use=Chosen((consent,)))).report
        await chats.bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
