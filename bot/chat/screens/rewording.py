"""Wording of a form's screens for other kinds of forms. The flow's texts address a reporter: "send the
report", "delete everything"."""

from collections.abc import Mapping

from bot.services.unit import QUESTION_FORM, REPLY_FORM, REVIEW_FORM

_REWORDED = (
    "flow.send",
    "flow.delete",
    "flow.cancel",
    "flow.cancel.ask",
    "flow.cancel.sure",
    "flow.review",
)
EDIT_WORDS = {key: f"moderator.edit.{key}" for key in (*_REWORDED, "flow.review.put_there")}
QUESTION_WORDS = {
    **{key: f"moderator.ask.{key}" for key in _REWORDED},
    "reporter.review.words": "moderator.ask.unadded",
}
"""Replaced keys for questions, which a moderator asks or drops."""
REPLY_WORDS = {
    **{key: f"reporter.reply.{key}" for key in (*_REWORDED, "flow.skip")},
    "reporter.review.words": "reporter.reply.unadded",
}
"""Replaced keys for replies, which a reporter sends or deletes alone. Skipping the words does not leave the
question unanswered."""
WORDS: Mapping[str, Mapping[str, str]] = {
    REVIEW_FORM: EDIT_WORDS,
    QUESTION_FORM: QUESTION_WORDS,
    REPLY_FORM: REPLY_WORDS,
}
