"""The files of a report that a moderator holds, those of its talk among them: their state on its card, and each by itself.

What goes into the chat is the clean copy, which cannot be saved or passed on. A moderator can take it, after a warning: then it comes
once more as a document that can. A file that could not be cleaned is shown as it came after a stronger warning, unless its original is
sealed to keys that are not here. All of it stands in the audit log, and each message carries its report's id, by which moderators'
chats are cleared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.chat.kept_files import SEND_METHODS
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, ActButtons, act_button
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


@dataclass(frozen=True, slots=True)
class Shown:
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

    @property
    def size(self) -> int:
        """The bytes of the clean copy."""
        custody = self.kept.custody
        return custody.copy.size if custody is not None and custody.copy is not None else 0

    def act(self, report: Report) -> Act:
        """The button that tells more of it."""
        return Act("mfile", report.ref, str(self.number))

    def caption(self, report: Report) -> str:
        """The words under it."""
        return f"{report.ref} · {self.number}\n{self.ref.caption}".rstrip()[:MOST_CAPTION]

    def attachment(self, which: str, report: Report) -> str:
        """The `copy` of it, or the `original`, under a name that tells nothing; see `attachments`."""
        return f"{which}:{self.ref.id}:{report.ref}-{self.number}"


def all_of(card: Card) -> Sequence[Shown]:
    """All files of a card."""
    return [Shown(number, ref, card.kept(ref)) for number, ref in enumerate(card.refs, 1)]


def lines(card: Card) -> Iterator[Phrase]:
    """The state of each file, for the card."""
    found = tuple(map(_line, all_of(card)))
    if found:
        yield Joined(found, "\n")


def _line(one: Shown) -> Key:
    return Key("moderator.file.line", {"n": one.number, "kind": one.kind, "state": _state(one)})


def _state(one: Shown) -> Key:
    if one.kept.status == STORED:
        return Key("moderator.file.state.stored", {"why": one.why})
    custody = one.kept.custody
    return Key(f"moderator.file.state.{(custody and custody.loss) or one.kept.status}")


def buttons(card: Card) -> list[ActButton]:
    """Buttons for the files that are kept without a clean copy."""
    found = [one for one in all_of(card) if one.kept.status == STORED]
    return [ActButton(Key("moderator.file.raw", {"n": one.number}), one.act(card.report)) for one in found]


async def ask(turn: Turn) -> None:
    """A file's button was tapped: tell its custody, warn, and ask."""
    report, one = await _tapped(turn)
    custody, number = one.kept.custody, str(one.number)
    facts: dict[str, Phrase | str | int] = {"ref": report.ref, "n": one.number, "kind": one.kind}
    minutes = {"idle": turn.unit.settings.idle_minutes}
    paragraphs: list[Phrase] = []
    rows = [[act_button("moderator.keep", "mkeep")]]
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
        paragraphs.append(_custody(one))
    turn.say(*paragraphs, rows=rows, report_id=report.id, protect=True)
    turn.answer_tap()


def _custody(one: Shown) -> Phrase:
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
        if custody.loss is not None:
            told.append(_line(one))
    return Joined(tuple(told), "\n")


def _print(key: str, type_: str, size: int, sha256: str) -> Key:
    return Key(key, {"type": Said(type_ or "?"), "size": size, "sha256": sha256})


async def show(turn: Turn) -> None:
    """The clean copy was asked for by itself."""
    report, one = await _tapped(turn, CLEANED)
    send_copy(
        turn, report, one, [[ActButton(Key("moderator.file.button", {"n": one.number}), one.act(report))]]
    )
    await _done(turn, report, "file", f"copy {one.number}")


def send_copy(turn: Turn, report: Report, one: Shown, rows: ActButtons) -> None:
    """Owe the chat a clean copy with buttons."""
    method, parameter = SEND_METHODS[one.ref.kind]
    _send(turn, report, one, (method, parameter, "copy"), rows, protect=True)


async def take(turn: Turn) -> None:
    """The clean copy was asked for to be kept: as a document that can be saved, and passed on."""
    report, one = await _tapped(turn, CLEANED)
    _send(turn, report, one, ("sendDocument", "document", "copy"))
    await _done(turn, report, "take", f"copy {one.number}")


async def show_original(turn: Turn) -> None:
    """A file that could not be cleaned was asked for as it came."""
    report, one = await _tapped(turn, STORED)
    if one.kept.custody is not None and one.kept.custody.recipients:
        raise Refusal("reporter.tap.stale")
    _send(turn, report, one, ("sendDocument", "document", "original"), protect=True)
    await _done(turn, report, "file", f"original {one.number}")


def _send(
    turn: Turn,
    report: Report,
    one: Shown,
    way: tuple[str, str, str],
    rows: ActButtons = (),
    *,
    protect: bool = False,
) -> None:
    """Owe the chat a file by a method and its parameter (Bot API); which of the two, copy or original, stands in `way` too."""
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
    turn.answer_tap()
    turn.drop_message()


async def _tapped(turn: Turn, *statuses: str) -> tuple[Report, Shown]:
    """The report, which its moderator holds or takes now, and the file of the tapped button, kept in one of these ways."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    card = await cards.card(turn.unit, report)
    found = next((one for one in all_of(card) if str(one.number) == turn.act.second), None)
    if found is None or found.kept.status not in (statuses or (CLEANED, STORED)):
        raise Refusal("moderator.file.gone")
    return report, found
