"""Forms of our own with every type, column, function and appearance are walked to their end at random."""

from functools import cache
from pathlib import Path

import pytest

from bot.chat.renderer import Renderer
from bot.form.flow.instance import Instance
from bot.form.model import Form
from bot.form.xlsform.reader import load
from bot.languages import codes
from bot.texts import Texts
from tests.bot.form.talks import NOW
from tests.bot.form.whole.judge import XForm, faults_of
from tests.bot.form.whole.own_forms import HINTS, LARGE, NAMES, place_of
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
        for language in (*form.languages, *codes()):
            for screen in walk.screens:
                said = [one.html for one in RENDERER.screen(language, screen, "d", 1)]
                assert not [text for text in said if "${" in text or not text.strip()]


@pytest.mark.parametrize("name", NAMES)
def test_a_form_of_our_own_is_walked_to_its_end(name: str, folder: Path) -> None:
    """By random answers, in each language. Relevance, constraints, requirements and calculations agree with those
    of the XForm that pyxform writes, evaluated over the whole instance, and each value fits its bind."""
    walk_and_judge(name, folder, range(1 if name in LARGE else 2))


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_form_of_our_own_is_walked_many_times(name: str, folder: Path) -> None:
    """As above, with other answers."""
    walk_and_judge(name, folder, range(100, 110 if name in LARGE else 160))
