"""Who may open what leaves the server, and under which licence."""

from pydantic import BaseModel, Field, field_validator

from bot.safety.offline import read_recipient
from bot.settings.fields.kinds import Names

LICENCES = (
    "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0",
    "CC-BY-3.0-IGO", "CC-BY-NC-SA-3.0-IGO", "PDDL-1.0", "ODC-By-1.0", "ODbL-1.0",
)  # fmt: skip
"""Licences for data and texts, by their codes at SPDX; those for programs say nothing of records."""


class Leaving(BaseModel):
    """Who may open what leaves the server, and under which licence."""

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
