"""What members of the team do beyond one report: queue, team, settings, the log; and what they are told."""

import re

from bot.local_api.client import Phone, ShownMessage
from tests.end_to_end.moderating import Moderator, refs_in
from tests.end_to_end.people import TEXTS, labels_on


async def more(moderator: Moderator, ref: str, key: str) -> None:
    """Open a report, then one of its rarer decisions."""
    assert await moderator.open(ref)
    await moderator.press_word("moderator.more")
    await moderator.press_word(key)


async def new_report(moderator: Moderator, *known: str) -> str:
    """The reference in the notice of a report that is not among those known."""
    begun = moderator.word("moderator.notice.new", ref="R").partition(" R")[0]
    shown = await moderator.phone.wait(
        lambda one: one.text.startswith(begun) and refs_in(one.text)[0] not in known, since=0
    )
    return refs_in(shown.text)[0]


async def waiting(moderator: Moderator) -> list[str]:
    """The references that /queue lists, and the words beside them."""
    await moderator.command("/queue")
    begun = moderator.word("moderator.queue.counts", new=0, claimed=0).partition("0")[0]
    shown = await moderator.phone.wait(lambda bubble: bubble.text.startswith(begun))
    return shown.text.splitlines()


# --- the team


def links_in(text: str) -> list[str]:
    """The links of invitations that a text has."""
    return re.findall(r"https://t\.me/\S+\?start=\S+", text)


async def invite(admin: Moderator, role: str, **time: int) -> str:
    """From /team to the link of an invitation in this role, good for `hours` or `days`, by buttons alone."""
    ((unit, number),) = time.items()
    await admin.command("/team")
    await admin.press_word("moderator.invite")
    await admin.press_word(f"moderator.role.{role}")
    await admin.press(TEXTS.text(admin.language, f"moderator.invite.{unit}", {"n": number}))
    shown = await admin.phone.wait(lambda bubble: bool(links_in(bubble.text)))
    return links_in(shown.text)[0]


async def join(phone: Phone, link: str, alias: str) -> Moderator:
    """Follow the link of an invitation and choose an alias."""
    member = Moderator(phone, phone.language)
    await phone.follow(link)
    await phone.wait(member.word("moderator.alias.ask"))
    await phone.say(alias)
    await phone.wait(lambda bubble: alias in bubble.text)
    return member


async def ask_to_revoke(admin: Moderator, alias: str) -> None:
    """From /team to the question whether somebody's access is to be closed."""
    await admin.command("/team")
    await admin.press(alias)
    await admin.press_word("moderator.revoke")
    await admin.phone.wait(lambda bubble: admin.word("moderator.revoke.sure") in labels_on(bubble))


def heard(member: Moderator, since: int = 0) -> list[str]:
    """All that the bot said in a chat after this message, deleted or not, but that it has cleared the chat."""
    cleared = member.word("moderator.put_away")
    shown = [one for one in _all_in(member) if not one.mine and one.id > since]
    return [one.text for one in shown if not one.text.startswith(cleared)]


def newest(member: Moderator) -> int:
    """The id of the newest message in a chat."""
    return max(one.id for one in _all_in(member))


def _all_in(member: Moderator) -> list[ShownMessage]:
    return [one for one in member.phone._messages.values() if one.chat_id == member.phone.user_id]


# --- a card and the log


def card_of(moderator: Moderator) -> ShownMessage:
    """The newest card in a chat."""
    shown = reversed(moderator.phone.messages)
    return next(one for one in shown if moderator.word("moderator.reject") in labels_on(one))


async def log_of(admin: Moderator, words: str = "") -> list[str]:
    """The lines of /audit, of all acts or of those about a report or a person, the newest first, without their hours."""
    await admin.command(f"/audit {words}")
    shown = await admin.phone.wait("📋")
    return [line.partition(" ")[2] for line in shown.text.splitlines() if re.match(r"\d\d:00 ", line)]
