"""Screens of forms in a chat, edited in place or sent anew, and the deletion of earlier ones."""

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
    """Extras of a form's screen, deleted together with it: notes and files above it, and rows of buttons
    above its last row."""

    notes: tuple[tuple[Phrase, ...], ...] = ()
    files: tuple[Call, ...] = ()
    rows: tuple[tuple[ActButton, ...], ...] = ()


NOTHING_BESIDE = Beside()


def renderer_of(turn: Turn, open_draft: OpenDraft) -> Renderer:
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
    """Show a draft's screen, in place if the tapped message alone shows this step, else below everything.

    Messages of the draft as it was `before` are deleted or become one short line. In a draft that leaves
    nothing they are surely deleted, after the new screen.
    """
    step, report_id = open_draft.draft.step, open_draft.row.report_id
    leaves_nothing = open_draft.draft.leaves_nothing
    renderer = renderer_of(turn, open_draft)
    screen = replace(screen, notes=(*screen.notes, *beside.notes)) if beside.notes else screen
    tapped = turn.tapped_message_id if tapped_step is not None else None
    shown = _asking(turn, before.step)
    # Prompts of earlier updates of this batch were never sent. This screen says their notices.
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
    # A note such as contacts is needed later. It is no prompt and is not deleted with one.
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
    """Record that the person saw the current step."""
    prompt, tapped = turn.chat.prompt, turn.tapped_message_id
    if prompt is not None and tapped is not None:
        turn.chat.prompt = replace(prompt, first_id=min(tapped, prompt.first_id or tapped))


def drop(turn: Turn) -> None:
    """Close the chat's form and delete its last messages, such as the review."""
    shown = turn.chat.prompt.message_ids if turn.chat.prompt is not None else ()
    tapped = turn.tapped_message_id
    last = shown if tapped is None or tapped in shown else (*shown, tapped)
    if last:
        turn.delete(last, surely=True)
    turn.outbox.drop_prompts(turn.chat.hash)
    turn.chat.open_draft = turn.chat.prompt = None


def _asking(turn: Turn, step: int) -> tuple[int, ...]:
    shown = turn.chat.prompt
    return shown.message_ids if shown is not None and shown.step == step else ()


def _beside(turn: Turn, open_draft: OpenDraft) -> tuple[int, ...]:
    shown = turn.chat.prompt
    if shown is None or not shown.beside:
        return ()
    turn.chat.prompt = replace(shown, beside=())
    keep_prompt(turn.unit, open_draft.row, turn.chat.prompt)
    return shown.beside


def _noted(turn: Turn, screen: Screen, *, replaces: bool) -> Screen:
    """Add the notices of replaced screens: the first message's refusal is news even if the second was
    accepted."""
    notices = turn.chat.screen_notices if replaces else ()
    if screen.notice is not None and screen.notice not in notices:
        notices = (*notices, screen.notice)
    turn.chat.screen_notices = notices
    return replace(screen, notice=Joined(notices, "\n")) if notices else screen


def _leave(
    turn: Turn, open_draft: OpenDraft, before: Draft, renderer: Renderer, asked: tuple[int, ...]
) -> None:
    """Delete the messages of a question. The last one may become a short line, or only lose its buttons."""
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
    """Record that a new prompt is queued. No message counts as the prompt before its delivery."""
    step, message = open_draft.draft.step, turn.update.effective_message
    shown = turn.chat.prompt or Prompt(step, unseen=True)
    floor = max([message.message_id if message is not None else 0, *shown.message_ids])
    turn.chat.prompt = shown.again() if shown.step == step else shown.followed(step, floor)
    keep_prompt(turn.unit, open_draft.row, turn.chat.prompt)
