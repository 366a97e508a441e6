"""Sentences of a record's paragraph, composed from its facts by the grammar of a language (`grammar/*.json`).

Frames and the forms of codes are data. Free text is never inflected: it stands in the nominative, in brackets or after
a colon. A code that the grammar does not know, or whose label an organisation changed, stands as its label.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bot.form.typed.intervals import OPEN, is_date
from bot.publish.country_update import telling
from bot.publish.country_update.context import ALLEGED, LAW, UpdateContext
from bot.publish.country_update.document import Statement, bound
from bot.publish.country_update.request import UpdateRecord, span_of

SAID = "said_in_summary"
"""Role of the moderators' question which facts the summary says already. Its answer never leaves."""
GRAMMAR = Path(__file__).parent / "grammar"
_UNSAID = {"UNKNOWN", "XX-UNKNOWN", "unknown", "NONE"}
_UNPLACED = {*_UNSAID, "KZ"}
"""Regions that are no place in a sentence. The update is of the whole country."""
_NUMBERS = ("number_min", "number_max", "number_more_than")
_PERSONS = {"private", "unknown"}
_ENDS = (".", "!", "?", "…")
_BLANK = re.compile(r"(?<=\()\{\w+\} | ?\{\w+\}")
_AGREEING = re.compile(r"\[(\w+)\]")
_TIME = re.compile(r"\{(year|day)s:(\w+)\}")
"""Time of a frame, with its case: `{years:gen}`."""

Outcome = Mapping[str, Any]
_Amounts = dict[str, Mapping[str, float]]
"""Values of amounts by name, as their frames name them."""


@cache
def grammar(language: str) -> Mapping[str, Any] | None:
    """Frames and forms of a language, or None for one that has only fact lines."""
    path = GRAMMAR / f"{language}.json"
    found: Mapping[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
    return found


def summary(context: UpdateContext, record: UpdateRecord) -> Sequence[Statement]:
    """Summary of a record as its moderator wrote it."""
    lines, language = record.told("summary", context.words.language)
    if lines:
        lines[-1] = context.named(lines[-1], language)
    return [context.statement(line, [record], language) for line in lines]


def facts(context: UpdateContext, record: UpdateRecord, *, earlier: bool = True) -> Sequence[Statement]:
    """Facts of a record that its summary is not ticked to say. The earlier event is left out unless `earlier`."""
    rules = grammar(context.words.language)
    if rules is None:
        return list(telling.fact_lines(context, record))
    return [*_Teller(context, record, rules).told(earlier=earlier), *telling.own_facts(context, record)]


def shared_event(context: UpdateContext, records: Sequence[UpdateRecord]) -> Sequence[Statement]:
    """Sentence about the earlier event that several records have in common. Empty for none."""
    rules, dates = grammar(context.words.language), {one["underlying_event"] for one in records}
    is_told = any("earlier" not in one.listed(SAID) for one in records)
    if rules is None or len(records) == 1 or len(dates) > 1 or dates == {None} or not is_told:
        return []
    said = _Teller(context, records[0], rules).events("earlier_shared")
    return [context.statement(_whole(said), records)]


def _whole(text: str) -> str:
    text = text.lstrip(" ,")
    return text[:1].upper() + text[1:] + ("" if text.endswith(_ENDS) else ".")


def _timed(frames: Mapping[str, str], name: str, date: str | None) -> str:
    """Frame for a date: an own one if the date is unknown, open or a span, else the common one."""
    is_open, is_span = (date or "").endswith(OPEN), "/" in (date or "")
    kinds = ["_open"] * is_open + ["_span"] * is_span if date else ["_undated"]
    return next((frames[name + kind] for kind in (*kinds, "") if name + kind in frames), "")


@dataclass(frozen=True, slots=True)
class _Subject:
    """Party of an outcome: its forms by case, its agreement (m, f, n or p), and the pronoun for it."""

    key: tuple[Any, ...]
    forms: Mapping[str, str]
    agree: str
    pronoun: str


class _Teller:
    """Composes the sentences of one record."""

    def __init__(self, context: UpdateContext, record: UpdateRecord, rules: Mapping[str, Any]) -> None:
        self.context, self.record, self.rules = context, record, rules
        self.said = set(record.listed(SAID))
        self.mark = {None: "unassessed", ALLEGED: "alleged"}.get(record["assertion"], "")
        self.last_date: str | None = None

    def told(self, *, earlier: bool) -> Iterator[Statement]:
        setting = self._setting()
        about = [setting, "" if "date" in self.said else self._dated(), self._earlier() if earlier else ""]
        if self.mark and not setting:
            yield from self._sentences(self.rules["setting"]["marked"][self.mark])
        yield from self._sentences(self.rules["clause"].join(filter(None, about)), self._law())
        if "outcomes" not in self.said:
            yield from self._outcomes()

    def _sentences(self, *texts: str) -> Iterator[Statement]:
        return (self.context.statement(_whole(text), [self.record]) for text in texts if text)

    def _fill(self, frame: str, agree: str, /, **values: Any) -> str:
        """Frame with its agreeing words and its values. A blank value takes the space before it along."""
        words = self._words("agree")
        frame = _AGREEING.sub(lambda found: words[found[1]]["mfnp".index(agree)], frame)
        frame = _BLANK.sub(lambda found: found[0] if values[found[0].strip(" {}")] else "", frame)
        return frame.format_map(values).lstrip().replace(",,", ",")

    def _words(self, name: str) -> Mapping[str, Any]:
        """Words of the grammar, those written by hand and those of the script."""
        return {**self.rules.get(name, {}), **self.rules["forms"].get(name, {})}

    def _form(self, names: str, code: str, labels: str) -> str:
        return self._forms(names, code, labels)["text"]

    def _forms(self, names: str, code: str, labels: str) -> Mapping[str, str]:
        """Forms of a code. Its label is the only one if the grammar does not know it or its label."""
        label = self.context.label(labels, code)
        known: Mapping[str, str] = self.rules["forms"][names].get(code, {})
        return known if known.get("label") == label else {"text": label}

    def _and(self, values: Iterable[str]) -> str:
        *others, last = [one for one in values if one] or [""]
        return f"{', '.join(others)}{self.rules['and']}{last}" if others else last

    # Who, by whom, where and when

    def _setting(self) -> str:
        frames = self.rules["setting"]
        is_event = (self.record["date_meaning"] or "event") == "event"
        has_date = is_event and not self._is_all_along() and "date" not in self.said
        self.last_date = date = self.record.date if has_date else None
        when = self.when(date)
        place = "" if "place" in self.said else self._place()
        values = {"when": when, "place": place, "mark": frames.get(self.mark, "")}
        affected = self._affected()
        number, agree, who = ("", "p", "") if "who" in self.said else affected
        is_widespread = not affected[0] and self._is_all_along() and not self._place()
        by, agreed = ("", "p") if "by_whom" in self.said else self._by("many" if is_widespread else "")
        if by:
            how = "law" if self.record.kind == LAW else self.mark or self.record["assertion"]
            by = self._fill(frames.get(f"by_{how}", frames["by"]), agreed, by=by)
        if not (who or when or place):
            return by and f"{values['mark']} {by.removeprefix('; ')}".lstrip()
        if who:
            name = "all" if not number else "number" if who.startswith(number) else "people"
            if name == "all" and len(named := self.record.listed("affected_organisation")) == 1 and named[0]:
                name = "organisation"
            first = who.split()[0].rstrip(",").casefold()
            is_plain = "; " not in who and first.endswith(tuple(self.rules.get("plural_words", (first,))))
            several = name if is_plain else name.replace("all", "several")
            law = "_law" if self.record.kind == LAW else ""
            name = next(one for one in (several + law, name + law, several, name) if one in frames)
            return self._fill(_timed(frames, name, date), agree, **values, by=by, number=number, who=who)
        return self._fill(_timed(frames, "none", date), "p", **values, by=by)

    def _affected(self) -> tuple[str, str, str]:
        """Number with its agreement where one number counts all, and who they are."""
        found = list(self.record.instances("affected", "role", "groups", *_NUMBERS, "organisation"))
        number, agree = self._number(found[0]) if len(found) == 1 else ("", "p")
        return number, agree, "; ".join(filter(None, (self._party(one, number) for one in found)))

    def _party(self, one: Mapping[str, Any], number: str) -> str:
        """People of an instance: their role or organisation, else their groups, else how many they are."""
        counted = self._number(one)[0]
        named = list(filter(None, (self.context.text(self.record, one["role"]), one["organisation"])))
        codes = [code for code in one["groups"] or () if code not in _UNSAID and not named]
        groups = ", ".join(self._form("groups", code, labels="affected_groups") for code in codes)
        if groups and one["number_min"] == one["number_max"] == 1:
            return telling.with_notes(counted, [self.rules["group"].format(groups=groups)])
        about = [*named[1:], "" if number else counted]
        return telling.with_notes((*named, groups)[0], about) or number

    def _number(self, one: Mapping[str, Any]) -> tuple[str, str]:
        least, most, more_than = (one[name] for name in _NUMBERS)
        if least is None or more_than is not None or most not in {None, least}:
            return telling.people(self.context, one), "p"
        return self._people(least, "least" if most is None else "exactly"), self._agreement(least)

    def _agreement(self, number: int) -> str:
        return "m" if self.context.words.plural(number) == "one" else "p"

    def _people(self, number: int, frame: str = "least") -> str:
        rules = {**self.rules["people"], **self.rules.get("collective", {})}
        return str(rules.get(frame, "{people}").format(people=self._counted(rules, number)))

    def _counted(self, forms: Mapping[str, str], number: int) -> str:
        """Form for a number, its own if there is one. A small number stands in words."""
        shown = self.rules["numbers"].get(str(number)) or self.context.words.number(number)
        return forms.get(str(number), forms[self.context.words.plural(number)]).format(n=shown)

    def _by(self, form: str) -> tuple[str, str]:
        """Perpetrators, in a form of their kinds where no detail is known, and their agreement: plural unless there is
        one that is known to be singular."""
        detailed = self.rules["detailed_law" if self.record.kind == LAW else "detailed"]
        said, agree = list[str](), list[str]()
        for one in self.record.instances("perpetrators", "type", "detail"):
            kinds = (
                self._forms("perpetrators", one["type"], "perpetrator_type") if one["type"] else {"text": ""}
            )
            detail = self.context.text(self.record, one["detail"])
            agreed = self.rules["perpetrators"].get(one["type"], "p")
            if not detail:
                said.append(kinds.get(form, kinds["text"]))
                agree.append("p" if form in kinds else agreed)
                continue
            kind = re.sub(self.rules["article"], "", kinds["text"])
            said.append(detailed.format(kind=kind, detail=detail) if kind else detail)
            counted = [name for name in "pm" if re.search(self.rules["agree_detail"][name], detail)]
            agree.append((*counted, agreed)[0])
        return self._and(said), agree[0] if len(agree) == 1 else "p"

    def _place(self) -> str:
        region, locality = self.record["region"], self.context.town_of(self.record)
        if region in _UNPLACED or not region:
            return str(self.rules["unplaced"].format(locality=locality)) if locality else ""
        known = self._form("places", region, labels="region")
        if known == self.context.label("region", region):  # an organisation's own
            return str(self.rules["unplaced"].format(locality=self.context.place_of(self.record)))
        if not locality:
            return known
        begins, _, name = known.partition(" ")
        frame = self.rules["located"].get(begins, self.rules["located"]["other"])
        return str(frame.format(locality=locality, region=name, place=known))

    def _is_all_along(self) -> bool:
        """Whether the record is of the whole period, which the update's title says."""
        start, end = span_of(self.record.date) if self.record.date else (date.max, date.min)
        return start <= self.context.months.since and end >= self.context.months.until

    def _dated(self) -> str:
        """Date of something else than the event, if it is a code. Own words stand beside the reference."""
        date = self.record.date
        frame = _timed(self.rules["dated"], str(self.record["date_meaning"]), date)
        if not date or not frame or self._is_all_along():
            return ""
        when, self.last_date = self.when(date), date
        named = self._end(date, "named_") if is_date(date) else when
        return str(frame.format(when=when, date=named))

    def _earlier(self) -> str:
        if "earlier" in self.said or not self.record["underlying_event"]:
            return ""
        return self.events("earlier")

    def events(self, name: str) -> str:
        """Frame about the earlier event: `events of March 2024`."""
        date, self.last_date = self.record["underlying_event"], None
        when = self.when(date)
        named = self._end(date, "from_") if is_date(date) else when
        return str(_timed(self.rules, name, date).format(when=when, of=named))

    def _law(self) -> str:
        """Laws. Articles of one code stand together."""
        codes = [] if "law" in self.said else self.record.listed("legal_basis")
        laws: dict[str, list[Mapping[str, str]]] = {}
        for code in (one for one in dict.fromkeys(codes) if one not in _UNSAID):
            forms = self._forms("laws", code, "legal_basis")
            laws.setdefault(forms.get("several", code), []).append(forms)
        if not laws:
            return str(self.rules["law"]["none"]) if "NONE" in codes else ""
        said = [
            several.format(articles=self._and(one["article"] for one in same))
            if len(same) > 1
            else same[0]["text"]
            for several, same in laws.items()
        ]
        number = sum(map(len, laws.values()))
        together = self.rules["law"]["also"].join(said) if number > len(laws) else self._and(said)
        frame = self.rules["law"]["named_law" if self.record.kind == LAW else "named"]
        return self._fill(frame, "m" if number == 1 else "p", laws=together)

    # Dates

    def when(self, text: str | None, *, lasting: bool = True) -> str:
        """Date as an adverb: `in March 2024`. Blank if unknown. An event that does not last until now has a beginning."""
        start, slash, end = (text or "").partition("/")
        frames = self.rules["dates"]
        if not slash and is_date(start):
            return self._end(start, "")
        if not slash:
            return f"({self.context.words.date(text)})" if text else ""
        is_span = is_date(start) and is_date(end)
        same = "same_" if is_span and start[:4] == end[:4] and len(start) > 4 else ""  # the year once
        first, last = self.rules.get("range_of", ("from_", "to_")) if is_span else ("from_", "to_")
        first = self._end(start, same or first) if is_date(start) else ""
        last = self._end(end, "same_end_" if same else last) if is_date(end) else ""
        name = "ongoing" if end == OPEN and lasting else "since"
        if last:
            name = "range" if first else "until"
        return bound(str(frames[name].format(start=first, end=last)))

    def _end(self, date: str, name: str) -> str:
        year, month, day = (*date.split("-"), "", "")[:3]
        forms = self.rules["forms"]["months"][int(month) - 1] if month else {}
        frame = self.rules["dates"][name + ("day" if day else "month" if month else "year")]
        return bound(str(frame.format(year=year, day=int(day or 0), **forms)))

    # Outcomes

    def _outcomes(self) -> Iterator[Statement]:
        """A sentence for consecutive outcomes of one party, in the moderator's order."""
        clauses: list[str] = []
        last: tuple[_Subject, Outcome, str] | None = None
        for one in telling.outcomes(self.record):
            rule, subject = self.rules["statuses"].get(one["status"]), self._subject(one)
            if last is not None and (rule is None or subject is None or subject.key != last[0].key):
                yield from self._sentences(self._and_clauses(clauses))
                clauses, last = [], None
            if rule is None or subject is None:
                heading = self.context.words.say("update.fact.outcomes")
                self.last_date = one["date"]
                yield self.context.fact(heading, telling.outcome(self.context, one), [self.record])
            elif last and "merged" in rule and last[1]["status"] in self.rules["merged_after"]:
                clauses[-1] += self._clause(rule["merged"], rule, one, subject, last[1])
                last = (subject, one, last[2])
            else:
                clause, leading = self._next(rule, one, subject, last[2] if last else None)
                clauses.append(clause)
                last = (subject, one, leading)
        yield from self._sentences(self._and_clauses(clauses))

    def _next(
        self, rule: Mapping[str, Any], one: Outcome, subject: _Subject, leading: str | None
    ) -> tuple[str, str]:
        """Clause about a party, and the placeholder it begins with: with the party if it is the first, without it
        after a clause that begins with it, else with a pronoun."""
        frame = _timed(rule, "frame", one["date"])
        if not frame or ("bare" in rule and subject.key == ("unknown", None)):
            party, persons = subject.key[0], subject.key[-1]
            party = subject.forms["nom"] if party != "unknown" else self._people(persons) if persons else ""
            bare = _timed(rule, "bare", one["date"])
            return "|" + telling.with_notes(self._clause(bare, rule, one, subject), [party]), ""
        begins = frame.partition(" ")[0] if frame.startswith("{") else ""
        if leading is None:
            return self._clause(frame, rule, one, subject), begins
        if begins and begins == leading:
            return self._clause(frame.removeprefix(begins).lstrip(), rule, one, subject), begins
        forms = self._words("pronouns")[subject.pronoun]
        pronoun = _Subject(subject.key, forms, forms["agree"], subject.pronoun)
        return "|" + self._clause(frame, rule, one, pronoun), begins

    def _and_clauses(self, clauses: Sequence[str]) -> str:
        """Clauses in a sentence. One that begins anew (`|`) stands after a semicolon."""
        parts: list[list[str]] = []
        for one in clauses:
            if one.startswith("|") or not parts:
                parts.append([])
            parts[-1].append(one.lstrip("|"))
        return str(self.rules["clause"]).join(self._and(self._elided(part)) for part in parts)

    def _elided(self, clauses: Sequence[str]) -> Iterator[str]:
        """Clauses without an auxiliary that the one before has too: `was detained and fined`."""
        auxiliaries = self.rules["agree"].get(self.rules.get("auxiliary"), ())
        is_there = not set(auxiliaries).isdisjoint(clauses[0].split())
        for clause in clauses:
            verb, _, rest = clause.partition(" ")
            yield rest if is_there and verb in auxiliaries else clause
            is_there = verb in auxiliaries or (clause is clauses[0] and is_there)

    def _clause(self, frame: str, rule: Mapping[str, Any], one: Outcome, subject: _Subject,
                before: Outcome | None = None) -> str:  # fmt: skip
        told = before or dict.fromkeys(telling.AMOUNTS)  # what did not change is said already
        amounts: _Amounts = {
            name: {"value": one[name]} for name in telling.AMOUNTS if one[name] and one[name] != told[name]
        }
        if {"fine_mrp", "fine_tenge"} <= amounts.keys():
            amounts["fine_both"] = {name: amounts.pop(f"fine_{name}")["value"] for name in ("mrp", "tenge")}
        amount, left = "", amounts
        if "{amount}" in frame:
            amount, left = self._amount(rule, amounts, is_each=subject.pronoun == "many")
        when = self._when(one["date"], lasting=any(name.endswith("_open") for name in rule))
        notes = [self._amount(self.rules["amounts"], {name: values})[0] for name, values in left.items()]
        forms = {"who": subject.forms["nom"], "acc": subject.forms["nom"], **subject.forms}
        lead = " " if frame.startswith(" ") else ""
        said = lead + self._fill(frame, subject.agree, **{**forms, "when": when, "amount": amount})
        if notes and said.startswith(" ("):
            return f"{said[:-1]}: {', '.join(notes)})"
        return telling.with_notes(said, [", ".join(notes)])

    def _when(self, date: str | None, *, lasting: bool) -> str:
        """Date of an outcome: `that month` if it is the last date that was said."""
        is_said, self.last_date = date == self.last_date, date or self.last_date
        if is_said and date and is_date(date):
            return self._end(date, "again_")
        return self.when(date, lasting=lasting)

    def _amount(
        self, rule: Mapping[str, Any], amounts: _Amounts, *, is_each: bool = False
    ) -> tuple[str, _Amounts]:
        """First amount that a frame takes, and those left. `is_each` says that several people have it."""
        for name, values in amounts.items():
            frame = (is_each and rule.get(f"{name}_each")) or rule.get(name)
            if frame:
                frame = _TIME.sub(lambda found: self._time(values["value"], found[1], found[2]), frame)  # noqa: B023 - used at once
                shown = {one: self.context.words.number(value) for one, value in values.items()}
                return frame.format(**shown), {other: one for other, one in amounts.items() if other != name}
        return rule.get("plain", ""), amounts

    def _time(self, value: float, unit: str, case: str) -> str:
        """Time in years and months, or in days."""
        units, months = self.rules["units"], (value - int(value)) * 12
        parts: list[tuple[str, float]] = [(unit, int(value) if value == int(value) else value)]
        if unit == "year" and abs(months - round(months)) < 0.1:
            parts = [("year", int(value)), ("month", round(months))]
        said: list[str] = []
        for name, number in reversed([one for one in parts if one[1]]):
            forms = units[name][units.get("inner", case) if said else case]
            form = forms.get(self.context.words.plural(number), forms["other"])
            said.insert(0, bound(form.format(n=self.context.words.number(number))))
        return str(units["joined"]).join(said)

    def _subject(self, one: Outcome) -> _Subject | None:
        """Party of an outcome. None for one of an organisation's own list."""
        party = one["party"] if one["party"] not in _UNSAID and one["party"] else "unknown"
        persons = int(one["persons"]) if one["persons"] else None
        subjects, pronouns = self._words("subjects"), self._words("pronouns")
        numbers = [
            (each["number_min"], each["number_max"]) for each in self.record.instances("affected", *_NUMBERS)
        ]
        if party == "affected" and persons in {None, 1} and numbers == [(1, 1)]:
            # A perpetrator could be taken for `this person`.
            others = any(self.record.listed("perpetrators_detail"))
            others |= not _PERSONS.isdisjoint(self.record.listed("perpetrators_type"))
            sole = subjects["sole_named" if others else "sole"]
            return _Subject(("sole",), sole, sole["agree"], "one")
        if party not in subjects:
            return None
        if party == "affected" and numbers == [(persons, persons)]:
            persons = None  # the sentence about them has just counted them
        if persons is None:
            pronoun = party if party in pronouns else "many"
            return _Subject((party, None), subjects[party], subjects[party]["agree"], pronoun)
        forms = {case: self._counted(said, persons) for case, said in self._words("counted")[party].items()}
        return _Subject((party, persons), forms, self._agreement(persons), "one" if persons == 1 else "many")
