"""Steps of a Containerfile, carried out in folders by chroot where no engine for containers is: FROM, RUN, COPY, ENV and WORKDIR
as they are written, and the rest as settings of the image."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
CONTAINER = ROOT / "scripts" / "container"
CONTAINERFILE = CONTAINER / "Containerfile"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
KNOWN = frozenset(
    [
        "FROM",
        "RUN",
        "COPY",
        "WORKDIR",
        "ENV",
        "VOLUME",
        "USER",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    ]
)
Step = tuple[str, str]
"""Its word and what follows."""


def stages(text: str) -> list[list[Step]]:
    """Steps by stage (https://docs.docker.com/reference/dockerfile/), each beginning with FROM."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[list[Step]] = []
    for line in filter(str.strip, whole.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest.strip()))
    return found


@dataclass(slots=True)
class Stage:
    """A stage that is being built in the folder `root`."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    said: dict[str, str] = field(default_factory=dict)
    """ENTRYPOINT, CMD and the like."""

    def inside(self, path: str) -> Path:
        return self.root / os.path.join(self.workdir, path).lstrip("/")  # noqa: PTH118 - an absolute path replaces the folder


def build(base: Path, folder: Path, text: str = CONTAINERFILE.read_text("utf-8")) -> Stage:
    """Carry out all stages on copies of `base`, a Debian of the kind that FROM names. Returns the last. Needs root."""
    named: dict[str, Stage] = {}
    stage: Stage | None = None
    for number, steps in enumerate(stages(text)):
        stage = Stage(folder / str(number))
        shutil.copytree(base, stage.root, symlinks=True, ignore=shutil.ignore_patterns("dev", "proc", "sys"))
        for word, rest in steps:
            _carry_out(stage, named, word, rest)
    assert stage is not None
    return stage


def _carry_out(stage: Stage, named: dict[str, Stage], word: str, rest: str) -> None:
    match word:
        case "FROM":
            named[rest.partition(" AS ")[2] or "last"] = stage
        case "RUN":
            done = in_root(stage, ["/bin/sh", "-c", rest], network=True)
            assert done.returncode == 0, (rest, done.stdout[-2000:], done.stderr[-2000:])
        case "COPY":
            _copy(stage, named, shlex.split(rest))
        case "WORKDIR":
            stage.workdir = rest
            stage.inside(".").mkdir(parents=True, exist_ok=True)
        case "ENV":
            stage.env |= dict(one.split("=", 1) for one in shlex.split(rest))
        case "USER":
            stage.user = rest
        case _:
            stage.said[word] = rest


def _copy(stage: Stage, named: Mapping[str, Stage], words: list[str]) -> None:
    source = ROOT
    if words[0].startswith("--from="):
        source = named[words.pop(0).partition("=")[2]].root
    *names, target = words
    for name in names:
        path, to = source / name.lstrip("/"), stage.inside(target)
        (to if target.endswith("/") else to.parent).mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(
                path,
                to,
                symlinks=True,
                ignore=shutil.ignore_patterns("__pycache__") if source == ROOT else None,
            )
        else:
            shutil.copy2(path, to / path.name if target.endswith("/") else to)


def in_root(
    stage: Stage, words: Sequence[str], *, network: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run a program with a stage as its root, as while it is built."""
    command = _command(stage, words, _mounts(stage.root), network=network)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)  # noqa: S603 - our own words


def as_container(stage: Stage, words: Sequence[str], data: Path, **env: str) -> list[str]:
    """Command that runs a program as an engine would with compose.yaml: the image's user, nothing to be written to but `data` at
    /data and a /tmp of its own, no rights, and the first process of its own."""
    user, _, group = stage.user.partition(":")
    to_user = (
        "setpriv",
        f"--reuid={user}",
        f"--regid={group}",
        "--clear-groups",
        "--no-new-privs",
        "--bounding-set=-all",
    )
    return _command(stage, (*to_user, *words), _mounts(stage.root, data), env)


def _command(
    stage: Stage,
    words: Sequence[str],
    mounts: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    network: bool = False,
) -> list[str]:
    usual = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
    told = usual | (_of_the_network() if network else {}) | stage.env | dict(env or {})
    run = shlex.join(("env", "-i", *(f"{name}={value}" for name, value in told.items()), *words))
    root, inner = shlex.quote(str(stage.root)), shlex.quote(f"cd {shlex.quote(stage.workdir)} && exec {run}")
    script = "\n".join((*mounts, f"exec chroot {root} /bin/sh -c {inner}"))
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-ec", script]


def _mounts(root: Path, data: Path | None = None) -> list[str]:
    """Lines of a shell; with `data` the root is read-only afterwards."""
    at = shlex.quote(str(root))
    lines = [f"mount --bind {at} {at}", *(f"mkdir -p {at}/{name}" for name in ("proc", "dev", "run"))]
    lines += [f"mount -t proc proc {at}/proc", f"mount --rbind /dev {at}/dev"]
    lines += [f"cp -L /etc/resolv.conf {at}/etc/resolv.conf", f"cp {CERTIFICATES} {at}/run/certificates.crt"]
    if data is not None:
        lines += [
            f"mount -t tmpfs -o mode=1777,noexec,nosuid,nodev tmpfs {at}/tmp",  # noqa: S108 - its own
            f"mount --bind {shlex.quote(str(data))} {at}/data",
        ]
        lines += [f"mount -o remount,bind,ro {at}"]
    return lines


def _of_the_network() -> dict[str, str]:
    """Proxies and certificates of this machine, which a build uses."""
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    return (
        proxies
        | dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT"), "/run/certificates.crt")
        | {"DEBIAN_FRONTEND": "noninteractive"}
    )
