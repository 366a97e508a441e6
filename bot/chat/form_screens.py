"""Screens in a chat: each is rendered once and shown in place or anew, and what asked before it leaves the chat."""

from dataclasses import dataclass, replace

from bot.chat.screens.prompt import Prompt, keep_prompt
from bot.chat.screens.renderer import ActButton, Renderer
from bot.chat.screens.rewording import WORDS
from bot.chat.screens.trace import trace_of
from bot.chat.transport.sending.call import Call
from bot.chat.turn import Turn
from bot.form.draft import Draft
from bot.form.screen import Joined, Phrase, Screen
from bot.services.reports.drafts.drafting import OpenDraft


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a screen of a form, and leaves the chat with it: notes before it, files between them and it, and rows of
    buttons above its last one."""

    notes: tuple[tuple[Phrase, ...], ...] = ()
    files: tuple[Call, ...] = ()
    rows: tuple[tuple[ActButton, ...], ...] = ()


NOTHING_BESIDE = Beside()


def renderer_of(turn: Turn, open_draft: OpenDraft) -> Renderer:
    """The renderer of a form's screens, in the words of its kind."""
    words = WORDS.get(open_draft.row.kind)
    return turn.renderer if words is None else turn.renderer.reworded(words)


def show(
    turn: Turn,
    open_draft: OpenDraft,
    screen: Screen,
    before: Draft,
    tapped_step: int | None = None,
    beside: Beside = NOTHING_BESIDE,
) -> None:
    """Show a draft's screen: in place when the tapped message alone shows the same step, else anew below
    all else. What asked for the draft as it was `before` goes, or becomes one short line. In a draft that leaves nothing
    in the chat all goes, surely, once the new screen is there."""
    step, report_id = open_draft.draft.step, open_draft.row.report_id
    leaves_nothing = open_draft.draft.leaves_nothing
    renderer = renderer_of(turn, open_draft)
    screen = replace(screen, notes=(*screen.notes, *beside.notes)) if beside.notes else screen
    tapped = turn.tapped_message_id if tapped_step is not None else None
    shown = _asking(turn, before.step)
    # What earlier updates of this batch asked was never sent, and what it had to say is said by this screen.
    replaces = turn.outbox.drop_prompts(turn.chat.hash)
    noted = _noted(turn, screen, replaces=replaces)
    messages = renderer.screen(turn.language, noted, open_draft.row.id[:4], step)
    messages[-1].keyboard[-1:-1] = renderer.keyboard(turn.language, beside.rows)
    alone = len(messages) == 1 and len(shown) < 2 and not replaces and not screen.notes
    if tapped is not None and tapped_step == step and alone:
        params = {"chat_id": turn.chat.id, "message_id": tapped, **messages[0].params()}
        turn.owe(Call("editMessageText", params, protect=report_id is not None), report_id=report_id)
        return
    asked = shown if tapped is None else (*shown, tapped)
    if leaves_nothing:
        asked = (*asked, *_beside(turn, open_draft))
    else:
        _leave(turn, open_draft, before, renderer, asked)
    _expect(turn, open_draft)
    # What a note tells, contacts for one, is needed later: it is no prompt and leaves the chat with none.
    for told in renderer.notes(turn.language, screen):
        with_prompt = step if leaves_nothing else None
        turn.send(told, prompt_step=with_prompt, report_id=report_id, protect=report_id is not None)
    for file in beside.files:
        turn.owe(file, prompt_step=step)
    for message in messages:
        turn.send(message, prompt_step=step, report_id=report_id, protect=report_id is not None)
    if leaves_nothing:
        turn.delete(sorted(set(asked)), surely=True)


def note_seen(turn: Turn) -> None:
    """A button of the step at hand was tapped: its person has it in sight, whatever the bot was told of its delivery."""
    prompt, tapped = turn.chat.prompt, turn.tapped_message_id
    if prompt is not None and tapped is not None:
        turn.chat.prompt = replace(prompt, first_id=min(tapped, prompt.first_id or tapped))


def drop(turn: Turn) -> None:
    """The form has ended: its last messages, the review of all that was said, leave the chat."""
    shown = turn.chat.prompt.message_ids if turn.chat.prompt is not None else ()
    tapped = turn.tapped_message_id
    last = shown if tapped is None or tapped in shown else (*shown, tapped)
    if last:
        turn.delete(last, surely=True)
    turn.outbox.drop_prompts(turn.chat.hash)
    turn.chat.open_draft = turn.chat.prompt = None


def _asking(turn: Turn, step: int) -> tuple[int, ...]:
    """The messages that ask a step, as far as they were delivered."""
    shown = turn.chat.prompt
    return shown.message_ids if shown is not None and shown.step == step else ()


def _beside(turn: Turn, open_draft: OpenDraft) -> tuple[int, ...]:
    """The messages that leave the chat with the question, which are forgotten then."""
    shown = turn.chat.prompt
    if shown is None or not shown.beside:
        return ()
    turn.chat.prompt = replace(shown, beside=())
    keep_prompt(turn.unit, open_draft.row, turn.chat.prompt)
    return shown.beside


def _noted(turn: Turn, screen: Screen, *, replaces: bool) -> Screen:
    """A screen that also says what those had to say that it replaces: that the first of two messages could not
    be taken is news, even if the second could."""
    notices = turn.chat.screen_notices if replaces else ()
    if screen.notice is not None and screen.notice not in notices:
        notices = (*notices, screen.notice)
    turn.chat.screen_notices = notices
    return replace(screen, notice=Joined(notices, "\n")) if notices else screen


def _leave(
    turn: Turn, open_draft: OpenDraft, before: Draft, renderer: Renderer, asked: tuple[int, ...]
) -> None:
    """Take the messages that asked out of the chat. Of a step that is left its trace may stay: the last message
    becomes a line, or only loses its buttons."""
    if not asked:
        return
    each, last = list(dict.fromkeys(asked)), asked[-1]
    is_left = before.step != open_draft.draft.step
    trace = trace_of(before, open_draft.filling) if is_left else None
    if trace is None:
        turn.delete(each)
    elif trace.whole:
        turn.drop_buttons(last)
    else:
        line = trace.message(renderer, turn.language)
        params = {"chat_id": turn.chat.id, "message_id": last, **line.params()}
        turn.call("editMessageText", params, essential=False, report_id=open_draft.row.report_id)
        turn.delete([one for one in each if one != last])


def _expect(turn: Turn, open_draft: OpenDraft) -> None:
    """A new prompt of the draft's step is owed; no message asks it until that is delivered."""
    step, message = open_draft.draft.step, turn.update.effective_message
    shown = turn.chat.prompt or Prompt(step, unseen=True)
    floor = max([message.message_id if message is not None else 0, *shown.message_ids])
    turn.chat.prompt = shown.again() if shown.step == step else shown.followed(step, floor)
    keep_prompt(turn.unit, open_draft.row, turn.chat.prompt)
