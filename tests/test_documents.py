"""What the documents say can be done and where they lead is true."""

import re
import subprocess
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bot.app import questionnaires
from bot.app.cli.application import app
from bot.app.questionnaires import CODED, NEEDED
from bot.publish.export.formats import FORMATS as EXPORT_FORMATS
from bot.reports.states import MOVES, Move, Status
from bot.settings import SETTINGS
from bot.texts import Texts
from scripts import reference, state_chart
from scripts.data_table import DOCUMENT, document
from tests.bench import settings

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMANDS = ("uv run --no-dev python -m bot demo", "uv run pytest")


def test_the_two_commands_of_the_readme_are_those_that_are_tried() -> None:
    """The script that tries them in a fresh clone runs the same words."""
    readme, script = ((ROOT / path).read_text("utf-8") for path in ("README.md", ".ci/two-commands"))
    for command in COMMANDS:
        assert f"```\npip install uv && {command}\n```" in readme
        assert re.search(rf"pip install [a-z -]*uv && {re.escape(command)}['\n]", script)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    """Links and pictures that are not on the web are files of the repository."""
    found = re.findall(r'(?:\]\(|src=")([^)"#]+)', document.read_text("utf-8"))
    local = [target for target in found if not target.startswith(("http", "mailto:"))]
    assert [target for target in local if not (document.parent / target).exists()] == []


def shown_by(text: str) -> list[str]:
    """The tests that a text names: files, rooms of them, or one function as `file::name`."""
    return re.findall(r"`(tests/[^`]+)`", text)


def is_there(test: str) -> bool:
    """Whether there is such a test."""
    path, _, name = test.partition("::")
    if not name:
        return (ROOT / path).exists()
    return re.search(rf"(?m)^(?:async )?def {name}\(", (ROOT / path).read_text("utf-8")) is not None


def section_of_the_threat_model(title: str) -> str:
    """What stands under a heading, with the smaller headings below it."""
    model = (ROOT / "docs/threat-model.md").read_text("utf-8")
    return model.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_each_claim_about_safety_names_what_shows_it() -> None:
    """Under "How it is kept true", by a test or a room of tests that is there."""
    claims = re.split(r"\n- ", section_of_the_threat_model("How it is kept true"))[1:]
    assert len(claims) > 10
    assert [claim for claim in claims if not shown_by(claim)] == []
    assert [test for claim in claims for test in shown_by(claim) if not is_there(test)] == []


NAMED = sorted(
    [
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs" / name for name in ("threat-model.md", "glossary.md", "a-feature.md")),
        *(ROOT / "docs/decisions").glob("*.md"),
    ]
)
"""Documents that send their readers into the tree."""
NOT_OURS = {
    *(
        "v0.1.0",
        "AIORateLimiter",
        "HTTPXRequest",
        "SERIALIZABLE",
        "Updater",
        "deprecatedID",
        "extensions.html",
        "filelock",
        "httpx",
    ),
    *(
        "import.csv",
        "object_store",
        "parseTextEntities",
        "portalocker",
        "pyrogram.parser",
        "pywin32",
        "tdjson",
        "unshare",
    ),
}
"""Names of other programs that these documents tell of."""


@cache
def tracked() -> frozenset[str]:
    """The files of the repository and their folders, as paths from its root, with every ending of each."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607 - git is needed to have the tree
    places = {place for line in listed.splitlines() for place in (Path(line), *Path(line).parents)}
    return frozenset("/".join(place.parts[start:]) for place in places for start in range(len(place.parts)))


@cache
def words_of_the_tree() -> frozenset[str]:
    """Every word of the code, the settings and the catalogues."""
    kinds = ("*.py", "*.toml", "*.po", "*.js")
    rooms = [ROOT / room for room in ("bot", "db", "locales", "migrations", "scripts", "tests")]
    found = [path for room in rooms for kind in kinds for path in room.rglob(kind) if path != Path(__file__)]
    text = "\n".join(path.read_text("utf-8") for path in (*found, ROOT / ".env.example"))
    return frozenset(re.findall(r"\w+", text))


def in_code_marks(text: str) -> list[str]:
    """Each word or path between backticks, but in blocks."""
    return re.findall(r"`([^`\s]+)`", re.sub(r"(?ms)^```.*?^```", "", text))


def is_known(name: str) -> bool:
    """Whether a path is there, as a whole or the end of one, or a name stands somewhere in the tree."""
    if "<" in name or "*" in name or name.startswith("/") or name in NOT_OURS:
        return True
    path = name.partition("::")[0].rstrip("/")
    if "/" in name or re.search(r"\.(py|md|toml|csv)$", name):
        return not {path, f"{path}.py"}.isdisjoint(tracked())
    return not re.fullmatch(r"[A-Za-z_][\w.]*", name) or words_of_the_tree().issuperset(name.split("."))


@pytest.mark.parametrize("document", NAMED, ids=lambda path: path.name)
def test_every_path_and_name_that_a_document_gives_is_there(document: Path) -> None:
    """A reader who follows it finds what it names."""
    assert [name for name in in_code_marks(document.read_text("utf-8")) if not is_known(name)] == []


def test_each_row_of_what_can_be_added_leads_to_what_it_names() -> None:
    """Under "to add" each row names a place, and the names that stand in it are in that place."""
    table = (
        (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("| to add | go to |")[2].partition("\n\n")[0]
    )
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) > 10
    for row in rows:
        named = in_code_marks(row)
        places = [ROOT / name for name in named if "/" in name and "<" not in name and (ROOT / name).exists()]
        assert places, row
        beside = [place if place.is_dir() else place.parent for place in places]
        text = "".join(
            path.read_text("utf-8")
            for place in beside
            for path in place.rglob("*")
            if path.is_file() and path.suffix in {".py", ".po"}
        )
        assert [
            name for name in named if re.fullmatch(r"\w+", name) and not re.search(rf"\b{name}\b", text)
        ] == [], row


ADVERSARIES = (
    "The reporter's phone, unlocked",
    "A moderator's phone, unlocked",
    "A stolen disk, or the database file, without keys",
    "A running server, with each of its keys alone",
    "A backup",
    "A bucket of files, and its operator",
    "Telegram, or who can order it to speak",
    "The network",
    "Insiders",
)


def test_what_each_adversary_gets_is_shown_or_assumed() -> None:
    """Each row of each table names a test that is there, or says that it is an assumption, and never both."""
    section = section_of_the_threat_model("Adversary by adversary")
    tables = dict(zip(*[iter(re.split(r"(?m)^### (.+)$", section)[1:])] * 2, strict=True))
    assert tuple(tables) == ADVERSARIES
    for name, table in tables.items():
        rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
        assert len(rows) >= 3, name
        for what, *_, shown in rows:
            assert bool(shown_by(shown)) != ("*assumption*" in shown), what
            assert [test for test in shown_by(shown) if not is_there(test)] == []


def test_each_reader_of_a_sealed_report_is_tried() -> None:
    """Its row says what it does, and names a test that is there."""
    table = section_of_the_threat_model("The sealed archive")
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    assert [row[0] for row in rows if not re.match("works|refused|leaves it out", row[1])] == []
    assert [row[0] for row in rows if not all(map(is_there, shown_by(row[2]) or [""]))] == []


def test_the_guide_of_exports_tells_of_every_format() -> None:
    """Each name that `--format` takes, in the order of the buttons, and no other; each has a section by the words of its button."""
    guide = (ROOT / "docs/export.md").read_text("utf-8")
    (listed,) = re.findall(r"(?m)^- `--format`: (.+)$", guide)
    assert re.findall(r"`([\w-]+)`", listed) == list(EXPORT_FORMATS)
    sections = re.findall(r"(?m)^##+ (.+)$", guide)
    told = {name: Texts(("en",)).text("en", f"moderator.export.format.{name}") for name in EXPORT_FORMATS}
    assert [name for name, said in told.items() if not {said, f"({said})"} & _ends(sections)] == []


def _ends(sections: Iterable[str]) -> set[str]:
    """Each heading, and what it has in brackets."""
    return {end for section in sections for end in (section, section.rpartition(" ")[2])}


def test_every_key_of_the_operator_has_a_row() -> None:
    """A new key is a new thing to be stolen."""
    section = section_of_the_threat_model("Adversary by adversary")
    rows = {
        "key_ring": "the ring",
        "lookup_key": "the lookup key",
        "audit_key": "the audit key",
        "bot_token": "the bot's token",
        "files_key_id": "the bucket's key",
        "webhook_key": "the key of a webhook's certificate",
        "original_recipients": "the age identity of originals",
        "export_recipients": "the age identity of a partner",
        "archive_recipients": "an identity of the archive",
    }
    no_key = {"keys_from"}  # where the keys are read from
    assert {name for name in SETTINGS if re.search("key|token|recipients", name)} - no_key == rows.keys()
    assert [row for row in rows.values() if f"| {row} |" not in section] == []


def test_the_whole_form_of_the_guide_is_accepted_as_it_is_printed(tmp_path: Path) -> None:
    """By `check`, and by the bot at its start."""
    blocks = re.findall(r"(?ms)^```\n(.*?)^```$", (ROOT / "docs" / "forms.md").read_text("utf-8"))
    whole = [block for block in blocks if block.startswith("| survey |")]
    assert len(whole) == 1
    path = tmp_path / "what.md"
    path.write_text(whole[0], "utf-8")
    form, fault = questionnaires.checked(path)
    assert (form.languages, fault) == (("kk", "ru"), None)
    assert questionnaires.load(settings().model_copy(update={"form": path}))["report"] == form


def test_the_guide_of_forms_names_the_roles_that_a_form_needs() -> None:
    """Each that is refused without, and each that the program looks for in a report."""
    roles = (ROOT / "docs" / "forms.md").read_text("utf-8").partition("\n## Roles\n")[2].partition("\n## ")[0]
    rows = [row.split(" | ") for row in roles.splitlines() if row.startswith("| `")]
    named = {name: row[2] for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert {name for name, needed in named.items() if needed == "yes"} == {*NEEDED}
    assert named.keys() >= {*CODED, "when", "urgent", "place", "place_share", "place_public"}


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / ".env.example"], ids=lambda path: path.name)
def test_every_command_that_is_named_exists(document: Path) -> None:
    """`python -m bot …`, by its first word and, of a group, its second."""
    found = set(re.findall(r"python -m bot +([a-z][a-z-]*)(?: +([a-z]+))?", document.read_text("utf-8")))
    groups: dict[str, Any] = dict(get_command(app).commands)  # type: ignore[attr-defined] # it is a group
    assert {first for first, _ in found} <= groups.keys()
    for first, second in found:
        assert not second or second in getattr(groups[first], "commands", {second: None})


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(document: Path) -> None:
    """Those of the tests begin with `KUAGER_TEST_`."""
    named = set(re.findall(r"\bKUAGER_(?!TEST_)([A-Z_]+)\b", document.read_text("utf-8")))
    assert sorted(named - {name.upper() for name in SETTINGS}) == []


@pytest.mark.parametrize(
    "hardening",
    [
        *(
            "NoNewPrivileges=yes",
            "CapabilityBoundingSet=",
            "ProtectSystem=strict",
            "PrivateTmp=yes",
        ),
        *("PrivateDevices=yes", "PrivateUsers=yes", "ProtectKernelModules=yes", "ProtectKernelTunables=yes"),
        *(
            "ProtectKernelLogs=yes",
            "ProtectControlGroups=yes",
            "RestrictNamespaces=yes",
            "MemoryDenyWriteExecute=yes",
        ),
        *(
            "SystemCallFilter=@system-service",
            "SystemCallFilter=~@privileged @resources",
            "UMask=0077",
            "LimitCORE=0",
        ),
        # asyncio wakes its loop by a pair of local sockets
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    ],
)
def test_the_service_is_hardened(hardening: str) -> None:
    """Whoever copies the unit runs a bot that may do little; `systemd-analyze security` looks at these."""
    text = (ROOT / "bot" / "app" / "cli" / "kuager.service").read_text("utf-8")
    unit = text.partition("[Service]\n")[2].partition("[Install]")[0]
    assert hardening in unit.splitlines()


def test_an_update_keeps_the_driver_of_postgresql() -> None:
    """uv removes what it was not asked for: with PostgreSQL each way to update names the extra."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert [name for name, needed in extras.items() if any("asyncpg" in one for one in needed)] == [
        "postgresql"
    ]
    for guide, section in (("copies.md", "## PostgreSQL"), ("routine.md", "**To update**")):
        told = (ROOT / "docs" / guide).read_text("utf-8").partition(section)[2].partition("\n\n#")[0]
        assert "uv sync --no-dev --extra postgresql" in told


def test_the_licence_is_the_one_that_is_named() -> None:
    """The GNU Affero General Public License, version 3, whole."""
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.lstrip().startswith(
        "GNU AFFERO GENERAL PUBLIC LICENSE\n                       Version 3, 19 November 2007"
    )
    assert "13. Remote Network Interaction" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_contract_of_data_is_that_of_the_forms() -> None:
    """The table in the documents is the one that the forms and the columns give now."""
    assert DOCUMENT.read_text("utf-8") == document()


def test_the_reference_is_that_of_the_settings_and_commands() -> None:
    """The page is the one that the program gives now."""
    assert reference.DOCUMENT.read_text("utf-8") == reference.document()


def test_the_guides_of_operators_are_short_and_the_index_leads_to_each() -> None:
    """A person who must act reads one page."""
    index = (ROOT / "docs/operators.md").read_text("utf-8")
    linked = [name for name in re.findall(r"\]\((\w+\.md)\)", index) if name != "reference.md"]
    assert len(linked) > 7
    lines = {name: len((ROOT / "docs" / name).read_text("utf-8").splitlines()) for name in linked}
    assert {name: count for name, count in lines.items() if count > 120} == {}


def test_decision_16_draws_the_states_and_moves_of_the_table() -> None:
    """As the table is now, each state and move by its own words."""
    drawing = state_chart.DOCUMENT.read_text("utf-8")
    assert drawing == state_chart.with_chart(drawing)
    for words in (state_chart.STATES, state_chart.ACTIONS):
        assert len(set(words.values())) == len(words)
    assert set(state_chart.STATES) == set(Status)
    assert set(state_chart.ACTIONS) == {move for _, move in MOVES} == set(Move)
    drawn = re.findall(r"(?m)^    (\w+) --> (\w+): ", drawing)
    assert set(drawn) == {(before, to) for (before, _), to in MOVES.items()}
