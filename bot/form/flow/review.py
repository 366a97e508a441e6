"""The review, where answers are sent, corrected or withheld."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from bot.form import events
from bot.form.answers import DERIVED, Chosen
from bot.form.draft import MOST_INSTANCES, REVIEW, ScreenState, instances_around, parted
from bot.form.events import Wrote
from bot.form.flow import question as asking
from bot.form.flow import route
from bot.form.flow.filling import Filling
from bot.form.flow.guests import is_aside, is_asked_elsewhere
from bot.form.flow.outline import FormPosition, section_at, sections_of
from bot.form.kinds import NO_ANSWER
from bot.form.kinds.select import wholly_named
from bot.form.model import Group, Privacy
from bot.form.screen import (
    PAGE,
    Button,
    ButtonRole,
    ButtonRow,
    Joined,
    Key,
    Label,
    Phrase,
    Said,
    Screen,
    ScreenKind,
    button,
    by_group,
    in_rows,
    page_of,
    title_phrase,
)
from bot.form.typed.labels import MOST_SEARCHED

_BETWEEN = re.compile(r"\s*[;,\n]\s*")


def submit(filling: Filling) -> Filling:
    """End the flow, or go to the first answer that is missing or not allowed."""
    if filling.position != REVIEW or filling.is_editing or filling.view.leaving:
        return filling.say("flow.submit.not_yet")
    left = missing(filling)
    for path in filling.steps:
        answer = filling.answer(path)
        if left and path == left[0]:
            said = Key("flow.submit.missing", {"n": len(left)})
            message = filling.missing(path)
            notice = said if message is None else Joined((said, message), "\n")
            return route.visit_in_turn(filling, left).say(notice)
        reason = None if answer is None else filling.refusal(path, answer)
        if reason is not None:
            return route.visit(filling, path).say(reason)
    if filling.draft.withheld and lacks(filling):
        return list_leaving(filling).say("flow.leaving.needed")
    return filling.end(ScreenKind.SUBMITTED)


def missing(filling: Filling) -> tuple[str, ...]:
    return tuple(path for path in filling.steps if filling.answer(path) is None and filling.required(path))


def begin_at_missing(filling: Filling) -> Filling:
    """Go from the review to all missing required answers."""
    left = missing(filling)
    return route.visit_in_turn(filling, left) if left else filling


def write_at_review(filling: Filling, event: Wrote) -> Filling | None:
    """Take text as the number of a line, as the first missing required text that accepts it, or as names of choices."""
    number = event.text.strip().rstrip(".")
    for path, line in _numbered(filling).items():
        if str(line) == number:
            return route.visit(filling, path)
    for path in missing(filling):
        takes_text = filling.kind_at(path).takes_text
        if takes_text and (added := asking.add_words(filling, path, event)).answer(path) is not None:
            return added.change(view=ScreenState())
    return _named(filling, number) if filling.form.continues and len(number) <= MOST_SEARCHED else None


def _named(filling: Filling, typed: str) -> Filling | None:
    """Choose all choices of a text by whole names between commas. None if any names no choice of one question alone."""
    parts = [typed] if _choice_named(filling, typed) else _BETWEEN.split(typed)
    named = [_choice_named(filling, part) for part in parts]
    for one in named:
        if one is None or filling.refusal(*one) is not None:
            return None
        filling = filling.put(*one)
    places = dict(filter(None, named))
    told = (_line(filling, *line) for line in asking.lines(filling) if line[1].path in places)
    return filling.look(ScreenState()).say("flow.review.named", facts=Joined(tuple(told), "\n"))


def _choice_named(filling: Filling, typed: str) -> tuple[str, Chosen] | None:
    found = []
    for path, place in filling.asked_places.items():
        question = place.part.question
        if question is not None and question.kind == "select_one" and not place.around:
            named = wholly_named(filling.asked_about(path, question)[1], typed)
            found += [(path, Chosen((choice.name,))) for _, choice in named]
    return found[0] if len(found) == 1 else None


def edit(filling: Filling) -> Filling:
    if filling.position != REVIEW:
        return filling.say("flow.gone")
    return filling.look(filling.view.changed(editing=True, leaving=False, page=None))


def goto(filling: Filling, event: events.Goto) -> Filling:
    """Go to an entry of the edit list, or to one at the review (`bot:quick`)."""
    places = [*filling.told_places.values()]
    if filling.position != REVIEW or not 0 <= event.index < len(places):
        return filling.say("flow.gone")
    place = places[event.index]
    if filling.is_editing:
        return route.visit(filling, place.path)
    if not _is_quick(place):
        return filling.say("flow.gone")
    is_question = place.part.question is not None
    return route.visit(filling, place.path) if is_question else _visit_repeat(filling, place.path)


def _visit_repeat(filling: Filling, repeat: str) -> Filling:
    blank = (one for one in filling.asked_inside(repeat) if filling.answer(one.path) is None)
    asked = (one.path for one in blank if one.part.takes_answer and one.schema not in filling.form.hosts)
    left = tuple(path for path in asked if not is_aside(filling, path))
    if left:
        return route.visit_in_turn(filling, left)
    return route.visit_first(filling, repeat) or route.visit(filling, repeat)


def extend(filling: Filling) -> Filling:
    """Go to the questions of the longer form, and return to the review."""
    if filling.position != REVIEW or filling.is_editing:
        return filling.say("flow.gone")
    place = _extension(filling)
    if place is None and not _passed(filling) and _blanks(filling):
        return filling.look(ScreenState(editing=True, page=len(_numbered(filling)) // PAGE))
    if place is None:
        return route.resumed(filling) if _passed(filling) else filling.say("flow.gone")
    path, longer = place
    reason = filling.refusal(path, longer)
    return route.extended(filling, path, longer) if reason is None else filling.say(reason)


def reveal(filling: Filling, event: events.Reveal) -> Filling:
    if filling.position != REVIEW or filling.is_editing or not filling.draft.leaves_nothing:
        return filling.say("flow.gone")
    return filling.look(filling.view.changed(revealed=event.on))


def review_screen(filling: Filling) -> Screen:
    """Screen of all answers, hidden in a draft that leaves nothing in the chat until asked for."""
    hides, shown = filling.draft.leaves_nothing, filling.view.revealed
    body = (Key("flow.review.hidden"),) if hides and not shown else tuple(_lines(filling))
    seeing = ((button("flow.review.hide" if shown else "flow.review.show", events.Reveal(not shown)),),)
    is_longer = _extension(filling) or _passed(filling) or _blanks(filling)
    longer = ((button("flow.extend", events.Extend()),),) if is_longer else ()
    rows = (
        (button("flow.send", events.Submit(), ButtonRole.COMPLETE),),
        *(seeing if hides else ()),
        *longer,
        *_quick(filling),
        *leaving_row(filling),
        (button("flow.edit", events.Edit()), button("flow.delete", events.Cancel(), ButtonRole.DESTROY)),
    )
    return Screen(ScreenKind.REVIEW, (Key("flow.review"), *body), rows, filling.notice)


def _is_told(filling: Filling, place: FormPosition) -> bool:
    path, asked = place.path, place.part.takes_answer
    if not filling.form.continues or filling.draft.count(path) or asking.said_at(filling, path) is not None:
        return True
    return asked and (filling.answer(path) is not None or filling.required(path))


def edit_screen(filling: Filling) -> Screen:
    numbers = _numbered(filling)
    shown, turning = page_of((*numbers, *_blanks(filling)), filling.view.page)
    entries = in_rows(_entries(filling, numbers, shown), 1)
    rows = (*entries, *turning, (button("flow.back", events.Back()),), *asking.cancel_row())
    return Screen(ScreenKind.EDIT, (Key("flow.edit.which"),), rows, filling.notice)


def last_screen(kind: ScreenKind) -> Screen:
    key = "flow.submitted" if kind is ScreenKind.SUBMITTED else "flow.cancelled"
    return Screen(kind, (Key(key),))


def _quick(filling: Filling) -> tuple[ButtonRow, ...]:
    quick = [one.path for one in filling.told_places.values() if _is_quick(one)]
    entries = _entries(filling, _numbered(filling), quick) if quick else []
    return in_rows(entries, 2 if filling.form.continues else 1)


def _is_quick(place: FormPosition) -> bool:
    return place.part.node.bot.get("quick") == "yes"


def _extension(filling: Filling) -> tuple[str, Chosen] | None:
    """Question that can make the form longer, with that answer, even one given before the person turned back."""
    for path, place in filling.asked_places.items():
        name = place.part.question.bot.get("extend") if place.part.question is not None else None
        if not name or (filling.answer(path) == Chosen((name,)) and not _is_unasked_left(filling)):
            continue
        if name in filling.instance.offered(place).names:
            return path, Chosen((name,))
    return None


def _is_unasked_left(filling: Filling) -> bool:
    return bool(filling.draft.trail) and any(_was_never_asked(filling, path) for path in filling.told_places)


def _was_never_asked(filling: Filling, path: str) -> bool:
    if filling.answer(path) is not None or filling.draft.count(path):
        return False
    return path in filling.draft.passed or not (path in filling.trail or is_asked_elsewhere(filling, path))


def _passed(filling: Filling) -> tuple[str, ...]:
    passed = filling.draft.passed
    places = filling.told_places if passed else ()
    return tuple(path for path in places if path in passed and _was_never_asked(filling, path))


def _numbered(filling: Filling) -> Mapping[str, int | str]:
    """Numbers of the lines by path, in a form with sections of its filled lines alone."""
    if not (sections := sections_of(filling.form)):
        return {place.path: number for number, place in asking.lines(filling)}
    order = {section: number for number, section in enumerate(dict.fromkeys(sections.values()))}
    named = ((sections.get(path.partition("[")[0]), path) for path in filling.filled)
    placed = [(section, path) for section, path in named if section is not None]
    placed.sort(key=lambda one: order[one[0]])
    return {path: number for number, (_, path) in enumerate(placed, 1)}


def _blanks(filling: Filling) -> tuple[str, ...]:
    places = filling.told_places if sections_of(filling.form) else ()
    return tuple(path for path in places if path not in filling.filled)


def _lines(filling: Filling) -> Iterator[Phrase]:
    form, numbered, asked = filling.form, _numbered(filling), filling.asked_places
    told = (asked[path] for path in numbered if not form.continues or _is_told(filling, asked[path]))
    sections = sections_of(form)
    if not sections:
        yield from (_line(filling, numbered[one.path], one) for one in told)
        return
    for section, places in groupby(told, lambda one: section_at(form, one.path)):
        lines = [(one.path, _line(filling, numbered[one.path], one)) for one in places]
        heading = Key("flow.review.section", {"section": Key(f"flow.section.{section}")})
        yield from (Joined((heading, *(line for _, line in lines)), "\n"),) if section else by_group(lines)


def _line(filling: Filling, number: str | int, place: FormPosition) -> Phrase:
    path, question = place.path, place.part.question
    if question is None:
        answer: Phrase = Said(str(filling.draft.count(path)))
    else:
        answer = _marked(filling, path, asking.answered(filling, path, question))
    if (said := asking.said_at(filling, path)) is not None:
        answer = Key("flow.review.said", {"said": said, "answer": answer})
    line = "flow.review.short" if sections_of(filling.form) else "flow.review.line"
    return Key(line, {"number": number, "question": place.title, "answer": answer})


def _entries(filling: Filling, numbers: Mapping[str, int | str], paths: Iterable[str]) -> list[Button]:
    places = [*filling.told_places]
    return [
        Button(_entry(filling, path, numbers.get(path)), events.Goto(places.index(path))) for path in paths
    ]


def _entry(filling: Filling, path: str, number: int | str | None) -> Phrase:
    continues = filling.form.continues
    title = title_phrase(filling.form, path, short=True) if continues else filling.asked_places[path].title
    if number is None:
        return Key("flow.edit.blank", {"question": title})
    return Key("flow.edit.entry", {"number": number, "question": title})


def add_repeat(filling: Filling) -> Filling:
    if filling.repeat is None:
        return filling.say("flow.gone")
    here = filling.position
    if filling.draft.count(here) >= MOST_INSTANCES:
        return filling.say("flow.repeat.full", n=MOST_INSTANCES)
    return route.into_new(filling.shift(), here) or filling.with_instance(here).shift()


def add_more(filling: Filling) -> Filling:
    """Add an instance of the repeat completed before the current question, which is asked again afterwards."""
    repeat, left = route.repeat_before(filling), filling.position
    if repeat is None:
        return filling.say("flow.gone")
    trail = filling.draft.trail
    before = trail[: len(trail) - 1 - trail[::-1].index(repeat)]
    at_repeat = filling.change(position=repeat, trail=before, view=ScreenState())
    return add_repeat(at_repeat.without_empty(left))


def remove_repeat(filling: Filling, event: events.RemoveRepeat) -> Filling:
    if filling.repeat is None or not 1 <= event.number <= filling.draft.count(filling.position):
        return filling.say("flow.gone")
    label = Label(filling.repeat.label)
    filling = filling.without_instance(filling.position, event.number).shift()
    return filling.say("flow.repeat.removed", repeat=label, number=event.number)


def leave(filling: Filling, repeat: str, number: int) -> Filling:
    """Remove an empty instance and go on after its repeat."""
    filling = filling.without_instance(repeat, number)
    trail = filling.draft.trail
    filling = filling.change(trail=trail[:-1] if trail[-1:] == (repeat,) else trail)
    return route.past_repeat(filling, repeat)


def repeat_screen(filling: Filling, repeat: Group) -> Screen:
    numbers = range(1, filling.draft.count(filling.position) + 1)
    shown, turning = page_of(numbers, filling.view.page)
    some = bool(numbers)
    more = Label(repeat.more) if repeat.more else Key("flow.repeat.more")
    rows: list[ButtonRow] = [(Button(more if some else Key("flow.repeat.add"), events.AddRepeat()),)]
    rows += [(_removal(filling, number),) for number in shown]
    onward = "flow.next" if some else "flow.repeat.none"
    rows += [*turning, (button(onward, events.Next(), ButtonRole.ONWARD),), *asking.story_row(filling)]
    instances = (asking.numbered(filling, filling.position, number) for number in shown)
    body = (Label(repeat.label), *instances, *asking.kept(filling))
    rows += [*asking.previous(filling), *asking.cancel_row()]
    at = asking.progress_of(filling), filling.position
    heading = filling.heading(filling.position)
    return Screen(ScreenKind.REPEAT, body, tuple(rows), filling.notice, *at, heading=heading)


def _removal(filling: Filling, number: int) -> Button:
    said = asking.said_in(filling, filling.position, number)
    named = {} if said is None else {"name": said}
    key = "flow.repeat.remove_named" if named else "flow.repeat.remove"
    return Button(Key(key, {"number": number, **named}), events.RemoveRepeat(number))


def offered(filling: Filling) -> tuple[str, ...]:
    """Places that can be withheld: optional public answers, instances of repeats without a `repeat_count`."""
    seen, found = set[str](), list[str]()
    for place in filling.asked_places.values() if filling.draft.withheld is not None else ():
        around = instances_around(place.path)
        repeat, number = around[-1] if around else ("", 0)
        instance = f"{repeat}[{number}]"
        if repeat and instance not in seen and filling.instance.place(repeat).part.number is None:
            seen.add(instance)
            if any(path.startswith(f"{instance}/") for path in filling.draft.answers):
                found.append(instance)
        if instance not in _taken_out(filling) and _is_optional(filling, place):
            found.append(place.path)
    return tuple(found)


def _is_optional(filling: Filling, place: FormPosition) -> bool:
    question = place.part.question
    if question is None or question.privacy is not Privacy.PUBLIC or DERIVED in question.bot:
        return False
    if place.path not in filling.draft.answers or filling.answer(place.path) is None:
        return False
    return place.path in _taken_out(filling) or not filling.required(place.path)


def _taken_out(filling: Filling) -> tuple[str, ...]:
    return filling.draft.withheld or ()


def list_leaving(filling: Filling) -> Filling:
    if filling.position != REVIEW or filling.is_editing or not offered(filling):
        return filling.say("flow.gone")
    return filling.look(filling.view.changed(leaving=True, page=None))


def withhold(filling: Filling, event: events.Withhold) -> Filling:
    """events.Withhold an entry or put it back, unless required answers depend on it."""
    places = offered(filling)
    if not filling.view.leaving or not 0 <= event.index < len(places):
        return filling.say("flow.gone")
    path = places[event.index]
    others = tuple(one for one in _taken_out(filling) if one != path)
    changed = filling.change(withheld=(*others, path) if event.on else others)
    return filling.say("flow.leaving.needed") if event.on and lacks(changed) > lacks(filling) else changed


def lacks(filling: Filling) -> int:
    sent = Filling(filling.form, parted(filling.draft)[0])
    return sum(sent.answer(path) is None and sent.required(path) for path in sent.steps)


def leaving_row(filling: Filling) -> tuple[ButtonRow, ...]:
    places = offered(filling)
    number = sum(place in _taken_out(filling) for place in places)
    label = Key("flow.leaving.but", {"number": number}) if number else Key("flow.leaving")
    return ((Button(label, events.ListLeaving()),),) if places else ()


def leaving_screen(filling: Filling) -> Screen:
    taken = _taken_out(filling)
    numbers = {place.path: number for number, place in asking.lines(filling)}
    shown, turning = page_of(list(enumerate(offered(filling))), filling.view.page)
    said, rows = list[Phrase](), list[ButtonRow]()
    for index, path in shown:
        line, title, answer = _entry_left(filling, path)
        named = {"number": numbers[line], "question": title}
        said.append(Key("flow.review.line", {**named, "answer": _marked(filling, path, answer)}))
        is_sent, label = path not in taken, Key("flow.edit.entry", named)
        rows.append((Button(label, events.Withhold(index, is_sent), marked=is_sent),))
    rows += [*turning, (button("flow.back", events.Back()),), *asking.cancel_row()]
    return Screen(ScreenKind.EDIT, (Key("flow.leaving.ask"), *said), tuple(rows), filling.notice)


def _entry_left(filling: Filling, path: str) -> tuple[str, Phrase, Phrase]:
    if not path.endswith("]"):
        question, title = filling.asked_at(path), filling.instance.place(path).title
        return path, title, NO_ANSWER if question is None else asking.answered(filling, path, question)
    repeat, number = instances_around(f"{path}/")[0]
    title = Joined((filling.instance.place(repeat).title, Said(str(number))), " ")
    return repeat, title, asking.said_in(filling, repeat, number) or NO_ANSWER


def _marked(filling: Filling, path: str, said: Phrase) -> Phrase:
    """An answer, marked if it is withheld by itself or with its instance."""
    if not (taken := _taken_out(filling)):
        return said
    around = (f"{repeat}[{number}]" for repeat, number in instances_around(path))
    return said if {path, *around}.isdisjoint(taken) else Key("flow.review.withheld", {"answer": said})
