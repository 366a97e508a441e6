"""Command /share: an encrypted export of unpublished data, requested by one administrator and confirmed by
another.

The file is made once, when it is sent, for keys that are not on the server. The reason is deleted from the
chat where it was typed, and shown only to an administrator who opens the request.
"""

from collections.abc import Sequence

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.desk.exports import (
    PERIODS,
    capped,
    days_of,
    enqueue_manifest,
    format_choices,
    period_choices,
    tell_faulty,
)
from bot.desk.notices.chat import Post, notify_other_admins, say
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.desk.sharing.service import SharingState, WrongReason
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.publish.export import register
from bot.publish.export.making import MOST_ROWS_IN_CHAT
from bot.publish.export.request import SharedExport, offered_formats
from bot.publish.export.selection import SHARED, ExportScope, Period
from db.models import SharingRequest

MOST_SHARED = MOST_ROWS_IN_CHAT
MOST_STORIES = 2_000
"""Most rows with stories in a file. A story has up to about 20 KB, and a bot may send 50 MB."""
WHY = "moderator.sharing.why"


async def share(turn: Turn) -> None:
    """Handle /share [what] [format] [first day] [last day]. Without any, show open requests and buttons."""
    words = turn.argument.split()
    if words:
        await _begin(turn, SharedExport.read(*words))
        return
    sharing_service.require_possible(turn.unit, await people_service.admins(turn.unit))
    open_ = await sharing_service.list_open(turn.unit)
    looks = [ActButton(Key("moderator.sharing.open", {"id": row.id}), Act("mlook", row.id)) for row in open_]
    scopes = [act_button(f"moderator.sharing.scope.{scope}", "mshare", scope) for scope in SHARED]
    said = ["moderator.sharing.ask", *(["moderator.sharing.waiting"] if open_ else [])]
    turn.say(*said, rows=[[one] for one in (*scopes, *looks)])


async def scope_chosen(turn: Turn) -> None:
    scope = turn.act.first
    if scope not in SHARED:
        raise Refusal("reporter.tap.stale")
    rows = format_choices(lambda format_: Act("mshareof", scope, format_), offered_formats(turn.unit.forms))
    what = Key(f"moderator.sharing.scope.{scope}")
    turn.say(Key("moderator.sharing.period", {"what": what}), rows=rows)


async def period_chosen(turn: Turn) -> None:
    """Ask for the period, or for the reason once it is chosen."""
    format_, _, period = turn.act.second.rpartition("-")
    if period not in PERIODS:
        format_ = turn.act.second
        SharedExport.read(turn.act.first, format_)
        rows = period_choices(lambda one: Act("mshareof", turn.act.first, f"{format_}-{one}"))
        named = Key(f"moderator.export.format.{format_}")
        turn.say_in_place(Key("moderator.export.when", {"format": named}), rows=rows)
        return
    since, until = days_of(period, turn.unit.now.date())
    await _begin(turn, SharedExport.read(turn.act.first, format_, since, until))


async def _begin(turn: Turn, shared: SharedExport) -> None:
    sharing_service.require_possible(turn.unit, await people_service.admins(turn.unit))
    await _require_rows(turn, shared, most=1)
    await sharing_service.begin(turn.unit, turn.moderator, shared.spec())
    _ask_why(turn)


async def _require_rows(turn: Turn, shared: SharedExport, most: int) -> int:
    rows = await shared.number_of_rows(turn.unit, most)
    if not rows:
        sealed = await shared.number_archived(turn.unit, MOST_SHARED)
        raise Refusal("archive.shared", {"n": sealed}) if sealed else Refusal("moderator.sharing.empty")
    return rows


async def _left_out(turn: Turn, shared: SharedExport) -> Sequence[Key]:
    number = await shared.number_archived(turn.unit, MOST_SHARED)
    return [Key("archive.shared", {"n": number})] if number else []


def _ask_why(turn: Turn) -> None:
    turn.ask_reply(Key(WHY), turn.renderer.phrase(Key("moderator.sharing.why.example"), turn.language))


async def reasoned(turn: Turn) -> bool:
    """Handle a reply with the reason, or ask again for an empty one. Returns False for any other message."""
    admin = turn.chat.moderator
    if admin is None or admin.role != people_service.ADMIN or turn.replied_key((WHY,)) is None:
        return False
    row = await sharing_service.begun_by(turn.unit, admin)
    if row is None:
        return False
    turn.delete([turn.message.message_id], surely=True)
    try:
        await sharing_service.ask(turn.unit, admin, row, turn.message.text or "")
    except WrongReason as wrong:
        turn.say(Key(wrong.key, wrong.arguments))
        _ask_why(turn)
        return True
    hours = {"hours": row.expires_hour - turn.unit.hour}
    back = act_button("moderator.sharing.take_back", "mdecline", row.id)
    turn.say(Key("moderator.sharing.asked", {"id": row.id, **hours}), rows=[[back]])
    look = act_button("moderator.sharing.look", "mlook", row.id, role=ButtonRole.ONWARD)
    await notify_other_admins(turn, admin, Key("moderator.sharing.notice.asked", hours), [[look]])
    return True


async def look(turn: Turn) -> None:
    row = await sharing_service.find(turn.unit, turn.act.first, SharingState.ASKED, SharingState.CONFIRMED)
    asker, shared = await sharing_service.asker_of(turn.unit, row), SharedExport.read_spec(row.spec)
    period = shared.request.period
    days = tuple(Said(f"{day:%d.%m.%Y}" if day else "…") for day in (period.since, period.until))
    facts: dict[str, Phrase | str | int] = {
        "id": row.id,
        "alias": Said(asker.alias),
        "what": Key(f"moderator.sharing.scope.{shared.scope}"),
        "format": shared.request.format.name.upper(),
        "period": Joined(days, " – ") if period != Period() else Key("moderator.sharing.all_time"),
        "rows": capped(await shared.number_of_rows(turn.unit, MOST_SHARED + 1), MOST_SHARED),
        "reason": Said(sharing_service.reason_of(turn.unit, row) or "—"),
        "hours": row.expires_hour - turn.unit.hour,
    }
    said = Key("moderator.sharing.request", facts), f"moderator.sharing.means.{shared.scope}"
    left_out, pin = await _left_out(turn, shared), await shared.pin(turn.unit)
    turn.say(*said, *left_out, rows=_buttons(turn, row, pin), protect=True)


def _buttons(turn: Turn, row: SharingRequest, pin: str) -> list[list[ActButton]]:
    own, waits = row.asker_id == turn.moderator.id, row.state == SharingState.ASKED
    if own:
        back = [act_button("moderator.sharing.take_back", "mdecline", row.id)]
        return [back] if waits else [[_make(row)], back]
    decline = [act_button("moderator.sharing.decline", "mdecline", row.id)]
    confirm = act_button("moderator.sharing.confirm", "mconfirm", row.id, pin, role=ButtonRole.COMPLETE)
    return [[confirm], decline] if waits else [decline]


def _make(row: SharingRequest) -> ActButton:
    return act_button("moderator.sharing.make", "mmake", row.id, role=ButtonRole.ONWARD)


async def confirm(turn: Turn) -> None:
    """Confirm the request as shown, by another administrator. The requester can get the file then."""
    row = await sharing_service.find(turn.unit, turn.act.first, SharingState.ASKED)
    own = row.asker_id == turn.moderator.id
    if not own and await SharedExport.read_spec(row.spec).pin(turn.unit) != turn.act.second:
        raise Refusal("moderator.sharing.changed")
    row = await sharing_service.confirm(turn.unit, turn.moderator, turn.act.first, turn.act.second)
    asker = await sharing_service.asker_of(turn.unit, row)
    turn.drop_message()
    turn.say(Key("moderator.sharing.confirmed", {"id": row.id}))
    hours = row.expires_hour - turn.unit.hour
    told = Key("moderator.sharing.notice.confirmed", {"id": row.id, "hours": hours})
    say(Post.of(turn), asker, told, rows=[[_make(row)]])


async def decline(turn: Turn) -> None:
    """Decline a request, or take back one's own."""
    row = await sharing_service.decline(turn.unit, turn.moderator, turn.act.first)
    asker = await sharing_service.asker_of(turn.unit, row)
    turn.drop_message()
    turn.say(Key("moderator.sharing.declined", {"id": row.id}))
    if asker.id != turn.moderator.id:
        say(Post.of(turn), asker, Key("moderator.sharing.notice.declined", {"id": row.id}))


async def make(turn: Turn) -> None:
    """Enqueue the encrypted file for the requester, once."""
    row = await sharing_service.find(turn.unit, turn.act.first, SharingState.CONFIRMED)
    sharing_service.require_possible(turn.unit, await people_service.admins(turn.unit))
    shared = SharedExport.read_spec(row.spec)
    most = MOST_STORIES if shared.scope is ExportScope.STORIES else MOST_SHARED
    rows = await _require_rows(turn, shared, most + 1)
    if rows > most:
        raise Refusal("moderator.sharing.too_large", {"rows": capped(rows, most), "id": row.id})
    await sharing_service.begin_making(turn.unit, turn.moderator, row.id, await shared.pin(turn.unit))
    made = await register.begin(turn.unit, turn.moderator.alias, shared.request, shared.scope)
    await tell_faulty(turn, shared.request.period, told=shared.scope.tells)
    for line in await _left_out(turn, shared):
        turn.say(line)
    turn.drop_message()
    untaken = turn.renderer.phrase(Key("moderator.sharing.untaken", {"id": row.id}), turn.language)
    attach = {
        "document": f"shared:{row.id}:{made.number}:{turn.language}:{row.spec}",
        "caption": f"sharedrows:{made.number}:{turn.language}",
    }
    turn.call("sendDocument", {"chat_id": turn.chat.id}, attach=attach, otherwise=untaken)
    enqueue_manifest(turn, made)
