"""Enrolment in the team by an invitation's link and an alias."""

from collections.abc import Collection

from bot.chat import guide
from bot.chat.notices.team.to_moderators import notify_admins
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key, Phrase, Said
from bot.safety.receipt import has_spelled_code
from bot.services import sent_messages
from bot.services.desk.people import team


async def open_invite(turn: Turn) -> bool:
    """Ask for an alias if /start has a valid invitation's token. Returns False for any other argument, and
    for an invalid token after saying so."""
    token = turn.argument
    if not team.is_token(token):
        return False
    if turn.chat.moderator is None:
        if not await team.is_good(turn.unit, token, turn.chat.hash):
            turn.say("moderator.invite.unknown")
            return False
        if turn.chat.open_draft is not None:
            raise Refusal("moderator.invite.draft_open")
    await team.open_invite(turn.unit, token, turn.chat.hash)
    turn.say("moderator.invite.welcome", "moderator.alias.ask")
    return True


async def enrol(turn: Turn) -> bool:
    """Handle a text as the requested alias. Returns False if none was requested. Raises Refusal for a bad
    alias."""
    if not await team.enrolling(turn.unit, [turn.chat.hash]):
        return False
    alias, language = turn.message.text or "", turn.language
    if has_spelled_code(alias):  # a receipt code opens a report, and the audit log would hold it
        turn.delete([turn.message.message_id], surely=True)
        raise Refusal("moderator.alias.bad")
    if team.shape(alias) in _own_names(turn):
        raise Refusal("moderator.alias.own_name")
    turn.chat.moderator = await team.enrol(turn.unit, turn.chat.hash, turn.chat.id, alias, language)
    await sent_messages.hasten(turn.unit, turn.chat.hash)  # delete the invitation and the typed alias soon
    turn.show_menu()
    member = turn.chat.moderator
    facts: dict[str, Phrase | str | int] = {
        "alias": Said(member.alias),
        "role": Key(f"moderator.role.{member.role}"),
    }
    others = [one for one in await team.admins(turn.unit) if one.id != member.id]
    notify_admins(turn, others, Key("moderator.notice.enrolled", facts))
    asked, rows = guide.menu_of(turn)
    turn.say(Key("moderator.enrolled", facts), asked, rows=rows)
    return True


def _own_names(turn: Turn) -> Collection[str]:
    """Normalized names of the person in Telegram, which are never stored. A single letter does not count."""
    user = turn.update.effective_user
    if user is None:
        return ()
    names = user.first_name, user.last_name or "", user.username or ""
    whole = {*names, "".join(names[:2]), "".join(names[1::-1])}
    return {shape for one in whole if len(shape := team.shape(one)) > 1}
