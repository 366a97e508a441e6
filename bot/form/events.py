"""Events of a person who fills in a form. Those of buttons must fit into 64 bytes of callback data."""

from dataclasses import dataclass

from bot.form.answers import FileRef


@dataclass(frozen=True, slots=True)
class Press:
    """An event without values, mostly that of a button."""


@dataclass(frozen=True, slots=True)
class IndexedPress:
    """A button of an entry, by its 0-based index."""

    index: int


@dataclass(frozen=True, slots=True)
class Switch:
    """A button that carries the wanted state, so that a second tap does no harm."""

    on: bool


@dataclass(frozen=True, slots=True)
class IndexedSwitch:
    """A switch of an entry, by its 0-based index."""

    index: int
    on: bool


class Show(Press):
    """Show the current screen again."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """A text was sent. `places` are the questions that may have been on the screen then, the latest first. Empty for
    the current one."""

    text: str
    source: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rewrote:
    """An earlier message was edited: replace the part with this source."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Gave:
    """A file was sent. `places` as in `Wrote`, `look` as in `Origin`."""

    file: FileRef
    source: str = ""
    places: tuple[str, ...] = ()
    look: str = ""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The file `old` was replaced in its message, or got another caption. `look` as in `Origin`."""

    old: str
    file: FileRef
    source: str = ""
    look: str = ""


@dataclass(frozen=True, slots=True)
class PointSent:
    """A point was sent, in degrees of WGS 84. `places` as in `Wrote`."""

    latitude: float
    longitude: float
    source: str = ""
    places: tuple[str, ...] = ()


class Belongs(IndexedPress):
    """Assign the doubted message to the offered question at this index."""


class Pick(IndexedPress):
    """Choose a choice by its index in the whole list (0-based, before filtering)."""


class Toggle(IndexedSwitch):
    """Mark or unmark a choice."""


class Offer(IndexedSwitch):
    """Give or take back the answer that a guest (0-based, by `bot:also`) offers on this screen."""


class KeepAsStory(Press):
    """Add the words that no answer fits to the story."""


class Understood(Press):
    """Confirm all answers that were heard in the story."""


class Misheard(IndexedPress):
    """Drop the answer at this index of those that were heard."""


class Next(Press):
    """Go on past a note, or from an answer that is complete."""


class Back(Press):
    """Return to the previous question, or from a date picker to its buttons."""


class Skip(Press):
    """Leave an optional question without an answer."""


class SkipRest(Press):
    """Skip to the next required question or the review."""


class Clear(Press):
    """Remove the answer and ask again."""


@dataclass(frozen=True, slots=True)
class ShowPage:
    """Show a page (0-based) of a list or calendar."""

    number: int


class WholeList(Press):
    """Show all choices again after a search."""


class Edit(Press):
    """List the answers to correct."""


class Goto(IndexedPress):
    """Correct the entry at this index of the edit list."""


class AddRepeat(Press):
    """Add an instance of the current repeat."""


class AddMore(Press):
    """Add an instance of the repeat completed before the current question."""


@dataclass(frozen=True, slots=True)
class RemoveRepeat:
    """Remove an instance (1-based) of the current repeat."""

    number: int


class RemoveFile(IndexedPress):
    """Remove the file at this index (0-based)."""


@dataclass(frozen=True, slots=True)
class DateMode:
    """Choose how to give a date: today, yesterday, calendar, month, year, range, ongoing, unknown."""

    mode: str


@dataclass(frozen=True, slots=True)
class PickDate:
    """Pick a day, month or year: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`."""

    date: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask whether to stop and delete everything. With `sure`, do it."""

    sure: bool = False


class Submit(Press):
    """Send the report from the review."""


class Extend(Press):
    """Continue with the longer form (see `bot:extend` in docs/forms.md)."""


class SendUnfinished(Press):
    """Send an urgent report as it is, from any position."""


class LeaveNothing(Switch):
    """Turn on or off deleting questions and answers from the chat as they are given."""


class Remind(Switch):
    """Turn on or off the reminder before a draft is destroyed."""


class Reveal(Switch):
    """Show or hide the answers at the review."""


class Guide(Switch):
    """Show or hide the guidance in place of the hint."""


class ListLeaving(Press):
    """List what can be withheld."""


class Withhold(IndexedSwitch):
    """Withhold the entry at this index, or put it back."""


Event = (
    Show | Wrote | Rewrote | Gave | Replaced | PointSent | Belongs | Pick | Toggle | Next | Back | Skip |
    SkipRest | Clear | ShowPage | WholeList | Edit | Goto | AddRepeat | AddMore | RemoveRepeat | RemoveFile |
    DateMode | PickDate | Cancel | Submit | Extend | SendUnfinished | LeaveNothing | Remind | Reveal |
    ListLeaving | Withhold | Offer | KeepAsStory | Understood | Misheard | Guide
)  # fmt: skip
