"""Parts of a release: the libraries inside wheels are named with their licences, and all packages are listed."""

import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
COMPILED = {".so", ".dylib", ".pyd", ".dll"}
_LIBRARY = re.compile(r"^(lib.+?)(?:-[0-9a-f]{8})?\.(?:so|dylib)")
"""A library beside the modules of a wheel, as auditwheel names it: with a piece of its hash."""
_LISTING = re.compile(r"`(uv export [^`]*cyclonedx[^`]*)`")


@pytest.fixture(scope="session")
def locked() -> frozenset[tuple[str, str]]:
    """Name and version of each package that the bot needs, with all extras, by the lock."""
    packages: dict[str, list[Mapping[str, Any]]] = {}
    for one in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]:
        packages.setdefault(one["name"], []).append(one)
    (bot,) = packages["kuager"]
    found: set[tuple[str, str]] = set()
    wanted = [*bot["dependencies"], *_of_extras(bot, bot["optional-dependencies"])]
    while wanted:
        asked = wanted.pop()
        for one in packages[asked["name"]]:
            name = one["name"], one["version"]
            if asked.get("version", one["version"]) == one["version"] and (
                name not in found or asked.get("extra")
            ):
                found.add(name)
                wanted += [*one.get("dependencies", ()), *_of_extras(one, asked.get("extra", ()))]
    return frozenset(found)


def _of_extras(package: Mapping[str, Any], extras: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for extra in extras:
        yield from package.get("optional-dependencies", {}).get(extra, ())


def compiled(installed: Distribution) -> Sequence[str]:
    """Names of the compiled files of a package."""
    return [file.name for file in installed.files or () if COMPILED.intersection(Path(file.name).suffixes)]


def unnamed(names: Iterable[str], notice: str) -> set[str]:
    """Installed packages with compiled code, and libraries beside it, that a notice does not name."""
    found, known = set[str](), set(notice.split())
    for name in names:
        try:
            files = compiled(distribution(name))
        except PackageNotFoundError:  # of another system
            continue
        libraries = {match[1] for match in map(_LIBRARY.match, files) if match}
        found |= libraries | ({name} if files else set())
    return found - known


def test_the_notice_names_each_wheel_with_compiled_code_and_the_libraries_inside(
    locked: frozenset[tuple[str, str]],
) -> None:
    """A new one fails here until its licence is written down."""
    notice, names = (ROOT / "NOTICE").read_text("utf-8"), {name for name, _ in locked}
    assert unnamed(names, notice) == set()
    assert {"av", "libx264", "libavcodec", "pillow-heif", "libheif", "pypdfium2"} <= unnamed(names, "")


def test_the_list_of_packages_of_a_release_names_all_that_is_locked(
    locked: frozenset[tuple[str, str]], tmp_path: Path
) -> None:
    """By the command that CONTRIBUTING prints: CycloneDX, each package with its version and the hashes of its files."""
    (command,) = _LISTING.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    *words, name = shlex.split(command)
    subprocess.run([*words, tmp_path / name], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - of ours
    listed = json.loads((tmp_path / name).read_bytes())
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.5")
    assert listed["metadata"]["component"]["name"] == "kuager"
    assert {(one["name"], one["version"]) for one in listed["components"]} == locked
    assert all(file["hashes"] for one in listed["components"] for file in one["externalReferences"])
