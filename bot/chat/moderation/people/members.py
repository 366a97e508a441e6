"""Commands /team and /revoke: members with their roles and held reports, and the end of their access."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.chat.notices.team.to_moderators import notify_admins
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.services.desk import claims
from bot.services.desk.people import invitations, team
from bot.services.unit import SECONDS_AN_HOUR
from db.models import Moderator

MOST_LISTED, MOST_HELD = 40, 10


async def list_(turn: Turn) -> None:
    known = await team.list_moderators(turn.unit)
    active = [one for one in known if one.active]
    held = await claims.held_counts(turn.unit)
    lines: list[Phrase] = [Key("moderator.team", {"n": len(active)})]
    lines += [_line(one, held.get(one.id, 0)) for one in active[:MOST_LISTED]]
    said: list[Phrase] = [Joined(tuple(lines), "\n")]
    if gone := [Said(one.alias) for one in known if not one.active][:MOST_LISTED]:
        said.append(Key("moderator.team.revoked", {"aliases": Joined(tuple(gone))}))
    open_ = len(await invitations.list_open(turn.unit))
    turn.answer_tap()
    turn.say(*said, rows=[*_members(active[:MOST_LISTED], "mmember"), *_inviting(open_)])


def _line(one: Moderator, held: int) -> Phrase:
    facts: tuple[Phrase, ...] = (Said(one.alias), Key(f"moderator.role.{one.role}"))
    return Joined((*facts, *((Key("moderator.team.holds", {"n": held}),) if held else ())), " · ")


def _members(members: Sequence[Moderator], verb: str) -> list[list[ActButton]]:
    buttons = [ActButton(Said(one.alias), Act(verb, one.id)) for one in members]
    return [buttons[place : place + 2] for place in range(0, len(buttons), 2)]


def _inviting(open_: int) -> list[list[ActButton]]:
    listed = ActButton(Key("moderator.invite.open", {"n": open_}), Act("minvites"))
    return [
        [act_button("moderator.invite", "minvite", role=ButtonRole.ONWARD)],
        *([[listed]] if open_ else []),
    ]


async def show(turn: Turn) -> None:
    one = await team.member(turn.unit, turn.act.first)
    held = await claims.held_by(turn.unit, one)
    since = datetime.fromtimestamp(one.hour * SECONDS_AN_HOUR, UTC).date().isoformat()
    said: list[Phrase] = [_line(one, len(held)), Key("moderator.team.since", {"day": since})]
    if held:
        refs = tuple(Said(report.ref) for report in held[:MOST_HELD])
        said.append(Key("moderator.team.held", {"refs": Joined(refs)}))
    close = act_button("moderator.revoke", "mrevoke", one.id, role=ButtonRole.DESTROY)
    turn.answer_tap()
    turn.say(Joined(tuple(said), "\n"), rows=[[close], [act_button("moderator.team.back", "mteam")]])


async def revoke(turn: Turn) -> None:
    """Ask to confirm the revocation of an alias, or offer the members."""
    if turn.argument:
        await _ask(turn, await team.find(turn.unit, turn.argument))
        return
    active = await team.list_moderators(turn.unit, active=True)
    turn.say("moderator.revoke.whose", rows=_members(active[:MOST_LISTED], "mrevoke"))


async def ask(turn: Turn) -> None:
    await _ask(turn, await team.member(turn.unit, turn.act.first))
    turn.answer_tap()


async def _ask(turn: Turn, one: Moderator) -> None:
    sure = act_button("moderator.revoke.sure", "mrevokeyes", one.id, role=ButtonRole.DESTROY)
    keep = act_button("moderator.keep", "mkeep")
    open_ = len(await invitations.list_open(turn.unit))
    said = Key("moderator.revoke.ask", {"alias": one.alias, "role": Key(f"moderator.role.{one.role}")})
    also = [Key("moderator.revoke.invitations", {"n": open_})] if open_ else []
    turn.say(said, *also, rows=[[sure], [keep]])


async def revoke_surely(turn: Turn) -> None:
    one = await team.member(turn.unit, turn.act.first)
    own = one.id == turn.moderator.id
    await team.revoke(turn.unit, one.alias, turn.moderator.alias)
    others = [other for other in await team.admins(turn.unit) if other.id != turn.moderator.id]
    facts = {"alias": one.alias, "admin": turn.moderator.alias}
    notify_admins(turn, others, Key("moderator.notice.revoked", facts))
    turn.answer_tap()
    if not own:  # the own chat is cleared, so it gets no answer
        turn.drop_buttons()
        hours = turn.unit.settings.message_hours
        turn.say(Key("moderator.revoke.done", {"alias": one.alias, "hours": hours}))
