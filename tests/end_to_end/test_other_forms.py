"""An NGO's own forms as they stand: two at once, one of them German, from /report to a published record."""

import csv
import io
from contextlib import AsyncExitStack
from pathlib import Path

from bot.demo import enrol, settings_in
from bot.form.xlsform.reader import load
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from tests.bot.reports.test_forms import REVIEW, SHOP, WATER
from tests.end_to_end.conftest import PATIENCE, Machine
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.people import TEXTS


def word(key: str, **told: str | int) -> str:
    """A text of the bot in Russian."""
    return TEXTS.text("ru", key, told)


async def answer(phone: Phone, *asked: tuple[str, str]) -> None:
    """Wait for each question, then press the button with this label, or write it."""
    for question, said in asked:
        shown = await phone.wait(question)
        if said in [button.label for button in shown.buttons]:
            await phone.tap(said, shown)
        else:
            await phone.say(said)


async def fill_shop(phone: Phone) -> None:
    """Follow a link to the other form, and fill it in."""
    await phone.say("/start form_shop")
    await answer(
        phone,
        ("Можно сохранить ваше сообщение", "Да"),
        ("Welcher Laden?", "Laden Meyer"),
        ("Einverstanden?", "Ja"),
        ("Как можно использовать", "Публиковать без имён"),
        ("Можно ли модераторам", "Нет"),
        ("Laden Meyer", word("flow.send")),
    )
    await phone.wait("мы получили ваше сообщение")


def _ref_of(queue: str, title: str) -> str:
    """The reference before a title."""
    return next(line.split(" · ")[0].split()[-1] for line in queue.splitlines() if title in line)


async def test_two_foreign_forms_are_chosen_filled_in_and_decided(
    api: LocalBotApi, tmp_path: Path, phones: AsyncExitStack
) -> None:
    """Labels stand in the form's language, the bot's words in the person's. One report is published by title and
    summary alone, the other rejected."""
    for name, form in {"water": WATER, "shop": SHOP, "review": REVIEW}.items():
        (tmp_path / f"{name}.md").write_text(form.replace("shops 2026/1", "shop"), "utf-8")
    own = {"form": tmp_path / "water.md", "review_form": tmp_path / "review.md"}
    given = own | {"more_forms": (tmp_path / "shop.md",), "contacts": None}
    machine = Machine(settings_in(tmp_path, api.url, poll_seconds=5, **given))
    await machine.start()
    try:
        phone = await phones.enter_async_context(Phone(api.url, 1001, "ru", patience=PATIENCE))
        await phone.say("/report")
        await answer(
            phone,
            (word("reporter.form.choose"), "Wasser"),
            ("Можно сохранить ваше сообщение", "Да"),
            ("Welches Dorf?", "Unterdorf"),
            ("Wie viele Personen?", "4"),
            ("Woher kommt das Wasser?", "Brunnen"),
            ("Kind", word("flow.repeat.add")),
            ("Wie alt?", "7"),
            ("Kind", word("flow.skip")),
            ("Как можно использовать", "Публиковать без имён"),
            ("Можно ли модераторам", "Нет"),
            ("Brunnen", word("flow.send")),
        )
        await phone.wait("мы получили ваше сообщение")
        await fill_shop(await phones.enter_async_context(Phone(api.url, 1002, "ru", patience=PATIENCE)))

        await enrol(machine.bot.work, api.url, 2001, "Aida", "ru", "admin")
        phone = await phones.enter_async_context(Phone(api.url, 2001, "ru", patience=PATIENCE))
        await phone.say("/queue")
        queue = (await phone.wait("Wasser · 4 · Brunnen")).text
        assert "Shops" in queue
        assert "Unterdorf" not in queue
        moderator = Moderator(phone, "ru", load(tmp_path / "review.md"))
        water, shop = (_ref_of(queue, title) for title in ("Wasser", "Shops"))
        card = await moderator.open(water)
        assert "Welches Dorf? Unterdorf" in str(card)
        assert "Kind 1 · Wie alt? 7" in str(card)
        await moderator.press_word("moderator.edit")
        await answer(phone, ("Title", "Wasser fehlt"), ("Summary", "Vier Leute."))
        await moderator.press_word("flow.send")
        assert "Wasser fehlt" in (await moderator.preview())["title"]
        await moderator.confirm()
        card = await moderator.open(shop)
        assert "Welcher Laden? Laden Meyer" in str(card)
        await moderator.reject("not_in_scope")
        (line,) = csv.DictReader(io.StringIO((await moderator.export("csv")).decode("utf-8-sig")))
        told = {name: line[name] for name in ("id", "title", "summary", "kind", "date_start", "region")}
        blank = {"kind": "", "date_start": "", "region": ""}
        assert told == {"id": water, "title": "Wasser fehlt", "summary": "Vier Leute.", **blank}
    finally:
        await machine.stop()


async def test_a_form_sent_in_the_chat_is_offered_once_two_administrators_agree(
    machine: Machine, api: LocalBotApi, phones: AsyncExitStack
) -> None:
    """Its file goes through the Bot API and the confined reader. Before the second administrator's tap no
    reporter sees it; after it a report fills it in."""
    admins = []
    for user, alias in (2001, "Aida"), (2002, "Berik"):
        await enrol(machine.bot.work, api.url, user, alias, "ru", "admin")
        admins.append(await phones.enter_async_context(Phone(api.url, user, "ru", patience=PATIENCE)))
    brings, agrees = admins
    await brings.say("/forms")
    question = await brings.wait(word("moderator.forms.ask"))
    form = SHOP.replace("shops 2026/1", "shop").encode()
    await brings.send_file("document", form, "shop.md", "text/markdown", reply_to=question.id)
    await brings.tap(word("moderator.forms.look_waiting"))
    await brings.tap(word("moderator.forms.propose"))
    reporter = await phones.enter_async_context(Phone(api.url, 1002, "ru", patience=PATIENCE))
    await reporter.say("/report")
    assert "Shops" not in str((await reporter.wait("Можно сохранить ваше сообщение")).rows)
    await reporter.say("/cancel")
    await reporter.tap("Да, удалить всё")
    await agrees.tap(word("moderator.forms.look_waiting"))
    shown = await agrees.wait("Shops")
    await agrees.tap(word("moderator.forms.confirm"), shown)
    await brings.wait(word("moderator.forms.notice.confirmed", id="shop", alias="Berik"))
    listed = ""
    while "Shops" not in listed:  # within seconds
        await brings.say("/forms")
        listed = (await brings.wait("«Kuager»")).text
    await fill_shop(reporter)
    await brings.say("/queue")
    assert "Shops" in (await brings.wait("В очереди: 1")).text
