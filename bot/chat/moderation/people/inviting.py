"""Command /invite: links that admit one person each to the team within some hours."""

from collections.abc import Sequence

from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import WrongArgument
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.services.desk.people import invitations, team
from bot.services.desk.people.invitations import MOST_AT_ONCE, MOST_HOURS
from bot.services.unit import HOURS_A_DAY
from db.models import Invite

HOURS = (1, 24, 72, 168)
MOST_LISTED = 20


async def invite(turn: Turn) -> None:
    """Handle /invite [role] [hours] [number]. Missing role or hours are asked by buttons; the number is 1 by
    default."""
    words = turn.argument.split()
    role = _role(turn, words[0]) if words else ""
    if len(words) < 2:
        _ask(turn, role)
        return
    hours = _number(words[1], MOST_HOURS)
    number = _number(words[2], MOST_AT_ONCE) if len(words) > 2 else 1
    for _ in range(number):
        await _make(turn, role, hours)


async def chosen(turn: Turn) -> None:
    role, hours = turn.act.first, turn.act.second
    if role:
        _role(turn, role)
    if hours:
        await _make(turn, role, _number(hours, MOST_HOURS))
    else:
        _ask(turn, role)
    turn.answer_tap()


def _ask(turn: Turn, role: str) -> None:
    if not role:
        rows = [[act_button(f"moderator.role.{one}", "minvite", one)] for one in team.ROLES]
        may = Joined(tuple(Key(f"moderator.invite.may.{one}") for one in team.ROLES), "\n")
        turn.say("moderator.invite.role", may, rows=rows)
        return
    good = [ActButton(_time(one), Act("minvite", role, str(one))) for one in HOURS]
    said = Key("moderator.invite.how_long", {"role": Key(f"moderator.role.{role}")})
    turn.say(said, rows=[good[:2], good[2:]])


def _time(hours: int) -> Phrase:
    if hours > HOURS_A_DAY:
        return Key("moderator.invite.days", {"n": hours // HOURS_A_DAY})
    return Key("moderator.invite.hours", {"n": hours})


async def _make(turn: Turn, role: str, hours: int) -> None:
    """Make an invitation and show its link, which is deleted from the chat like any message."""
    token = await team.invite(turn.unit, role, turn.moderator.alias, hours)
    name = invitations.name_of(Invite(token_hash=team.hash_of(turn.unit, token)))
    facts: dict[str, Phrase | str | int] = {
        "role": Key(f"moderator.role.{role}"),
        "time": _time(hours),
        "name": name,
    }
    rows = [
        [act_button("moderator.invite.again", "minvite", role, str(hours), role=ButtonRole.ONWARD)],
        [act_button("moderator.invite.void", "mvoid", name)],
    ]
    turn.say(Key("moderator.invite.made", facts), Said(invitations.link(turn.username, token)), rows=rows)


async def list_(turn: Turn) -> None:
    """List the open invitations, first to expire first, with buttons that revoke them."""
    open_ = await invitations.list_open(turn.unit)
    turn.answer_tap()
    if not open_:
        turn.say("moderator.invite.none")
        return
    shown = open_[:MOST_LISTED]
    rows = [
        [ActButton(Key("moderator.invite.void_one", {"name": name}), Act("mvoid", name))]
        for name in _names(shown)
    ]
    everything = [[act_button("moderator.invite.void_all", "mvoidall", role=ButtonRole.DESTROY)]]
    lines = [Key("moderator.invite.open", {"n": len(open_)}), *(_line(turn, one) for one in shown)]
    turn.say(Joined(tuple(lines), "\n"), rows=[*rows, *(everything if len(open_) > 1 else [])])


def _names(open_: Sequence[Invite]) -> list[str]:
    return [invitations.name_of(one) for one in open_]


def _line(turn: Turn, one: Invite) -> Key:
    facts: dict[str, Phrase | str | int] = {
        "name": invitations.name_of(one),
        "role": Key(f"moderator.role.{one.role}"),
        "n": one.expires_hour - turn.unit.hour,
    }
    return Key("moderator.invite.opened" if one.chat_hash else "moderator.invite.unopened", facts)


async def void(turn: Turn) -> None:
    await invitations.void(turn.unit, turn.act.first, turn.moderator.alias)
    turn.answer_tap()
    turn.drop_buttons()
    turn.say(Key("moderator.invite.voided", {"n": 1}))


async def void_all(turn: Turn) -> None:
    number = await invitations.void_all(turn.unit, turn.moderator.alias)
    turn.answer_tap()
    turn.drop_buttons()
    turn.say(Key("moderator.invite.voided", {"n": number}))


def _role(turn: Turn, typed: str) -> str:
    for role in team.ROLES:
        if typed.casefold() in {
            role,
            turn.renderer.phrase(Key(f"moderator.role.{role}"), turn.language).casefold(),
        }:
            return role
    raise WrongArgument("moderator.invite.what")


def _number(typed: str, most: int) -> int:
    if typed.isdecimal() and len(typed) < 6 and 1 <= int(typed) <= most:
        return int(typed)
    raise WrongArgument("moderator.invite.number", {"hours": MOST_HOURS, "number": MOST_AT_ONCE})
