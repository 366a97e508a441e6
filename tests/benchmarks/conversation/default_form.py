"""Reports by the form that comes with the program: a short one, and a long one with two instances of each repeat. Neither has
files, whose cleaning would be measured instead."""

from collections.abc import Mapping, Sequence
from functools import cache

from bot.chat.buttons import Tap, encode
from bot.demo.walk.answering import EXAMPLE_LINK, Respondent
from bot.form.answers import Answer, Chosen, TextPart, Written
from bot.form.events import Event, Submit, Wrote
from bot.form.kinds import kind_of
from bot.form.model import Question
from bot.form.xlsform import reader
from tests.bench import FORMS
from tests.bench import TOLD as SHORT
from tests.benchmarks.advance import TOLD as LONG
from tests.benchmarks.advance import walk
from tests.benchmarks.conversation.script import Part, Script, Sight, Step

_TOLD = {**LONG, "region": Chosen(("KZ-15",))}  # this and the next of a list's first page
_LONG = {**_TOLD, "affected_number": Chosen(("2-5",)), "links": Written((TextPart(EXAMPLE_LINK),))}
_SHORT = {role: answer for role, answer in SHORT.items() if role not in {"when", "region"}} | {
    "region": _TOLD["region"],
    "story": Written((TextPart("The police detained three people at the akimat."),)),  # the kind is heard
}


@cache
def long_report() -> Script:
    """From /start to the receipt."""
    return _report("long reports", _LONG, extended=True)


@cache
def short_report() -> Script:
    """From /start to the receipt; it happened today."""
    return _report("short reports", _SHORT, extended=False)


def _report(name: str, told: Mapping[str, Answer], *, extended: bool) -> Script:
    return (Part(name, [Step(said="/start"), *_steps(told, extended=extended)], Sight("Your code:")),)


def _steps(told: Mapping[str, Answer], *, extended: bool) -> Sequence[Step]:
    form = reader.load(FORMS / "incident.md")
    wishes = {form.by_role[role].path: answer for role, answer in told.items() if role in form.by_role}
    questions = (node for node in form.nodes.values() if isinstance(node, Question))
    skipped = {one.path: None for one in questions if kind_of(one).takes_files}
    walked = walk("", form, Respondent({**wishes, **skipped}, instances=2), extended=extended)
    steps = [_step(draft.step, event) for draft, event in walked.steps[:-2]]  # then the walk looks around
    return [*steps, _step(walked.end.step, Submit())]


def _step(number: int, event: Event) -> Step:
    seen = Sight(step=number)
    if isinstance(event, Wrote):
        return Step(seen, said=event.text)
    return Step(seen, data=encode(Tap("", number, event)).partition(".")[2])
