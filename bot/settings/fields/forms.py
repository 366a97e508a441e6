"""Forms, languages and documents."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, field_validator

from bot.languages import codes
from bot.settings.fields.kinds import Names


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
