"""An environment of their own for programs of others that read what the bot exports."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import run

PACKAGES = (
    "check-datapackage==0.37.0",  # it has the JSON Schema that the Data Package standard publishes
    "frictionless==5.21.0",
    "libhxl==5.2.2",
    "openpyxl==3.1.5",
    "pandas==3.0.6",
    "python-dateutil",  # libhxl needs it and six, and says so nowhere
    "six",
    "pyogrio==0.13.0",  # GDAL, which QGIS reads by
)
_PYTHON = ">=3.12"
"""That of check-datapackage."""

Reading = Callable[[str, Path], Any]


@pytest.fixture(scope="session")
def readers_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with these packages, apart from the project's."""
    folder = tmp_path_factory.mktemp("readers") / "venv"
    python = folder / "bin" / "python"
    if uv := shutil.which("uv"):
        run(uv, "venv", "--quiet", "--no-python-downloads", "--python", _PYTHON, folder)
        run(uv, "pip", "install", "--quiet", "--python", python, *PACKAGES)
    else:
        run(sys.executable, "-m", "venv", folder)
        run(python, "-m", "pip", "install", "--quiet", *PACKAGES)
    return python


@pytest.fixture
def reading(readers_python: Path) -> Reading:
    """Runs a few lines there, with the path of a file or folder as `path`; what they leave in `found` is what they found, by way of JSON."""

    def read(lines: str, file: Path) -> Any:
        head = "import json, sys\npath = sys.argv[1]\n"
        foot = "\njson.dump(found, sys.stderr)\n"
        command: list[str | Path] = [readers_python, "-c", head + lines + foot, file]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        assert done.returncode == 0, done.stderr
        return json.loads(done.stderr.splitlines()[-1])

    return read
