"""The flow of a form as a pure function of a draft and an event.

It is total: any event in any state gives a valid draft and a screen, with a kind notice where the event
means nothing there.
"""

from bot.form.draft import REVIEW, Draft
from bot.form.events import (
    AddRepeat,
    Back,
    Cancel,
    Clear,
    DateMode,
    Edit,
    Event,
    Extend,
    Gave,
    Goto,
    Located,
    Next,
    Page,
    Pick,
    PickDate,
    RemoveFile,
    RemoveRepeat,
    Rewrote,
    Show,
    Skip,
    Submit,
    Toggle,
    Wrote,
)
from bot.form.flow.asking import question_screen
from bot.form.flow.changed import is_clear, show_anew
from bot.form.flow.instances import just_begun
from bot.form.flow.objections import missing, objection
from bot.form.flow.repeating import add_repeat, leave, remove_repeat, repeat_screen
from bot.form.flow.reviewing import (
    cancel,
    cancel_screen,
    edit,
    edit_screen,
    extend,
    goto,
    is_editing,
    last_screen,
    review_screen,
    submit,
)
from bot.form.flow.route import back, forward, settle
from bot.form.flow.turn import SELECTS, Turn
from bot.form.kinds.attachments import give, remove_file
from bot.form.kinds.dating import choose_mode, leave_picker, pick_date, type_date
from bot.form.kinds.locating import locate, type_place
from bot.form.kinds.numbering import type_number
from bot.form.kinds.picking import pick, search, toggle
from bot.form.kinds.writing import continue_earlier, earlier_text, rewrite, write
from bot.form.model import Form, Kind
from bot.form.screen import Key, Screen


def begin(form: Form) -> Draft:
    """A new draft at the first question of a form, with the default of that question."""
    return settle(Turn(form, Draft(form.id, form.digest))).draft


def advance(form: Form, draft: Draft, event: Event) -> tuple[Draft, Screen]:
    """What an event makes of a draft, and what is shown then.

    `draft.now` must be set. The draft is unchanged by an event that ends the flow (the kind of the screen
    is CANCELLED or SUBMITTED), so that a service can take it. When the form is not the one that the draft was
    last shown in, its buttons get a new step, and only what is clear in this form too is taken.
    """
    turn = settle(Turn(form, draft))
    turn = settle(_handled(turn, event) if draft.digest == form.digest else _in_changed(turn, draft, event))
    if turn.ended is not None:
        return draft, last_screen(turn.ended)
    if turn.shifted or _identity(turn.draft) != _identity(draft):
        turn = turn.change(step=draft.step + 1)
    return turn.draft, _screen(turn)


def _in_changed(turn: Turn, draft: Draft, event: Event) -> Turn:
    turn = turn.change(digest=turn.form.digest).shift()
    return _handled(turn, event) if is_clear(turn, draft.position, event) else show_anew(turn, event)


def _identity(draft: Draft) -> tuple[str, ...]:
    """What makes a screen another one, whose buttons are not those of the screen before."""
    return (draft.position, *(draft.view.get(name, "") for name in ("screen", "cancel", "start")))


def _screen(turn: Turn) -> Screen:
    if turn.confirming:
        return cancel_screen(turn)
    if turn.position == REVIEW:
        return edit_screen(turn) if is_editing(turn) else review_screen(turn)
    if turn.repeat is not None:
        return repeat_screen(turn, turn.repeat)
    assert turn.question is not None  # noqa: S101  # settle leaves a turn nowhere else
    return question_screen(turn, turn.question)


def _handled(turn: Turn, event: Event) -> Turn:
    match event:
        case Show():
            return turn
        case Cancel():
            return cancel(turn, event)
        case Wrote() | Rewrote() | Gave() | Located():
            return _said(turn, event)
        case Back() if turn.confirming:
            return turn.look(cancel=None)
        case _ if turn.confirming:
            return turn.say("flow.use_buttons")
        case Page():
            return turn.look(page=str(max(0, event.number)))
        case Next() | Back() | Skip() | Clear():
            return _moved(turn, event)
        case Submit() | Edit() | Extend() | Goto() | AddRepeat() | RemoveRepeat():
            return _reviewed(turn, event)
    return _chosen(turn, event)


def _said(turn: Turn, event: Wrote | Rewrote | Gave | Located) -> Turn:
    match event:
        case Wrote():
            return _wrote(turn, event)
        case Rewrote():
            return _rewrote(turn, event)
        case Located():
            return locate(turn, event)
    return give(turn, event)


def _moved(turn: Turn, event: Next | Back | Skip | Clear) -> Turn:
    match event:
        case Back():
            return _back(turn)
        case Next():
            return _next(turn)
        case Skip():
            return _skip(turn)
    if turn.question is None:
        return turn.say("flow.gone")
    return turn.put(turn.position, None).change(view={})


def _reviewed(turn: Turn, event: Submit | Edit | Extend | Goto | AddRepeat | RemoveRepeat) -> Turn:
    match event:
        case Submit():
            return submit(turn)
        case Edit():
            return edit(turn)
        case Extend():
            return extend(turn)
        case Goto():
            return goto(turn, event)
        case AddRepeat():
            return add_repeat(turn)
    return remove_repeat(turn, event)


def _chosen(turn: Turn, event: Pick | Toggle | RemoveFile | DateMode | PickDate) -> Turn:
    match event:
        case Pick():
            return pick(turn, event.index)
        case Toggle():
            return toggle(turn, event)
        case RemoveFile():
            return remove_file(turn, event)
        case DateMode():
            return choose_mode(turn, event)
    return pick_date(turn, event)


def _back(turn: Turn) -> Turn:
    if is_editing(turn):
        return turn.look(screen=None, page=None)
    if turn.view("search"):
        return turn.look(search=None, page=None)
    return leave_picker(turn) or back(turn)


def _next(turn: Turn) -> Turn:
    if turn.position == REVIEW:
        return turn.say("flow.use_buttons")
    answer = turn.answer(turn.position)
    if answer is None:
        return _skip(turn)
    reason = objection(turn, turn.position, answer)
    return forward(turn) if reason is None else turn.say(reason)


def _skip(turn: Turn) -> Turn:
    if turn.position == REVIEW:
        return turn.say("flow.use_buttons")
    if not turn.required(turn.position):
        return forward(turn.put(turn.position, None))
    begun = just_begun(turn)
    return leave(turn, *begun) if begun else turn.say(missing(turn, turn.position) or Key("flow.required"))


def _rewrote(turn: Turn, event: Rewrote) -> Turn:
    """An edited message; that of words which could not be taken is a new try."""
    if event.source and event.source == turn.view("kept_source"):
        return _wrote(turn.unkept(), Wrote(event.text, event.source))
    return rewrite(turn, event)


def _wrote(turn: Turn, event: Wrote) -> Turn:
    if not event.text.strip():
        return turn.say("flow.empty")
    earlier = earlier_text(turn) if event.continues else None
    if earlier is not None:
        return continue_earlier(turn, earlier, event)
    if turn.position == REVIEW:
        return turn.say("flow.use_buttons")
    if turn.confirming or turn.question is None:
        return turn.keep(event.text, event.source).say("flow.use_buttons")
    if turn.question.kind is Kind.TEXT:
        return write(turn, event)
    if event.continues:
        return turn.keep(event.text, event.source).say("flow.text.unused")
    return _typed(turn, event, turn.question.kind)


def _typed(turn: Turn, event: Wrote, kind: Kind) -> Turn:
    """What was typed at a question that wants no text."""
    if kind in SELECTS:
        return search(turn, event)
    match kind:
        case Kind.DATE:
            return type_date(turn, event)
        case Kind.GEOPOINT:
            return type_place(turn, event)
        case Kind.INTEGER:
            return type_number(turn, event)
    return turn.keep(event.text, event.source).say("flow.text.not_here")
