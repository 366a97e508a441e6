"""The files of a report that a moderator holds, those of its talk among them: their state on its card, and one at a time, after a warning, in the chat.

What goes into the chat is the clean copy. A file that could not be cleaned is shown as it came after a stronger warning, unless
its original is sealed to keys that are not here. Both stand in the audit log, and each message carries its report's id, by
which moderators' chats are cleared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.chat.kept_files import SEND_METHODS
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.answers import FileRef
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.services import audit
from bot.services.desk import claims
from bot.services.desk.card import cards
from bot.services.desk.card.cards import Card
from bot.services.reports.files import CLEANED, STORED, KeptFile
from db.models import Report

MOST_CAPTION = 500
"""Characters; Telegram takes 1024 UTF-16 units."""
_A_ROW = 4


@dataclass(frozen=True, slots=True)
class _Shown:
    """A file by its number on the card."""

    number: int
    ref: FileRef
    kept: KeptFile

    @property
    def kind(self) -> Key:
        """What Telegram took it for."""
        return Key(f"moderator.file.kind.{self.ref.kind}")

    @property
    def why(self) -> Key:
        """Why it has no clean copy."""
        custody = self.kept.custody
        return Key(f"moderator.file.why.{custody.reason if custody and custody.reason else 'earlier'}")


def _all(card: Card) -> Sequence[_Shown]:
    return [_Shown(number, ref, card.kept(ref)) for number, ref in enumerate(card.refs, 1)]


def lines(card: Card) -> Iterator[Phrase]:
    """The state of each file, for the card."""
    found = tuple(
        Key("moderator.file.line", {"n": one.number, "kind": one.kind, "state": _state(one)})
        for one in _all(card)
    )
    if found:
        yield Joined(found, "\n")


def _state(one: _Shown) -> Key:
    if one.kept.status == STORED:
        return Key("moderator.file.state.stored", {"why": one.why})
    return Key(f"moderator.file.state.{one.kept.status}")


def buttons(card: Card) -> Sequence[Sequence[ActButton]]:
    """Buttons for the files that are kept."""
    ref = card.report.ref
    found = [
        ActButton(Key("moderator.file.button", {"n": one.number}), Act("mfile", ref, str(one.number)))
        for one in _all(card)
        if one.kept.status in {CLEANED, STORED}
    ]
    return [found[place : place + _A_ROW] for place in range(0, len(found), _A_ROW)]


async def ask(turn: Turn) -> None:
    """A file's button was tapped: warn, tell its custody, and ask."""
    report, one = await _tapped(turn)
    custody = one.kept.custody
    facts: dict[str, Phrase | str | int] = {"ref": report.ref, "n": one.number, "kind": one.kind}
    minutes = {"idle": turn.unit.settings.idle_minutes}
    keep = [act_button("moderator.keep", "mkeep")]
    paragraphs: list[Phrase] = []
    rows = [keep]
    if one.kept.status == CLEANED:
        paragraphs.append(Key("moderator.file.ask", facts | minutes))
        rows = [[act_button("moderator.file.show", "mfileshow", report.ref, str(one.number))], keep]
    elif custody is not None and custody.recipients:
        paragraphs.append(Key("moderator.file.sealed_away", facts | {"why": one.why}))
        rows = []
    else:
        paragraphs.append(Key("moderator.file.ask_original", facts | minutes | {"why": one.why}))
        label = "moderator.file.show_original"
        rows = [[act_button(label, "mfileraw", report.ref, str(one.number), ButtonRole.DESTROY)], keep]
    if custody is not None:
        paragraphs.append(_custody(one))
    turn.say(*paragraphs, rows=rows, report_id=report.id, protect=True)
    turn.answer_tap()


def _custody(one: _Shown) -> Phrase:
    """What came and what was made of it, for whoever has to prove it later."""
    custody = one.kept.custody
    assert custody is not None  # noqa: S101 - the caller has looked
    told: list[Phrase] = [
        _print(
            "moderator.file.original", custody.original.type, custody.original.size, custody.original.sha256
        )
    ]
    if custody.copy is not None:
        told.append(_print("moderator.file.copy", custody.copy.type, custody.copy.size, custody.copy.sha256))
        told.append(Key("moderator.file.tool", {"tool": custody.tool}))
    return Joined(tuple(told), "\n")


def _print(key: str, type_: str, size: int, sha256: str) -> Key:
    return Key(key, {"type": Said(type_ or "?"), "size": size, "sha256": sha256})


async def show(turn: Turn) -> None:
    """The clean copy was asked for."""
    report, one = await _tapped(turn)
    if one.kept.status != CLEANED:
        raise Refusal("reporter.tap.stale")
    await _send(turn, report, one, "copy", *SEND_METHODS[one.ref.kind])


async def show_original(turn: Turn) -> None:
    """A file that could not be cleaned was asked for as it came."""
    report, one = await _tapped(turn)
    if one.kept.status != STORED or (one.kept.custody is not None and one.kept.custody.recipients):
        raise Refusal("reporter.tap.stale")
    await _send(turn, report, one, "original", "sendDocument", "document")


async def _send(turn: Turn, report: Report, one: _Shown, which: str, method: str, parameter: str) -> None:
    caption = f"{report.ref} · {one.number}\n{one.ref.caption}".rstrip()[:MOST_CAPTION]
    params = {"chat_id": turn.chat.id, "caption": caption, "protect_content": True}
    attach = {parameter: f"{which}:{one.ref.id}:{report.ref}-{one.number}"}
    untaken = Key("moderator.file.untaken", {"ref": report.ref, "n": one.number})
    otherwise = turn.renderer.phrase(untaken, turn.language)
    turn.call(method, params, attach=attach, otherwise=otherwise, report_id=report.id)
    await audit.record(turn.unit, turn.moderator.alias, "file", report.ref, f"{which} {one.number}")
    turn.answer_tap()
    turn.drop_message()


async def _tapped(turn: Turn) -> tuple[Report, _Shown]:
    """The report, which its moderator holds or takes now, and the file of the tapped button."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    card = await cards.card(turn.unit, report)
    found = next((one for one in _all(card) if str(one.number) == turn.act.second), None)
    if found is None or found.kept.status not in {CLEANED, STORED}:
        raise Refusal("moderator.file.gone")
    return report, found
