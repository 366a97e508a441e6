"""What can happen to a draft. Events that buttons stand for have only small fields, so that they fit into the
64 bytes of callback data."""

from dataclasses import dataclass

from bot.form.answers import FileRef


@dataclass(frozen=True, slots=True)
class Show:
    """Show the current screen again (start, resume, an unknown message)."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """The person sent a text. `source` names the message. `places` are those whose questions may have been on the phone when it was
    sent, the latest first; none where the screen at hand certainly was."""

    text: str
    source: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rewrote:
    """The person edited an earlier message: the part with this source is replaced wherever it stands."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Gave:
    """The person sent a file. `places` as for `Wrote`, `look` as for `Origin`."""

    file: FileRef
    source: str = ""
    places: tuple[str, ...] = ()
    look: str = ""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The person put another file into the message that had brought the one with the id `old`, or gave the same one another
    caption. `look` as for `Origin`."""

    old: str
    file: FileRef
    source: str = ""
    look: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """The person sent a place: WGS 84 degrees, north and east positive. `places` as for `Wrote`."""

    latitude: float
    longitude: float
    source: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Belongs:
    """The message that is asked about answers the question at this index of those that are offered."""

    index: int


@dataclass(frozen=True, slots=True)
class Pick:
    """Choose the choice at this index of the question's whole list (0-based, before filtering)."""

    index: int


@dataclass(frozen=True, slots=True)
class Toggle:
    """Mark or unmark a choice of select_multiple. It carries the wanted state, so a second tap does no harm."""

    index: int
    on: bool


@dataclass(frozen=True, slots=True)
class Next:
    """Go on: past a note, or done with a multiple choice, a text or files."""


@dataclass(frozen=True, slots=True)
class Back:
    """To the question asked before, showing its answer; from a date picker to its buttons."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave a question that is not required without an answer (one it had is removed)."""


@dataclass(frozen=True, slots=True)
class SkipRest:
    """Leave this question and those after it without an answer, up to the next that must have one, or the review."""


@dataclass(frozen=True, slots=True)
class Clear:
    """Remove the answer and ask again (a text or files begun wrongly)."""


@dataclass(frozen=True, slots=True)
class Page:
    """Show this page (0-based) of a long list, of the edit list or of the calendar."""

    number: int


@dataclass(frozen=True, slots=True)
class WholeList:
    """Show all choices again instead of those that were found by typed words."""


@dataclass(frozen=True, slots=True)
class Edit:
    """From the review: list the answers to correct."""


@dataclass(frozen=True, slots=True)
class Goto:
    """From that list: ask the entry at this index again, then return to the review."""

    index: int


@dataclass(frozen=True, slots=True)
class AddRepeat:
    """Add one more instance of the repeat at hand."""


@dataclass(frozen=True, slots=True)
class AddMore:
    """Add one more instance of the repeat that was told just before the question at hand."""


@dataclass(frozen=True, slots=True)
class RemoveRepeat:
    """Remove the instance (1-based) of the repeat at hand."""

    number: int


@dataclass(frozen=True, slots=True)
class RemoveFile:
    """Remove the file at this index (0-based) of the answer."""

    index: int


@dataclass(frozen=True, slots=True)
class DateMode:
    """Choose how to give a date: today, yesterday, calendar, month, year, range, ongoing, unknown."""

    mode: str


@dataclass(frozen=True, slots=True)
class PickDate:
    """A day, month or year tapped in the picker: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""

    date: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask whether to stop and wipe; `sure` does it."""

    sure: bool = False


@dataclass(frozen=True, slots=True)
class Submit:
    """Send the report, from the review."""


@dataclass(frozen=True, slots=True)
class Extend:
    """From the review: continue with the longer form (see `bot:extend` in docs/forms.md)."""


@dataclass(frozen=True, slots=True)
class SendUnfinished:
    """Send an urgent report as it is, from wherever it stands."""


@dataclass(frozen=True, slots=True)
class LeaveNothing:
    """Let each question and answer leave the chat once the answer is kept, or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class Remind:
    """Be reminded once before an unfinished report is destroyed, or not."""

    on: bool


@dataclass(frozen=True, slots=True)
class Reveal:
    """Show the answers at a review that hides them, or hide them again."""

    on: bool


@dataclass(frozen=True, slots=True)
class ListLeaving:
    """From the review: list what can be taken out of what is sent."""


@dataclass(frozen=True, slots=True)
class Withhold:
    """Take the entry at this index (0-based) of that list out, or bring it back. It carries the wanted state, so a second tap does
    no harm."""

    index: int
    on: bool


Event = (
    Show | Wrote | Rewrote | Gave | Replaced | Located | Belongs | Pick | Toggle | Next | Back | Skip |
    SkipRest | Clear | Page | WholeList | Edit | Goto | AddRepeat | AddMore | RemoveRepeat | RemoveFile |
    DateMode | PickDate | Cancel | Submit | Extend | SendUnfinished | LeaveNothing | Remind | Reveal |
    ListLeaving | Withhold
)  # fmt: skip
