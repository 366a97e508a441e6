"""Facts that a story tells by itself, as proposals for the questions of a form. The person confirms each. The
words stand in data: columns of the lists, and the section `heard` of the language files. Silence is better than a
wrong proposal, so denials, plans, questions and quotations propose nothing."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property, partial
from itertools import chain, islice

from bot.form.answers import Answer, Chosen, Precision, TextPart, When, Written
from bot.form.model import Choice, Form, Question
from bot.form.typed.amounts import Amount, begins_number, covers, takers, understood
from bot.form.typed.dates import Dated, dates_in
from bot.form.typed.intervals import last_day, text_of
from bot.form.typed.labels import HEARD, SEARCH, WITHIN, Place, PlaceNames, Places, sound, sounding
from bot.form.typed.links import links_in
from bot.form.typed.phrases import Spotter, Token, known_words, near, normalized, phrases, ways, words
from bot.languages import FILE_KEYS, PHRASES

LONGEST_STORY = 20_000


@dataclass(frozen=True, slots=True)
class Heard:
    """Facts that were heard, by the path of the question, outside repeats.

    - `answers`: to be confirmed. None of those that contradict each other.
    - `first`: names of choices that were heard and stand first, unmarked.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    first: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_TOKEN = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*|[^\w\s]|\n")
_ENDS, _BREAKS = frozenset(".!?…\n"), frozenset(",;:()—–")
_UNSAID = re.compile(
    r"""[«“"](?:[^«»“”"\s]{1,40}\s+){2,60}[^«»“”"]{0,400}[»”"]"""
    r"""|(?<!\w)['‘](?:\S{1,40}\s+){2,60}?\S{1,40}?['’](?!\w)|[^.!?\n]{0,120}\?"""
)
"""Quotations of several words, and questions."""
_LINKS_AT_MOST, _OF_EVERYDAY = 5, 3
_LEAST_WORDS, _SURE_WORDS = 3, 6
"""Words that tell a category, and those that tell a kind, or a category beside another."""
_KINDS = {"category": 1, "violations": 3, "more_groups": 4, "more_violations": 8}
"""Most proposals by role."""
_ORDERED = ("perpetrator_type", "affected_groups", "outcome_status")
_LEAST_LETTERS, _LONG, _SHORT, _ASIDE, _UNHEARD = 4, 7, 2, 12, "·"
_IN, _BARE, _LISTED = 3, 2, 2
"""Sureness that something happened in a place, and of a name alone. Words between names of one list."""
_EXACT_DAYS, _MOST_DAYS, _LONG_AGO, _YEARS_BACK = 10, 100, 300, 10
_BESIDE_A_KIND, _BESIDE, _AROUND_A_NUMBER, _FIRST_SENTENCES = 15, 4, 3, 4


def heard(form: Form, text: str, today: date) -> Heard:
    """Return the facts that a story tells, see docs/forms.md."""
    hearing = _Hearing(form, text[:LONGEST_STORY], today)
    hearing.kinds()
    facts = {
        "links": hearing.links,
        "region": hearing.place,
        "when": hearing.date,
        "affected_number": hearing.number,
    }
    for role, hear in facts.items():
        if asked := form.by_role.get(role):
            hear(asked)
    hearing.order()
    return Heard(hearing.answers, hearing.first)


def _tokens(text: str) -> list[Token]:
    turns, particles = known_words(f"{HEARD}.turns"), known_words(f"{HEARD}.particles")
    made: list[Token] = []
    clause = sentence = 0
    for found in _TOKEN.finditer(text):
        sign = found[0]
        is_short = sign == "." and made and len(made[-1].word) <= _SHORT and made[-1].end == found.start()
        if sign in _ENDS and not is_short:
            clause, sentence = clause + 1, sentence + 1
        elif sign in _BREAKS:
            clause += 1
        elif sign[0].isalnum():
            word = normalized(sign)
            clause += word in turns
            denies = word in particles or word.endswith(("n't", "n’t"))
            made.append(Token(word, *found.span(), clause, sentence, denies, ways(word)))
    return made


@cache
def _of_languages() -> Spotter:
    keys = [key for key, kind in FILE_KEYS.items() if key.startswith(f"{HEARD}.") and kind == PHRASES]
    return Spotter((key.removeprefix(f"{HEARD}."), phrase) for key in keys for phrase in phrases(key))


def _told_of(choices: Iterable[Choice]) -> Spotter:
    columns = ((one.name, column) for one in choices for column in one.columns.items())
    told = ((choice, cell) for choice, (name, cell) in columns if name.startswith(f"{HEARD}::"))
    return Spotter((choice, phrase) for choice, cell in told for phrase in cell.split(",") if phrase.strip())


class _Hearing:
    def __init__(self, form: Form, text: str, today: date) -> None:
        self.form, self.text, self.today = form, text, today
        self.answers: dict[str, Answer] = {}
        self.first: dict[str, tuple[str, ...]] = {}
        found = ((one.span(), links_in(one[0])) for one in re.finditer(r"\S+", text) if "." in one[0])
        self._links = {span: links for span, links in found if links}
        for start, end in (*self._links, *(one.span() for one in _UNSAID.finditer(text))):
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
        self._tokens = _tokens(text)
        for place in self._marked()["aside"]:
            for one in near(self._tokens, place - _ASIDE, place + _ASIDE):
                if self._tokens[one].sentence == self._tokens[place].sentence:
                    self._tokens[one] = replace(self._tokens[one], word=_UNHEARD, ways=frozenset())
        self._marks = self._marked()

    def _marked(self) -> Mapping[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for name, places in _of_languages().spot(self._tokens):
            found[name].update(places)
        return found

    def _beside(self, places: Sequence[int], before: int, behind: int) -> list[int]:
        first, last, tokens = places[0], places[-1], self._tokens
        left = near(tokens, first - before, first - 1)
        own = [one for one in left if tokens[one].clause == tokens[first].clause]
        right = near(tokens, last + 1, last + behind)
        return own + [one for one in right if tokens[one].clause == tokens[last].clause]

    def _is_marked(self, name: str, places: Iterable[int]) -> bool:
        return not self._marks[name].isdisjoint(places)

    def _is_told(self, places: Places) -> bool:
        own = set(places)
        inside = [one for one in range(places[0], places[-1]) if one not in own]
        before, after = [*self._beside(places, 3, 0), *inside], self._beside(places, 0, 4)
        endings = tuple(known_words(f"{HEARD}.denied_endings"))
        denies = {one for one in before if self._tokens[one].denies or one in self._marks["denials"]}
        denies |= {one for one in after[:2] if self._tokens[one].word.endswith(endings)}
        planned = [*self._beside(places, 5, 2), *inside]
        is_denied = denies - self._marks["not_denials"] or self._is_marked("denials_behind", after)
        is_old = self._tokens[places[0]].sentence in self._before
        return not (is_denied or is_old or self._is_marked("unreal", planned))

    @cached_property
    def _before(self) -> set[int]:
        """Sentences that tell of a time long before that of others."""
        dates: dict[int, list[str]] = defaultdict(list)
        for one in self._dates:
            dates[self._tokens[one.first].sentence].append(str(one.readings[0].start))
        newest = {sentence: max(starts) for sentence, starts in dates.items()}
        year = text_of(self.today - timedelta(_LONG_AGO))
        return {one for one, start in newest.items() if start < year <= max(newest.values())}

    def links(self, asked: Question) -> None:
        if self._links:
            listed = dict.fromkeys(chain(*islice(self._links.values(), _LINKS_AT_MOST)))
            self.answers[asked.path] = Written((TextPart("\n".join(listed)),))

    @cached_property
    def _kinds(self) -> Mapping[str, set[int]]:
        asked = filter(None, map(self.form.by_role.get, ("violations", "category")))
        spotters = [self.form.once(HEARD, one.path, partial(_told_of, one.choices)) for one in asked]
        told = {one for spotter in spotters for one in spotter.spot(self._tokens) if self._is_told(one[1])}
        found: dict[str, set[int]] = defaultdict(set)
        for name, places in sorted(told, key=lambda one: one[1]):
            if not any(name != other and set(places) < set(more) for other, more in told):
                found[name].update(places)
        many = len(set().union(*found.values()))
        return {} if _OF_EVERYDAY * len(self._marks["everyday"]) >= many else found

    @cached_property
    def _kind_places(self) -> set[int]:
        return set().union(*self._kinds.values())

    def kinds(self) -> None:
        """The category that most words tell, its kinds, and those of other categories."""
        category, types = map(self.form.by_role.get, ("category", "violations"))
        column = category.bot.get("finds", "").partition("/")[2] if category else ""
        parents = {one.name: one.columns.get(column, "") for one in types.choices} if types else {}
        told: dict[str, set[int]] = defaultdict(set)
        surest: dict[str, int] = defaultdict(int)
        for name, places in self._kinds.items():
            for group in {name, parents.get(name, name)}:
                told[group] |= places
                surest[group] = max(surest[group], len(places))
        weight = {name: (len(places), surest[name]) for name, places in told.items()}
        ordered = sorted(told, key=lambda name: weight[name], reverse=True)
        groups = [name for name in ordered if name not in parents]
        is_sure = bool(groups) and weight[groups[0]] > max(
            [(_LEAST_WORDS, 0), *(weight[name] for name in groups[1:])]
        )
        chosen, named = groups[:is_sure], [name for name in ordered if name in parents]
        own = [name for name in named if parents[name] in {"", *chosen} and len(told[name]) >= _SURE_WORDS]
        more = [name for name in named if is_sure and len(told[name]) >= _SURE_WORDS]
        more = [name for name in more if parents[name] not in chosen] if category else []
        others = [*dict.fromkeys(parents[name] for name in more)]
        for (role, limit), names in zip(_KINDS.items(), (chosen, own, others, more), strict=True):
            asked = self.form.by_role.get(role)
            if asked is not None and names:
                self.answers[asked.path] = Chosen(tuple(names[:limit]))

    def place(self, asked: Question) -> None:
        """The region, and the town: where it surely happened, and the first if there are several. Nothing if it contradicts
        the first name, or if people went elsewhere before."""
        told = self._places(self.form.once("names", asked.path, partial(PlaceNames, asked.choices)))
        sure = [one for one in told if one.sure]
        best = [one for one in sure if one.sure == max(one.sure for one in sure)]
        is_other = (self._marks["everyday"] and not self._kinds) or self._marks["everywhere"]
        named = next((one for one in sure if one.sure >= _BARE), None)
        if not best or is_other or (named and not named.choices & best[0].choices):
            return
        others = [one for one in told if not one.choices & best[0].choices]
        here = [one for one in others if not one.is_foreign]
        before = [one for one in here if not one.sure and one.places < best[0].places]
        went = [one for one in before if not self._is_marked("origins", self._beside(one.places, 1, 0))]
        if went or (here if best[0].sure < _BARE else best[0].is_foreign and others):
            return
        common = frozenset.intersection(*(one.choices for one in best))
        beside = [one.choices for one in told if one.choices & best[0].choices]
        regions = common or frozenset.intersection(*beside) or best[0].choices
        sentences = {self._tokens[place].sentence for place in self._kind_places}
        nearest = [one for one in best if self._tokens[one.places[0]].sentence in sentences][:1]
        for one in [] if common else best if best[0].sure == _BARE else nearest:
            regions = regions if regions & one.choices else regions | one.choices
        if len(regions) > 1:
            return
        self.answers[asked.path] = Chosen(tuple(regions))
        locality = f"{asked.path.rpartition('/')[0]}/{asked.bot.get(WITHIN, '')}"
        there = [one for one in told if one.town and one.choices & regions]
        town = next((one.town for one in best if one in there), "")
        is_first = bool(there) and there[0].town == town and best[0].sure == _IN
        is_clear = is_first or all(one.town == town for one in there)
        if town and is_clear and self.form.question_at(locality) is not None:
            self.answers[locality] = Written((TextPart(town),))

    def _places(self, names: PlaceNames) -> list[Place]:
        found: list[Place] = []
        index, sounds = 0, [sound(token.word) for token in self._tokens]
        while index < len(self._tokens):
            one = names.at(self.text, self._tokens, sounds, index)
            if one and self._tokens[one.places[-1]].clause != self._tokens[index].clause:
                one = None  # two names beside each other
            index = one.places[-1] + 1 if one else index + 1
            if one is not None and self._is_place(one):
                last, sure = found[-1] if found else one, self._sureness(one)
                is_apart = one.choices & last.choices or one.places[0] - last.places[-1] > _LISTED
                if not is_apart and one.is_foreign <= last.is_foreign:
                    sure, found[-1] = 0, replace(last, sure=0)
                is_near = self._is_marked("near", self._beside(one.places, 1, 1))
                found.append(replace(one, sure=sure, town="" if is_near else one.town))
        return found

    def _is_place(self, one: Place) -> bool:
        before, behind = self._beside(one.places, 1, 0), self._beside(one.places, 0, 1)
        is_street = self._is_marked("streets_behind", behind) and not one.ending
        is_denied = any(self._tokens[at].denies for at in before) or self._is_marked("denials_behind", behind)
        if is_street or is_denied or self._is_marked("streets", before):
            return False
        is_word = one.is_doubtful or (len(one.places) == 1 and self._is_marked("not_a_place", one.places))
        is_in = one.is_in and self._is_marked("inside", before)
        return not is_word or is_in or self._is_marked("place_words", [*before, *behind])

    def _sureness(self, one: Place) -> int:
        """1 if people live there or write from there, 0 if they come from there, go there or may go there."""
        before, around = self._beside(one.places, 1, 0), self._beside(one.places, 3, 3)
        is_in, lives = self._is_marked("inside", before), self._is_marked("lives", around)
        is_there = one.ending in sounding(f"{HEARD}.elsewhere_endings") or (is_in and one.goes)
        if is_there or self._is_marked("origins", before):
            return self._is_marked("writes", around)
        if lives or one.is_foreign or self._is_marked("unreal", self._beside(one.places, 4, 2)):
            return lives
        return _IN if is_in or one.is_in or self._is_marked("inside_behind", around) else _BARE

    def date(self, asked: Question) -> None:
        """The first exact date, if it is told at once, or else the only one beside what happened."""
        if self._marks["corrections"] or (self._marks["everyday"] and not self._kinds):
            return
        past = filter(self._is_past, self._dates)
        told = [one for one in past if self._days(one.readings[0]) <= _MOST_DAYS]
        exact = [one for one in told if self._days(one.readings[0]) <= _EXACT_DAYS]
        beside = [one for one in exact or told if self._distance(one) <= _BESIDE_A_KIND]
        if exact and self._tokens[exact[0].first].sentence < _FIRST_SENTENCES:
            self.answers[asked.path] = exact[0].readings[0]
        elif len({one.readings[0] for one in beside}) == 1:
            self.answers[asked.path] = beside[0].readings[0]

    @cached_property
    def _dates(self) -> Sequence[Dated]:
        return [*dates_in(self.text, self._tokens, self.today)]

    def _distance(self, dated: Dated) -> int:
        return min((abs(place - dated.first) for place in self._kind_places), default=len(self._tokens))

    def _days(self, when: When) -> int:
        last = self.today if when.ongoing else last_day(str(when.end or when.start))
        is_long = when.precision in {Precision.MONTH, Precision.YEAR}
        return (last - last_day(str(when.start))).days + 30 * is_long

    def _is_past(self, dated: Dated) -> bool:
        start, places = dated.readings[0].start, (dated.first, dated.last)
        told = [token.word for token in self._tokens[dated.first : dated.last + 1]]
        if start is None or start > self.today.isoformat() or _UNHEARD in told:
            return False
        is_coming = len(dated.readings) > 1 and start < text_of(self.today - timedelta(_LONG_AGO))
        is_named = any(start[:4] in word for word in told)
        is_old = int(start[:4]) < self.today.year - _YEARS_BACK and not is_named
        is_word = len(told) == 1 and self._is_marked("not_a_date", places)
        is_plan = self._is_marked("unreal", self._beside(places, 4, 4))
        is_other = self._is_marked("not_then", self._beside(places, 3, 3))
        return not (is_coming or is_old or is_word or is_plan or is_other)

    def number(self, asked: Question) -> None:
        """The number of people to whom it happened."""
        counted = {amount: at for amount, at in self._amounts() if not self._is_of_others(at)}
        alone = {amount: at for amount, at in counted.items() if self._is_marked("counted_alone", at)}
        found = alone or counted
        found = found if all(map(self._is_affected, found.values())) else {}
        if not counted and self._kinds and not self._marks["everyday"] and self._is_one_person():
            found = {Amount(1, 1): ()}
        answers = [*filter(None, (_counted(asked, amount) for amount in found))]
        self.answers |= answers[0] if len(answers) == 1 else {}

    def _amounts(self) -> Iterator[tuple[Amount, Places]]:
        last, dates = -1, self._dates
        for index, token in enumerate(self._tokens):
            around = [index, *self._beside((index,), _AROUND_A_NUMBER, _AROUND_A_NUMBER)]
            is_taken = index <= last or any(one.first <= index <= one.last for one in dates)
            if is_taken or not begins_number(token.word) or not self._is_of_people((index,), 5):
                continue
            spans = [(first, end) for first in around for end in around if first <= index <= end]
            for first, end in sorted(spans, key=lambda span: span[0] - span[1]):
                amount = understood(self.text[self._tokens[first].start : self._tokens[end].end])
                if amount is not None:
                    places, last = tuple(range(first, end + 1)), end
                    if amount != Amount(1, 1) and self._is_of_people(places, 2):
                        yield amount, places
                    break

    def _is_of_people(self, places: Places, around: int) -> bool:
        own = self._is_marked("counted_alone", places)
        return own or self._is_marked("people", [*places, *self._beside(places, around, around)])

    def _is_of_others(self, places: Places) -> bool:
        return self._is_marked("not_affected", self._beside(places, _BESIDE, _BESIDE))

    def _is_affected(self, places: Places) -> bool:
        around = self._beside(places, _BESIDE, _BESIDE)
        own = self._is_marked("counted_alone", places) or self._is_marked("ourselves", around)
        return (own or not self._kind_places.isdisjoint(around)) and self._is_told(places)

    def _is_one_person(self) -> bool:
        beside = {one for place in self._kind_places for one in self._beside((place,), _BESIDE, _BESIDE)}
        for among in (beside, range(len(self._tokens))):
            one, many = (self._marks[name].intersection(among) for name in ("one_person", "many_people"))
            if len(one) > len(many) and not self._is_marked("ourselves", among):
                return True
        return False

    def order(self) -> None:
        """Choices that were heard, in the order of the story. The first word that tells who did it tells nothing else."""
        taken: set[int] = set()
        for asked in filter(None, map(self.form.by_role.get, _ORDERED)):
            spotter = self.form.once("words", asked.path, partial(_by_words, asked.choices))
            told = sorted((at, name) for name, at in spotter.spot(self._tokens) if self._is_told(at))
            if names := tuple(dict.fromkeys(name for at, name in told if taken.isdisjoint(at))):
                self.first[asked.path] = names
            taken.update(place for at, _ in told[:1] for place in at)


def _counted(asked: Question, amount: Amount) -> dict[str, Answer]:
    taker = None if amount.about else takers(asked, asked.choices).get(amount.kind)
    if amount == Amount(1, 1) or taker is None:
        choice = next((one for one in asked.choices if covers(one, amount)), None)
        return {} if choice is None else {asked.path: Chosen((choice.name,))}
    around, ends = asked.path.rpartition("/")[0], taker.answers(amount).items()
    also = {f"{around}/{name}": number for name, number in ends if number is not None}
    return {asked.path: Chosen((taker.choice.name,)), **also}


def _by_words(choices: Sequence[Choice]) -> Spotter:
    found: dict[str, set[str]] = defaultdict(set)
    for choice in choices:
        for word in words(" ".join((choice.columns.get(SEARCH, ""), *choice.label.values()))):
            if len(word) >= _LEAST_LETTERS and word not in known_words(f"{HEARD}.other_words"):
                found[f"{word if len(word) < _LONG else word[:-2]}~"].add(choice.name)
    return Spotter((name, word) for word, names in found.items() if len(names) <= 2 for name in names)
