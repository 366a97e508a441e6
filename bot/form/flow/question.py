"""The screen of a question."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice

from bot.form import events
from bot.form.answers import Answer, Chosen, FileRef, Number, TextPart, Written, files_of
from bot.form.draft import MOST_INSTANCES, Origin, instances_around
from bot.form.events import Gave, Wrote
from bot.form.flow.filling import Filling
from bot.form.flow.guests import file_rows, guests_asked_here, guests_of, offer_rows, offers, with_part
from bot.form.flow.instance import needs_at
from bot.form.flow.outline import FormPosition, line_number, places_by_section, question_number, section_at
from bot.form.flow.route import forward, has_back, may_skip_rest, notes_before, repeat_before
from bot.form.kinds import NO_ANSWER, answer_phrase, kind_of, takes_parts
from bot.form.kinds.kind import Kind, QuestionContext
from bot.form.kinds.text import is_put_there, told
from bot.form.model import Choice, Group, Question, schema_path
from bot.form.screen import (
    MOST_ECHOED,
    Button,
    ButtonRole,
    ButtonRow,
    Illustration,
    Joined,
    Key,
    Label,
    Phrase,
    Said,
    Screen,
    ScreenKind,
    button,
    cut,
    illustrations,
)
from bot.form.xlsform.own_columns import LEAVES, OFFER

_YES = Chosen(("yes",))

SUMMARY = 2
SUMMARY_TEXT = 60
_MOST_TOLD = 3

_SHOWN = 700


def cancel(filling: Filling, event: events.Cancel) -> Filling:
    if event.sure:
        return filling.end(ScreenKind.CANCELLED)
    return filling.look(filling.view.changed(confirming=True))


def send_unfinished(filling: Filling) -> Filling:
    """End the flow of an urgent report with questions left."""
    if filling.draft.doubted:
        return filling.look(filling.view.changed(confirming=False)).say("flow.use_buttons")
    if not may_be_sent_unfinished(filling):
        return filling.say("flow.gone")
    return filling.end(ScreenKind.SUBMITTED)


def switch(filling: Filling, event: events.LeaveNothing | events.Remind) -> Filling:
    """Turn an option on or off. Before consent nothing may be stored."""
    if not _is_kept(filling) or (isinstance(event, events.Remind) and not filling.form.reminds):
        return filling.say("flow.gone")
    option = "leaves_nothing" if isinstance(event, events.LeaveNothing) else "reminds"
    return filling.change(**{option: event.on})


def may_be_sent_unfinished(filling: Filling) -> bool:
    roles = filling.form.by_role
    if not _is_kept(filling) or "urgent" not in roles or filling.answer(roles["urgent"].path) != _YES:
        return False
    return all(
        role in roles and filling.answer(roles[role].path) is not None for role in ("category", "story")
    )


def _is_first_kept(filling: Filling) -> bool:
    """Whether the current question follows consent, so that its answer is the first to be stored."""
    before = filling.asked_at(filling.asked_before)
    return before is not None and before.role == "consent_store" and _is_kept(filling)


def leave_nothing_row(filling: Filling) -> tuple[ButtonRow, ...]:
    on = filling.draft.leaves_nothing
    return ((Button(Key("flow.leave_nothing"), events.LeaveNothing(not on), on),),)


def stop_screen(filling: Filling) -> Screen:
    body = [Key("flow.cancel.ask")]
    rows: list[ButtonRow] = [(button("flow.cancel.sure", events.Cancel(sure=True), ButtonRole.DESTROY),)]
    if may_be_sent_unfinished(filling):
        body.append(Key("flow.unfinished.hint"))
        rows.append((button("flow.unfinished.send", events.SendUnfinished(), ButtonRole.COMPLETE),))
    rows.append((button("flow.cancel.no", events.Back()),))
    if _is_kept(filling):
        if not filling.draft.leaves_nothing:
            body.append(Key("flow.leave_nothing.hint"))
        body.append(Key("flow.remind.hint"))
        rows += leave_nothing_row(filling)
        if filling.form.reminds:
            on = filling.draft.reminds
            rows.append((Button(Key("flow.remind"), events.Remind(not on), on),))
    return Screen(ScreenKind.CONFIRM_CANCEL, tuple(body), tuple(rows), filling.notice)


def _is_kept(filling: Filling) -> bool:
    consent = filling.form.by_role.get("consent_store")
    return consent is not None and filling.answer(consent.path) == _YES


def lines(filling: Filling) -> Iterator[tuple[str | int, FormPosition]]:
    """Numbered lines of the review. A form that starts from another's answers keeps its numbers."""
    for number, place in enumerate(filling.told_places.values(), 1):
        yield (line_number(filling.form, place.path) if filling.form.continues else number), place


def answered(filling: Filling, path: str, question: Question) -> Phrase:
    """An answer, marked if it is derived or prefilled with words from elsewhere."""
    answer = filling.answer(path)
    shown = filling.told(answer_phrase(question, answer), path)
    if answer is not None and path not in filling.draft.answers:
        return Key("flow.review.derived", {"answer": shown})
    if "from" not in question.bot or not isinstance(answer, Written):
        return shown
    is_put = is_put_there(question, answer.text, [part.source for part in answer.parts])
    return Key("flow.review.put_there", {"answer": shown}) if is_put else shown


def said_at(filling: Filling, path: str) -> Phrase | None:
    """Another form's answer at a place, if it differs. None in a repeat that has other instances there."""
    draft, said = filling.draft, filling.draft.said
    if path not in said or any(
        said.get(one) != Number(draft.count(one)) for one, _ in instances_around(path)
    ):
        return None
    question = filling.asked_at(path)
    here = _comparable(Number(draft.count(path)) if question is None else filling.answer(path))
    alike = (answer for other, answer in said.items() if schema_path(other) == schema_path(path))
    if any(_comparable(answer) == here for answer in alike):
        return None
    return answer_phrase(question or Question("", "", "integer", {}), said[path], _SHOWN)


def _comparable(answer: Answer | None) -> object:
    if isinstance(answer, Written):
        return answer.text.strip()
    return {*answer.names} if isinstance(answer, Chosen) else answer


def said_in(filling: Filling, repeat: str, number: int) -> Phrase | None:
    """First answers of an instance. None if it is empty."""
    answered = (
        filling.told(answer_phrase(place.part.question, answer, SUMMARY_TEXT), place.path)
        for place in filling.asked_inside(f"{repeat}[{number}]")
        if place.part.question is not None and (answer := filling.answer(place.path)) is not None
    )
    said = tuple(islice(answered, SUMMARY))
    return Joined(said) if said else None


def numbered(filling: Filling, repeat: str, number: int) -> Phrase:
    return Joined((Said(f"{number}."), said_in(filling, repeat, number) or NO_ANSWER), " ")


def told_of(filling: Filling, repeat: str) -> Phrase:
    count = filling.draft.count(repeat)
    numbers = range(max(1, count - _MOST_TOLD + 1), count + 1)
    said = tuple(found for number in numbers if (found := said_in(filling, repeat, number)) is not None)
    more = (Said("…"),) if count > _MOST_TOLD else ()
    label = Label(filling.instance.node(repeat).label)
    return Key("flow.repeat.told", {"repeat": label, "number": count, "said": Joined((*more, *said), "; ")})


def question_screen(filling: Filling, question: Question) -> Screen:
    kind, asked = filling.asked_about(filling.position, question)
    guests = tuple(one for one in guests_asked_here(filling, filling.position) if OFFER not in one[1].bot)
    switch, offered = leave_nothing_row(filling) if _is_first_kept(filling) else (), tuple(offers(filling))
    body = (
        *_note(filling, filling.position, question),
        *((Key("flow.said", {"said": said}),) if (said := said_at(filling, filling.position)) else ()),
        *_answered(filling, filling.position, question),
        *kept(filling),
        *kind.prompt(asked),
        *_guests(filling, guests, explained=kind.has_list and bool(question.hint)),
        *(Label(one.hint) for tap, _, one in offered if one.hint and not tap.on),
        *((Key("reporter.privacy.answers"),) if question.bot.get(LEAVES) else ()),
        *((Key("flow.held.hint"),) if question.role == "consent_store" and asked.answer is None else ()),
        *((Key("flow.leave_nothing.hint"),) if switch else ()),
    )
    repeat = repeat_before(filling)
    is_answered = asked.answer is not None or any(filling.answer(path) is not None for path, _ in guests)
    controls = _controls(filling, kind, asked, repeat, is_answered=is_answered)
    rows = (
        *kind.rows(asked),
        *file_rows(filling, guests),
        *story_row(filling),
        *controls,
        *offer_rows(offered),
    )
    rows = (*rows, *_guidance(filling, question), *switch, *cancel_row())
    shown = filling.notice, progress_of(filling), filling.position
    summary = _instance_told(filling) if repeat is None else told_of(filling, repeat)
    above = summary, filling.heading(filling.position), _media(filling, asked)
    return Screen(ScreenKind.QUESTION, body, rows, *shown, *above)


def guide(filling: Filling, event: events.Guide) -> Filling:
    if filling.question is None or not filling.question.guidance:
        return filling.say("flow.gone")
    return filling.look(filling.view.changed(guiding=event.on))


def _guidance(filling: Filling, question: Question) -> tuple[ButtonRow, ...]:
    if not question.guidance:
        return ()
    on = filling.view.guiding
    return ((button("flow.guidance.hide" if on else "flow.guidance", events.Guide(not on)),),)


def _media(filling: Filling, asked: QuestionContext) -> tuple[Illustration, ...]:
    if not filling.form.is_illustrated:
        return ()
    notes = (note for path in notes_before(filling) if (note := filling.asked_at(path)) is not None)
    own = (file for one in (*notes, asked.question) for file in illustrations(one.media))
    listed = asked.choices() if asked.question.choices else ()
    beside = (file for _, one in listed for file in illustrations(one.media, Label(one.label)))
    return tuple(islice(chain(own, beside), 10))  # each is a message


def _instance_told(filling: Filling) -> Phrase | None:
    around = instances_around(filling.position)
    is_told = filling.form.continues and around and said_in(filling, *around[0]) is not None
    return numbered(filling, *around[0]) if is_told else None


def notes_told(filling: Filling, before: Collection[str]) -> tuple[tuple[Phrase, ...], ...]:
    """Notes above the current question, except those in `before`."""
    asked = ((path, filling.asked_at(path)) for path in notes_before(filling) if path not in before)
    notes = ((path, filling.heading(path), _note(filling, path, note)) for path, note in asked if note)
    return tuple(
        tuple(filling.told(one, path, lasting=True) for one in (head, *note) if one is not None)
        for path, head, note in notes
    )


def _note(filling: Filling, path: str, question: Question) -> tuple[Phrase, ...]:
    """Label, contacts and hint of a note. Without any contact the label, which promises help, is left out."""
    needs = needs_at(filling.instance, path)
    helped = any(any(need.contact.values()) for need in needs)
    label = (Label(question.label),) if helped or not needs else ()
    value = filling.instance.answer(path) if kind_of(question).answered_with is None else None
    shown = () if value is None else (answer_phrase(question, value, _SHOWN),)
    is_guiding = filling.view.guiding and path == filling.position
    hint = question.guidance if is_guiding else question.hint
    return (*label, *shown, *map(contact, needs), *((Label(hint),) if hint else ()))


def kept(filling: Filling) -> tuple[Phrase, ...]:
    """Rejected words for correction. Of a possible story only the beginning."""
    text = filling.view.kept
    if not text:
        return ()
    if story_row(filling):
        return (Key("flow.story.ask", {"text": Said(cut(" ".join(text.split()), MOST_ECHOED))}),)
    most = MOST_ECHOED if filling.kind_at(filling.position).has_list else _SHOWN
    return (Key("flow.kept", {"text": Said(cut(text, most))}),)


def may_be_story(filling: Filling, text: str) -> bool:
    is_long = len(text.split()) >= 4 and filling.kind_at(filling.position).has_list
    return len(text) > MOST_ECHOED or is_long


def story_row(filling: Filling) -> tuple[ButtonRow, ...]:
    """Button that keeps rejected words as the story. None where any words are an answer."""
    is_told = filling.kind_at(filling.position).takes_text
    if is_told or not may_be_story(filling, filling.view.kept) or _story(filling) is None:
        return ()
    return ((button("flow.story.keep", events.KeepAsStory(), ButtonRole.ONWARD),),)


def keep_as_story(filling: Filling) -> Filling:
    text, source, story = filling.view.kept, filling.view.kept_source, _story(filling)
    if story is None or not story_row(filling):
        return filling.say("flow.gone")
    return add_words(filling.look(filling.view.keeping("", "")), story.path, Wrote(text, source))


def add_words(filling: Filling, path: str, event: Wrote) -> Filling:
    """Add words to the answer at a place."""
    question = filling.asked_at(path)
    if question is None:
        return filling
    part, label = TextPart(told(question, event.text), event.source), Label(question.label)
    answer = with_part(filling.answer(path), part)
    reason = filling.refusal(path, answer)
    if reason is not None:
        kept_ = filling.keep(event.text, event.source)
        return kept_.say("flow.text.not_added", question=label, reason=reason)
    return filling.put(path, answer).say("flow.text.added", question=label)


def _story(filling: Filling) -> Question | None:
    story = filling.form.by_role.get("story")
    return story if story is not None and filling.kind_at(story.path).takes_text else None


def previous(filling: Filling) -> tuple[ButtonRow, ...]:
    """Back button, except in an open date picker, which has its own."""
    if filling.kind_at(filling.position).back(filling.view) is not None:
        return ()
    return ((button("flow.back", events.Back()),),) if has_back(filling) else ()


def cancel_row() -> tuple[ButtonRow, ...]:
    return ((button("flow.cancel", events.Cancel(), ButtonRole.DESTROY),),)


def progress_of(filling: Filling) -> tuple[int, int] | None:
    """Section of the current question among those asked, as (this, all), and in a long form without sections its number.
    None on the way back to the review, at the only section, and until it is chosen how long the form is."""
    here, form = section_at(filling.form, filling.position), filling.form
    if len(places_by_section(form)) < 2 and not (filling.draft.returning or form.continues):
        return question_number(form, filling.position)
    lengths = (one.path for one in form.extensions.values() if filling.asked_place(one.path))
    if filling.draft.returning or not here or any(filling.answer(path) is None for path in lengths):
        return None
    asked = [one for one, paths in places_by_section(form) if any(map(filling.asked_place, paths))]
    return (asked.index(here) + 1, len(asked)) if len(asked) > 1 else None


def contact(need: Choice) -> Phrase:
    if not any(need.contact.values()):
        return Key("flow.contact.none", {"need": Label(need.label)})
    return Key("flow.contact", {"need": Label(need.label), "contact": Label(need.contact, is_plain=True)})


def _answered(filling: Filling, path: str, question: Question) -> tuple[Phrase, ...]:
    if (answer := filling.answer(path)) is None:
        return ()
    is_calculated = question.calculation and path not in filling.draft.answers
    key = "flow.review.derived" if is_calculated else "flow.current"
    return (Key(key, {"answer": answer_phrase(question, answer, _SHOWN)}),)


def _guests(filling: Filling, guests: Iterable[tuple[str, Question]], *, explained: bool) -> Iterator[Phrase]:
    open_ = [one for path, one in guests if takes_parts(one) and filling.answer(path) is None]
    if open_:
        yield Key("flow.also.parts", {"facts": Joined(tuple(Label(one.short or one.label) for one in open_))})
    for path, guest in guests:
        if guest in open_:
            continue
        if current := _answered(filling, path, guest):
            yield Joined((Label(guest.label), *current), "\n")
        elif not explained:
            yield Joined((Label(guest.label), *((Label(guest.hint),) if guest.hint else ())), " ")
            yield from kind_of(guest).prompt(filling.asked_about(path, guest)[1])


def _controls(
    filling: Filling, kind: Kind, asked: QuestionContext, repeat: str | None, *, is_answered: bool
) -> tuple[ButtonRow, ...]:
    gathered = kind.is_gathered(asked.question)
    key = ""
    if kind.answered_with is None:
        key = "flow.next"
    elif is_answered and (gathered or asked.answer is None):
        key = "flow.done"
    elif is_answered and asked.answer is not None and asked.refusal(asked.path, asked.answer) is None:
        key = "flow.keep"
    onward: list[ButtonRow] = [(button(key, events.Next(), ButtonRole.ONWARD),)] if key else []
    if repeat is not None and filling.draft.count(repeat) < MOST_INSTANCES:
        node = filling.instance.node(repeat)
        own = node.more if isinstance(node, Group) else {}
        more = Label(own) if own else Key("flow.repeat.more_of", {"repeat": Label(node.label)})
        onward.append((Button(more, events.AddMore()),))
    small = [*(row[0] for row in previous(filling))]
    passable = not asked.required or filling.just_begun is not None
    # No button beside Done may discard a gathered answer.
    passable = passable and not (is_answered and (gathered or asked.answer is None))
    if kind.answered_with is not None and passable:
        small.append(button("flow.skip", events.Skip()))
    if isinstance(asked.answer, Written | Chosen) and gathered:
        small.append(button("flow.clear", events.Clear()))
    rest = ((button("flow.skip.rest", events.SkipRest()),),) if passable and may_skip_rest(filling) else ()
    return (*onward, *((tuple(small),) if small else ()), *rest)


def give(filling: Filling, event: Gave, earlier: str) -> Filling:
    """Add a file to the `earlier` question, else to the current one or its guests, else to the first for files."""
    file = event.file
    if any(file in files_of(answer) for answer in filling.draft.answers.values()):
        return filling
    if earlier:
        return _attach(filling, earlier, event)
    question = filling.question
    kind = filling.kind_at(filling.position)
    if question is not None and (kind.takes_files or kind.takes_file(question, file)):
        return _add(filling, question, event)
    near = [path for path, _ in guests_of(filling, filling.position)]
    places = (path for path in (*near, *filling.steps) if filling.kind_at(path).takes_files)
    place = next((path for path in places if has_room(filling, path, file)), None)
    if place is None:
        return _no_room(filling, file)
    attached = _attach(filling, place, event)
    return attached.say(None) if place in near else attached  # the screen shows it


def exchange(filling: Filling, event: events.Replaced) -> Filling:
    answers = filling.draft.answers
    path = next((path for path in answers if any(one.id == event.old for one in files_of(answers[path]))), "")
    question = filling.form.question_at(path) if path else None
    if question is None or not kind_of(question).takes_file(question, event.file):
        return filling.say("flow.file.not_replaced")
    given = tuple(event.file if one.id == event.old else one for one in files_of(answers[path]))
    changed = {**answers, path: kind_of(question).with_files(answers[path], given)}
    if event.file.id == event.old:
        return filling.change(answers=changed).say("flow.text.changed")
    brought = {**filling.draft.brought, event.file.id: Origin(event.source, event.look)}
    return filling.change(answers=changed, brought=brought).say("flow.file.replaced")


def without_gone(filling: Filling) -> Filling:
    """Forget the origins of removed files."""
    brought = filling.draft.brought
    if not brought:
        return filling
    here = filling.draft.file_ids
    kept = {file_id: origin for file_id, origin in brought.items() if file_id in here}
    return filling if len(kept) == len(brought) else filling.change(brought=kept)


def _add(filling: Filling, question: Question, event: Gave) -> Filling:
    kind, most = kind_of(question), kind_of(question).most_files(question)
    if not kind.takes_file(question, event.file):
        return filling.say(f"flow.file.only.{question.kind}")
    if len(files_of(filling.answer(filling.position))) >= most:
        return filling.say("flow.file.full", n=most)
    filling = _put(filling, filling.position, event)
    # A voice message is a complete answer, like a line of text.
    if not kind.is_gathered(question) and not filling.view.confirming:
        return forward(filling)
    return filling.look(filling.view.changed(kept="", kept_source="", begun=True))


def _no_room(filling: Filling, file: FileRef) -> Filling:
    questions = [question for path in filling.steps if (question := filling.asked_at(path)) is not None]
    for asked, kind in ((one, kind_of(one)) for one in questions):
        if kind.takes_files and kind.takes_file(asked, file):
            return filling.say("flow.file.full", n=kind.most_files(asked))
    later = any(kind_of(one).takes_files for one in filling.form.questions)
    return filling.say("flow.file.later" if later else "flow.file.nowhere")


def _attach(filling: Filling, path: str, event: Gave) -> Filling:
    label = Label(filling.instance.node(path).label)
    return _put(filling, path, event).say("flow.file.attached", question=label)


def _put(filling: Filling, path: str, event: Gave) -> Filling:
    question, old = filling.asked_at(path), filling.answer(path)
    if question is None:
        return filling
    put = filling.put(path, kind_of(question).with_files(old, (*files_of(old), event.file)))
    if not event.source:
        return put
    return put.change(brought={**put.draft.brought, event.file.id: Origin(event.source, event.look)})


def has_room(filling: Filling, path: str, file: FileRef) -> bool:
    """Whether a question accepts this file and has room for it."""
    question, kind = filling.asked_at(path), filling.kind_at(path)
    if question is None or not kind.takes_file(question, file):
        return False
    return len(files_of(filling.answer(path))) < kind.most_files(question)
