"""Files of a report in its moderator's chat: the list, single files, albums by kind, and the place on a map."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.buttons import Act
from bot.chat.renderer import SEND_METHODS, ActButton, ActButtons, act_button
from bot.chat.turn import Turn
from bot.desk.card import service as card_service
from bot.desk.card.service import Card
from bot.desk.references import KEEP, in_rows
from bot.errors import Refusal
from bot.form.answers import FileKind, FileRef, GeoPoint, degrees
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.publish import location
from bot.reports import claims
from bot.store import audit
from bot.store.files import CLEANED, STORED, Custody, KeptFile, Print
from db.models import Report

FileWay = tuple[str, str, str]
"""Method of the Bot API, its parameter, and `copy` or `original`."""
MOST_CAPTION = 500
"""Most characters. Telegram allows 1024 UTF-16 units."""


@dataclass(frozen=True, slots=True)
class Shown:
    number: int
    ref: FileRef
    kept: KeptFile

    @property
    def kind(self) -> Key:
        return Key(f"moderator.file.kind.{self.ref.kind}")

    @property
    def why(self) -> Key:
        custody = self.kept.custody
        return Key(f"moderator.file.why.{custody.reason if custody and custody.reason else 'earlier'}")

    @property
    def size(self) -> int:
        """Bytes of the clean copy."""
        custody = self.kept.custody
        return custody.copy.size if custody is not None and custody.copy is not None else 0

    def button(self, report: Report, key: str = "moderator.file.button") -> ActButton:
        return ActButton(Key(key, {"n": self.number}), Act("mfile", report.ref, str(self.number)))

    def caption(self, report: Report) -> str:
        return f"{report.ref} · {self.number}\n{self.ref.caption}".rstrip()[:MOST_CAPTION]

    def attachment(self, which: str, report: Report) -> str:
        """Attachment of the `copy` or the `original`, under a name that reveals nothing; see `delivery.opened_by`."""
        return f"{which}:{self.ref.id}:{report.ref}-{self.number}"


def all_of(card: Card) -> Sequence[Shown]:
    return [Shown(number, ref, card.kept(ref)) for number, ref in enumerate(card.refs, 1)]


def lines(card: Card) -> Iterator[Phrase]:
    found = tuple(map(_line, all_of(card)))
    if found:
        yield Joined(found, "\n")


def _line(one: Shown) -> Key:
    custody = one.kept.custody
    state = Key(f"moderator.file.state.{(custody and custody.loss) or one.kept.status}")
    if one.kept.status == STORED:
        state = Key("moderator.file.state.stored", {"why": one.why})
    return Key("moderator.file.line", {"n": one.number, "kind": one.kind, "state": state})


async def ask(turn: Turn) -> None:
    """Show the custody of the tapped file, warn, and offer to send it."""
    report, one = await _tapped(turn)
    custody, number = one.kept.custody, str(one.number)
    facts: dict[str, Phrase | str | int] = {"ref": report.ref, "n": one.number, "kind": one.kind}
    minutes = {"idle": turn.unit.settings.idle_minutes}
    paragraphs: list[Phrase] = []
    rows = [[KEEP]]
    if one.kept.status == CLEANED:
        paragraphs.append(Key("moderator.file.ask", facts | minutes))
        alone = act_button("moderator.file.show", "mfileshow", report.ref, number)
        take_it = act_button("moderator.file.take", "mfiletake", report.ref, number, ButtonRole.DESTROY)
        rows = [[alone], [take_it], *rows]
    elif custody is not None and custody.recipients:
        paragraphs.append(Key("moderator.file.sealed_away", facts | {"why": one.why}))
        rows = []
    else:
        paragraphs.append(Key("moderator.file.ask_original", facts | minutes | {"why": one.why}))
        label = "moderator.file.show_original"
        rows = [[act_button(label, "mfileraw", report.ref, number, ButtonRole.DESTROY)], *rows]
    if custody is not None:
        paragraphs.append(_custody(one, custody))
    turn.say(*paragraphs, rows=rows, report_id=report.id, protect=True)


def _custody(one: Shown, custody: Custody) -> Phrase:
    told: list[Phrase] = [_print("moderator.file.original", custody.original)]
    if custody.copy is not None:
        told.append(_print("moderator.file.copy", custody.copy))
        told.append(Key("moderator.file.tool", {"tool": custody.tool}))
        if custody.loss is not None:
            told.append(_line(one))
    return Joined(tuple(told), "\n")


def _print(key: str, one: Print) -> Key:
    return Key(key, {"type": Said(one.type or "?"), "size": one.size, "sha256": one.sha256})


async def show(turn: Turn) -> None:
    report, one = await _tapped(turn, CLEANED)
    _send(turn, report, one, (*SEND_METHODS[one.ref.kind], "copy"), [[one.button(report)]], protect=True)
    await _done(turn, report, "file", f"copy {one.number}")


async def take(turn: Turn) -> None:
    """Send the clean copy as a document that can be saved and forwarded."""
    report, one = await _tapped(turn, CLEANED)
    _send(turn, report, one, ("sendDocument", "document", "copy"))
    await _done(turn, report, "take", f"copy {one.number}")


async def show_original(turn: Turn) -> None:
    """Send a file that could not be cleaned, as it came."""
    report, one = await _tapped(turn, STORED)
    if one.kept.custody is not None and one.kept.custody.recipients:
        raise Refusal("reporter.tap.stale")
    _send(turn, report, one, ("sendDocument", "document", "original"), protect=True)
    await _done(turn, report, "file", f"original {one.number}")


def _send(
    turn: Turn, report: Report, one: Shown, way: FileWay, rows: ActButtons = (), *, protect: bool = False
) -> None:
    method, parameter, which = way
    params: dict[str, object] = {"chat_id": turn.chat.id, "caption": one.caption(report)}
    if protect:
        params["protect_content"] = True
    if keyboard := turn.renderer.keyboard(turn.language, rows):
        params["reply_markup"] = {"inline_keyboard": keyboard}
    untaken = Key("moderator.file.untaken", {"ref": report.ref, "n": one.number})
    otherwise = turn.renderer.phrase(untaken, turn.language)
    attach = {parameter: one.attachment(which, report)}
    turn.call(method, params, attach=attach, otherwise=otherwise, report_id=report.id)


async def _done(turn: Turn, report: Report, act: str, detail: str) -> None:
    await audit.record(turn.unit, turn.moderator.alias, act, report.ref, detail)
    turn.drop_message()


async def _tapped(turn: Turn, *statuses: str) -> tuple[Report, Shown]:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    shown = all_of(await card_service.card(turn.unit, report))
    found = next((one for one in shown if str(one.number) == turn.act.second), None)
    if found is None or found.kept.status not in (statuses or (CLEANED, STORED)):
        raise Refusal("moderator.file.gone")
    return report, found


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


def album_buttons(card: Card) -> list[list[ActButton]]:
    """Buttons of kinds of files, and of single files without a clean copy."""
    found, report = all_of(card), card.report
    kinds = [
        ActButton(Key(f"moderator.album.kind.{album}", {"n": number}), Act("mfiles", report.ref, album))
        for album in Album
        if (number := len(_of(found, album)))
    ]
    raw = [one.button(report, "moderator.file.raw") for one in found if one.kept.status == STORED]
    return [*([kinds] if kinds else []), *in_rows(raw, _A_ROW)]


def _of(found: Sequence[Shown], album: Album) -> list[Shown]:
    return [one for one in found if one.kept.status == CLEANED and _album(one) is album]


def _album(one: Shown) -> Album:
    if one.ref.kind is FileKind.PHOTO and one.size > MOST_PHOTO:
        return Album.DOCUMENT
    return Album.SEEN if one.ref.kind in {FileKind.PHOTO, FileKind.VIDEO} else Album(one.ref.kind)


async def show_album(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    card = await card_service.card(turn.unit, report)
    found = _of(all_of(card), Album(turn.act.second)) if turn.act.second in set(Album) else []
    if not found:
        raise Refusal("moderator.file.gone")
    for part in [[one] for one in found] if turn.act.second == Album.VOICE else _parts(found):
        _send_album(turn, report, part)
    told = [(report.ref, f"copy {one.number}") for one in found]
    await audit.record_all(turn.unit, turn.moderator.alias, "file", told)


def _parts(found: Sequence[Shown]) -> Iterator[list[Shown]]:
    part: list[Shown] = []
    for one in found:
        if part and (len(part) == MOST_IN_ALBUM or sum(e.size for e in part) + one.size > MOST_BYTES):
            yield part
            part = []
        part.append(one)
    yield part


def _send_album(turn: Turn, report: Report, part: Sequence[Shown]) -> None:
    rows = in_rows([one.button(report) for one in part], _A_ROW)
    if len(part) == 1:
        _send(turn, report, part[0], (*SEND_METHODS[part[0].ref.kind], "copy"), rows, protect=True)
        return
    media = []
    for at, one in enumerate(part):
        kind = "document" if _album(one) is Album.DOCUMENT else SEND_METHODS[one.ref.kind][1]
        media.append({"type": kind, "media": f"attach://f{at}", "caption": one.caption(report)})
    params = {"chat_id": turn.chat.id, "media": media, "protect_content": True}
    attach = {f"f{at}": one.attachment("copy", report) for at, one in enumerate(part)}
    numbers = Joined(tuple(Said(str(one.number)) for one in part))
    untaken = Key("moderator.album.untaken", {"ref": report.ref, "numbers": numbers})
    otherwise = turn.renderer.phrase(untaken, turn.language)
    turn.call("sendMediaGroup", params, attach=attach, otherwise=otherwise, report_id=report.id)
    under = Key("moderator.album.under", {"ref": report.ref, "numbers": numbers})
    turn.say(under, rows=rows, report_id=report.id, protect=True)


def place_buttons(card: Card) -> Sequence[Sequence[ActButton]]:
    answers = card.content.all.values() if card.content is not None else ()
    given = any(isinstance(answer, GeoPoint) for answer in answers)
    return [[act_button("moderator.place.show", "mplace", card.report.ref)]] if given else []


async def show_place(turn: Turn) -> None:
    """Send the approximate location, which cannot be forwarded."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    found = await location.finest(turn.unit, report)
    if found is None:
        raise Refusal("moderator.place.none", {"ref": report.ref})
    point, kilometres = found
    title = turn.renderer.phrase(Key("moderator.place.title", {"km": kilometres}), turn.language)
    params = {
        "chat_id": turn.chat.id,
        "latitude": float(degrees(point.latitude)),
        "longitude": float(degrees(point.longitude)),
        "title": title,
        "address": report.ref,
        "protect_content": True,
    }
    turn.call("sendVenue", params, report_id=report.id)
    await audit.record(turn.unit, turn.moderator.alias, "place", report.ref, f"km {kilometres}")
