"""The kernel: which one runs, which ones are installed, and whether the running one still has its modules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from steward.knowhow.outputs import decimal, moment, text_of
from steward.knowhow.shell_parts import HAS, IN_CONTAINER, told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 50


@record
class InstalledKernel:
    """A kernel that the machine could start."""

    release: str
    """Its release: `6.1.0-28-amd64`."""
    since: datetime | None
    """When it was put there (UTC); None when nobody tells."""


@record
class Kernel:
    """The running kernel beside the installed ones."""

    running: str
    """Release that runs."""
    newest: str
    """Newest installed release of the same flavor; empty when none is known."""
    installed: tuple[InstalledKernel, ...]
    """Installed kernels, at most 50, by name."""
    has_modules: bool
    """Whether the modules of the running kernel are on disk; without them nothing new can be loaded."""
    build: str
    """Version of the package that the running kernel says it was built as; empty where it does not."""
    installed_build: str
    """Version of that package as installed now; empty where it is not known."""
    chosen: str
    """A release that somebody chose to start from now on; empty when the newest is started."""
    is_container: bool
    """Whether the kernel belongs to the machine that runs this one."""


def parse(outputs: Mapping[str, CommandOutput]) -> Kernel:
    """Read `KEY VALUE` lines."""
    pairs = told(text_of(outputs, "kernel"))
    values = dict(pairs)
    running = values.get("running", "").strip()[:100]
    if not running:
        msg = "`uname -r` gave no release"
        raise FactUnavailable(msg)
    found = [_installed(value) for key, value in pairs if key == "installed"][:_MOST]
    same = [one.release for one in found if _flavor(one.release) == _flavor(running)]
    return Kernel(
        running=running,
        newest=max(same, key=_order, default=""),
        installed=tuple(sorted(found, key=lambda one: one.release)),
        has_modules=values.get("modules") == "there",
        build=values.get("build", "")[:100],
        installed_build=values.get("package", "")[:100],
        chosen=values.get("chosen", "")[:100],
        is_container=values.get("container") == "yes",
    )


def is_newer(release: str, other: str) -> bool:
    """Tell whether a kernel release is newer than another of the same flavor."""
    return _order(release) > _order(other)


def _installed(value: str) -> InstalledKernel:
    release, _, seconds = value.partition(" ")
    return InstalledKernel(release=release[:100], since=moment(decimal(seconds)))


def _flavor(release: str) -> str:
    """Return what is not version: `-amd`, `-generic`, `-pve`, `.fc.x_`; releases of one flavor replace each other."""
    version = re.match(r"\d+(?:[.-]\d+)*", release)
    return re.sub(r"\d+", "", release[version.end() if version else 0 :])


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(number[:9]) for number in re.findall(r"[0-9]+", release))


def traits(kernel: Kernel) -> dict[str, str] | None:
    """Tell which kernels are installed; the running one is told by the system."""
    return None if kernel.is_container else {f"kernel {one.release}": "installed" for one in kernel.installed}


_KERNEL = (
    IN_CONTAINER
    + HAS
    + r"""export LC_ALL=C
running=$(uname -r)
echo "running $running"
if in_container; then echo container yes; exit 0; fi
if [ -e /run/booted-system/kernel ]; then
    echo modules there
    echo "build $(readlink -f /run/booted-system/kernel)"
    echo "package $(readlink -f /run/current-system/kernel)"
    exit 0
fi
[ -d "/lib/modules/$running" ] && echo modules there
for folder in /lib/modules/*/; do
    release=${folder%/} release=${release##*/}
    for image in "/boot/vmlinuz-$release" "$folder"vmlinuz "/boot/vmlinuz-${release##*-}"; do
        [ -e "$image" ] && [ -e "$folder"modules.dep ] || continue
        echo "installed $release $(stat -c %Z "$folder")"
        break
    done
done
build=$(sed -n 's/.* Debian \([0-9][^ ]*\) (.*/\1/p' /proc/version)
if [ -n "$build" ] && has dpkg-query; then
    echo "build $build"
    echo "package $(dpkg-query -f '${Version}' -W "linux-image-$running" 2>/dev/null)"
fi
chosen=$(cat /etc/kernel/proxmox-boot-pin 2>/dev/null | head -n 1)
[ -n "$chosen" ] || chosen=$(sed -n "s/^GRUB_DEFAULT=//p" /etc/default/grub 2>/dev/null | grep '>' | tr -d "\"'")
[ -z "$chosen" ] || echo "chosen $chosen"
exit 0
"""
)

PLUGIN = Fact[Kernel](
    name="kernel",
    summary="Running and installed kernels, and whether the running one still has its modules.",
    readings=(Reading(name="kernel", argv=("sh", "-c", _KERNEL)),),
    parse=parse,
    pause=timedelta(minutes=10),
    traits=traits,
)
