"""Languages of a form, and its texts in each of them."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from babel import Locale

from bot.form.model import NO_TEXT, Text
from bot.form.xlsform.columns import MEDIA, TRANSLATED, Heading, Line
from bot.form.xlsform.sheets import ANY, Findings, Problem, language_code

UNNAMED = "und"
"""Language code (BCP 47: undetermined) of labels that name no language."""

REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")

_OFTEN = "ar az be bn de el es fa fr ha hi hy id it ka kk ky ne nl pl ps pt ro ru so sw ta tg th tk tr uk ur uz vi zh"
"""Languages whose own names are understood too."""


@cache
def _names() -> Mapping[str, str]:
    own = {Locale(code).get_display_name(code) or "": code for code in _OFTEN.split()}
    names = {**own, **{name: code for code, name in Locale("en").languages.items()}}
    return {name.casefold(): code for name, code in names.items()}


def code_of(name: str) -> str:
    """Code of a language as written: `kk` for `Қазақша (kk)`, `kk` and `Kazakh`. Else one made of its name."""
    plain = name.strip().casefold()
    known = language_code(name) or (plain if plain in Locale("en").languages else _names().get(plain))
    return known or re.sub(r"[\W_]+", "-", plain).strip("-") or UNNAMED


@dataclass(slots=True)
class Translations:
    """Texts of a form in its languages. `codes`: by language as written. `paths`: of the nodes by name."""

    codes: Mapping[str, str]
    default: str
    findings: Findings
    header_rows: Mapping[str, int]
    paths: Mapping[str, Collection[str]] = field(default_factory=dict)
    _warned: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.codes.values()))

    def text(self, line: Line, column: str) -> Text:
        """A text in every language, where it is missing the default's, with one warning for a column."""
        given = line.texts.get(column)
        if not given:
            return NO_TEXT
        text = {self.codes.get(name, self.default): words for name, words in given.items() if name != ANY}
        if ANY in given:
            text.setdefault(self.codes.get(ANY, self.default), given[ANY])
        instead = text.get(self.default) or next(iter(text.values()))
        for code in (code for code in self.languages if code not in text):
            text[code] = instead
            self._warn(line, column, code)
        return {code: self.with_paths(words) for code, words in text.items()}

    def media(self, line: Line) -> Mapping[str, Text]:
        return {name: self.text(line, name) for name in MEDIA if name in line.texts}

    def with_paths(self, words: str) -> str:
        """A text with the path of each answer it shows: `${/f/name}` for `${name}`."""
        if "${" not in words:
            return words
        return REFERENCE.sub(lambda found: f"${{{next(iter(self.paths.get(found[1], [''])))}}}", words)

    def _warn(self, line: Line, column: str, code: str) -> None:
        place = (line.sheet, column, code)
        if place not in self._warned:
            self._warned.add(place)
            header = line.headers.get(f"{column}:{self._written(code)}") or f"{column}::… ({code})"
            what = f"Row {line.number} has no {column.replace('_', ' ')} in `{code}`, and perhaps others."
            fix = f"Where it is missing, `{self.default}` is shown."
            self.findings.warnings.append(
                Problem(line.sheet, self.header_rows[line.sheet], header, what, fix)
            )

    def _written(self, code: str) -> str:
        return next((name for name, one in self.codes.items() if one == code), "")


def translations(
    headings: Mapping[str, Collection[Heading]],
    settings: Line,
    header_rows: Mapping[str, int],
    findings: Findings,
) -> Translations:
    """The languages that the headers of labels, hints and the like name, in their order."""
    named = settings.cells.get("default_language", "")
    found = [
        (sheet, one) for sheet in ("survey", "choices") for one in headings[sheet] if one.name in TRANSLATED
    ]
    codes: dict[str, str] = {}
    for sheet, heading in found:
        if heading.language != ANY and heading.language not in codes:
            code = code_of(heading.language)
            findings.warnings.extend(_odd(sheet, header_rows[sheet], heading, code, codes))
            codes[heading.language] = code
    default = code_of(named) if named else next(iter(codes.values()), UNNAMED)
    plain = any(one.language == ANY and one.name == "label" for _, one in found)
    if named and codes and default not in codes.values() and not plain:
        settings.warn("default_language", f"No label is in `{named}`.", "The first language is the default.")
        default = next(iter(codes.values()))
    elif not codes:
        codes[ANY] = default
    elif plain and not named:
        codes, default = {ANY: UNNAMED, **codes}, UNNAMED
        what = "A label names no language, others do."
        settings.warn("default_language", what, "Write the language of the plain labels here.")
    elif plain:
        codes = {**codes, ANY: default}
    return Translations(codes, default, findings, header_rows)


def _odd(sheet: str, row: int, heading: Heading, code: str, codes: Mapping[str, str]) -> Iterator[Problem]:
    if code in codes.values():
        what = "The language is written in two ways."
        fix = f"Write it as `{next(name for name, one in codes.items() if one == code)}` in every column."
        yield Problem(sheet, row, heading.header, what, fix)
    elif language_code(heading.language) is None and heading.language != code:
        what, fix = f"`{heading.language}` has no language code.", f"It is taken for `{code}`."
        yield Problem(sheet, row, heading.header, what, fix)
