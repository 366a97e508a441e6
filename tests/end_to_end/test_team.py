"""The team over HTTP: who comes by which link, what each role may, whose access is closed, and who is told of what and when."""

import asyncio
import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.demo.folder import MovableClock
from bot.local_api.client import Phone, ShownMessage
from tests.end_to_end.conftest import Machine, People
from tests.end_to_end.desk import ask_to_revoke, heard, invite, join, links_in, new_report, newest, waiting
from tests.end_to_end.moderating import Moderator, notice, refs_in
from tests.end_to_end.people import labels_on
from tests.end_to_end.reporting import SIMPLE, URGENT, Reporter

ZONE = ZoneInfo("Asia/Almaty")
"""The bot's, as the documents say."""
OTHER_ROLE = "Это не входит в вашу роль."
FOR_ADMINISTRATORS = "Эта команда для администраторов."
INVALID = "Это приглашение не действует"


@pytest.fixture
def clock() -> MovableClock:
    """It is half past eight in the evening."""
    now = datetime.now(ZONE)
    ahead = (now.replace(hour=20, minute=30, second=0) - now).total_seconds()
    return MovableClock(lambda: time.time() + ahead)


async def test_a_link_lets_in_one_person_for_some_hours_and_is_listed_and_taken_back_by_buttons(
    erlan: Moderator, dana: Moderator, people: People, machine: Machine
) -> None:
    """Of two who follow it at once one is asked for an alias; of two more links one is made void, and one gets too old."""
    link = await invite(erlan, "analyst", hours=24)
    first, second = await people.reporter(2011, "ru"), await people.reporter(2012, "ru")
    await asyncio.gather(first.phone.follow(link), second.phone.follow(link))
    for one in (first, second):
        await one.phone.wait(lambda bubble: "псевдоним" in bubble.text or INVALID in bubble.text)
    (winner,) = [one for one in (first, second) if "псевдоним" in one.phone.last.text]
    await winner.write("Bota")
    await winner.phone.wait("Ваш псевдоним: Bota. Роль: аналитик.")
    await dana.phone.wait(lambda bubble: "Bota" in bubble.text, since=0)
    (loser,) = {first, second} - {winner}
    await loser.phone.follow(link)
    await loser.phone.wait(INVALID)

    await erlan.command("/invite переводчик 24 2")
    begun = erlan.phone.mark
    await erlan.phone.until(lambda: len(made_since(erlan, begun)) == 2)
    made = made_since(erlan, begun)
    await erlan.command("/team")
    team = await erlan.phone.wait("Команда: 3")
    for line in ("Erlan · администратор", "Dana · администратор", "Bota · аналитик"):
        assert line in team.text.splitlines()
    await erlan.press("Открытые приглашения: 2")
    listed = await erlan.phone.wait("Открытые приглашения: 2")
    void, late = names = re.findall(r"(?m)^(\S+) · переводчик · не открыта · ещё 24 ч$", listed.text)
    assert set(names) == made.keys()
    assert labels_on(listed) == [f"Отменить {void}", f"Отменить {late}", "Отменить все"]
    assert [link for link in made.values() if link.rpartition("=")[2] in listed.text] == []
    await erlan.press(f"Отменить {void}")
    await erlan.phone.wait("Отменено приглашений: 1.")
    await follow(loser.phone, made[void], INVALID)
    await follow(loser.phone, made[late], "Выберите себе псевдоним")
    await machine.later(24)
    await loser.write("Ceda")
    await erlan.command("/team")
    team = await erlan.phone.wait("Команда: 3")
    assert "Открытые приглашения" not in " ".join(labels_on(team))
    await follow(loser.phone, made[late], INVALID)


def made_since(admin: Moderator, mark: int) -> dict[str, str]:
    """The links of the invitations that came since, by their names."""
    shown = [bubble.text for bubble in admin.phone.messages if bubble.changed > mark and not bubble.mine]
    found = [re.search(r"Приглашение (\S+)\. Роль: переводчик\.[^\n]*срок: 24 ч", text) for text in shown]
    return {one[1]: links_in(one.string)[0] for one in found if one is not None}


async def follow(phone: Phone, link: str, answer: str) -> None:
    """Follow a link, and be answered so."""
    await phone.follow(link)
    await phone.wait(answer)


async def test_each_role_may_what_it_is_there_for_and_a_member_comes_back_in_another(
    anna: Reporter, erlan: Moderator, aida: Moderator, people: People
) -> None:
    """By commands, menus and notices. Whoever was a moderator and is an analyst now reads no report and hears of none."""
    bota_phone = (await people.reporter(2011, "ru")).phone
    bota = await join(bota_phone, await invite(erlan, "moderator", days=3), "Bota")
    ceda = await join(
        (await people.reporter(2012, "ru")).phone, await invite(erlan, "translator", hours=1), "Ceda"
    )
    await anna.report(SIMPLE)
    ref = await new_report(bota)
    assert await bota.open(ref)
    for one, commands in (
        (erlan, {"queue", "export", "audit", "invite"}),  # nothing is published in two languages
        (bota, {"queue", "export"}),
        (ceda, set()),
    ):
        listed = {command["command"] for command in await one.phone.commands()}
        assert listed & {"queue", "export", "translate", "audit", "invite"} == commands
    for one, command, refusal in (
        (bota, "/team", FOR_ADMINISTRATORS),
        (bota, "/audit", FOR_ADMINISTRATORS),
        (ceda, "/queue", OTHER_ROLE),
        (ceda, f"/open {ref}", OTHER_ROLE),
        (ceda, "/export csv", OTHER_ROLE),
    ):
        await one.command(command)
        await one.phone.wait(refusal)
    await ceda.command("/translate")
    await ceda.phone.wait("Организация не публикует записи на нескольких языках")

    link = await invite(erlan, "analyst", days=7)
    await ask_to_revoke(erlan, "Bota")
    await erlan.press("Да, закрыть доступ")
    await bota.phone.until(lambda: not bota.phone.messages)
    await follow(bota_phone, link, INVALID)  # a link that was open could be a way back
    bota = await join(bota_phone, await invite(erlan, "analyst", days=7), "Bota")
    before = newest(bota)
    await anna.report(URGENT)
    await notice(aida, "moderator.notice.urgent")
    await bota.command(f"/open {ref}")
    await bota.phone.wait(OTHER_ROLE)
    await bota.command("/export csv")
    await bota.phone.wait(bota.word("moderator.export.empty", shared=0, counted=0))
    assert len(heard(bota, before)) == 2
    await erlan.command("/team")
    team = await erlan.phone.wait("Команда: 4")
    assert "Bota · аналитик" in team.text.splitlines()
    assert ref in refs_in("\n".join(await waiting(aida)))


async def test_access_is_closed_in_the_middle_of_an_open_card(
    anna: Reporter, erlan: Moderator, dana: Moderator, aida: Moderator, machine: Machine
) -> None:
    """In one batch with what its holder taps: nothing of that is done, the chat is cleared, the report waits, its edit is gone."""
    await anna.report(SIMPLE)
    ref = await new_report(aida)
    assert await aida.open(ref)
    card = shown_last(aida, "moderator.reject")
    acts = {button.label: button.data or "" for button in card.buttons}
    await aida.begin_edit()
    await aida.tell("title", "Почти готово")
    await ask_to_revoke(erlan, "Aida")
    stood = aida.phone.messages
    await machine.stop()
    await erlan.press("Да, закрыть доступ")
    await aida.command("/export csv")
    await aida.phone.tap_data(card.id, acts["🚫 Отклонить"], force=True)
    await machine.start()
    await erlan.phone.wait("Aida: доступ закрыт.")
    await dana.phone.wait(dana.word("moderator.notice.revoked", alias="Aida", admin="Erlan"), since=0)
    await aida.phone.until(lambda: all(one.deleted for one in stood))
    for data in acts.values():
        assert (
            await aida.answer_to(card, data)
            == "На это уже есть ответ. Посмотрите, пожалуйста, последний вопрос ниже."
        )
    assert SIMPLE.story[0] not in "".join(one.text for one in aida.phone.messages)
    assert not [one for one in aida.phone.messages if one.files]
    assert "queue" not in {one["command"] for one in await aida.phone.commands()}
    assert refs_in("\n".join(await waiting(dana))) == [ref]
    assert SIMPLE.story[0] in (await dana.open(ref) or "")
    await dana.begin_edit()
    assert "Почти готово" not in dana.phone.last.text


def shown_last(member: Moderator, key: str) -> ShownMessage:
    """The newest message with the button of this key."""
    return next(one for one in reversed(member.phone.messages) if member.word(key) in labels_on(one))


async def test_who_is_told_what_and_when(
    anna: Reporter, erlan: Moderator, aida: Moderator, people: People, machine: Machine
) -> None:
    """At half past eight in the evening Aida is asleep, Erlan wants a summary at nine and nothing of new reports, Bota and Ceda wish
    nothing. What is urgent goes to all in the end, then to administrators; a reminder to who has not looked; a group hears no content."""
    bota = await people.moderator(2011, "Bota", "ru", "moderator")
    ceda = await people.moderator(2012, "Ceda", "ru", "moderator")
    group = await with_group(erlan, machine)
    await aida.command("/settings")
    for label in ("🌙 Тихие часы", "20:00", "8:00"):
        await aida.press(label)
    await aida.phone.wait("Тихие часы: 20:00 – 8:00")
    await erlan.command("/settings")
    for label in ("📋 Сводка дня", "21:00", "☑ Сообщать о новых сообщениях"):
        await erlan.press(label)
    shown = await erlan.phone.wait(lambda bubble: "☐ Сообщать о новых сообщениях" in labels_on(bubble))
    assert "Сводка дня: в 21:00" in shown.text
    team = (aida, erlan, bota, ceda)
    before = {one: newest(one) for one in team}

    await anna.report(SIMPLE)
    calm = await new_report(bota)
    await machine.later(1)
    await anna.report(URGENT)
    urgent = await notice(bota, "moderator.notice.urgent")
    await machine.later(1)
    await machine.later(1)
    assert await bota.open(calm)
    await bota.command("/release")
    await bota.phone.wait(bota.word("moderator.released", ref=calm))
    await machine.later(10)
    await machine.later(11)
    new, alarm = f"Новое сообщение {calm}", f"🔴 Срочно: новое сообщение {urgent}"
    to_all = f"🔴 Срочное сообщение {urgent} уже 15 мин никто не открыл."
    to_admins = f"🔴🔴 Администраторам: срочное сообщение {urgent} уже 30 мин никто не открыл. Свяжитесь с командой другим каналом."
    both = "Ждут рассмотрения: 2, из них срочных: 1."
    told = {
        aida: [to_all, f"🌙 За тихие часы пришло новое.\n\n{both}"],
        erlan: ["📋 Сводка дня\n\nЖдут рассмотрения: 1, из них срочных: 0.", alarm, to_all, to_admins],
        bota: [new, alarm, to_all],
        ceda: [new, alarm, to_all, f"🔔 Есть сообщения, которых вы ещё не видели.\n\n{both}"],
    }
    for one, words in told.items():
        await one.phone.until(lambda: len(heard(one, before[one])) >= len(words))  # noqa: B023 - waited for
    for one, words in told.items():
        assert heard(one, before[one])[: len(words)] == words
    assert [len(heard(one, before[one])) - len(words) for one, words in told.items()] == [
        0,
        0,
        2,
        0,
    ]  # Bota's card, and its end
    there_is_news, urgent_news = "🔔 Жаңалық бар.", "🔴 Шұғыл жаңалық бар."
    said = [one.text for one in erlan.phone.messages_in(group) if not one.mine and one.text]
    assert [one.removesuffix(" Ботпен жеке чатыңызды ашыңыз.") for one in said] == [
        there_is_news,
        *[urgent_news] * 3,
    ]


async def with_group(admin: Moderator, machine: Machine) -> int:
    """A group of the team, which the operator has named; its id."""
    await machine.stop()
    group = await admin.phone.make_group("Команда")
    machine.settings = machine.settings.model_copy(update={"notice_chat": group})
    await machine.start()
    return group
