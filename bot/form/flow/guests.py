"""Guests: questions that can be answered at the screen of another one, their host (`bot:also`).

A guest after its host needs no screen, but appears in the review. Input that the host cannot take goes to the
first guest that can. If that keeps only some words (links), the next guest gets them all, so that nothing
typed is lost. A guest with an offer (`bot:offer`) has a button there, and is asked unless that was tapped.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.form.answers import Answer, Chosen, TextPart, Written, files_of
from bot.form.draft import beside
from bot.form.events import Event, Offer, PointSent, RemoveFile, Wrote
from bot.form.flow.filling import Filling
from bot.form.kinds import kind_of, takes_parts
from bot.form.kinds.text import removal_rows, told, without_file
from bot.form.model import Question, schema_path
from bot.form.screen import Button, ButtonRow, Joined, Key, Label, Phrase, Said, cut
from bot.form.typed.labels import MOST_SEARCHED
from bot.form.xlsform.own_columns import OFFER

_BETWEEN = re.compile(r"\s*(?:[;\n]|,(?!\d))\s*")
_WITH_UNIT = re.compile(r"(\d[\d\s'’.,]*?)\s*([^\W\d]\D*|₸)")


def guests_of(filling: Filling, host: str) -> Iterator[tuple[str, Question]]:
    """Guests that can be answered now, in the order of `bot:also`."""
    for guest in filling.form.guests.get(schema_path(host), ()):
        path = beside(host, guest)
        question = filling.asked_at(path)
        if question is not None:
            yield path, question


def taken_in_parts(filling: Filling, event: Wrote) -> tuple[Filling, str] | None:
    """Give the parts of a text to the guests that take parts. Returns the words left. None if no part is taken."""
    asked = guests_of(filling, filling.position) if len(event.text) <= MOST_SEARCHED else ()
    guests = [one for one in asked if takes_parts(one[1])]
    taken: dict[str, Answer] = {}
    left: list[str] = []
    for part in _BETWEEN.split(event.text.strip()) if guests else ():
        others = ((path, one) for path, one in guests if path not in taken)
        found = ((path, _of_part(filling, path, one, part, event)) for path, one in others)
        path, answer = next((one for one in found if one[1] is not None), ("", None))
        if answer is None:
            left.append(part)
        else:
            taken[path] = answer
    for path, answer in taken.items():
        filling = filling.put(path, answer)
    return (filling.look(filling.view.keeping("", "")), ", ".join(filter(None, left))) if taken else None


def _of_part(filling: Filling, path: str, question: Question, part: str, event: Wrote) -> Answer | None:
    """Answer by a part. `bot:unit` has the beginnings of a number's unit in all languages."""
    units = tuple(question.bot.get("unit", "").casefold().split())
    found = _WITH_UNIT.fullmatch(part) if units else None
    text = found[1] if found and found[2].casefold().startswith(units) else "" if units else part
    kind, asked = filling.asked_about(path, question)
    if not any(map(str.isdecimal, text)) and not kind.takes_text:
        return None
    taken = kind.take(asked, replace(event, text=text))
    answer = None if taken is None else taken.answers.get(path)
    return answer if answer is not None and filling.refusal(path, answer) is None else None


def guests_asked_here(filling: Filling, host: str) -> Iterator[tuple[str, Question]]:
    """Guests asked only at the screen of their host."""
    for path, question in guests_of(filling, host):
        if schema_path(host) == filling.form.hosts.get(question.path) and not filling.required(path):
            yield path, question


def is_asked_elsewhere(filling: Filling, place: str) -> bool:
    """Whether a position needs no screen: a guest whose host was asked, or a question aside."""
    if is_aside(filling, place) or place in (filling.draft.heard or ()):
        return filling.answer(place) is not None or is_aside(filling, place)
    if (host := filling.form.hosts.get(schema_path(place))) is None:
        return False
    node = filling.form.at(place)
    if node is not None and OFFER in node.bot:
        return filling.answer(place) is not None and place not in filling.trail
    path = beside(place, host)
    # Since the review, because the host's screen in the shorter form did not offer guests of the longer one.
    is_asked = filling.asked_place(path) is not None and path in filling.draft.since_review
    return is_asked and not filling.required(place)


def is_aside(filling: Filling, place: str) -> bool:
    """Whether a place is answered only from the review or at another question (`bot:aside`), perhaps until the
    form is made longer. Within a repeat aside, its questions are asked."""
    cell, set_aside = filling.form.asides.get(schema_path(place), ("", ""))
    if not cell or (place != set_aside and filling.position.startswith(f"{set_aside}[")):
        return False
    longer = filling.form.extensions.get(cell)
    return cell == "yes" if longer is None else filling.answer(longer.path) != Chosen((longer.bot["extend"],))


def offers(filling: Filling) -> Iterator[tuple[Offer, str, Question]]:
    """Taps that give an offered answer at the current screen or take it back, with the guest's place."""
    for index, guest in enumerate(filling.form.guests.get(schema_path(filling.position), ())):
        path = beside(filling.position, guest)
        question = filling.asked_at(path)
        is_here = filling.form.hosts.get(guest) == schema_path(filling.position)
        if is_here and question is not None and OFFER in question.bot:
            given = filling.answer(path) == Chosen((question.bot[OFFER],))
            yield Offer(index, not given), path, question


def offer_rows(offered: Iterable[tuple[Offer, str, Question]]) -> tuple[ButtonRow, ...]:
    return tuple((Button(Label(asked.offer or asked.label), tap, not tap.on),) for tap, _, asked in offered)


def offer(filling: Filling, event: Offer) -> Filling:
    found = next((one for one in offers(filling) if one[0].index == event.index), None)
    if found is None:
        return filling.say("flow.gone")
    _, path, question = found
    return filling.put(path, Chosen((question.bot[OFFER],)) if event.on else None)


def taken_by_guest(filling: Filling, host: str, event: Event) -> Filling | None:
    """Give an event to the guests of a question. None if no guest takes it."""
    for path, question in guests_of(filling, host):
        found = None
        match event:
            case Wrote() if kind_of(question).takes_text:
                found = _written(filling, host, path, question, event)
            case PointSent() if kind_of(question).takes_places:
                found = _located(filling, path, question, event)
            case RemoveFile() if kind_of(question).takes_files:
                found = _removed(filling, host, path, question, event)
        if found is not None:
            return found
    return None


def file_rows(filling: Filling, guests: Iterable[tuple[str, Question]]) -> tuple[ButtonRow, ...]:
    """Buttons that remove the files of a guest, numbered after those of the current question."""
    first = len(files_of(filling.answer(filling.position)))
    files = next((files_of(filling.answer(path)) for path, one in guests if kind_of(one).takes_files), ())
    return removal_rows("flow.file.remove", files, filling.view.page, first)


def _removed(filling: Filling, host: str, path: str, question: Question, event: RemoveFile) -> Filling | None:
    kind, asked = filling.asked_about(path, question)
    number = event.index - len(files_of(filling.answer(host)))
    taken = without_file(asked, RemoveFile(number), kind)
    return None if taken is None else filling.put(path, taken.answers[path]).shift().say(taken.notice)


def takes_places(filling: Filling) -> bool:
    """Whether a point answers a question here, or a guest of the one before: people send it after typing its name."""
    is_here = filling.kind_at(filling.position).takes_places
    return is_here or any(guest_takes_places(filling, host) for host in hosts_at_hand(filling))


def guest_takes_places(filling: Filling, host: str) -> bool:
    return any(kind_of(guest).takes_places for _, guest in guests_of(filling, host))


def hosts_at_hand(filling: Filling) -> tuple[str, ...]:
    return (filling.position, *filter(None, [filling.asked_before]))


def _written(filling: Filling, host: str, path: str, question: Question, event: Wrote) -> Filling | None:
    kept = told(question, event.text)
    part = TextPart(kept, event.source)
    answer = with_part(filling.answer(path), part)
    if any(filling.refusal(path, one) is not None for one in (Written((part,)), answer)):
        return None
    added = filling.put(path, answer).look(filling.view.keeping("", ""))
    notice: Phrase = _notice(filling, host, question, kept)
    if len(kept.split()) < len(event.text.split()):
        for other, further in guests_of(filling, host):
            whole = told(further, event.text)
            more = with_part(added.answer(other), TextPart(whole, event.source))
            keeps_all = whole == event.text.strip() and kind_of(further).takes_text
            if other != path and keeps_all and added.refusal(other, more) is None:
                added = added.put(other, more)
                notice = Joined((notice, _notice(filling, host, further, whole)), "\n")
                break
    return added.say(notice)


def with_part(old: Answer | None, part: TextPart) -> Written:
    before = old if isinstance(old, Written) else Written()
    return Written((*before.parts, part), before.voices)


def _notice(filling: Filling, host: str, question: Question, text: str) -> Phrase:
    if filling.kind_at(host).has_list:
        return Key("flow.also.own_words", {"text": Said(cut(text, 200))})
    return Key("flow.text.added", {"question": Label(question.label)})


def _located(filling: Filling, path: str, question: Question, event: PointSent) -> Filling | None:
    kind, asked = filling.asked_about(path, question)
    taken = kind.take(asked, event)
    if taken is None:
        return None
    answer = taken.answers.get(path)
    reason = taken.notice if answer is None else filling.refusal(path, answer)
    if answer is None or reason is not None:
        return filling.say(reason)
    return filling.put(path, answer).say("flow.also.added", question=Label(question.label))
