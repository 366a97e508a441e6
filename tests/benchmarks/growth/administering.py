"""Acts of an administrator."""

import random
from datetime import timedelta

from bot.chat.buttons import Act, encode
from bot.desk.sharing import chat as sharing_chat
from tests.benchmarks.growth.people import People, Took
from tests.benchmarks.growth.rows import EVENT_DAYS_AGO


async def members(people: People) -> Took:
    """Who is in the team."""
    return await people.ask("/team", shows="mmember")


async def member(people: People) -> Took:
    """One of the team, who holds reports."""
    await members(people)
    ids = [data.split(".")[1] for data in people.buttons() if data.startswith("ammember.")]
    return await people.administer("mmember", random.choice(ids), shows="mrevoke")


async def roles(people: People) -> Took:
    """In which role somebody may be invited."""
    return await people.ask("/invite", shows="minvite")


async def invite(people: People) -> Took:
    """A link for somebody, which is made void untimed."""
    took = await people.ask("/invite moderator 24", shows="mvoid")
    await people.administer("mvoidall")
    return took


async def settings(people: People) -> Took:
    """What they are told of."""
    return await people.ask("/settings", shows="mquiet")


async def audit(people: People) -> Took:
    """The newest acts."""
    return await people.ask("/audit", shows="maudit")


async def older_audit(people: People) -> Took:
    """The page before."""
    await audit(people)
    older = [data.split(".")[1:] for data in people.buttons() if data.startswith("amaudit.all.b")]
    return await people.administer("maudit", *older[0], shows="maudit")


async def audit_of_report(people: People) -> Took:
    """The acts about a report."""
    return await people.ask(f"/audit {random.choice(people.waiting)}", shows="maudit")


async def audit_of_person(people: People) -> Took:
    """The acts of somebody of the past, who did nearly all."""
    return await people.ask("/audit Aspan", shows="maudit")


async def exports(people: People) -> Took:
    """What can be exported."""
    return await people.ask("/export", shows="mexset")


async def update(people: People) -> Took:
    """Of which months a country update can be made."""
    return await people.ask("/country_update", shows="mupdate")


async def shares(people: People) -> Took:
    """What can be shared."""
    with people.set(export_recipients=("age1made-up",)):
        return await people.ask("/share", shows="mshare")


SHARED_DAYS = 3
"""Those on which the reports of the event were approved: in each database there are some to share, and in the largest no more than a chat
takes."""


async def share_begun(people: People) -> Took:
    """What trusted organisations may have of three days; the reason is asked for."""
    since = (people.bench.now - timedelta(days=EVENT_DAYS_AGO)).date()
    until = since + timedelta(days=SHARED_DAYS)
    with people.set(export_recipients=("age1made-up",)):
        return await people.ask(f"/share trusted csv {since} {until}")


async def _asked(people: People) -> tuple[str, Took]:
    """A request, and what it took to ask the other administrator."""
    await share_begun(people)
    question = people.chats.renderer.texts.text("en", sharing_chat.WHY)
    took = await people.reply("For our partner at the UN", question, shows="mlook")
    (number,) = {data.split(".")[1] for data in people.buttons() if data.startswith("amlook.")}
    return number, took


async def _taken_back(people: People, number: str) -> None:
    await people.administer("mdecline", number)


async def share_asked(people: People) -> Took:
    """The other administrator is asked."""
    number, took = await _asked(people)
    await _taken_back(people, number)
    return took


async def share_looked(people: People) -> Took:
    """The other administrator looks at it."""
    number, _ = await _asked(people)
    took = await people.administer("mlook", number, by=people.second_admin, shows="mconfirm")
    await _taken_back(people, number)
    return took


async def share_made(people: People) -> Took:
    """Whoever asked gets the file, which the other one has confirmed."""
    number, _ = await _asked(people)
    await people.administer("mlook", number, by=people.second_admin, shows="mconfirm")
    (pin,) = {data.split(".")[2] for data in people.buttons() if data.startswith("amconfirm.")}
    await people.administer("mconfirm", number, pin, by=people.second_admin)
    with people.set(export_recipients=("age1made-up",)):
        took = await people.tap(people.admin, encode(Act("mmake", number)))
    assert any(call.method == "sendDocument" for call in people.calls), people.calls
    return took


async def translations(people: People) -> Took:
    """What is public and lacks a language."""
    with people.set(published_languages=("kk", "en")):
        return await people.ask("/translate", shows="mtranslate")


async def blocks(people: People) -> Took:
    """Whose reports are not taken."""
    return await people.ask("/blocks")
