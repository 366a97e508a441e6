"""Links that reveal who shared them.

Columns of `tracking.csv`:

- `does`: `strip` removes a query parameter, and `keep` leaves one that the page needs. `warn` marks links
  whose path begins so (`*/s/`: contains it): personal ones, or ones that hide their target.
- `host`: includes its subdomains. `*` is any host.
- `name`: a final `*` matches any ending.
- Sources: `vendor` (the vendor's documentation), `ClearURLs` (https://docs.clearurls.xyz), `seen` (links as
  apps make them), `plain` (obvious from the site's addresses).
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("tracking.csv")
_LINK = re.compile(
    r"(?P<host>(?:https?://)?(?:[^\s/@?#:;,.()<>«»\"]{1,63}\.){1,8}[^\W\d_]{2,24})(?P<port>:\d{1,5})?"
    r"(?P<path>/[^\s?#]*)?(?P<query>\?[^\s#]*)?(?P<fragment>#\S*)?",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"[.,;:!?)\]}>»”\"'…]*\Z")


@dataclass(frozen=True, slots=True)
class _Rule:
    does: str
    host: str
    name: str

    def is_of(self, host: str) -> bool:
        return self.host in {"*", host} or host.endswith(f".{self.host}")

    def names(self, parameter: str) -> bool:
        if self.name.endswith("*"):
            return parameter.startswith(self.name[:-1].lower())
        return parameter == self.name.lower()

    def begins(self, path: str) -> bool:
        return self.name[1:] in path if self.name.startswith("*") else path.startswith(self.name)


@cache
def _rules() -> tuple[_Rule, ...]:
    with _TABLE.open(encoding="utf-8", newline="") as table:
        return tuple(_Rule(row["does"], row["host"], row["name"]) for row in csv.DictReader(table))


def _rules_of(host: str) -> tuple[_Rule, ...]:
    name = re.sub(r"\Ahttps?://", "", host.lower())
    return tuple(rule for rule in _rules() if rule.is_of(name))


def untracked(text: str) -> str:
    """Remove parameters that reveal who shared a link."""
    return _LINK.sub(_cleaned, text) if "?" in text else text


def _cleaned(found: re.Match[str]) -> str:
    query = found["query"]
    if not query or not _is_link(found):
        return found[0]
    rules = [rule for rule in _rules_of(found["host"]) if rule.does == "strip"]
    # A query without a fragment may be followed by punctuation, which stays.
    end = _BEHIND.search(query) if not found["fragment"] else None
    behind = end[0] if end is not None else ""
    given = query[1 : len(query) - len(behind)].split("&")
    kept = [one for one in given if not any(rule.names(_name(one)) for rule in rules)]
    if len(kept) == len(given):
        return found[0]
    before = f"{found['host']}{found['port'] or ''}{found['path'] or ''}"
    return f"{before}{'?' if kept else ''}{'&'.join(kept)}{behind}{found['fragment'] or ''}"


def telling(text: str) -> Iterator[str]:
    """Links that may still reveal who shared them: personal links, short links, and unknown parameters of
    known sites."""
    for found in _LINK.finditer(text):
        if _is_link(found) and _tells(found):
            yield _BEHIND.sub("", found[0])


def _tells(found: re.Match[str]) -> bool:
    rules, path = _rules_of(found["host"]), found["path"] or "/"
    if any(rule.does == "warn" and rule.begins(path) for rule in rules):
        return True
    known = [rule for rule in rules if rule.does != "warn"]
    if not any(rule.does == "keep" for rule in known):
        return False
    query = _BEHIND.sub("", (found["query"] or "")[1:])
    given = [_name(one) for one in query.split("&") if one]
    return any(not any(rule.does == "keep" and rule.names(name) for rule in known) for name in given)


def _is_link(found: re.Match[str]) -> bool:
    return found["host"].lower().startswith("http") or bool(found["path"] or found["query"])


def _name(pair: str) -> str:
    return pair.partition("=")[0].removeprefix("amp;").lower()
