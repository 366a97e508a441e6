"""/team, /revoke, /invite, /blocks and /settings in a chat, and enrolment by an invitation."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bot.chat import menu
from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, ActButtons, act_button
from bot.chat.turn import Turn
from bot.desk.notices import service as notices_service
from bot.desk.notices.chat import Post, notify_other_admins, tell_group
from bot.desk.notices.service import NoticeKind, Preferences
from bot.desk.people import service as people_service
from bot.desk.people.service import MOST_AT_ONCE, MOST_HOURS
from bot.desk.references import KEEP, box, in_rows
from bot.errors import Refusal, WrongArgument
from bot.form.kinds.calendar import date_phrase
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said
from bot.languages import name_of
from bot.reports import claims
from bot.reports.filling import endings
from bot.safety.pseudonym import has_spelled_code
from bot.store import sent_messages
from bot.store.unit import HOURS_A_DAY, SECONDS_AN_HOUR, is_reviewer
from db.models import Invite, Moderator

MOST_MEMBERS, MOST_HELD = 40, 10


async def list_members(turn: Turn) -> None:
    known = await people_service.list_moderators(turn.unit)
    active = [one for one in known if one.active]
    held = await claims.held_counts(turn.unit)
    lines: list[Phrase] = [Key("moderator.team", {"n": len(active)})]
    lines += [_line(one, held.get(one.id, 0)) for one in active[:MOST_MEMBERS]]
    said: list[Phrase] = [Joined(tuple(lines), "\n")]
    if gone := [Said(one.alias) for one in known if not one.active][:MOST_MEMBERS]:
        said.append(Key("moderator.team.revoked", {"aliases": Joined(tuple(gone))}))
    rows = _members(active, "mmember")
    rows.append([act_button("moderator.invite", "minvite", role=ButtonRole.ONWARD)])
    if open_ := len(await people_service.list_open_invitations(turn.unit)):
        rows.append([ActButton(Key("moderator.invite.open", {"n": open_}), Act("minvites"))])
    turn.say(*said, rows=rows)


def _line(one: Moderator, held: int) -> Phrase:
    holds = [Key("moderator.team.holds", {"n": held})] if held else []
    return Joined((Said(one.alias), _role_phrase(one.role), *holds), " · ")


def _role_phrase(role: str) -> Key:
    return Key(f"moderator.role.{role}")


def _members(members: Sequence[Moderator], verb: str) -> list[list[ActButton]]:
    return in_rows([ActButton(Said(one.alias), Act(verb, one.id)) for one in members[:MOST_MEMBERS]])


async def show(turn: Turn) -> None:
    one = await people_service.member(turn.unit, turn.act.first)
    held = await claims.held_by(turn.unit, one)
    since = date_phrase(datetime.fromtimestamp(one.hour * SECONDS_AN_HOUR, UTC).date().isoformat())
    said: list[Phrase] = [_line(one, len(held)), Key("moderator.team.since", {"day": since})]
    if held:
        refs = tuple(Said(report.ref) for report in held[:MOST_HELD])
        said.append(Key("moderator.team.held", {"refs": Joined(refs)}))
    close = act_button("moderator.revoke", "mrevoke", one.id, role=ButtonRole.DESTROY)
    turn.say(Joined(tuple(said), "\n"), rows=[[close], [act_button("moderator.team.back", "mteam")]])


async def revoke(turn: Turn) -> None:
    """Ask to confirm the revocation of the tapped or typed member, or offer the members."""
    if turn.act.first:
        one = await people_service.member(turn.unit, turn.act.first)
    elif turn.argument:
        one = await people_service.find(turn.unit, turn.argument)
    else:
        active = await people_service.list_moderators(turn.unit, active=True)
        turn.say("moderator.revoke.whose", rows=_members(active, "mrevoke"))
        return
    sure = act_button("moderator.revoke.sure", "mrevokeyes", one.id, role=ButtonRole.DESTROY)
    open_ = len(await people_service.list_open_invitations(turn.unit))
    said = Key("moderator.revoke.ask", {"alias": one.alias, "role": _role_phrase(one.role)})
    also = [Key("moderator.revoke.invitations", {"n": open_})] if open_ else []
    turn.say(said, *also, rows=[[sure], [KEEP]])


async def revoke_surely(turn: Turn) -> None:
    one = await people_service.member(turn.unit, turn.act.first)
    own = one.id == turn.moderator.id
    await people_service.revoke(turn.unit, one.alias, turn.moderator.alias)
    facts = {"alias": one.alias, "admin": turn.moderator.alias}
    await notify_other_admins(turn, turn.moderator, Key("moderator.notice.revoked", facts))
    if not own:  # the own chat is cleared, so it gets no answer
        turn.drop_buttons()
        turn.say(Key("moderator.revoke.done", {"alias": one.alias, "hours": sent_messages.MESSAGE_HOURS}))


HOURS = (1, 24, 72, 168)
MOST_INVITATIONS = 20


async def invite(turn: Turn) -> None:
    """Handle /invite [role] [hours] [number]. Missing role or hours are asked by buttons."""
    words = turn.argument.split()
    role = _role(turn, words[0]) if words else ""
    if len(words) < 2:
        _ask_whom_to_invite(turn, role)
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
        _ask_whom_to_invite(turn, role)


def _ask_whom_to_invite(turn: Turn, role: str) -> None:
    if not role:
        rows = [[act_button(f"moderator.role.{one}", "minvite", one)] for one in people_service.ROLES]
        may = Joined(tuple(Key(f"moderator.invite.may.{one}") for one in people_service.ROLES), "\n")
        turn.say("moderator.invite.role", may, rows=rows)
        return
    rows = in_rows([ActButton(_time(one), Act("minvite", role, str(one))) for one in HOURS])
    turn.say(Key("moderator.invite.how_long", {"role": _role_phrase(role)}), rows=rows)


def _time(hours: int) -> Phrase:
    if hours > HOURS_A_DAY:
        return Key("moderator.invite.days", {"n": hours // HOURS_A_DAY})
    return Key("moderator.invite.hours", {"n": hours})


async def _make(turn: Turn, role: str, hours: int) -> None:
    token = await people_service.invite(turn.unit, role, turn.moderator.alias, hours)
    name = people_service.invitation_name(Invite(token_hash=people_service.hash_of(turn.unit, token)))
    made = Key("moderator.invite.made", {"role": _role_phrase(role), "time": _time(hours), "name": name})
    again = act_button("moderator.invite.again", "minvite", role, str(hours), role=ButtonRole.ONWARD)
    rows = [[again], [act_button("moderator.invite.void", "mvoid", name)]]
    turn.say(made, Said(people_service.link(turn.username, token)), rows=rows)


async def list_invitations(turn: Turn) -> None:
    """List the open invitations, first to expire first, with buttons that revoke them."""
    open_ = await people_service.list_open_invitations(turn.unit)
    if not open_:
        turn.say("moderator.invite.none")
        return
    lines, rows = [Key("moderator.invite.open", {"n": len(open_)})], []
    for one in open_[:MOST_INVITATIONS]:
        name, left = people_service.invitation_name(one), one.expires_hour - turn.unit.hour
        key = "moderator.invite.opened" if one.chat_hash else "moderator.invite.unopened"
        lines.append(Key(key, {"name": name, "role": _role_phrase(one.role), "n": left}))
        rows.append([ActButton(Key("moderator.invite.void_one", {"name": name}), Act("mvoid", name))])
    if len(open_) > 1:
        rows.append([act_button("moderator.invite.void_all", "mvoidall", role=ButtonRole.DESTROY)])
    turn.say(Joined(tuple(lines), "\n"), rows=rows)


async def void_invitation(turn: Turn) -> None:
    await people_service.void_invitation(turn.unit, turn.act.first, turn.moderator.alias)
    _ended(turn, "moderator.invite.voided", 1)


async def void_all_invitations(turn: Turn) -> None:
    number = await people_service.void_all_invitations(turn.unit, turn.moderator.alias)
    _ended(turn, "moderator.invite.voided", number)


def _ended(turn: Turn, key: str, number: int) -> None:
    turn.drop_buttons()
    turn.say(Key(key, {"n": number}))


def _role(turn: Turn, typed: str) -> str:
    for role in people_service.ROLES:
        named = turn.renderer.phrase(_role_phrase(role), turn.language)
        if typed.casefold() in {role, named.casefold()}:
            return role
    raise WrongArgument("moderator.invite.what")


def _number(typed: str, most: int) -> int:
    if typed.isdecimal() and len(typed) < 6 and 1 <= int(typed) <= most:
        return int(typed)
    raise WrongArgument("moderator.invite.number", {"hours": MOST_HOURS, "number": MOST_AT_ONCE})


async def open_invite(turn: Turn) -> bool:
    """Ask for an alias if /start has a valid token. Returns False for any other, after saying so of an invalid one."""
    token = turn.argument
    if not people_service.is_token(token):
        return False
    if turn.chat.moderator is None:
        if await people_service.good_invitation(turn.unit, token, turn.chat.hash) is None:
            turn.say("moderator.invite.unknown")
            return False
        open_draft = turn.chat.open_draft
        if open_draft is not None and (open_draft.agrees or open_draft.held):
            raise Refusal("moderator.invite.draft_open")
        await endings.wipe(turn)
    await people_service.open_invite(turn.unit, token, turn.chat.hash)
    turn.say("moderator.invite.welcome", "moderator.alias.ask")
    return True


async def enrol(turn: Turn) -> bool:
    """Handle a text as the requested alias. Returns False if none was. Raises Refusal for a bad one."""
    if not await people_service.enrolling(turn.unit, [turn.chat.hash]):
        return False
    alias, language = turn.message.text or "", turn.language
    if has_spelled_code(alias):  # a receipt code opens a report, and the audit log would hold it
        turn.delete([turn.message.message_id], surely=True)
        raise Refusal("moderator.alias.bad")
    if people_service.shape(alias) in _own_names(turn):
        raise Refusal("moderator.alias.own_name")
    turn.chat.moderator = await people_service.enrol(turn.unit, turn.chat.hash, turn.chat.id, alias, language)
    await sent_messages.hasten(turn.unit, turn.chat.hash)  # delete the invitation and the typed alias soon
    await turn.show_menu()
    member = turn.chat.moderator
    facts: dict[str, Phrase | str | int] = {"alias": Said(member.alias), "role": _role_phrase(member.role)}
    await notify_other_admins(turn, member, Key("moderator.notice.enrolled", facts))
    said, rows = _safety(turn, 1) if is_reviewer(member) else await menu.menu_of(turn)
    turn.say(Key("moderator.enrolled", facts), said, rows=rows)
    return True


CARDS = 5
"""Cards of safety, the texts `moderator.safety.<number>` of two lines each, with which the guide begins too."""
_START = act_button("practice.start", "mpractice", role=ButtonRole.ONWARD)
_LAST = [[_START], [act_button("menu.open", "mmenu")]]


async def show_safety(turn: Turn) -> None:
    """Show the next card of safety in place of the one before."""
    said, rows = _safety(turn, int(turn.act.first) if turn.act.first in map(str, range(1, CARDS + 1)) else 1)
    turn.say_in_place(said, rows=rows)


def _safety(turn: Turn, number: int) -> tuple[Phrase, list[list[ActButton]]]:
    one = turn.unit.settings
    times = {"idle": one.idle_minutes, "most": one.shown_minutes, "undo": one.undo_minutes}
    name = f"moderator.safety.{number}{'' if one.undo_minutes or number < CARDS else '.at_once'}"
    card = Key("moderator.safety", {"n": number, "of": CARDS}), Key(name, times)
    onward = ("msafety", str(number + 1)) if number < CARDS else ("msetup", "")
    following = [[act_button("moderator.safety.next", *onward, role=ButtonRole.ONWARD)]]
    is_last = number == CARDS and turn.moderator.role != people_service.ADMIN
    return Joined(card, "\n\n"), _LAST if is_last else following


async def setup(turn: Turn) -> None:
    """List what an administrator sets up once, each line with its command, done ones ticked."""
    done = await people_service.set_up(turn.unit)
    lines = (box(Key(f"moderator.setup.{name}"), on=is_) for name, is_ in done.items())
    test = [[act_button("moderator.setup.test", "mtrygroup")]] if done["group"] else []
    said = Key("moderator.setup", {"done": sum(done.values()), "of": len(done)}), Joined(tuple(lines), "\n")
    turn.say_in_place(*said, "moderator.setup.then", rows=[*test, *_LAST])


async def try_group(turn: Turn) -> None:
    """Send a line to the team's group, so that administrators see whether it comes."""
    await tell_group(Post.of(turn), "moderator.group.test")
    turn.answer_tap("moderator.setup.tested", alert=True)


def _own_names(turn: Turn) -> Collection[str]:
    """Normalized names of the person in Telegram, which are never stored. A single letter does not count."""
    user = turn.update.effective_user
    if user is None:
        return ()
    names = user.first_name, user.last_name or "", user.username or ""
    whole = {*names, "".join(names[:2]), "".join(names[1::-1])}
    return {shape for one in whole if len(shape := people_service.shape(one)) > 1}


MOST_SHOWN = 20


async def list_blocks(turn: Turn) -> None:
    stopped = await people_service.list_blocks(turn.unit)
    floods = await people_service.list_blocks(turn.unit, flooding=True)
    lines, rows = [Key("moderator.block.count", {"n": len(stopped)})], []
    for one in stopped[:MOST_SHOWN]:
        left = one.expires_hour - turn.unit.hour
        lines.append(Key("moderator.block.line", {"id": one.id, "hours": left}))
        rows.append([_unblock(one.id)])
    if len(stopped) > 1:
        rows.append([act_button("moderator.block.end_all", "munblockall")])
    said: list[Phrase] = [Joined(tuple(lines), "\n")]
    if floods:
        said.append(Key("moderator.block.floods", {"n": len(floods)}))
        labels = [(one.id, Key("moderator.block.do_one", {"id": one.id})) for one in floods[:MOST_SHOWN]]
        rows += [[ActButton(label, Act("mblock", number))] for number, label in labels]
    turn.say(*said, rows=rows)


def _unblock(number: str) -> ActButton:
    return ActButton(Key("moderator.block.end", {"id": number}), Act("munblock", number))


async def block(turn: Turn) -> None:
    """Refuse reports of a flooding sender for some days."""
    row = await people_service.block(turn.unit, turn.moderator, turn.act.first)
    turn.drop_buttons()
    done = Key("moderator.block.done", {"id": row.id, "days": turn.unit.settings.block_days})
    turn.say(done, rows=[[_unblock(row.id)]])


async def unblock(turn: Turn) -> None:
    await people_service.unblock(turn.unit, turn.act.first, turn.moderator.alias)
    _ended(turn, "moderator.block.ended", 1)


async def unblock_all(turn: Turn) -> None:
    number = await people_service.unblock_all(turn.unit, turn.moderator.alias)
    _ended(turn, "moderator.block.ended", number)


BEGINS, ENDS = (18, 19, 20, 21, 22, 23, 0, 1), (5, 6, 7, 8, 9, 10, 11, 12)
DIGESTS = (7, 8, 9, 10, 12, 18, 20, 21)
_NEVER = "never"
_BACK = [act_button("moderator.settings.back", "msettings")]


async def settings(turn: Turn) -> None:
    said, rows = _screen(turn)
    turn.say(said, rows=rows)


async def languages(turn: Turn) -> None:
    codes = turn.unit.settings.languages
    rows = [[ActButton(Label({code: name_of(code)}), Act("language", code))] for code in codes]
    turn.say_in_place("moderator.settings.language.ask", rows=[*rows, _BACK])


async def quiet(turn: Turn) -> None:
    begin, end = turn.act.first, turn.act.second
    if begin == _NEVER:
        await _keep(turn, replace(_wished(turn), quiet=None))
    elif begin and end:
        await _keep(turn, replace(_wished(turn), quiet=(_hour(begin), _hour(end))))
    elif begin:
        until = Key("moderator.settings.quiet.until", {"hour": _hour(begin)})
        turn.say_in_place(until, rows=[*_hours(ENDS, partial(Act, "mquiet", begin)), _BACK])
    else:
        never = [act_button("moderator.settings.quiet.never", "mquiet", _NEVER)]
        turn.say_in_place(
            "moderator.settings.quiet.from", rows=[*_hours(BEGINS, partial(Act, "mquiet")), never, _BACK]
        )


async def digest(turn: Turn) -> None:
    at = turn.act.first
    if at:
        await _keep(turn, replace(_wished(turn), digest=None if at == _NEVER else _hour(at)))
        return
    never = [act_button("moderator.settings.digest.never", "mdigest", _NEVER)]
    turn.say_in_place(
        "moderator.settings.digest.ask", rows=[*_hours(DIGESTS, partial(Act, "mdigest")), never, _BACK]
    )


async def news(turn: Turn) -> None:
    if turn.act.first not in set(NoticeKind):
        raise Refusal("reporter.tap.stale")
    wished = _wished(turn)
    await _keep(turn, replace(wished, unwanted=wished.unwanted ^ {NoticeKind(turn.act.first)}))


async def again(turn: Turn) -> None:
    said, rows = _screen(turn)
    turn.say_in_place(said, rows=rows)


def _wished(turn: Turn) -> Preferences:
    return notices_service.preferences_of(turn.unit, turn.moderator)


async def _keep(turn: Turn, wished: Preferences) -> None:
    await notices_service.keep_preferences(turn.unit, turn.moderator, wished)
    await again(turn)


def _screen(turn: Turn) -> tuple[Phrase, ActButtons]:
    wished = _wished(turn)
    language = Key("moderator.settings.language", {"name": name_of(turn.moderator.language)})
    head = Key("moderator.settings"), language
    rows = [[act_button("moderator.settings.language.button", "mlanguage")]]
    if not is_reviewer(turn.moderator):
        return Joined(head, "\n"), rows
    rows += [[act_button(f"moderator.settings.{name}.button", f"m{name}")] for name in ("quiet", "digest")]
    for one in NoticeKind:
        label = box(Key(f"moderator.settings.news.{one}"), on=one not in wished.unwanted)
        rows.append([ActButton(label, Act("mnews", one))])
    lines = Joined((*head, *_times(wished)), "\n")
    return Joined((lines, Key("moderator.settings.always")), "\n\n"), rows


def _times(wished: Preferences) -> Iterator[Phrase]:
    if wished.quiet is None:
        yield Key("moderator.settings.quiet.none")
    else:
        begin, end = map(_clock, wished.quiet)
        yield Key("moderator.settings.quiet", {"begin": begin, "end": end})
    if wished.digest is None:
        yield Key("moderator.settings.digest.none")
    else:
        yield Key("moderator.settings.digest", {"hour": _clock(wished.digest)})


def _hours(hours: tuple[int, ...], act: Callable[[str], Act]) -> list[list[ActButton]]:
    return in_rows([ActButton(Said(_clock(hour)), act(str(hour))) for hour in hours], 4)


def _clock(hour: int) -> str:
    return f"{hour}:00"


def _hour(word: str) -> int:
    if not word.isdecimal() or len(word) > 2:
        raise Refusal("reporter.tap.stale")
    return int(word)
