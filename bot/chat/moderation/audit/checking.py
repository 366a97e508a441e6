"""/audit verify: whether the log is whole. Every entry is looked at for that, when the answer is sent and not in the batch."""

from collections.abc import Iterator, Mapping

from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.attachments import Opener
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key, Phrase
from bot.safety.audit_head import AuditHead, read_head
from bot.services import audit
from bot.services.keeping import audit_check
from bot.services.keeping.audit_check import Check
from bot.services.unit import MakeUnit


async def owe(turn: Turn, typed: str = "") -> None:
    """Owe what a check finds; `typed` is a head that an administrator was told. Raises Refusal for one that is none."""
    head = _head(typed)
    await audit.record(turn.unit, turn.moderator.alias, "verify", "")
    params = turn.renderer.message(turn.language, []).params()
    made = {"text": f"verified:{turn.language}:{head or ''}"}
    turn.call("sendMessage", {"chat_id": turn.chat.id, **params}, attach=made)


async def tapped(turn: Turn) -> None:
    """The button for it."""
    turn.answer_tap("moderator.audit.checking")
    await owe(turn)


def _head(typed: str) -> AuditHead | None:
    try:
        return read_head(typed) if typed.strip() else None
    except ValueError:
        raise Refusal("moderator.audit.how") from None


def openers(read: MakeUnit, renderer: Renderer) -> Mapping[str, Opener]:
    """`verified:<language>:<head or nothing>` as the HTML of a message."""

    async def open_check(spec: str) -> str:
        language, _, head = spec.partition(":")
        async with read() as unit:
            found = await audit_check.check(unit, read_head(head) if head else None)
        return renderer.message(language, list(_told(found))).html

    return {"verified": open_check}


def _told(found: Check) -> Iterator[Phrase]:
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
