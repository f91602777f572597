"""What runs on the machine: distribution, kernel, who Steward is there, and since when it is up."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import assignments, decimal, lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading


@record
class OperatingSystem:
    """The system and the place Steward has in it."""

    id: str
    """Short name of the distribution: `debian`, `alpine`, `fedora`; empty when it does not say."""
    version: str
    """Its version; empty for a rolling distribution."""
    name: str
    """Name for people: `Debian GNU/Linux 12 (bookworm)`."""
    kernel: str
    """Kernel and its release: `Linux 6.1.0-25-amd64`."""
    architecture: str
    """Machine type as the kernel tells it: `x86_64`, `aarch64`."""
    host_name: str
    """Name the machine gives itself."""
    user_id: int
    """Number of the user Steward logs in as; 0 is root."""
    is_systemd: bool
    """Whether systemd is the first process, so that units exist."""
    boot_id: str
    """Id of this boot; a new one means the machine was restarted. Empty when the kernel does not tell."""
    uptime_seconds: int | None
    """Time since boot, or None when the kernel does not tell."""
    processors: int | None
    """Processors that may be used, or None when nobody tells."""
    sudo_version: str
    """Version of sudo; empty when there is none. Regular expressions in sudoers need 1.9.10."""


def parse(outputs: Mapping[str, CommandOutput]) -> OperatingSystem:
    """Put the pieces together; only the user and the kernel are indispensable."""
    user_id = whole(text_of(outputs, "user"))
    if user_id is None:
        msg = "`id -u` gave no number"
        raise FactUnavailable(msg)
    kernel = text_of(outputs, "kernel").split()
    if len(kernel) < 4:
        msg = "`uname -snrm` gave no kernel"
        raise FactUnavailable(msg)
    release = {key: _bare(value) for key, value in assignments(_said(outputs, "release")).items()}
    return OperatingSystem(
        id=release.get("ID", "").lower(),
        version=release.get("VERSION_ID", ""),
        name=release.get("PRETTY_NAME") or release.get("NAME", "") or kernel[0],
        kernel=f"{kernel[0]} {kernel[2]}",
        architecture=kernel[-1],
        host_name=kernel[1],
        user_id=user_id,
        is_systemd=_said(outputs, "init").strip() == "systemd",
        boot_id=_said(outputs, "boot").strip(),
        uptime_seconds=_uptime(_said(outputs, "uptime")),
        processors=whole(_said(outputs, "processors")),
        sudo_version=_sudo_version(_said(outputs, "sudo")),
    )


def _said(outputs: Mapping[str, CommandOutput], name: str) -> str:
    """Return a piece that some systems cannot give; there it is empty."""
    output = outputs.get(name)
    return output.stdout if output is not None and output.exit_code == 0 else ""


def _bare(value: str) -> str:
    """Take the shell quotes off a value of os-release."""
    text = value.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in {'"', "'"} else text


def _uptime(text: str) -> int | None:
    seconds = decimal(text.split(maxsplit=1)[0]) if text.strip() else None
    return None if seconds is None else int(seconds)


def _sudo_version(text: str) -> str:
    return lines(text)[0].removeprefix("Sudo version ").strip() if text.startswith("Sudo version ") else ""


def traits(system: OperatingSystem) -> dict[str, str]:
    """Return what a person would call a change: an upgrade, another kernel, a restart, another name."""
    return {
        "distribution": system.name,
        "kernel": system.kernel,
        "boot": system.boot_id[:8],
        "host name": system.host_name,
    }


PLUGIN = Fact[OperatingSystem](
    name="os",
    summary="Distribution, kernel, the user Steward is there, whether systemd runs it, and time since boot.",
    readings=(
        Reading(name="release", argv=("sh", "-c", "cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release")),
        Reading(name="kernel", argv=("uname", "-snrm")),
        Reading(name="user", argv=("id", "-u")),
        Reading(name="init", argv=("cat", "/proc/1/comm")),
        Reading(name="uptime", argv=("cat", "/proc/uptime")),
        Reading(name="boot", argv=("cat", "/proc/sys/kernel/random/boot_id")),
        Reading(name="processors", argv=("nproc",)),
        Reading(name="sudo", argv=("sudo", "-V")),
    ),
    parse=parse,
    traits=traits,
)
