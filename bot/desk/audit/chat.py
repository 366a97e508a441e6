"""/audit in a chat: pages of acts by report or person, and /audit verify. The history of exports."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, act_button
from bot.chat.turn import Turn
from bot.desk.audit import service as audit_service
from bot.desk.audit.service import EVERYTHING, AuditPage, EntriesAsked, EntryView, of_person
from bot.desk.notices.chat import named
from bot.desk.people import service as people_service
from bot.desk.references import in_rows
from bot.errors import Refusal
from bot.form.kinds.calendar import date_phrase
from bot.form.screen import Joined, Key, Phrase, Said
from bot.publish.export import register
from bot.reports.links import ExportState
from bot.store import audit
from bot.store.audit import AuditCheck, read_head
from bot.store.unit import SECONDS_AN_HOUR, MakeUnit, Role, UnitOfWork
from bot.transport.call import Opener
from db.models import AuditEntry, Export


def by_day(entries: Sequence[AuditEntry], zone: ZoneInfo) -> Iterator[Phrase]:
    for day, some in groupby(entries, lambda entry: _time(entry, zone).date()):
        yield Joined((date_phrase(day.isoformat()), *(_line(entry, zone) for entry in some)), "\n")


def _time(entry: AuditEntry, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(entry.hour * SECONDS_AN_HOUR, UTC).astimezone(zone)


def _line(entry: AuditEntry, zone: ZoneInfo) -> Phrase:
    about = (Said(entry.subject) if entry.subject else None, audit_service.detail(entry))
    what = Joined((audit_service.act(entry), *(one for one in about if one is not None)), " · ")
    time, who = f"{_time(entry, zone):%H:%M}", audit_service.actor(entry)
    return Key("moderator.audit.line", {"time": time, "actor": who, "act": what})


async def enqueue_check(turn: Turn, typed: str = "") -> None:
    """Enqueue a check of the log. `typed` is a head from an earlier notice. Raises Refusal if it is invalid."""
    try:
        head = read_head(typed) if typed.strip() else None
    except ValueError:
        raise Refusal("moderator.audit.how") from None
    await audit.record(turn.unit, turn.moderator.alias, "verify", "")
    params = turn.renderer.message(turn.language, []).params()
    made = {"text": f"verified:{turn.language}:{head or ''}"}
    turn.call("sendMessage", {"chat_id": turn.chat.id, **params}, attach=made)


async def check_tapped(turn: Turn) -> None:
    turn.answer_tap("moderator.audit.checking")
    await enqueue_check(turn)


def audit_openers(read: MakeUnit, renderer: Renderer) -> Mapping[str, Opener]:
    """Opener of `verified:<language>:<head or nothing>` as HTML."""

    async def open_check(spec: str) -> str:
        language, _, head = spec.partition(":")
        async with read() as unit:
            found = await audit.check_log(unit, read_head(head) if head else None)
        return renderer.message(language, list(_told(found))).html

    return {"verified": open_check}


def _told(found: AuditCheck) -> Iterator[Phrase]:
    if found.is_whole:
        yield Key("moderator.audit.whole", {"number": found.head.number, "head": found.head.short()})
        return
    if found.broken_at is not None:
        yield Key("moderator.audit.broken", {"number": found.broken_at})
    for cut in found.cuts:
        since = "moderator.audit.cut_since_told" if cut.told else "moderator.audit.cut_since_kept"
        yield Key(since, {"number": cut.lost, "head": cut.head.short()})
    if found.unread:
        yield Key("moderator.audit.unread")
    if found.gone:
        yield Key("moderator.audit.head_gone")
    yield Key("moderator.audit.tell_operator")


_BELOW, _ABOVE = "b", "a"
MOST_PEOPLE = 40
_ALL = [act_button("moderator.audit.all", "maudit", EVERYTHING.code)]


async def audit_(turn: Turn) -> None:
    """Handle /audit with a reference or an alias, or with `verify` and an optional head."""
    words = turn.argument
    first, _, head = words.partition(" ")
    if first.lower() == "verify":
        await enqueue_check(turn, head)
        return
    view = await audit_service.typed(turn.unit, words) if words else EVERYTHING
    if view is None:
        raise Refusal("moderator.audit.how")
    await _show(turn, view, await audit_service.page(turn.unit, view))


async def page(turn: Turn) -> None:
    view = await audit_service.read(turn.unit, turn.act.first)
    side, number = turn.act.second[:1], turn.act.second[1:]
    if view is None or (number and not number.isdecimal()):
        raise Refusal("reporter.tap.stale")
    below, above = (int(number) if number and side == one else None for one in (_BELOW, _ABOVE))
    turn.drop_message()
    await _show(turn, view, await audit_service.page(turn.unit, view, below=below, above=above))


async def people(turn: Turn) -> None:
    """Offer all moderators, also revoked ones, in place of the tapped message."""
    found = await people_service.list_moderators(turn.unit)
    buttons = [ActButton(Said(one.alias), Act("maudit", of_person(one).code)) for one in found[:MOST_PEOPLE]]
    turn.drop_message()
    turn.say("moderator.audit.whose", rows=[*in_rows(buttons), _ALL])


async def _show(turn: Turn, view: EntryView, found: AuditPage) -> None:
    shown = "" if not found.entries else f"{found.entries[-1].id}-{found.entries[0].id}"
    subject = view.name if view.about is not EntriesAsked.ALL else ""
    title = Key(f"moderator.audit.title.{view.about}", {"name": view.name})
    body = by_day(found.entries, turn.unit.settings.zone)
    turn.say(title, *body, rows=list(_rows(view, found)), protect=True)
    await audit.record(turn.unit, turn.moderator.alias, "audit", subject, shown)


def _rows(view: EntryView, found: AuditPage) -> Iterator[list[ActButton]]:
    turns = []
    if found.newer is not None:
        turns.append(act_button("moderator.audit.newer", "maudit", view.code, f"{_ABOVE}{found.newer}"))
    if found.older is not None:
        turns.append(act_button("moderator.audit.older", "maudit", view.code, f"{_BELOW}{found.older}"))
    if turns:
        yield turns
    yield [act_button("moderator.audit.by", "mauditby"), act_button("moderator.audit.verify", "mverify")]
    if view.about is not EntriesAsked.ALL:
        yield _ALL


EXPORTS = "history"
"""Word after /export that lists exports."""
_A_PAGE = 10


async def list_exports(turn: Turn) -> None:
    """Show a page of exports in place of the tapped message. Raises Refusal unless to an administrator."""
    if turn.moderator.role != Role.ADMIN:
        raise Refusal("moderator.admins_only")
    below = turn.act.first if turn.tapped_message_id is not None else ""
    is_valid = not below or below.isdecimal()
    found = await register.newest(turn.unit, _A_PAGE + 1, int(below) if below else None) if is_valid else ()
    if below and not found:
        raise Refusal("reporter.tap.stale")
    await audit.record(turn.unit, turn.moderator.alias, "export", "", EXPORTS)
    if not found:
        turn.say_in_place("moderator.export.history.none")
        return
    shown, rows = tuple(_export_line(turn.unit, row) for row in found[:_A_PAGE]), []
    if len(found) > _A_PAGE:
        rows = [[act_button("moderator.export.history.older", "mexlist", str(found[_A_PAGE - 1].number))]]
    turn.say_in_place("moderator.export.history", Joined(shown, "\n\n"), rows=rows)


def _export_line(unit: UnitOfWork, row: Export) -> Phrase:
    came = Key("moderator.export.history.begun")
    if row.state == ExportState.MADE:
        came = Key("moderator.export.history.rows", {"rows": row.rows})
    elif row.state == ExportState.BROKEN:
        came = Key("moderator.export.history.broken")
    return Joined((named(unit, row), came), "\n")
