"""Forms of our own with every type, column, function and appearance are walked to their end at random."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from pyxform.xls2xform import convert  # type: ignore[import-untyped]

from bot.chat.renderer import Renderer
from bot.form.flow.instance import Instance
from bot.form.model import Form
from bot.form.screen import Screen
from bot.form.xlsform.reader import load
from bot.languages import codes
from bot.texts import Texts
from tests.bot.form.talks import NOW
from tests.bot.form.whole.judge import XForm, faults_of
from tests.bot.form.whole.own_forms import FOLDER, HINTS, LARGE, NAMES, place_of
from tests.bot.form.whole.walking import RandomWalk

RENDERER = Renderer(Texts(codes()))


@cache
def read(name: str, folder: Path) -> tuple[Form, XForm]:
    path = place_of(name, folder)
    form = load(path)
    return form, XForm.of(path, form)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forms")


def walk_and_judge(name: str, folder: Path, seeds: range) -> None:
    form, xform = read(name, folder)
    for seed in seeds:
        walk = RandomWalk(form, seed, dict(HINTS.get(name, {})))
        walk.to_the_end()
        draft, kept = walk.filling.draft, walk.filling.instance
        fresh = Instance(form, draft.answers, draft.counts, NOW)
        submitted = fresh.submission()
        assert kept.submission() == submitted, "the state that the flow carries on is that of a fresh one"
        assert faults_of(xform, form, fresh, submitted) == []
        assert_shown(form, walk.screens)


def assert_shown(form: Form, screens: Sequence[Screen]) -> None:
    for language in (*form.languages, *codes()):
        for screen in screens:
            said = [one.html for one in RENDERER.screen(language, screen, "d", 1)]
            assert not [text for text in said if "${" in text or not text.strip()]


TYPES = """
    text integer decimal range date time dateTime select_one select_multiple select_one_from_file select_multiple_from_file
    select_one_external rank or_other acknowledge barcode image audio video file geopoint geotrace geoshape note calculate hidden
    begin_group begin_repeat start end today deviceid username phonenumber email simserial subscriberid audit start-geopoint
    background-audio csv-external xml-external
"""
COLUMNS = """
    type name label hint guidance_hint required required_message relevant constraint constraint_message calculation choice_filter
    repeat_count default read_only trigger parameters appearance image big-image audio video autoplay rows hxl body:: bind:: instance::
    list_name form_id form_title version default_language style instance_name auto_send auto_delete allow_choice_duplicates namespaces
"""
FUNCTIONS = """
    selected selected-at count-selected jr:choice-name concat join contains starts-with ends-with substr substring-before
    substring-after string-length normalize-space translate regex string digest base64-decode number int round abs pow sqrt exp exp10
    log log10 pi sin cos tan asin acos atan atan2 min max sum today now date date-time decimal-date-time decimal-time format-date
    format-date-time area distance geofence if coalesce not true false boolean boolean-from-string count count-non-empty position
    indexed-repeat current instance pulldata search random uuid once checklist weighted-checklist
"""
APPEARANCES = """
    multiline numbers url masked thousands-sep bearing counter printer: ex: picker rating vertical no-ticks minimal autocomplete quick
    columns columns-2 columns-pack no-buttons image-map likert map label list list-nolabel horizontal horizontal-compact compact
    quickcompact placement-map maps hide-input no-calendar month-year year islamic signature draw annotate new new-front field-list
    table-list w1
"""


def test_the_forms_use_everything_that_xlsform_has() -> None:
    """Each type, column, function and appearance of xlsform.org, in one form at least."""
    lines = [line for path in FOLDER.glob("*.md") for line in path.read_text("utf-8").splitlines()]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line.startswith("|")]
    types = {word for row in rows if len(row) > 3 for word in row[2].split()}
    headers = {re.sub("::.*", "::", cell) for row in rows for cell in row} | {
        cell for row in rows for cell in row
    }
    text = "\n".join(lines)
    words = set(text.split())
    assert [one for one in TYPES.split() if one not in types] == []
    assert [one for one in COLUMNS.split() if not headers & {one, f"{one}::"}] == []
    assert [one for one in FUNCTIONS.split() if not re.search(rf"(?<![\w-]){one}\(", text)] == []
    assert [one for one in APPEARANCES.split() if not any(word.startswith(one) for word in words)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_form_of_our_own_is_walked_to_its_end(name: str, folder: Path) -> None:
    """By random answers, in each language. Relevance, constraints, requirements and calculations agree with those
    of the XForm that pyxform writes, evaluated over the whole instance, and each value fits its bind."""
    walk_and_judge(name, folder, range(1 if name in LARGE else 2))


@pytest.mark.parametrize("name", [one for one in NAMES if one not in LARGE])
def test_each_answer_is_corrected_from_the_review(name: str, folder: Path) -> None:
    """Edit, the line of the question, another answer, and the review again: no kind of question is a dead end, and
    the form can be sent afterwards."""
    form, xform = read(name, folder)
    walk = RandomWalk(form, 11, dict(HINTS.get(name, {})))
    walk.to_the_review()
    begun, corrected = len(walk.screens), list[str]()
    for path in walk.listed():
        tries = (walk.correct(path) for _ in range(8) if path in walk.filling.told_places)
        corrected += [path] if any(tries) else []
    assert corrected
    told = walk.screens[begun:]
    walk.to_the_end()
    fresh = Instance(form, walk.filling.draft.answers, walk.filling.draft.counts, NOW)
    assert faults_of(xform, form, fresh, fresh.submission()) == []
    assert_shown(form, told)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_form_of_our_own_is_walked_many_times(name: str, folder: Path) -> None:
    """As above, with other answers."""
    walk_and_judge(name, folder, range(100, 110 if name in LARGE else 160))


@pytest.mark.outside
@pytest.mark.parametrize("name", NAMES)
def test_odk_validate_accepts_our_own_forms(name: str, folder: Path) -> None:
    """It comes with pyxform, and needs Java (`apt-get install default-jre-headless`)."""
    assert convert(str(place_of(name, folder)), validate=True).xform
