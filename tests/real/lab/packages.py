"""Make sure that the Debian packages the lab stands on are installed."""

import os
import shutil
from pathlib import Path

from tests.real.lab.command import run
from tests.real.lab.errors import LabError

NEEDED = (
    "podman",
    "runc",
    "netavark",
    "aardvark-dns",
    "conmon",
    "iptables",
    "mmdebstrap",
    "openssh-client",
    "e2fsprogs",
    "mount",
    "util-linux",
)


def install_missing() -> tuple[str, ...]:
    """Install what is missing and return it.

    Raises:
        LabError: this is not Debian, or not root.
    """
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        message = f"the lab needs Debian; install by hand: {' '.join(NEEDED)}"
        raise LabError(message)
    missing = _missing()
    if os.geteuid() != 0:
        also = f" and these packages: {' '.join(missing)}" if missing else ""
        message = f"the lab needs root (it starts containers with systemd){also}; run it with sudo"
        raise LabError(message)
    if missing:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-q"], timeout_seconds=300)
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
        run(install, environment=environment, timeout_seconds=600)
    return missing


def sources_file() -> Path:
    """Return this host's own apt sources, which the machines are built from."""
    for path in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
        if Path(path).exists():
            return Path(path)
    message = "no Debian apt sources: neither sources.list.d/debian.sources nor sources.list in /etc/apt"
    raise LabError(message)


def suite() -> str:
    """Return this host's Debian code name, which the machines get as well."""
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    message = "/etc/os-release has no VERSION_CODENAME: the lab needs a Debian release"
    raise LabError(message)


def _missing() -> tuple[str, ...]:
    asked = run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *NEEDED], check=False)
    installed = {line.split()[0] for line in asked.stdout.splitlines() if line.split()[1:2] == ["ii"]}
    return tuple(name for name in NEEDED if name not in installed)
