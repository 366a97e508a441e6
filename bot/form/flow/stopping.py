"""Stopping: delete everything, or send an urgent report as it is, leave nothing in the chat, be reminded."""

from bot.form.answers import Chosen
from bot.form.events import Back, Cancel, LeaveNothing, Remind, SendUnfinished
from bot.form.flow.filled.filling import Filling
from bot.form.screen import Button, ButtonRole, ButtonRow, Key, Screen, ScreenKind, button

_YES = Chosen(("yes",))
_LEAST = ("category", "story")


def cancel(filling: Filling, event: Cancel) -> Filling:
    return (
        filling.end(ScreenKind.CANCELLED)
        if event.sure
        else filling.look(filling.view.changed(confirming=True))
    )


def send_unfinished(filling: Filling) -> Filling:
    """End the flow of an urgent report with questions left."""
    if filling.draft.doubted:
        return filling.look(filling.view.changed(confirming=False)).say("flow.use_buttons")
    if not may_be_sent_unfinished(filling):
        return filling.say("flow.gone")
    return filling.end(ScreenKind.SUBMITTED)


def switch(filling: Filling, event: LeaveNothing | Remind) -> Filling:
    """Turn an option on or off. Before consent nothing may be stored."""
    if not _is_kept(filling) or (isinstance(event, Remind) and not filling.form.reminds):
        return filling.say("flow.gone")
    return filling.change(**{"leaves_nothing" if isinstance(event, LeaveNothing) else "reminds": event.on})


def may_be_sent_unfinished(filling: Filling) -> bool:
    roles = filling.form.by_role
    if not _is_kept(filling) or "urgent" not in roles or filling.answer(roles["urgent"].path) != _YES:
        return False
    return all(role in roles and filling.answer(roles[role].path) is not None for role in _LEAST)


def is_first_kept(filling: Filling) -> bool:
    """Whether the current question follows consent, so that its answer is the first to be stored."""
    consent = filling.form.by_role.get("consent_store")
    return consent is not None and _is_kept(filling) and filling.asked_before == consent.path


def leave_nothing_row(filling: Filling) -> tuple[ButtonRow, ...]:
    on = filling.draft.leaves_nothing
    return ((Button(Key("flow.leave_nothing"), LeaveNothing(not on), on),),)


def stop_screen(filling: Filling) -> Screen:
    body = [Key("flow.cancel.ask")]
    rows: list[ButtonRow] = [(button("flow.cancel.sure", Cancel(sure=True), ButtonRole.DESTROY),)]
    if may_be_sent_unfinished(filling):
        body.append(Key("flow.unfinished.hint"))
        rows.append((button("flow.unfinished.send", SendUnfinished(), ButtonRole.COMPLETE),))
    rows.append((button("flow.cancel.no", Back()),))
    if _is_kept(filling):
        if not filling.draft.leaves_nothing:
            body.append(Key("flow.leave_nothing.hint"))
        body.append(Key("flow.remind.hint"))
        rows += [*leave_nothing_row(filling), *_remind_row(filling)]
    return Screen(ScreenKind.CONFIRM_CANCEL, tuple(body), tuple(rows), filling.notice)


def _remind_row(filling: Filling) -> tuple[ButtonRow, ...]:
    on = filling.draft.reminds
    return ((Button(Key("flow.remind"), Remind(not on), on),),) if filling.form.reminds else ()


def _is_kept(filling: Filling) -> bool:
    """Whether the reporter has consented to storing the report."""
    consent = filling.form.by_role.get("consent_store")
    return consent is not None and filling.answer(consent.path) == _YES
