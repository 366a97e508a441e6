"""An organisation's form with answers inside its texts, marks, groups, guidance and files, from /report to the card."""

from contextlib import AsyncExitStack
from pathlib import Path

from bot.demo import enrol, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from tests.bot.safety.cleaning import planted
from tests.end_to_end.conftest import PATIENCE, Machine
from tests.end_to_end.people import TEXTS

FORM = """
| survey |
| | type | name | label | hint | guidance_hint | media::image | media::audio | bind::bot:role | bind::bot:privacy |
| | select_one yn | keep | May it be kept? | | | | | consent_store | |
| | begin_group | home | The **household** | | | | | | |
| | text | who | Who lives there? | *First name* | A nickname will do | house.png | | | sealed |
| | integer | rooms | How many rooms has **${who}**? | | | | | | |
| | select_multiple water | water | Water of ${rooms} rooms | | | | talk.mp3 | | |
| | end_group | | | | | | | | |
| | select_one use | use | May we publish it? | | | secret.env | | consent_use | |
| choices |
| | list_name | name | label | media::image |
| | yn | yes | Yes | |
| | yn | no | No | |
| | water | well | A well | well.png |
| | water | tap | A *tap* of ${who} | tap.png |
| | use | publish_no_names | Yes, without names | |
| settings |
| | form_id | version | default_language | namespaces |
| | home | 1 | English (en) | bot="https://kuager.org/xforms" |
"""


def kinds(phone: Phone) -> list[str]:
    """Kinds of the files that the bot shows now."""
    return [file["kind"] for message in phone.messages if not message.mine for file in message.files]


async def reported(phone: Phone) -> None:
    """Fill in the form and send it, looking at each screen."""
    await phone.say("/report")
    await phone.tap("Yes", await phone.wait("May it be kept?"))
    question = await phone.wait("Who lives there?")
    assert question.text.startswith("The household\n\nWho lives there?\n\nFirst name")
    assert kinds(phone) == ["photo"]
    await phone.tap(TEXTS.text("en", "flow.guidance"), question)
    await phone.until(lambda: "A nickname will do" in phone.last.text)
    assert (phone.last.id, kinds(phone)) == (question.id, ["photo"])
    await phone.say("Ayan *K*")
    question = await phone.wait("How many rooms has Ayan *K*?")
    assert "household" not in question.text
    await phone.until(lambda: kinds(phone) == [])
    await phone.say("3")
    question = await phone.wait("Water of 3 rooms")
    assert kinds(phone) == ["audio", "photo", "photo"]
    captions = [message.raw.get("caption") for message in phone.messages if message.files]
    assert captions[1:] == ["A well", "A tap of Ayan *K*"]
    await phone.tap("☐ A tap of Ayan *K*", question)
    await phone.until(lambda: "☑ A tap of Ayan *K*" in phone.buttons())
    assert (phone.last.id, kinds(phone)) == (question.id, ["audio", "photo", "photo"])
    await phone.tap(TEXTS.text("en", "flow.done"))
    question = await phone.wait("May we publish it?")
    await phone.until(lambda: kinds(phone) == [])
    await phone.until(lambda: not any("Ayan" in one.text for one in phone.messages if not one.mine))
    await phone.tap("Yes, without names", question)
    review = await phone.wait(TEXTS.text("en", "flow.review"))
    assert "How many rooms has Ayan *K*?" in review.text
    await phone.tap(TEXTS.text("en", "flow.send"), review)
    assert "Ayan" not in (await phone.wait("we have your report")).text


async def test_texts_and_files_of_a_form_are_shown_and_leave_no_name_behind(
    api: LocalBotApi, tmp_path: Path, phones: AsyncExitStack
) -> None:
    """Files come once above their question and go with it; a tap changes the question in place. Moderators read a
    gap where a sealed answer stands."""
    (tmp_path / "home.md").write_text(FORM, "utf-8")
    (tmp_path / "home-media").mkdir()
    for name in ("house.png", "home-media/well.png", "home-media/tap.png"):
        (tmp_path / name).write_bytes(planted.png())
    (tmp_path / "talk.mp3").write_bytes(b"ID3" + bytes(100))
    (tmp_path / "secret.env").write_text("TOKEN")
    machine = Machine(
        settings_in(tmp_path, api.url, poll_seconds=5, form=tmp_path / "home.md", contacts=None)
    )
    await machine.start()
    try:
        await reported(await phones.enter_async_context(Phone(api.url, 1001, "en", patience=PATIENCE)))
        await enrol(machine.bot.work, api.url, 2001, "Aida", "en", "admin")
        phone = await phones.enter_async_context(Phone(api.url, 2001, "en", patience=PATIENCE))
        await phone.say("/next")
        card = (await phone.wait("How many rooms has")).text
        assert "How many rooms has …? 3" in card
        assert "A tap of …" in card
        assert "Ayan" not in phone.transcript()
    finally:
        await machine.stop()
