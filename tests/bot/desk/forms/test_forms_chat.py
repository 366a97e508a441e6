"""/forms: one administrator brings a form, another puts it into force, and both see what it asks."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.app import questionnaires
from bot.chat.buttons import Act
from bot.desk.forms import chat as forms_chat
from bot.desk.forms import service as forms_service
from bot.desk.forms.service import FormState
from bot.desk.notices.chat import Post
from bot.desk.people import service as people_service
from bot.errors import Refusal
from bot.form.model import Form, Privacy, differences
from bot.form.xlsform import reader as xlsform
from bot.store.unit import REPORT_FORM, FormRegistry
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import DraftRow, InstalledForm, Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol

BRINGS, CONFIRMS, MODERATOR, REPORTER = 1, 2, 3, 9
WATER = """
| survey |
|        | type          | name    | label::Русский (ru) | label::English (en)    | bind::bot:privacy |
|        | text          | village | Какое село?         | Which village is it?   |                   |
|        | select_one yn | dry     | Колодец сухой?      | Is the well dry?       | public            |
|        | text          | owner   | Чей это колодец?    | Whose well is it?      | sealed            |
| choices |
|        | list_name | name | label::Русский (ru) | label::English (en) |
|        | yn        | yes  | Да                  | Yes                 |
|        | yn        | no   | Нет                 | No                  |
| settings |
|        | form_id | version | form_title | default_language | namespaces                      |
|        | water   | 1       | Wells      | English (en)     | bot="https://kuager.org/xforms" |
"""


@pytest.fixture
def water(tmp_path: Path) -> Form:
    path = tmp_path / "water.md"
    path.write_text(WATER, "utf-8")
    return xlsform.load(path)


@pytest.fixture
async def chats(bench: Bench) -> Chats:
    """Chats of two administrators and a moderator."""
    chats = Chats(bench)
    await enrol(chats, BRINGS, "Aspan", people_service.ADMIN)
    await enrol(chats, CONFIRMS, "Bota", people_service.ADMIN)
    await enrol(chats, MODERATOR, "Samal")
    return chats


async def send(chats: Chats, name: str = "water.xlsx", size: int = 9000, chat: int = BRINGS) -> list[Call]:
    """A file that replies to the question of /forms."""
    question = TEXTS.text("en", forms_chat.ASK)
    sent = chats.replied(chat, "…", question)
    del sent["message"]["text"]
    sent["message"]["document"] = {
        "file_id": "f1", "file_unique_id": "u1", "file_name": name, "file_size": size,
    }  # fmt: skip
    return await chats.batch(sent)


async def read(chats: Chats, form: Form | None, problems: Sequence[str] = ()) -> list[Call]:
    """The job has read the file. All replicas know the forms then."""
    async with chats.bench.write() as unit:
        ((row_id, _, _),) = await forms_service.uploads(unit)
        outbox = Outbox(unit)
        await forms_chat.tell_read(Post(chats.renderer, unit, outbox), row_id, form, problems)
        await outbox.write()
        rows = outbox.rows
    await learn(chats)
    return [Call.load(chats.bench.safe.ring, row) for row in rows]


async def learn(chats: Chats) -> None:
    """Read forms as `Work.read_forms` does in each replica."""
    bench = chats.bench
    async with bench.read() as unit:
        found = await forms_service.read(unit)
        forms = {row.id: forms_service.form_of(unit, row) for row in found}
    fitted = {row_id: questionnaires.fitted(form, bench.settings) for row_id, form in forms.items()}
    own = FormRegistry({kind: OWN[kind] for kind in OWN})
    bench.forms = own.with_installed(fitted, [row.id for row in found if row.state == FormState.IN_FORCE])


OWN: dict[str, Form] = {}


@pytest.fixture(autouse=True)
def _own(bench: Bench) -> None:
    OWN.clear()
    OWN.update({kind: bench.forms[kind] for kind in bench.forms})


async def bring(chats: Chats, form: Form) -> str:
    """A form that its administrator has proposed; the id of its row."""
    await send(chats)
    row_id = button(await read(chats, form), "mform")[0]
    await chats.tap(BRINGS, Act("mform", row_id))
    await chats.tap(BRINGS, Act("mformask", row_id))
    return row_id


def button(calls: list[Call], verb: str) -> list[str]:
    """Arguments of the only button of a verb."""
    (found,) = [data for data in buttons(calls) if data.split(".")[0] == f"a{verb}"]
    return found.split(".")[1:]


async def test_a_form_comes_into_force_by_two_administrators(chats: Chats, water: Form) -> None:
    """The second one sees digest and sealed question. Then reporters choose between the forms."""
    assert TEXTS.text("en", forms_chat.ASK) in words(await chats.say(BRINGS, "/forms"))
    await send(chats)
    row_id = button(await read(chats, water), "mform")[0]
    assert "Whose well is it?" in words(await chats.tap(BRINGS, Act("mform", row_id)))
    told = await chats.tap(BRINGS, Act("mformask", row_id))
    assert row_id in button([one for one in told if one.params.get("chat_id") == CONFIRMS], "mform")
    shown = await chats.tap(CONFIRMS, Act("mform", row_id))
    assert water.digest in words(shown)
    assert "Whose well is it?" in words(shown)
    assert [one.id for one in chats.bench.forms.offered] == ["incident"]  # type: ignore[attr-defined] # a registry
    told = await chats.tap(CONFIRMS, Act("mformyes", *button(shown, "mformyes")))
    assert "Bota" in words(told, BRINGS)
    await learn(chats)
    assert "Wells" in str([call.params for call in await chats.say(REPORTER, "/report")])


async def test_an_administrator_does_not_put_their_own_form_into_force(chats: Chats, water: Form) -> None:
    row_id = await bring(chats, water)
    assert not [data for data in buttons(await chats.tap(BRINGS, Act("mform", row_id))) if "mformyes" in data]
    await chats.tap(BRINGS, Act("mformyes", row_id, water.digest))
    async with chats.bench.read() as unit:
        assert (await unit.session.get_one(InstalledForm, row_id)).state == FormState.PROPOSED


async def test_only_the_form_that_was_shown_is_put_into_force(chats: Chats, water: Form) -> None:
    row_id = await bring(chats, water)
    await chats.tap(CONFIRMS, Act("mformyes", row_id, "0" * 16))
    await chats.tap(MODERATOR, Act("mformyes", row_id, water.digest))
    async with chats.bench.read() as unit:
        assert (await unit.session.get_one(InstalledForm, row_id)).state == FormState.PROPOSED


async def test_a_row_that_was_written_past_the_bot_puts_no_form_into_force(chats: Chats, water: Form) -> None:
    row_id = await bring(chats, water)
    async with chats.bench.write() as unit:
        await unit.session.execute(update(InstalledForm).values(state=FormState.IN_FORCE))
    async with chats.bench.read() as unit:
        assert not await forms_service.read(unit)
    async with chats.bench.write() as unit:
        with pytest.raises(Refusal):
            await forms_service.find(unit, row_id, FormState.IN_FORCE)


async def test_a_form_whose_key_is_gone_stops_nothing(chats: Chats, water: Form) -> None:
    """Neither a start nor the forms that open, and a file that waits to be read stops no other."""
    await bring(chats, water)
    await send(chats)
    chats.bench.change_ring()
    async with chats.bench.read() as unit:
        (row,) = await forms_service.read(unit)
        assert forms_service.opened(unit, row) is None
        assert await forms_service.uploads(unit) == []


async def test_a_new_version_replaces_the_old_one_which_its_drafts_keep(chats: Chats, water: Form) -> None:
    first = await bring(chats, water)
    await chats.tap(CONFIRMS, Act("mformyes", first, water.digest))
    old = chats.bench.forms
    later = replace(water, version="2", children=water.children[1:])
    await learn(chats)
    row_id = await bring(chats, later)
    shown = words(await chats.tap(CONFIRMS, Act("mform", row_id)))
    assert "village" in shown
    await chats.tap(CONFIRMS, Act("mformyes", row_id, later.digest))
    await learn(chats)
    forms: Any = chats.bench.forms
    assert [(one.id, one.version) for one in forms.offered] == [
        ("incident", OWN[REPORT_FORM].version),
        ("water", "2"),
    ]
    assert forms.of(forms.installed[first].digest, "water").version == "1"
    assert old is not forms


async def test_a_trial_keeps_nothing(chats: Chats, water: Form) -> None:
    """It asks the form's questions. Once it is sent, its draft is gone and there is no report."""
    row_id = await bring(chats, water)
    calls = await chats.tap(BRINGS, Act("mformtry", row_id))
    for step in ("pi.0", "Aqsu", "pi.0", "Saule", "pi.1", "pi.1", "su"):
        (tap,) = [data for data in buttons(calls) if data.endswith(f".{step}")] or [""]
        calls = await (chats.tap_data(BRINGS, tap) if tap else chats.say(BRINGS, step))
    assert TEXTS.text("en", "moderator.forms.tried") in words(calls)
    async with chats.bench.read() as unit:
        assert (await count(unit, DraftRow), await count(unit, Report)) == (0, 0)


async def test_a_refused_form_leaves_nothing_but_its_faults(chats: Chats) -> None:
    await send(chats)
    assert "survey, row 3" in words(await read(chats, None, ["survey, row 3, column type: wrong."]))
    async with chats.bench.read() as unit:
        assert await count(unit, InstalledForm) == 0


@pytest.mark.parametrize(("name", "size"), [("water.pdf", 9000), ("water.xlsx", 6_000_000)])
async def test_what_is_no_form_is_refused_at_once(chats: Chats, name: str, size: int) -> None:
    assert words(await send(chats, name, size))
    async with chats.bench.read() as unit:
        assert await count(unit, InstalledForm) == 0


async def test_a_moderator_brings_no_form(chats: Chats) -> None:
    await send(chats, chat=MODERATOR)
    async with chats.bench.read() as unit:
        assert await count(unit, InstalledForm) == 0


def test_what_is_sealed_anew_is_told(water: Form) -> None:
    """A question that was open before counts too."""
    open_ = replace(water, children=tuple(replace(one, privacy=Privacy.MODERATORS) for one in water.children))  # type: ignore[arg-type] # questions alone
    assert [one.name for one in forms_service.newly_sealed(open_, water)] == ["owner"]
    assert not forms_service.newly_sealed(water, water)
    assert [new and new.name for _, new in differences(open_, water)] == ["dry", "owner"]


async def test_a_later_version_differs_by_its_own_questions_alone(chats: Chats, water: Form) -> None:
    """The consents that the program puts around both count as no change, and the list has the digest that was confirmed."""
    row_id = await bring(chats, water)
    await chats.tap(CONFIRMS, Act("mformyes", row_id, water.digest))
    await learn(chats)
    assert water.digest in words(await chats.say(BRINGS, "/forms"))
    village = water.questions[0]
    depth = replace(village, name="depth", path=village.path.replace("village", "depth"))
    later = replace(water, version="2", children=(*water.children, depth))
    await send(chats)
    shown = words(await chats.tap(BRINGS, Act("mform", button(await read(chats, later), "mform")[0])))
    assert TEXTS.text("en", "moderator.forms.added", {"n": 1, "names": "depth"}) in shown
    assert "consent" not in shown
