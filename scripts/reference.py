"""Write docs/reference.md and .env.example: `uv run python -m scripts.reference` from the repository's root."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from typer.main import get_command

from bot.app.cli.application import app
from bot.settings import GROUPS, PREFIX

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "reference.md"
BEFORE = """# Settings and commands

`uv run python -m scripts.reference` writes this page from the program; a test fails when it is out of date. What to do with
them is told in the [operator's guides](operators.md).

## Settings

They stand in `.env` or in the environment, which overrides it. With a wrong, missing, misspelt or repeated one the bot does not
start, and one line says why. A former setting changes nothing: the start and `check` name it, and what holds instead. Relative
paths start at the folder in which the bot starts. The three keys must be random, and each serves one purpose.
"""
BETWEEN = """
## Commands

Each begins with `python -m bot`, and explains itself with `--help` behind it. `python -m bot --version` prints the version.

| command | what it does | options |
|---|---|---|
"""
AFTER = """
## Exit codes

| code | means |
|---|---|
| 0 | done; `check`: nothing wrong, perhaps warnings; `run`: stopped by SIGTERM or Ctrl+C |
| 1 | refused or failed: the last line on standard error says why |
| 2 | wrong command line |
| 3 | `export`, `share`, `country-update`, `open-data`, `backup`, `restore`: done, but a fault that standard error names left something out (consent is no fault) |
"""


def document() -> str:
    """The document for the program's own settings and commands."""
    commands = "".join(
        f"| `{' '.join([name, *_words(one)])}` | {_cell(one.help)} | {_options(one)} |\n"
        for name, one in _commands(get_command(app))
    )
    return BEFORE + "".join(_settings()) + BETWEEN + commands + AFTER


def _settings() -> Iterator[str]:
    for title, group in GROUPS.items():
        yield f"\n### {title}\n\n| setting | what it is | without it |\n|---|---|---|\n"
        for name, field in group.model_fields.items():
            yield f"| `{PREFIX}{name.upper()}` | {_cell(field.description)} {_example(field)} | {_without(field)} |\n"


def _example(field: FieldInfo) -> str:
    return f"Example: `{_cell(field.examples[0])}`" if field.examples else ""


def _without(field: FieldInfo) -> str:
    """The default as it would be written in `.env`."""
    if field.is_required():
        return "must be set"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    shown = ",".join(value) if isinstance(value, tuple | dict) else str(value or "")
    return f"`{shown}`" if shown else "–"


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Commands with their full names, groups that run by themselves before what they hold."""
    for name, one in sorted(group.commands.items()):
        full = f"{before}{name}"
        if not hasattr(one, "commands") or one.invoke_without_command:
            yield full, one
        if hasattr(one, "commands"):
            yield from _commands(one, f"{full} ")


def _words(command: Any) -> Iterator[str]:
    for one in command.params:
        if one.param_type_name == "argument":
            word = one.name.upper() + ("…" if one.nargs < 0 else "")
            yield word if one.required else f"[{word}]"


def _options(command: Any) -> str:
    return "<br>".join(
        f"`{one.opts[0]}` {_cell(one.help)}"
        for one in command.params
        if one.param_type_name == "option" and not one.hidden
    )


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def env_example() -> str:
    """Text of `.env.example`. Required settings are blank, others commented out."""
    lines = [
        "# Settings of Kuager. Copy to .env, readable by you alone (chmod 600 .env), add the three keys with",
        "#   .venv/bin/python -m bot keys new >> .env",
        "# and fill in the token. What stays blank counts as not set; what starts with # is the default or an example.",
    ]
    for title, group in GROUPS.items():
        lines += ["", f"# --- {title} ---"]
        for name, field in group.model_fields.items():
            needed, full = field.is_required(), f"{PREFIX}{name.upper()}"
            lines += [
                "",
                f"# {field.description}",
                f"{full}=" if needed else f"# {full}={(field.examples or [field.default])[0]}",
            ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
    (ROOT / ".env.example").write_text(env_example(), "utf-8")
