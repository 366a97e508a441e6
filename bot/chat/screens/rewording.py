"""Words of a form's screens that are others for another kind of form. The flow is one for all and speaks to somebody who reports:
"send the report", "delete everything"."""

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
"""Keys of the catalogues and those that replace them when a public version is edited: a moderator saves an edit or drops it."""
QUESTION_WORDS = {
    **{key: f"moderator.ask.{key}" for key in _REWORDED},
    "reporter.review.words": "moderator.ask.unadded",
}
"""The same of a question: a moderator asks it or drops it."""
REPLY_WORDS = {
    **{key: f"reporter.reply.{key}" for key in (*_REWORDED, "flow.skip")},
    "reporter.review.words": "reporter.reply.unadded",
}
"""The same of a reply: a reporter sends an answer, and deletes that alone. To go on without words is not to leave the question
unanswered."""
WORDS: Mapping[str, Mapping[str, str]] = {
    REVIEW_FORM: EDIT_WORDS,
    QUESTION_FORM: QUESTION_WORDS,
    REPLY_FORM: REPLY_WORDS,
}
"""By the kind of the form."""
