"""Work of the team, data that leaves the server, and the bot's appearance."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from bot.languages import codes
from bot.safety.offline import read_recipient
from bot.settings.fields.reaching import PREFIX, Named, Names, Worded


class DeskSettings(BaseModel):
    """Work of the team."""

    invite_hours: int = Field(
        24, ge=1, description="How long a moderator's invitation is good.", examples=["24"]
    )
    sharing_hours: int = Field(
        24,
        ge=1,
        le=168,
        description="How long what an administrator asks to share can be confirmed by another, and made.",
        examples=["24"],
    )
    approvals: int = Field(
        1,
        ge=1,
        le=5,
        description="How many moderators have to approve a record before it is public, each of them another person.",
        examples=["1"],
    )
    approvals_named: int = Field(
        2,
        ge=1,
        le=5,
        description="The same where the reporter named somebody; 1 for a team of one.",
        examples=["2"],
    )
    undo_minutes: int = Field(
        10,
        ge=0,
        le=10,
        description="For so many minutes a moderator can undo what they decided of a report; it takes effect after them. 0: at once.",
        examples=["10"],
    )
    notice_chat: int | None = Field(
        None,
        lt=0,
        description="A group of the team, by its number at Telegram, where the bot says that there is something new, and nothing of it; without it, it leaves every group.",
        examples=["-1001234567890"],
    )
    urgent_minutes: int = Field(
        15,
        ge=1,
        le=24 * 60,
        description="An urgent report that nobody has opened for so many minutes is told to all moderators, whatever they wish; after as many more to administrators.",
        examples=["15"],
    )
    reminder_hours: int = Field(
        24,
        ge=1,
        le=24 * 7,
        description="A moderator who has not been in the chat for so many hours is reminded of what came since and waits.",
        examples=["24"],
    )
    claim_hours: int = Field(12, ge=1, description="How long a moderator holds a report.", examples=["12"])
    idle_minutes: int = Field(
        10,
        ge=1,
        description="What moderators were shown leaves their chat so many minutes after they last did something there.",
        examples=["10"],
    )
    shown_minutes: int = Field(
        60,
        ge=1,
        le=24 * 60,
        description="It leaves the chat so many minutes after it was shown, however busy they are.",
        examples=["60"],
    )

    @field_validator("shown_minutes")
    @classmethod
    def _not_before_idle(cls, value: int, info: ValidationInfo) -> int:
        idle = info.data.get("idle_minutes", value)
        if value < idle:
            raise ValueError(f"must not be less than {PREFIX}IDLE_MINUTES, which is {idle}")
        return value


LICENCES = (
    "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0",
    "CC-BY-3.0-IGO", "CC-BY-NC-SA-3.0-IGO", "PDDL-1.0", "ODC-By-1.0", "ODbL-1.0",
)  # fmt: skip
"""Licences for data and texts, by SPDX code, without those for programs."""


class Leaving(BaseModel):
    """Recipients and licence of data that leaves the server."""

    original_recipients: Names = Field(
        default=(),
        description="Who alone can open the files as they came, by age keys kept away from the server; without any the report's key does.",
        examples=["age1<58-characters>"],
    )
    export_recipients: Names = Field(
        default=(),
        description="Who alone can open what two administrators agree to share (trusted organisations, names, stories), by age keys kept away from the server; without any nothing of it leaves.",
        examples=["age1<58-characters>"],
    )
    export_licence: str = Field(
        "",
        description="What others may do with exported records, by the code of a licence at https://spdx.org/licenses; named in formats that have a place for it, never in what is shared encrypted.",
        examples=["CC-BY-4.0"],
    )

    @field_validator("original_recipients", "export_recipients")
    @classmethod
    def _known_recipients(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(read_recipient(one) for one in value)

    @field_validator("export_licence")
    @classmethod
    def _licence_of_data(cls, value: str) -> str:
        if value and value not in LICENCES:
            raise ValueError(f"must be one of {', '.join(LICENCES)}")
        return value


class Looks(BaseModel):
    """Appearance of the bot in Telegram."""

    organisation: Worded = Field(
        default_factory=dict,
        description="Who stands behind the bot: people see it in Telegram before they press Start, and in the greeting. One name, or one for each language.",
        examples=["kk: Құқық бюросы | ru: Бюро по правам человека | en: Human Rights Bureau"],
    )
    organisation_contact: Worded = Field(
        default_factory=dict,
        description="Where the organisation can be asked whether the bot is really its own: a public address or page.",
        examples=["https://example.org/bot"],
    )
    bot_name: Named = Field(
        default_factory=dict,
        description="The bot's name in Telegram; without it the one given at @BotFather stays.",
        examples=["kk: Куәгер | ru: Очевидец | en: Kuager"],
    )
    neutral_look: bool = Field(
        False,
        description="Whether the bot's greeting, menu and profile in Telegram leave out what it is for and who runs it, and questions begin with a line that tells nothing. Choose a name that fits; the questions are those of KUAGER_FORM.",
        examples=["false"],
    )


class Allowances(BaseModel):
    draft_hours: int = Field(
        72,
        ge=1,
        description="An unfinished report is destroyed after so many hours of silence.",
        examples=["72"],
    )
    updates_a_day: int = Field(
        300,
        ge=20,
        description="How many messages and taps of one person outside a report are answered on a day.",
        examples=["300"],
    )
    reports_a_day: int = Field(
        20, ge=1, description="How many reports one person can begin on a day.", examples=["20"]
    )
    guesses_a_day: int = Field(
        20,
        ge=3,
        description="How many codes that no report has one person can try on a day.",
        examples=["20"],
    )
    block_days: int = Field(
        30,
        ge=1,
        le=365,
        description="How many days no reports are taken from an account that flooded the bot and was blocked for it.",
        examples=["30"],
    )


class Forms(BaseModel):
    form: Path | None = Field(
        None,
        description="The questionnaire: an XLSForm as .md, .xlsx or .csv; without it the program's own.",
        examples=["bot/forms/incident.md"],
    )
    review_form: Path | None = Field(
        None,
        description="The moderators' form for the public version, in the same formats; without it the program's own.",
        examples=["bot/forms/review.md"],
    )
    contacts: Path | None = Field(
        None,
        description="Who helps with what a reporter needs: a CSV of contacts, see docs/operators.md.",
        examples=["data/contacts.csv"],
    )
    languages: Names = Field(
        default_factory=codes,
        description="Languages offered, the first is the default.",
        examples=["kk,ru,en"],
    )
    published_languages: Names = Field(
        default=(),
        description="Languages in which each record gets a title and a summary; without any only that of its moderator.",
        examples=["kk,ru,en"],
    )
    update_template: Path | None = Field(
        None,
        description="The organisation's own Word template of country updates, see docs/country-update.md; without it the program's own.",
        examples=["data/update.docx"],
    )
    time_zone: str = Field(
        "Asia/Almaty",
        description="What 'today' means, by the IANA name of the time zone.",
        examples=["Asia/Almaty"],
    )

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or set(value) - set(codes()):
            raise ValueError(f"must be some of {', '.join(codes())}")
        return value

    @field_validator("published_languages")
    @classmethod
    def _published_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if set(value) - set(codes()):
            raise ValueError(f"must be some of {', '.join(codes())}")
        return tuple(dict.fromkeys(value))

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not a time zone of the IANA list") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
