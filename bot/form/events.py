"""Events of a form, by the reporter or moderator who fills it in. Events of buttons must fit into 64 bytes
of callback data."""

from dataclasses import dataclass

from bot.form.answers import FileRef


@dataclass(frozen=True, slots=True)
class Show:
    """Show the current screen again."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """A text was sent.

    `places` are the questions that may have been on the screen then, the latest first. Empty if it was
    certainly the current one.
    """

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


@dataclass(frozen=True, slots=True)
class Belongs:
    """Assign the doubted message to the offered question at this index."""

    index: int


@dataclass(frozen=True, slots=True)
class Pick:
    """Choose a choice by its index in the whole list (0-based, before filtering)."""

    index: int


@dataclass(frozen=True, slots=True)
class Toggle:
    """Mark or unmark a choice. Carries the wanted state, so a second tap does no harm."""

    index: int
    on: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """Give or take back the answer that a guest (0-based, by `bot:also`) offers on this screen."""

    index: int
    on: bool


@dataclass(frozen=True, slots=True)
class KeepAsStory:
    """Add the words that no answer fits to the story."""


@dataclass(frozen=True, slots=True)
class Understood:
    """Confirm all answers that were heard in the story."""


@dataclass(frozen=True, slots=True)
class Misheard:
    """Drop the answer at this index of those that were heard."""

    index: int


@dataclass(frozen=True, slots=True)
class Next:
    """Go on past a note, or from an answer that is complete."""


@dataclass(frozen=True, slots=True)
class Back:
    """Return to the previous question, or from a date picker to its buttons."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave an optional question without an answer."""


@dataclass(frozen=True, slots=True)
class SkipRest:
    """Skip to the next required question or the review."""


@dataclass(frozen=True, slots=True)
class Clear:
    """Remove the answer and ask again."""


@dataclass(frozen=True, slots=True)
class ShowPage:
    """Show a page (0-based) of a list or calendar."""

    number: int


@dataclass(frozen=True, slots=True)
class WholeList:
    """Show all choices again after a search."""


@dataclass(frozen=True, slots=True)
class Edit:
    """List the answers to correct."""


@dataclass(frozen=True, slots=True)
class Goto:
    """Correct the entry at this index of the edit list."""

    index: int


@dataclass(frozen=True, slots=True)
class AddRepeat:
    """Add an instance of the current repeat."""


@dataclass(frozen=True, slots=True)
class AddMore:
    """Add an instance of the repeat completed before the current question."""


@dataclass(frozen=True, slots=True)
class RemoveRepeat:
    """Remove an instance (1-based) of the current repeat."""

    number: int


@dataclass(frozen=True, slots=True)
class RemoveFile:
    """Remove the file at this index (0-based)."""

    index: int


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


@dataclass(frozen=True, slots=True)
class Submit:
    """Send the report from the review."""


@dataclass(frozen=True, slots=True)
class Extend:
    """Continue with the longer form (see `bot:extend` in docs/forms.md)."""


@dataclass(frozen=True, slots=True)
class SendUnfinished:
    """Send an urgent report as it is, from any position."""


@dataclass(frozen=True, slots=True)
class LeaveNothing:
    """Turn on or off deleting questions and answers from the chat as they are given."""

    on: bool


@dataclass(frozen=True, slots=True)
class Remind:
    """Turn on or off the reminder before a draft is destroyed."""

    on: bool


@dataclass(frozen=True, slots=True)
class Reveal:
    """Show or hide the answers at the review."""

    on: bool


@dataclass(frozen=True, slots=True)
class ListLeaving:
    """List what can be withheld."""


@dataclass(frozen=True, slots=True)
class Withhold:
    """Withhold the entry at this index (0-based), or put it back. A second tap does no harm."""

    index: int
    on: bool


Event = (
    Show | Wrote | Rewrote | Gave | Replaced | PointSent | Belongs | Pick | Toggle | Next | Back | Skip |
    SkipRest | Clear | ShowPage | WholeList | Edit | Goto | AddRepeat | AddMore | RemoveRepeat | RemoveFile |
    DateMode | PickDate | Cancel | Submit | Extend | SendUnfinished | LeaveNothing | Remind | Reveal |
    ListLeaving | Withhold | Offer | KeepAsStory | Understood | Misheard
)  # fmt: skip
