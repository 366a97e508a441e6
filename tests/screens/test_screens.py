"""Every screen of every form in three languages: nothing is missing, too long, cut or hard-coded."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.chat.buttons import EDIT_WORDS
from bot.chat.renderer import RenderedMessage, Renderer
from bot.demo.walk.steps import Visit
from bot.demo.walk.walking import walk
from bot.form.answers import TextPart, Written, files_of
from bot.form.events import Goto, Next, Pick, RemoveFile, RemoveRepeat, Toggle, Withhold, Wrote
from bot.form.model import Choice, Question
from bot.form.screen import Button, Key, Label, Said, Screen, ScreenKind
from bot.texts import MissingTextError, Texts
from tests.screens.checking import faults, rendered, untranslated
from tests.screens.conftest import Walks
from tests.screens.coverage import keys_of, not_shown
from tests.screens.kinds import KINDS, LANGUAGES, forms
from tests.screens.pseudo import LANGUAGE, PseudoRenderer, PseudoTexts, plain_words, swapped

TEXTS = Texts(LANGUAGES)
PSEUDO = PseudoTexts(LANGUAGES)
FORMS = forms()
MOST_CHOICES = 6
NOT_OF_A_SCREEN: Mapping[str, str] = {
    "flow.neutral": "stands above each with KUAGER_NEUTRAL_LOOK",
    "flow.leaving.needed": "is said where one public answer is only needed without another: none of these forms has such",
    "flow.file.not_compared": "is said of an edited message, of which the walk of a form knows nothing: see test_editing_messages",
    "flow.file.not_known": "the same",
    "flow.review.put_there": "stands below words of a report, with which no walk begins",
    "flow.review.said": "stands beside what a report says, with which no walk begins",
    "flow.said": "the same",
    "flow.review.named": "is said of choices named at a review: see test_continuing",
    "flow.doubt.full": "is said of the twenty-first message whose question is not known: see test_doubts",
    "flow.place.full": "is said of the two-hundred-and-first point of a trace: see test_survey_kinds",
    "flow.also.unread": "is said of a message in parts: the same",
}
"""Keys of the flow that no screen shows, with the reason."""


def spoken(renderer: Renderer, language: str, visit: Visit, name: str) -> Iterator[RenderedMessage]:
    """A screen's messages; of the moderators' form in their words too."""
    yield from rendered(renderer, language, visit)
    if name == "review":
        yield from rendered(renderer.reworded(EDIT_WORDS), language, visit)


def found(renderer: Renderer, language: str, name: str, visits: tuple[Visit, ...]) -> list[str]:
    """The faults of all screens of a form in a language, each once."""
    seen: dict[str, str] = {}
    for visit in visits:
        for fault in (*untranslated(visit, language), *faults(list(spoken(renderer, language, visit, name)))):
            seen.setdefault(fault, f"{visit.draft.position} {visit.event}"[:200])
    return [f"{language} {where}: {fault}" for fault, where in seen.items()]


def own_words(visit: Visit) -> Iterator[str]:
    """What the person of a screen has written themselves, and the names of their files."""
    yield from (visit.draft.view.kept, visit.draft.view.search)
    if isinstance(visit.event, Wrote):
        yield visit.event.text
    for answer in (*visit.draft.answers.values(), *visit.draft.proposed.values()):
        if isinstance(answer, Written):
            yield answer.text
        yield from (file.name for file in files_of(answer))


def hard_coded(renderer: Renderer, visit: Visit, name: str) -> list[str]:
    """The words of a screen that stay as they are in the language that nobody speaks."""
    own = tuple(own_words(visit))
    messages = list(spoken(renderer, LANGUAGE, visit, name))
    texts = [
        message.html.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">") for message in messages
    ]
    texts = [_untagged(text) for text in texts]
    texts += [button["text"] for message in messages for row in message.keyboard for button in row]
    return [word for text in texts for word in plain_words(text, own)]


def _untagged(text: str) -> str:
    for tag in ("<b>", "</b>", "<i>", "</i>", "<blockquote>", "<blockquote expandable>", "</blockquote>"):
        text = text.replace(tag, "")
    return text


# --- the walk


@pytest.mark.parametrize("name", FORMS)
def test_the_walk_leads_to_everything_of_a_form(name: str, walks: Walks) -> None:
    """Every question, repeat, choice, hint and message of a rule is on some screen."""
    assert list(not_shown(FORMS[name], walks[name])) == []


@pytest.mark.parametrize("name", FORMS)
def test_the_walk_ends_in_every_way(name: str, walks: Walks) -> None:
    """A form is sent, stopped, reviewed, corrected."""
    assert {visit.screen.kind for visit in walks[name]} >= set(ScreenKind) - {ScreenKind.REPEAT}


def test_the_walks_say_every_text_of_the_flow(walks: Walks) -> None:
    """Each key is on a screen of some form."""
    said = {key for visits in walks.values() for key in keys_of(visits)}
    flow = set(TEXTS.raw("kk", "flow."))
    assert len(flow) > 90
    assert sorted(flow - said - NOT_OF_A_SCREEN.keys()) == []
    assert sorted(NOT_OF_A_SCREEN.keys() & said) == []


def test_the_walk_is_the_same_every_time(walks: Walks) -> None:
    """Nothing in it is left to chance."""
    assert tuple(walk(KINDS)) == walks["kinds"]


# --- the screens


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMS)
def test_every_screen_can_be_sent_and_read(name: str, language: str, walks: Walks) -> None:
    """All texts are there without holes; labels, messages and data fit; the markup is Telegram's."""
    assert len(walks[name]) > 100
    assert found(Renderer(TEXTS), language, name, walks[name]) == []


@pytest.mark.parametrize("name", FORMS)
def test_no_screen_has_more_than_six_choices(name: str, walks: Walks) -> None:
    """Nor more lines to correct or files to remove: the question stays in sight on a phone."""
    listed = (Pick, Toggle, Goto, RemoveRepeat, RemoveFile, Withhold)
    numbers = [
        sum(isinstance(button.event, listed) for button in visit.buttons)
        for visit in walks[name]
        if visit.screen.kind is not ScreenKind.REVIEW
    ]
    assert max(numbers) == MOST_CHOICES


@pytest.mark.parametrize("name", FORMS)
def test_no_screen_says_what_is_not_translated(name: str, walks: Walks) -> None:
    """In the language that nobody speaks only the person's own words are plain."""
    renderer = PseudoRenderer(PSEUDO, FORMS[name])
    plain: dict[str, object] = {}
    for visit in walks[name]:
        for word in hard_coded(renderer, visit, name):
            plain.setdefault(word, (visit.draft.position, visit.screen.kind, visit.event))
    assert plain == {}


# --- what would be found


def kinds_with(choice: Choice) -> tuple[Visit, ...]:
    """The walk of a form of one question, whose list has this choice."""
    last = KINDS.children[-1]
    assert isinstance(last, Question)
    return tuple(walk(replace(KINDS, children=(replace(last, choices=(*last.choices, choice)),))))


def test_a_label_of_41_characters_is_found() -> None:
    """With its mark, in the language in which it is too long alone."""
    label = {"kk": "ұ" * 40, "ru": "д" * 41, "en": "l" * 37}
    visits = kinds_with(Choice("long", label))
    wrong = {language: found(Renderer(TEXTS), language, "kinds", visits) for language in LANGUAGES}
    assert any("a label of 41" in fault for fault in wrong["ru"])
    assert any("a label of 42" in fault for fault in wrong["kk"])
    assert wrong["en"] == []


def test_a_missing_translation_is_found() -> None:
    """Of a choice whose label another language would stand in for."""
    visits = kinds_with(Choice("some", {"ru": "кое-что", "en": "some"}))
    assert any("no text in kk" in fault for fault in found(Renderer(TEXTS), "kk", "kinds", visits))
    assert found(Renderer(TEXTS), "ru", "kinds", visits) == []


def test_a_key_without_a_text_is_found(walks: Walks) -> None:
    """No screen can be rendered with it."""
    visit = walks["kinds"][0]
    wrong = replace(visit, screen=replace(visit.screen, notice=Key("flow.no_such_text")))
    with pytest.raises(MissingTextError):
        rendered(Renderer(TEXTS), "kk", wrong)


@pytest.mark.parametrize(
    "phrase",
    [Said("Photo"), Label({"kk": "Сурет", "ru": "Фото", "en": "Photo"}), Key("flow.kept", {"text": "Фото"})],
)
def test_a_hard_coded_word_is_found(phrase: Said | Label | Key, walks: Walks) -> None:
    """As said words, as a label that is not the form's, as an argument of a text."""
    renderer = PseudoRenderer(PSEUDO, KINDS)
    visit = walks["kinds"][0]
    assert hard_coded(renderer, visit, "kinds") == []
    body = replace(visit.screen, body=(*visit.screen.body, phrase))
    button = replace(visit.screen, rows=(*visit.screen.rows, (Button(phrase, Next()),)))
    for screen in (body, button):
        assert hard_coded(renderer, replace(visit, screen=screen), "kinds") in (
            ["Photo"],
            ["Фото"],
            ["Сурет"],
        )


class Careless(Renderer):
    """A renderer with a word of its own."""

    def screen(self, language: str, screen: Screen, draft: str, step: int) -> list[RenderedMessage]:
        """A screen with it."""
        first, *others = super().screen(language, screen, draft, step)
        return [replace(first, html=f"Question: {first.html}"), *others]


def test_a_renderers_own_word_is_found(walks: Walks) -> None:
    """It is in no catalogue."""
    plain = hard_coded(Careless(PSEUDO), walks["kinds"][0], "kinds")
    assert "Question" in plain


def test_a_persons_own_words_are_no_fault(walks: Walks) -> None:
    """What was typed at this screen is plain, and what is typed at another is not."""
    visit = walks["kinds"][0]
    said = replace(visit, screen=replace(visit.screen, body=(Said("привет"),)))
    answers = {"/kinds/line": Written((TextPart("привет всем"),))}
    renderer = PseudoRenderer(PSEUDO, KINDS)
    assert hard_coded(renderer, said, "kinds") == ["привет"]
    assert hard_coded(renderer, replace(said, draft=replace(said.draft, answers=answers)), "kinds") == []


BUTTON = {"text": "Да", "callback_data": "fabcd.1.ne"}


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (RenderedMessage("Кто {name}?", []), "placeholder"),
        (RenderedMessage("Кто ${name}?", []), "placeholder"),
        (RenderedMessage("<b>Кто?", []), "markup"),
        (RenderedMessage("<h1>Кто?</h1>", []), "markup"),
        (RenderedMessage("😀" * 2049, []), "a message of 4098"),
        (RenderedMessage(" ", []), "without words"),
        (RenderedMessage("Кто?", [[BUTTON, BUTTON]]), "data twice"),
        (RenderedMessage("Кто?", [[BUTTON | {"text": "Да "}]]), "blanks"),
        (RenderedMessage("Кто?", [[BUTTON | {"text": "Да  нет"}]]), "blanks"),
        (RenderedMessage("Кто?", [[BUTTON | {"text": "…" * 41}]]), "a label of 41"),
        (RenderedMessage("Кто?", [[BUTTON | {"text": "{n}"}]]), "placeholder in a label"),
        (RenderedMessage("Кто?", [[BUTTON | {"callback_data": "aopen." + "я" * 30 + "."}]]), "data of 67"),
        (RenderedMessage("Кто?", [[BUTTON | {"callback_data": "?"}]]), "unreadable data"),
        (
            RenderedMessage("Кто?", [[BUTTON | {"callback_data": f"fabcd.1.pi.{n}"} for n in range(9)]]),
            "9 buttons",
        ),
        (
            RenderedMessage("Кто?", [[BUTTON | {"callback_data": f"fabcd.1.pi.{n}"}] for n in range(101)]),
            "101 buttons",
        ),
    ],
)
def test_what_telegram_would_not_take_is_found(message: RenderedMessage, fault: str) -> None:
    """One fault, named."""
    (named,) = faults([message])
    assert fault in named


def test_what_a_walk_did_not_show_is_found(walks: Walks) -> None:
    """A question, its choices and its hint that no screen has."""
    visits = [visit for visit in walks["kinds"] if not visit.draft.position.endswith("/one")]
    missing = [one for one in not_shown(KINDS, visits) if one.startswith("/kinds/one: choice")]
    one = KINDS.nodes["/kinds/one"]
    assert isinstance(one, Question)
    assert len(missing) == len(one.choices)


def test_a_swapped_text_keeps_its_placeholders() -> None:
    """Everything else is marked and has no plain letter."""
    assert swapped("Began: {start}. When did it end?") == "⟦Ɓéǵáń: ⟧{start}⟦. Ŵĥéń đíđ íť éńđ?⟧"
    assert swapped("{page}/{pages}") == "{page}/{pages}"
    assert PSEUDO.text(LANGUAGE, "flow.files", {"n": 1}) == "1⟦ ƒíĺé⟧"
    assert PSEUDO.text(LANGUAGE, "flow.files", {"n": 3}) == "3⟦ ƒíĺéś⟧"
    assert plain_words("⟦ƒíĺé⟧ 3.05 · ✅") == []
