"""Clean copies of a report's files, one tap for each kind, if possible as an album. They cannot be saved or
forwarded."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from bot.chat.kept_files import SEND_METHODS
from bot.chat.moderation.card import files
from bot.chat.moderation.card.files import Shown
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.answers import FileKind
from bot.form.screen import Joined, Key, Said
from bot.services import audit
from bot.services.desk import claims
from bot.services.desk.card import cards
from bot.services.desk.card.cards import Card
from bot.services.reports.files import CLEANED
from db.models import Report

MOST_IN_ALBUM = 10
"""Limit of sendMediaGroup (Bot API)."""
MOST_BYTES = 45_000_000
"""Most bytes of one album. A bot may upload 50 MB at once, all of it in memory."""
MOST_PHOTO = 10_000_000
"""Most bytes of a photo (Bot API, sendPhoto)."""
_A_ROW = 4


class Album(StrEnum):
    """Kinds of albums. Photos and videos share one; voice messages are sent one by one."""

    SEEN = "seen"
    VOICE = "voice"
    AUDIO = "audio"
    DOCUMENT = "document"


_ALBUMS = {
    FileKind.PHOTO: Album.SEEN,
    FileKind.VIDEO: Album.SEEN,
    FileKind.VOICE: Album.VOICE,
    FileKind.AUDIO: Album.AUDIO,
    FileKind.DOCUMENT: Album.DOCUMENT,
}


def buttons(card: Card) -> list[list[ActButton]]:
    ref, found = card.report.ref, files.all_of(card)
    shown = [(album, len(_of(found, album))) for album in Album]
    kinds = [
        ActButton(Key(f"moderator.album.kind.{album}", {"n": number}), Act("mfiles", ref, album))
        for album, number in shown
        if number
    ]
    raw = files.buttons(card)
    return [row for row in (kinds, *(raw[at : at + _A_ROW] for at in range(0, len(raw), _A_ROW))) if row]


def _of(found: Sequence[Shown], album: Album) -> list[Shown]:
    return [one for one in found if one.kept.status == CLEANED and _album(one) is album]


def _album(one: Shown) -> Album:
    is_large = one.ref.kind is FileKind.PHOTO and one.size > MOST_PHOTO
    return Album.DOCUMENT if is_large else _ALBUMS[one.ref.kind]


async def show(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    card = await cards.card(turn.unit, report)
    found = _of(files.all_of(card), Album(turn.act.second)) if turn.act.second in set(Album) else []
    if not found:
        raise Refusal("moderator.file.gone")
    if turn.act.second == Album.VOICE:
        parts: Sequence[Sequence[Shown]] = [[one] for one in found]
    else:
        parts = list(_parts(found))
    for part in parts:
        _send(turn, report, part)
    told = [(report.ref, f"copy {one.number}") for one in found]
    await audit.record_all(turn.unit, turn.moderator.alias, "file", told)
    turn.answer_tap()


def _parts(found: Sequence[Shown]) -> Iterator[list[Shown]]:
    part: list[Shown] = []
    for one in found:
        if part and (len(part) == MOST_IN_ALBUM or sum(e.size for e in part) + one.size > MOST_BYTES):
            yield part
            part = []
        part.append(one)
    yield part


def _send(turn: Turn, report: Report, part: Sequence[Shown]) -> None:
    details = [ActButton(Key("moderator.file.button", {"n": one.number}), one.act(report)) for one in part]
    rows = [details[at : at + _A_ROW] for at in range(0, len(details), _A_ROW)]
    if len(part) == 1:
        files.send_copy(turn, report, part[0], rows)
        return
    kinds = [_kind(one) for one in part]
    media = [
        {"type": kind, "media": f"attach://f{at}", "caption": one.caption(report)}
        for at, (one, kind) in enumerate(zip(part, kinds, strict=True))
    ]
    params = {"chat_id": turn.chat.id, "media": media, "protect_content": True}
    attach = {f"f{at}": one.attachment("copy", report) for at, one in enumerate(part)}
    numbers = Joined(tuple(Said(str(one.number)) for one in part))
    untaken = Key("moderator.album.untaken", {"ref": report.ref, "numbers": numbers})
    otherwise = turn.renderer.phrase(untaken, turn.language)
    turn.call("sendMediaGroup", params, attach=attach, otherwise=otherwise, report_id=report.id)
    under = Key("moderator.album.under", {"ref": report.ref, "numbers": numbers})
    turn.say(under, rows=rows, report_id=report.id, protect=True)


def _kind(one: Shown) -> str:
    return "document" if _album(one) is Album.DOCUMENT else SEND_METHODS[one.ref.kind][1]
