"""The conversation as a pure function: any event in any state of a draft gives a valid draft and a screen."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.form import events
from bot.form.draft import MOST_REMEMBERED, NEVER, REVIEW, Draft, ScreenState
from bot.form.events import Event, Gave, PointSent, Replaced, Rewrote, Wrote
from bot.form.flow import late_messages, review
from bot.form.flow import question as asking
from bot.form.flow.filling import Filling
from bot.form.flow.guests import guests_of, hosts_at_hand, offer, taken_by_guest, taken_in_parts
from bot.form.flow.route import back, forward, past_answered, settled, skip_rest
from bot.form.flow.understanding import hear, misheard, refitted, understanding_screen, understood
from bot.form.kinds import kind_of
from bot.form.kinds.kind import AnswerResult
from bot.form.model import Form, Question
from bot.form.screen import MOST_ECHOED, Key, Said, Screen
from bot.form.typed.labels import MOST_SEARCHED


def begin(form: Form, now: datetime = NEVER) -> Draft:
    """Start a draft at the first question of a form. A default there may read the time."""
    return settled(Filling(form, Draft(form.id, form.digest, now=now))).draft


def advance(form: Form, draft: Draft, event: Event) -> tuple[Draft, Screen]:
    """Apply an event to a draft, whose `now` is set. Returns the new draft and the screen to show. An event that
    ends the flow (CANCELLED or SUBMITTED) leaves the draft unchanged, so that a service can take it. If the form
    has changed since the last screen, only events that mean the same in the new form are applied."""
    after, screen = advanced(Filling(form, draft), event)
    return after.draft, screen


def advanced(filling: Filling, event: Event) -> tuple[Filling, Screen]:
    """Form of `advance` that keeps computed values."""
    form, draft = filling.form, filling.draft
    before = settled(filling)
    same_form = draft.digest == form.digest
    handled = _handled(before, event) if same_form else _in_changed(before, draft, event)
    after = asking.without_gone(settled(handled))
    if after.ended is not None:
        return filling, review.last_screen(after.ended)
    if after.shifted or _identity(after.draft) != _identity(draft):
        seen = (*draft.seen, draft.answerable)[-MOST_REMEMBERED:]
        after = after.change(step=draft.step + 1, seen=seen)
    at_start = draft.step == 0 and after.position == draft.position
    screen, notes = _told(after, _screen(after)), asking.notes_told(after, () if at_start else draft.trail)
    return after, replace(screen, notes=notes) if notes else screen


def _identity(draft: Draft) -> tuple[object, ...]:
    """Identity of a screen. If it changes, earlier buttons are stale."""
    view, doubted = draft.view, len(draft.doubted)
    return draft.position, view.editing, view.leaving, view.confirming, view.start, doubted, *draft.proposed


def _told(filling: Filling, screen: Screen) -> Screen:
    if not filling.form.tells:
        return screen
    tell = partial(filling.told, at=filling.position)
    rows = tuple(tuple(replace(one, label=tell(one.label)) for one in row) for row in screen.rows)
    notice, summary, heading = (one and tell(one) for one in (screen.notice, screen.told, screen.heading))
    body = tuple(map(tell, screen.body))
    media = tuple(replace(one, caption=one.caption and tell(one.caption)) for one in screen.media)
    return replace(screen, body=body, rows=rows, notice=notice, told=summary, heading=heading, media=media)


def _screen(filling: Filling) -> Screen:
    if filling.view.confirming:
        return asking.stop_screen(filling)
    if filling.draft.doubted:
        return late_messages.doubt_screen(filling)
    if filling.draft.proposed:
        return understanding_screen(filling)
    if filling.position == REVIEW and filling.view.leaving:
        return review.leaving_screen(filling)
    if filling.position == REVIEW:
        return review.edit_screen(filling) if filling.is_editing else review.review_screen(filling)
    if filling.repeat is not None:
        return review.repeat_screen(filling, filling.repeat)
    assert filling.question is not None  # noqa: S101  # settle leaves a filling nowhere else
    return asking.question_screen(filling, filling.question)


def _in_changed(filling: Filling, draft: Draft, event: Event) -> Filling:
    """Refuse buttons, whose indices may mean other entries now. Words are kept to be sent again."""
    filling = refitted(filling.change(digest=filling.form.digest)).shift()
    if _is_unambiguous(filling, draft.position, event):
        return _handled(filling, event)
    if isinstance(event, Wrote | Rewrote):
        filling = filling.keep(event.text, event.source)
    return filling.say("flow.changed")


def _is_unambiguous(filling: Filling, asked: str, event: Event) -> bool:
    match event:
        case events.Show() | events.Cancel() | events.LeaveNothing() | events.Remind() | Replaced():
            return True
        case Wrote():
            return filling.position == asked or late_messages.places_of(filling, event) != (filling.position,)
        case Rewrote():
            return not late_messages.is_kept(filling, event.source) or filling.position == asked
        case Gave() | PointSent():
            return filling.position == asked
    return False


def _handled(filling: Filling, event: Event) -> Filling:
    match event:
        case events.Show():
            return filling
        case events.Cancel():
            return asking.cancel(filling, event)
        case events.SendUnfinished():
            return asking.send_unfinished(filling)
        case events.LeaveNothing() | events.Remind():
            return asking.switch(filling, event)
        case Wrote() | Rewrote() | Gave() | Replaced() | PointSent():
            return _sent(filling, event)
    if filling.view.confirming or filling.draft.doubted or filling.draft.proposed:
        return _settled_first(filling, event)
    if (act := _ACTS.get(type(event))) is not None:
        return act(filling)
    if (choose := _CHOICES.get(type(event))) is not None:
        return choose(filling, event)
    return _answered(filling, event) or filling.say("flow.gone")


def _settled_first(filling: Filling, event: Event) -> Filling:
    confirming, doubted = filling.view.confirming, filling.draft.doubted
    match event:
        case events.Back() if confirming:
            return filling.look(filling.view.changed(confirming=False))
        case events.Belongs() if (
            not confirming and (found := late_messages.decided(filling, event)) is not None
        ):
            return _given(*found)
        case events.Understood() if not (confirming or doubted):
            return understood(filling)
        case events.Misheard() if not (confirming or doubted):
            return misheard(filling, event)
    return filling.say("flow.use_buttons")


def _sent(filling: Filling, event: Wrote | Rewrote | Gave | Replaced | PointSent) -> Filling:
    match event:
        case Rewrote() if late_messages.is_kept(filling, event.source):
            return _wrote(filling.look(filling.view.keeping("", "")), Wrote(event.text, event.source))
        case Rewrote():
            return late_messages.rewrite(filling, event)
        case Replaced():
            return asking.exchange(filling, event)
        case PointSent():
            return filling.say("flow.use_buttons") if filling.draft.doubted else _located(filling, event)
        case _ if late_messages.is_doubted(filling, event):
            return late_messages.hold(filling, event)
    return _given(filling, event)


def _given(filling: Filling, event: Wrote | Gave) -> Filling:
    if isinstance(event, Gave):
        return asking.give(filling, event, late_messages.earlier_place(filling, event))
    return _wrote(filling, event)


def _clear(filling: Filling) -> Filling:
    if filling.question is None:
        return filling.say("flow.gone")
    return filling.put(filling.position, None).look(ScreenState())


def _back(filling: Filling) -> Filling:
    if filling.is_editing or (filling.position == REVIEW and filling.view.leaving):
        return filling.look(filling.view.changed(editing=False, leaving=False, page=None))
    within = filling.kind_at(filling.position).back(filling.view)
    return back(filling) if within is None else filling.look(within)


def _next(filling: Filling) -> Filling:
    if filling.position == REVIEW:
        return filling.say("flow.use_buttons")
    answer = filling.answer(filling.position)
    if answer is None:
        return _skip(filling)
    reason = filling.refusal(filling.position, answer)
    return hear(filling, forward(filling)) if reason is None else filling.say(reason)


def _skip(filling: Filling) -> Filling:
    here = filling.position
    if here == REVIEW:
        return filling.say("flow.use_buttons")
    if (asked := filling.question) and filling.answer(here) is not None and kind_of(asked).is_gathered(asked):
        return filling.say("flow.gone")  # only an old screen offers it
    if not filling.required(here):
        return forward(filling.put(here, None))
    if filling.just_begun is not None:
        return review.leave(filling, *filling.just_begun)
    return filling.say(filling.missing(here) or Key("flow.required"))


def _wrote(filling: Filling, event: Wrote) -> Filling:
    if not event.text.strip():
        return filling.say("flow.empty")
    if filling.draft.proposed and (story := filling.form.by_role.get("story")) is not None:
        return asking.add_words(filling, story.path, event)
    earlier, early = late_messages.earlier_place(filling, event), late_messages.is_early(filling, event)
    if earlier:
        return asking.add_words(filling, earlier, event)
    if filling.position == REVIEW:
        taken = None if filling.view.confirming else review.write_at_review(filling, event)
        return filling.say("flow.use_buttons") if taken is None else taken
    question = filling.question
    if question is None or (filling.view.confirming and not early):
        unused = "flow.use_buttons"
    elif early and not kind_of(question).takes_text:
        unused = "flow.text.unused"
    elif (answered := _answered(filling, event)) is not None:
        return answered
    else:
        unused = "flow.text.no_file" if kind_of(question).takes_files else "flow.text.not_here"
    return _keeping(filling, event.text, event.source).say(unused)


def _located(filling: Filling, event: PointSent) -> Filling:
    earlier = late_messages.earlier_place(filling, event)
    taken = taken_by_guest(filling, earlier, event) if earlier else None
    if len(late_messages.places_of(filling, event)) < 2 and not earlier:
        by_guests = (taken_by_guest(filling, host, event) for host in hosts_at_hand(filling))
        taken = _answered(filling, event) or next(filter(None, by_guests), None)
    if taken is None:
        return filling.say("flow.place.not_here")
    # The point is kept, but a pending question whether to delete everything stays on the screen.
    stays = filling.view.confirming and taken.notice is None
    return taken.say("flow.use_buttons") if stays else taken


def _answered(filling: Filling, event: Event) -> Filling | None:
    question = filling.question
    if question is None:
        return None
    if isinstance(event, Wrote) and (parts := taken_in_parts(filling, event)) is not None:
        return _in_parts(filling, *parts, event)
    taken = _taken(filling, question, event)
    if (taken is None or taken.refused) and (found := taken_by_guest(filling, filling.position, event)):
        return found
    if taken is not None and taken.refused and isinstance(event, Wrote):
        view = _keeping(filling, event.text, event.source, taken.view).view
        return _put(filling, event, replace(taken, view=view))
    return None if taken is None else _put(filling, event, taken)


def _taken(filling: Filling, question: Question, event: Event) -> AnswerResult | None:
    """Answer of the current question. Refused are words too long for its kind, since reading them would delay
    everyone else, and a long text that only began a search, where words can answer no guest."""
    kind, asked = filling.asked_about(filling.position, question)
    if not isinstance(event, Wrote):
        return kind.take(asked, event)
    if kind.reads_words and len(event.text) > MOST_SEARCHED:
        return asked.refused(event, "flow.text.few_words")
    taken = kind.take(asked, event)
    searches = taken is not None and taken.view is not None and bool(taken.view.search)
    if searches and len(event.text) > MOST_ECHOED:
        guests = guests_of(filling, filling.position)
        if not any(kind_of(guest).takes_text for _, guest in guests):
            return asked.refused(event, "flow.text.few_words")
    return taken


def _in_parts(before: Filling, filling: Filling, left: str, event: Wrote) -> Filling:
    question = filling.question
    if question is None or not left:
        return filling
    kind, asked = filling.asked_about(filling.position, question)
    rest = Wrote(left, event.source)
    taken = kind.take(asked, rest)
    if taken is None or not taken.answers:
        return before.keep(event.text, event.source).say("flow.also.unread", text=Said(left))
    return _put(filling, rest, taken)


def _keeping(filling: Filling, text: str, source: str, view: ScreenState | None = None) -> Filling:
    """Keep rejected words. A possible story is kept together with the one before it, which was not taken yet."""
    before, view = filling.view.kept, view or filling.view
    if before and before != text and all(asking.may_be_story(filling, one) for one in (before, text)):
        text, source = f"{before}\n{text}", ""
    return filling.look(view.keeping(text, source))


def _put(filling: Filling, event: Event, taken: AnswerResult) -> Filling:
    put = filling
    for path, answer in taken.answers.items():
        put = put.put(path, answer)
    given = ((path, answer) for path, answer in taken.answers.items() if answer is not None)
    reason = next((found for path, answer in given if (found := put.refusal(path, answer)) is not None), None)
    if reason is not None and not taken.lenient:
        refused = filling.look(taken.otherwise or filling.view)
        return (refused.keep(event.text, event.source) if isinstance(event, Wrote) else refused).say(reason)
    if taken.view is not None:
        put = put.look(taken.view)
    if taken.done and not filling.view.confirming:
        put = _onward(put, taken)
    put = put.shift() if taken.shifted else put
    notice = taken.notice if reason is None or taken.unfinished else reason
    return put if notice is None else put.say(notice)


def _onward(filling: Filling, taken: AnswerResult) -> Filling:
    """Go on past all questions that the event answered, so that Back passes them too."""
    filling = forward(filling)
    for _ in taken.answers:
        if taken.answers.get(filling.position) is not None:
            filling = past_answered(filling)
    return filling


_ACTS: Mapping[type[Event], Callable[[Filling], Filling]] = {
    events.Submit: review.submit,
    events.Edit: review.edit,
    events.Extend: review.extend,
    events.ListLeaving: review.list_leaving,
    events.AddRepeat: review.add_repeat,
    events.AddMore: review.add_more,
    events.Back: _back,
    events.Next: _next,
    events.Skip: _skip,
    events.SkipRest: skip_rest,
    events.Clear: _clear,
    events.KeepAsStory: asking.keep_as_story,
}
_CHOICES: Mapping[type[Event], Callable[[Filling, Any], Filling]] = {
    events.Goto: review.goto,
    events.Reveal: review.reveal,
    events.Withhold: review.withhold,
    events.Guide: asking.guide,
    events.RemoveRepeat: review.remove_repeat,
    events.Offer: offer,
    events.ShowPage: lambda filling, event: filling.look(filling.view.changed(page=max(0, event.number))),
}
"""Handlers of the other taps that are no answers, without and with what the button carries."""
