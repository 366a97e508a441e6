"""What the peers say: the questions of `form.md`, all answers to be confirmed, and a thank-you."""

from collections.abc import Mapping

from tests.benchmarks.conversation.script import asked

CONFIRM, DONE, REVIEW = "Send", "Received, thank you.", "Check your report. Send it?"
_ENDS = (
    *("what happened?", "where was it?", "who was there?", "what was said?", "what came before?"),
    *("what came after?", "what was taken?", "who was told of it?", "what did they do?", "what would help?"),
)
ASKED = [f"{asked(number)}: {end}" for number, end in enumerate(_ENDS, 1)]


def review(answers: Mapping[str, str]) -> str:
    """All answers, to be confirmed."""
    lines = (f"{number}. {question}\n{answers[question]}" for number, question in enumerate(ASKED, 1))
    return "\n\n".join((REVIEW, *lines))
