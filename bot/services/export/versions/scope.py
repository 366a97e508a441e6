"""How far an export goes: what is public, or what two administrators can share under encryption.

Never further than the reporter's consent: names and stories leave only where it is to share with trusted organisations."""

from collections.abc import Sequence
from enum import StrEnum

from bot.form.kinds import kind_of
from bot.form.model import Form, Privacy, Question
from bot.services.reports.consent import Consent


class Scope(StrEnum):
    """Public rows; rows that trusted organisations may have; the same with names, or with reporters' own words."""

    PUBLIC = "public"
    TRUSTED = "trusted"
    NAMES = "names"
    STORIES = "stories"

    @property
    def consents(self) -> frozenset[Consent]:
        """The consents that a report needs one of to have a row."""
        return _CONSENTS[self]

    @property
    def tells(self) -> bool:
        """Whether it holds something of what reporters told, beside the public version."""
        return self in {Scope.NAMES, Scope.STORIES}

    def questions(self, report: Form) -> Sequence[Question]:
        """The questions of the reporters' form whose answers it holds as they were given. A point on the map and files are never
        among them."""
        match self:
            case Scope.NAMES:
                return [one for one in report.questions if one.privacy is Privacy.SEALED and _is_told(one)]
            case Scope.STORIES:
                return [one for one in report.questions if one.role == "story" and _is_told(one)]
        return []


SHARED = (Scope.TRUSTED, Scope.NAMES, Scope.STORIES)
"""Those that take two administrators, in the order in which they are offered."""
_CONSENTS = {
    Scope.PUBLIC: frozenset({Consent.PUBLISH}),
    Scope.TRUSTED: frozenset({Consent.PUBLISH, Consent.SHARE}),
    Scope.NAMES: frozenset({Consent.SHARE}),
    Scope.STORIES: frozenset({Consent.SHARE}),
}


def _is_told(question: Question) -> bool:
    """Whether a person is asked it, and its answer is one of an export: no point on the map, no file."""
    kind = kind_of(question)
    return kind.is_asked and kind.fact_type is not None
