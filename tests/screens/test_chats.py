"""All that the bot says beside its forms: in each language with its placeholders, and nothing that is not translated."""

import re
from pathlib import Path

from bot.chat.buttons import Act, decode
from bot.demo.walk.answering import SHORT_TEXT, Respondent
from bot.desk.decisions.service import REJECTION_REASONS
from bot.desk.people import service as people_service
from bot.form import events
from bot.form.answers import Answer, Chosen, FileKind, FileRef, Files
from bot.languages import name_of
from bot.publish.export.formats import FORMATS
from bot.reports import claims
from bot.reports import commands as reporter_commands_chat
from bot.reports.receipts.service import Receipt
from bot.texts import Texts
from tests.bench import text
from tests.screens.kinds import LANGUAGES
from tests.screens.pseudo import LANGUAGE, PseudoTexts, plain_words
from tests.screens.pseudo_chats import PseudoChats, data_of

TEXTS = Texts(LANGUAGES)
PSEUDO = PseudoTexts(LANGUAGES)
KEYS = sorted(TEXTS.raw("kk", ""))
REPORTER, MODERATOR = 1001, 2001
MOST_ABOVE_A_CHAT = 200
"""Characters of the note that a tap is answered with (Bot API, answerCallbackQuery)."""
_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
_CELL = re.compile(r"^[a-z_]+: ", re.MULTILINE)
OWN_NAMES = {name_of("ru"), LANGUAGE}
"""The language of a report, which is called what it calls itself."""


def test_every_text_is_said_with_its_placeholders() -> None:
    """In each language nothing stays open, and in the one that nobody speaks only the values are plain."""
    for key in KEYS:
        holes = set(re.findall(r"\{(\w+)\}", TEXTS.raw("en", key)[key]))
        given: dict[str, str | int] = dict.fromkeys(holes, "Ա") | {"n": 2}
        for language in LANGUAGES:
            text = TEXTS.text(language, key, given)
            assert text.strip(), key
            assert not re.search(r"[{}]|\$", text), key
        assert plain_words(PSEUDO.text(LANGUAGE, key, given)) == [], key


async def begin(chats: PseudoChats, chat: int = REPORTER) -> None:
    """From the first hello to the first question."""
    await chats.say(chat, SHORT_TEXT)
    await chats.say(chat, "/start")
    await chats.tap(chat, Act("begin", LANGUAGE))


async def file_report(chats: PseudoChats, chat: int = REPORTER) -> str:
    """A whole report with the longer form; its code."""
    await begin(chats, chat)
    await chats.fill(chat, Respondent())
    await chats.do(chat, events.Extend())
    await chats.fill(chat, Respondent(instances=2))
    said = len(chats.said)
    await chats.do(chat, events.Submit())
    codes = [code for _, text in chats.said[said:] for code in _CODE.findall(text)]
    (code,) = codes
    return str(code)


async def enrol(chats: PseudoChats, chat: int = MODERATOR) -> None:
    """An administrator by link and alias, after aliases that will not do."""
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, "admin")
    await chats.say(chat, f"/start {token}")
    await chats.say(chat, "@")
    await chats.say(chat, "Արամ")


async def test_a_reporter_reads_nothing_that_is_not_translated(chats: PseudoChats) -> None:
    """From hello over every command and refusal to the receipt and the withdrawal."""
    for words in (
        "/help",
        "/privacy",
        "/cancel",
        "/status",
        "/withdraw",
        "/nonsense",
        "/status 1",
        "/withdraw 1",
    ):
        await chats.say(REPORTER, words)
    await chats.say(REPORTER, "/start " + "1" * 32)
    await chats.send(
        REPORTER, "file", photo=[{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    )
    await chats.edit(REPORTER, SHORT_TEXT)
    code = await file_report(chats)
    await begin(chats)
    await out_of_place(chats)
    await chats.say(REPORTER, "/report")
    await chats.say(REPORTER, "/language")
    await chats.tap(REPORTER, Act("language", LANGUAGE))
    await chats.say(REPORTER, "/cancel")
    await chats.do(REPORTER, events.Cancel(sure=True))
    await chats.tap(REPORTER, "fabcd.1.ne")
    await chats.tap(REPORTER, "?")
    for words in (code, f"/status {code}", f"/withdraw {code}"):
        await chats.say(REPORTER, words)
    calls = await chats.say(REPORTER, f"/withdraw {code}")
    (sure,) = [data for data in data_of(calls) if data.startswith("awithdraw.")]
    for tapped in (Act("keep"), sure, sure, Act("clear")):
        await chats.tap(REPORTER, tapped)
    await refuse_consent(chats)
    await chats.join_group()
    assert len(chats.said) > 150
    assert chats.plain() == {}


async def out_of_place(chats: PseudoChats) -> None:
    """What cannot be taken at a question."""
    contact = {"phone_number": "1", "first_name": "A"}
    place = {"latitude": 1.0, "longitude": 1.0}
    await chats.send(REPORTER, "contact", contact=contact)
    await chats.send(REPORTER, "place", location=place)
    await chats.send(REPORTER, "moving place", location=place | {"live_period": 60})
    await chats.send(REPORTER, "dice", dice={"emoji": "🎲", "value": 1})
    big = {"file_id": "f", "file_unique_id": "u", "file_size": 30_000_000}
    await chats.send(REPORTER, "before consent", document=big)
    await chats.fill(REPORTER, Respondent(), until_consent=True)
    await chats.send(REPORTER, "too big", document=big)
    await chats.say(REPORTER, "/nonsense")


async def refuse_consent(chats: PseudoChats) -> None:
    """A report that may not be kept."""
    await begin(chats)
    await chats.do(REPORTER, events.Next())
    await chats.do(REPORTER, events.Pick(1))


async def test_a_moderator_reads_nothing_that_is_not_translated(chats: PseudoChats) -> None:
    """From the invitation over the queue, a report, its public version and its approval to the export; but the
    preview, which is in the words of the export."""
    await enrol(chats)
    await chats.say(MODERATOR, "/queue")
    await chats.say(MODERATOR, "/next")
    await file_report(chats)
    refs = await refs_of(chats)
    for words in (
        "/help",
        "/help open",
        "/help 1",
        "/menu",
        "/queue",
        "/team",
        "/invite",
        "/invite 1",
        "/invite analyst 1000",
        "/revoke",
        "/revoke 1",
        "/approve",
        "/open",
        "/open 1",
        "/next",
        "/approve",
        "/open",
    ):
        await chats.say(MODERATOR, words)
    await chats.say(MODERATOR, f"/edit {refs[0]}")
    await chats.fill(MODERATOR, Respondent(instances=2))
    for words in ("/edit", "/approve", "/report", "/cancel"):
        await chats.say(MODERATOR, words)
    await chats.do(MODERATOR, events.Back())
    await chats.do(MODERATOR, events.Edit())
    await chats.do(MODERATOR, events.Goto(0))
    while await chats.filling(MODERATOR):
        await chats.fill(MODERATOR, Respondent(instances=2))
        await chats.do(MODERATOR, events.Submit())
    confirm = await preview(chats, refs[0])
    await chats.tap(MODERATOR, confirm)
    for words in (f"/open {refs[0]}", f"/reject {refs[0]}", "/export", "/export csv", "/export csv what"):
        await chats.say(MODERATOR, words)
    await reopen_and_reject(chats, refs[0])
    for words in ("/stats", "/stats what", "/stats months", "/audit ?"):
        await chats.say(MODERATOR, words)
    await chats.tap(MODERATOR, Act("mpicture", "weeks", "all"))
    assert len(chats.said) > 150
    assert chats.menus
    assert chats.plain().keys() <= OWN_NAMES
    await chats.say(MODERATOR, "/export what")
    names = {word for name in FORMATS for word in name.split("-")}
    assert chats.plain().keys() - OWN_NAMES == {"what", *names}  # what was typed, and what can be


async def preview(chats: PseudoChats, ref: str) -> Act:
    """Confirm the reporter's texts one by one, then look at the row as it would be exported; what confirms that."""
    said = len(chats.said)
    calls = await chats.say(MODERATOR, f"/approve {ref}")
    while confirms := [data for data in data_of(calls) if data.startswith("amwords.")]:
        calls = await chats.tap(MODERATOR, *confirms)
    cells = [place for place in range(said, len(chats.said)) if _CELL.search(chats.said[place][1])]
    assert cells
    for place in reversed(cells):
        del chats.said[place]
    acts = [decode(data) for data in data_of(calls)]
    return next(act for act in acts if isinstance(act, Act) and act.verb == "mapprove")


async def reopen_and_reject(chats: PseudoChats, ref: str) -> None:
    """The same report once more, for each reason until one is taken."""
    await chats.tap(MODERATOR, Act("mreopen", ref))
    await chats.say(MODERATOR, f"/reject {ref}")
    await chats.tap(MODERATOR, Act("mreject", ref, REJECTION_REASONS[0]))
    await chats.tap(MODERATOR, Act("mkeep"))
    await chats.tap(MODERATOR, Act("mreopen", ref))
    await chats.say(MODERATOR, f"/release {ref}")
    await chats.say(MODERATOR, f"/release {ref}")


async def refs_of(chats: PseudoChats) -> list[str]:
    """The references of the reports that wait."""
    acts = [decode(data) for data in data_of(await chats.say(MODERATOR, "/queue"))]
    return [act.first for act in acts if isinstance(act, Act) and act.verb == "mopen"]


async def test_a_word_of_a_handlers_own_is_found(chats: PseudoChats) -> None:
    """And of a text that the catalogue does not have in this language."""
    await begin(chats)
    assert chats.plain() == {}
    chats.said.append(("1: /start", "⟦Ŵéĺćóḿé⟧ to Kuager"))
    assert set(chats.plain()) == {"to", "Kuager"}


def test_what_a_tap_is_answered_with_is_not_cut() -> None:
    """Telegram shows two hundred characters above a chat."""
    source = "\n".join(
        path.read_text("utf-8") for path in Path(reporter_commands_chat.__file__).parents[1].rglob("*.py")
    )
    keys = set(re.findall(r'answer_tap\(\s*"([\w.]+)"', source))
    keys |= {key for key in KEYS if ".tap." in key or key.startswith("state.is_")}
    assert len(keys) > 5
    longest = {"hours": 9_999}
    long = {
        (one, key)
        for one in LANGUAGES
        for key in keys
        if len(TEXTS.text(one, key, longest)) > MOST_ABOVE_A_CHAT
    }
    assert long == set()


OTHER = 2002


async def test_moderators_read_nothing_that_is_not_translated_of_each_other(chats: PseudoChats) -> None:
    """A queue of many ages and pages, reports that others hold, consents of every kind, rejection, withdrawal."""
    await enrol(chats)
    await enrol_other(chats)
    receipts = await many_reports(chats)
    refs = [receipt.report.ref for receipt in receipts]
    pages = [data for data in data_of(await chats.say(OTHER, "/queue")) if data.startswith("amlist")]
    assert pages
    for data in data_of(await chats.tap(OTHER, pages[-1])):
        await chats.tap(OTHER, data)
    for words in ("/queue", f"/open {refs[0]}", "/reject", f"/reject {refs[0]}", f"/edit {refs[1]}"):
        await chats.say(OTHER, words)
    for words in (f"/open {refs[0]}", f"/approve {refs[0]}", f"/edit {refs[2]}", f"/release {refs[1]}"):
        await chats.say(MODERATOR, words)
    await chats.tap(OTHER, Act("mreject", refs[0], "because"))
    for words in (f"/edit {refs[0]}", f"/edit {refs[1]}", f"/approve {refs[0]}", "/cancel"):
        await chats.say(OTHER, words)
    for chat in (MODERATOR, OTHER):
        if await chats.filling(chat):
            await chats.do(chat, events.Cancel(sure=True))
    await chats.tap(OTHER, "fabcd.1.ne")
    await own_report(chats, refs[0])
    await ends_of(chats, receipts)
    await revoke_other(chats)
    assert len(chats.said) > 100
    assert chats.plain().keys() <= OWN_NAMES
    asked = {key for key in chats.pseudo.asked if key.startswith(("moderator.", "reporter.", "state."))}
    assert len(asked) > 60


async def enrol_other(chats: PseudoChats) -> None:
    """A moderator without an administrator's rights, who first takes an alias that is taken."""
    async with chats.bench.write() as unit:
        token = await people_service.invite(unit, "moderator")
    for words in (f"/start {token}", "Արամ", "Նարե", f"/start {token}", "/team", "/export csv"):
        await chats.say(OTHER, words)
    await chats.tap(OTHER, Act("language", LANGUAGE))
    await chats.tap(OTHER, Act("mmenu", "own"), Act("mmenu"), Act("mdo", "next"), Act("mdo", "settings"))
    for act in (
        Act("mlanguage"),
        Act("mquiet"),
        Act("mquiet", "22"),
        Act("mquiet", "22", "8"),
        Act("mdigest"),
    ):
        await chats.tap(OTHER, act)
    await chats.tap(OTHER, Act("mdigest", "9"), Act("mnews", "new"), Act("msettings"))
    await chats.tap(OTHER, Act("mnews", "new"), Act("mquiet", "never"), Act("mdigest", "never"))


async def many_reports(chats: PseudoChats) -> list[Receipt]:
    """Enough reports for pages, of each consent, some old, with files that did not come."""
    receipts = []
    files = Files((FileRef("f" * 32, FileKind.PHOTO, "", SHORT_TEXT),))
    for number in range(14):
        use = ("publish_no_names", "share_trusted", "statistics_only")[number % 3]
        told: dict[str, Answer] = {
            "urgent": Chosen(("no",)),
            "consent_use": Chosen((use,)),
            "story": text(SHORT_TEXT),
            "evidence": files,
        }
        async with chats.bench.write() as unit:
            receipts.append(await chats.bench.submit(unit, **told))
        chats.bench.later(5)
    return receipts


async def own_report(chats: PseudoChats, ref: str) -> None:
    """A moderator's own report stands in the way of an edit."""
    await chats.tap(OTHER, Act("begin", LANGUAGE))
    await chats.say(OTHER, f"/edit {ref}")
    await chats.do(OTHER, events.Cancel(sure=True))


async def ends_of(chats: PseudoChats, receipts: list[Receipt]) -> None:
    """What a reporter reads of a report that is held, approved, rejected, withdrawn, and who held it."""
    bench = chats.bench
    for place, receipt in enumerate(receipts[3:6]):
        await chats.say(MODERATOR, f"/open {receipt.report.ref}")
        await chats.say(REPORTER, f"/status {receipt.code}")
        async with bench.write() as unit:
            moderator = (
                await people_service.of_chats(unit, [bench.safe.pseudonyms.chat(MODERATOR)])
            ).popitem()[1]
            report = await claims.find(unit, receipt.report.ref)
            await bench.propose(unit, moderator, report, title=text(SHORT_TEXT), summary=text(SHORT_TEXT))
        confirm = await preview(chats, receipt.report.ref)
        end = (
            confirm,
            Act("mreject", receipt.report.ref, REJECTION_REASONS[0]),
            Act("mrelease", receipt.report.ref),
        )[place]
        await chats.tap(MODERATOR, end)
        await chats.tap(MODERATOR, confirm)
        await chats.say(MODERATOR, f"/open {receipt.report.ref}")
        await chats.say(REPORTER, f"/status {receipt.code}")
        calls = await chats.say(REPORTER, f"/withdraw {receipt.code}")
        await chats.tap(REPORTER, *(data for data in data_of(calls) if data.startswith("awithdraw.")))
        await chats.say(MODERATOR, f"/open {receipt.report.ref}")
    await chats.say(MODERATOR, "/export csv")


async def revoke_other(chats: PseudoChats) -> None:
    """Access is closed; and the bot does not stay in groups."""
    await chats.tap(MODERATOR, Act("minvite", "analyst"), Act("minvite", "analyst", "1"), Act("minvites"))
    await chats.say(MODERATOR, "/team")
    for number in range(2):
        calls = await chats.say(MODERATOR, f"/revoke {('Նարե', 'Արամ')[number]}")
        await chats.tap(MODERATOR, *(data for data in data_of(calls) if data.startswith("amrevokeyes.")))
    members = data_of(await chats.say(MODERATOR, "/team"))
    await chats.tap(MODERATOR, *(data for data in members if data.startswith("ammember.")))
    await chats.tap(MODERATOR, Act("mvoid", "1"), Act("mvoidall"), Act("minvites"), Act("mmember", "1"))
    await chats.say(OTHER, "/queue")
