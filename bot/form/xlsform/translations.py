"""Languages of a form, and its texts in each of them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache

from babel import Locale

from bot.form.model import NO_TEXT, Text
from bot.form.xlsform.columns import MEDIA, TRANSLATED, Line
from bot.form.xlsform.sheets import ANY, Findings, language_code

UNNAMED = "und"
"""Language code (BCP 47: undetermined) of labels that name no language."""

REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")

_BREAK = re.compile(r"\s*<br\s*/?>\s*")
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
    rows: Mapping[str, int]
    """Row of the header by sheet."""
    paths: Mapping[str, Collection[str]] = field(default_factory=dict)
    _warned: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.codes.values()))

    def text(self, line: Line, column: str) -> Text:
        """A text in every language, where it is missing the default's, with one warning for a column."""
        given = line.of(f"{column}:")
        if not given:
            return NO_TEXT
        text = {self.codes.get(name, self.default): words for name, words in given.items() if name != ANY}
        if ANY in given:
            text.setdefault(self.codes.get(ANY, self.default), given[ANY])
        instead = text.get(self.default) or next(iter(text.values()))
        for code in (code for code in self.languages if code not in text):
            text[code] = instead
            if column == "label" or [*given] != [ANY]:
                self._warn(line, column, code)
        # A Markdown cell cannot hold line breaks.
        return {code: self.with_paths(_BREAK.sub("\n", words)) for code, words in text.items()}

    def media(self, line: Line) -> Mapping[str, Text]:
        return {name: text for name in MEDIA if (text := self.text(line, name))}

    def with_paths(self, words: str) -> str:
        """A text with the path of each answer it shows: `${/f/name}` for `${name}`."""
        if "${" not in words:
            return words
        return REFERENCE.sub(lambda found: f"${{{next(iter(self.paths.get(found[1], [''])))}}}", words)

    def _warn(self, line: Line, column: str, code: str) -> None:
        place = (line.sheet, column, code)
        if place not in self._warned:
            self._warned.add(place)
            written = next(name for name, one in self.codes.items() if one == code)
            header = line.headers.get(f"{column}:{written}", f"{column}::{written}")
            what = f"Row {line.number} has no {column.replace('_', ' ')} in `{code}`, and perhaps others."
            row, fix = self.rows[line.sheet], "Another language's is shown."
            self.findings.warn(line.sheet, row, header, what, fix)


def translations(
    headers: Mapping[str, Mapping[str, str]], settings: Line, rows: Mapping[str, int], findings: Findings
) -> Translations:
    """The languages that the headers of labels, hints and the like name, in their order."""
    codes: dict[str, str] = {}
    for sheet in ("survey", "choices"):
        for column, _, language in (key.partition(":") for key in headers[sheet]):
            if column in TRANSLATED and language != ANY and language not in codes:
                code = code_of(language)
                if language_code(language) is None and language != code:
                    header = headers[sheet][f"{column}:{language}"]
                    what, fix = f"`{language}` has no language code.", f"It is taken for `{code}`."
                    findings.warn(sheet, rows[sheet], header, what, fix)
                codes[language] = code
    named = settings.cells.get("default_language", "")
    default = code_of(named) if named else next(iter(codes.values()), UNNAMED)
    plain = any(f"label:{ANY}" in headers[sheet] for sheet in ("survey", "choices"))
    if not codes or (plain and named):
        codes[ANY] = default
    elif plain:
        codes, default = {ANY: UNNAMED, **codes}, UNNAMED
        what = "A label names no language, others do."
        settings.warn("default_language", what, "Write the language of the plain labels here.")
    elif default not in codes.values():
        settings.warn("default_language", f"No label is in `{named}`.", "The first language is the default.")
        default = next(iter(codes.values()))
    return Translations(codes, default, findings, rows)
