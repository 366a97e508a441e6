"""A draft: all that is known of one filling of a form, as a frozen value that can be kept as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot.form.answers import Answer, from_json, to_json

REVIEW = ":review"
"""The position of a draft whose questions are all asked."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a draft that no event has reached."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`answers` are kept by instance path, `/incident/person[2]/role`; those of questions that became
    irrelevant stay here and are left out of the submission. `counts` holds how many instances each
    repeat has, by the instance path of the repeat without its own position.

    `digest` is that of the form in which the draft was last shown, blank if that is not known; `position` is the instance path being asked, or REVIEW. `step` counts the screens a person has been
    led to: it rises when the position changes, not when the same screen changes. `view` is the state of
    the screen itself (page, search words, date picker), `trail` the positions asked before (for Back),
    `returning` that an answer leads back to the review.

    `now` (aware, in the configured time zone) and `seed` come in with every event and are never stored.
    """

    form: str
    digest: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    position: str = ""
    step: int = 0
    trail: tuple[str, ...] = ()
    view: Mapping[str, str] = field(default_factory=dict)
    returning: bool = False
    now: datetime = NEVER
    seed: int = 0

    def at(self, now: datetime, seed: int) -> "Draft":
        """This draft with the time and the random seed of the event at hand."""
        return replace(self, now=now, seed=seed)


def dump(draft: Draft) -> dict[str, Any]:
    """The draft as plain JSON values, without the time and the seed."""
    return {
        "form": draft.form,
        "digest": draft.digest,
        "answers": {path: to_json(answer) for path, answer in draft.answers.items()},
        "counts": dict(draft.counts),
        "position": draft.position,
        "step": draft.step,
        "trail": list(draft.trail),
        "view": dict(draft.view),
        "returning": draft.returning,
    }


def load(data: Mapping[str, Any]) -> Draft:
    """The inverse of `dump`."""
    return Draft(
        form=data["form"],
        digest=data.get("digest", ""),
        answers={path: from_json(answer) for path, answer in data["answers"].items()},
        counts=data["counts"],
        position=data["position"],
        step=data["step"],
        trail=tuple(data["trail"]),
        view=data["view"],
        returning=data["returning"],
    )
