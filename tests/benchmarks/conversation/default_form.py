"""A whole report by the form that comes with the program: the longer one, two instances of each repeat, and no files, whose
cleaning would be measured instead."""

from functools import cache

from bot.chat.buttons import Tap, encode
from bot.demo.walk.answering import EXAMPLE_LINK, Respondent
from bot.form.answers import Chosen, TextPart, Written
from bot.form.events import Event, Submit, Wrote
from bot.form.kinds import kind_of
from bot.form.model import Question
from bot.form.xlsform import reader
from tests.bench import FORMS
from tests.benchmarks.advance import TOLD, walk
from tests.benchmarks.conversation.script import Part, Script, Sight, Step


@cache
def whole_report() -> Script:
    """From the first question after the consent to the receipt."""
    form = reader.load(FORMS / "incident.md")
    told = {
        **TOLD,
        "region": Chosen(("KZ-15",)),  # this and the next of a list's first page
        "affected_number": Chosen(("2-5",)),
        "links": Written((TextPart(EXAMPLE_LINK),)),
    }
    wishes = {form.by_role[role].path: answer for role, answer in told.items() if role in form.by_role}
    questions = (node for node in form.nodes.values() if isinstance(node, Question))
    skipped = {one.path: None for one in questions if kind_of(one).takes_files}
    walked = walk("", form, Respondent({**wishes, **skipped}, instances=2))
    steps = [_step(draft.step, event) for draft, event in walked.steps]
    consent, *others = steps[: len(steps) - 2]  # at the review the walk looks around
    sending = _step(walked.end.step, Submit())
    begun = Part("", [Step(said="/start"), consent], others[0].seen)
    return begun, Part("long reports", [*others, sending], Sight("Your code:"))


def _step(number: int, event: Event) -> Step:
    seen = Sight(step=number)
    if isinstance(event, Wrote):
        return Step(seen, said=event.text)
    return Step(seen, data=encode(Tap("", number, event)).partition(".")[2])
