"""What people do, by the names of the commands and buttons: every command of the desk but statistics and verification."""

from collections.abc import Awaitable, Callable, Mapping

from bot.form.events import Toggle
from tests.benchmarks.growth import administering, card, deciding, lists
from tests.benchmarks.growth.people import People, Took


async def answer(people: People) -> Took:
    """The reporter ticks a choice, or takes it back."""
    people.toggled = not people.toggled
    return await people.tap(people.reporter, await people.data(Toggle(0, on=people.toggled)))


async def status(people: People) -> Took:
    """Somebody asks where a report stands."""
    async with people.bench.write() as unit:
        receipt = await people.bench.submit(unit)
        receipt.report.announced = True
    return await people.say(people.reporter + 1, f"/status {receipt.code}")


ACTS: Mapping[str, Callable[[People], Awaitable[Took]]] = {
    "answer": answer,
    "/queue": lists.queue,
    "/queue, a page": lists.page,
    "/queue, narrowed": lists.narrowed,
    "/queue, filter": lists.menu,
    "/queue, regions": lists.regions,
    "/mine": lists.mine,
    "/approved": lists.approved,
    "/search": lists.ways_to_search,
    "/search by facets": lists.search,
    "/search, urgent": lists.urgent,
    "/search by days": lists.dated,
    "/search by words": lists.words,
    "/menu": lists.bots_menu,
    "/next": card.next_,
    "/open": card.open_,
    "/release": card.released,
    "card": card.again,
    "card, notes": card.notes,
    "card, a check": card.checked,
    "card, note asked": card.note_asked,
    "card, similar": card.similar,
    "card, history": card.history,
    "card, more": card.more,
    "card, photos": card.files,
    "card, a file": card.file,
    "card, a file alone": card.file_alone,
    "/ask": card.questions,
    "/ask, asked": deciding.asked,
    "set aside": deciding.aside,
    "/edit": card.edit,
    "/approve": deciding.preview,
    "approve": deciding.approve,
    "/reject": deciding.reject_asked,
    "reject": deciding.reject,
    "reopen": deciding.reopen,
    "duplicate?": deciding.duplicate_asked,
    "duplicate": deciding.duplicate,
    "correct": deciding.correct,
    "join?": deciding.join_asked,
    "join": deciding.join,
    "leave": deciding.leave,
    "relate": deciding.relate,
    "/incidents": lists.incidents,
    "/incidents, a page": lists.older_incidents,
    "incident": lists.incident,
    "/team": administering.members,
    "/team, a member": administering.member,
    "/invite": administering.roles,
    "/invite, a link": administering.invite,
    "/settings": administering.settings,
    "/audit": administering.audit,
    "/audit, a page": administering.older_audit,
    "/audit of a report": administering.audit_of_report,
    "/audit of a person": administering.audit_of_person,
    "/export": administering.exports,
    "/country_update": administering.update,
    "/share": administering.shares,
    "/share of days": administering.share_begun,
    "share, asked": administering.share_asked,
    "share, looked at": administering.share_looked,
    "share, made": administering.share_made,
    "/translate": administering.translations,
    "/blocks": administering.blocks,
    "/status": status,
    "/export of a month": lists.export,
    "/export of all": lists.export_all,
}
SELDOM = frozenset({"/search by words", "/export of a month", "/export of all"})
"""Acts that are done once a round."""
