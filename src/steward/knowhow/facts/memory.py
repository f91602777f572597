"""Memory: how much is left, how hard the machine waits for it, and which processes were killed for lack of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from steward.knowhow.outputs import decimal, lines, moment, text_of, whole
from steward.knowhow.shell_parts import IN_CONTAINER
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit


@record
class OutOfMemoryKill:
    """A process that the kernel killed because memory ran out."""

    at: datetime
    """When (UTC)."""
    line: str
    """What the kernel wrote; the name in it was chosen by the process."""


@record
class Memory:
    """Memory of a machine, in bytes."""

    total_bytes: int
    """Memory the kernel manages."""
    available_bytes: int
    """What programs could still get without swapping, the shrinkable part of a ZFS cache included."""
    available_percent: float
    """The same, of the total; one decimal."""
    swap_total_bytes: int
    """Swap space; 0 when there is none."""
    swap_used_bytes: int
    """Swap in use."""
    waiting_percent: float | None
    """Share of the last five minutes in which some process waited for memory; None when the kernel does not tell."""
    stalled_percent: float | None
    """Share of the last five minutes in which every process waited for memory; None when the kernel does not tell."""
    kill_count: int | None
    """Processes killed for lack of memory since boot, in a container those of its own; None when nobody counts."""
    kills: tuple[OutOfMemoryKill, ...] | None
    """The latest of them, newest last; None when Steward may not read the kernel's messages."""


def parse(outputs: Mapping[str, CommandOutput]) -> Memory:
    """Read /proc/meminfo and what else this kernel tells."""
    sizes = _sizes(text_of(outputs, "meminfo"))
    total = sizes.get("MemTotal", 0)
    if total == 0 or "MemFree" not in sizes:
        msg = "/proc/meminfo tells no memory"
        raise FactUnavailable(msg)
    guess = sizes["MemFree"] + sizes.get("Buffers", 0) + sizes.get("Cached", 0)
    available = min(total, sizes.get("MemAvailable", guess) + _shrinkable_cache(_said(outputs, "zfs_cache")))
    swap_total = sizes.get("SwapTotal", 0)
    pressure = _said(outputs, "pressure")
    return Memory(
        total_bytes=total,
        available_bytes=available,
        available_percent=round(available * 100 / total, 1),
        swap_total_bytes=swap_total,
        swap_used_bytes=max(0, swap_total - sizes.get("SwapFree", 0)),
        waiting_percent=_average(pressure, "some"),
        stalled_percent=_average(pressure, "full"),
        kill_count=_kill_count(_said(outputs, "counters")),
        kills=_kills(outputs.get("kernel")),
    )


def _said(outputs: Mapping[str, CommandOutput], name: str) -> str:
    output = outputs.get(name)
    return output.stdout if output is not None and output.exit_code == 0 else ""


def _sizes(text: str) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for line in lines(text):
        name, _, rest = line.partition(":")
        words = rest.split(None, 2)
        kilobytes = whole(words[0]) if words else None
        if kilobytes is not None:
            sizes[name.strip()] = kilobytes * 1024
    return sizes


def _shrinkable_cache(text: str) -> int:
    """Return the part of ZFS's cache that it gives back on demand; the kernel does not count it as available."""
    words = (line.split(None, 3) for line in lines(text))
    values = {word[0]: whole(word[2]) for word in words if len(word) == 3}
    return max(0, (values.get("size") or 0) - (values.get("c_min") or 0))


def _average(text: str, kind: str) -> float | None:
    """Return the average of the last 300 seconds from /proc/pressure/memory."""
    line = next((line for line in lines(text) if line.startswith(kind + " ")), "")
    value = next((word.removeprefix("avg300=") for word in line.split() if word.startswith("avg300=")), "")
    return decimal(value) if value else None


def _kill_count(text: str) -> int | None:
    line = next((line for line in lines(text) if line.startswith("oom_kill ")), "")
    return whole(line.removeprefix("oom_kill ")) if line else None


def _kills(output: CommandOutput | None) -> tuple[OutOfMemoryKill, ...] | None:
    if output is None or output.exit_code != 0:
        return None
    found: list[OutOfMemoryKill] = []
    for line in lines(output.stdout):
        stamp, _, said = line.partition(" ")
        at = moment(decimal(stamp))
        if at is not None and "out of memory: kill" in said.lower():
            found.append(OutOfMemoryKill(at=at, line=said.partition("kernel: ")[2][:300] or said[:300]))
    return tuple(found[-10:])


def samples(memory: Memory) -> dict[str, float]:
    """Return what is worth seeing over time."""
    numbers = {
        "total_bytes": memory.total_bytes,
        "available_bytes": memory.available_bytes,
        "used_percent": round(100 - memory.available_percent, 1),
        "swap_used_bytes": memory.swap_used_bytes,
    }
    return numbers | ({} if memory.waiting_percent is None else {"waiting_percent": memory.waiting_percent})


def traits(memory: Memory) -> dict[str, str]:
    """Tell when a module was added or is gone: the kernel manages another number of whole gigabytes."""
    return {"memory": f"{memory.total_bytes / 1024**3:.0f} GB"}


_KERNEL = (
    IN_CONTAINER
    + """\
in_container && { echo 'these are the messages of the machine that runs this container' >&2; exit 1; }
q='--quiet --dmesg --boot --priority=err --lines=300 --output=short-unix --no-pager'
command -v journalctl >/dev/null 2>&1 || { echo 'there is no journal' >&2; exit 1; }
if [ "$(id -u)" = 0 ] || id -Gn | tr ' ' '\\n' | grep -qx -e adm -e systemd-journal; then
    journalctl $q
else
    sudo -n /usr/bin/journalctl $q
fi
"""
)
# The kernel of a container counts for all that run on it; its own control group counts what was killed in it.
_COUNTERS = IN_CONTAINER + "if in_container; then cat /sys/fs/cgroup/memory.events; else cat /proc/vmstat; fi\n"

PLUGIN = Fact[Memory](
    name="memory",
    summary="Memory left, how hard the machine waits for it, and processes killed for lack of it.",
    readings=(
        Reading(name="meminfo", argv=("cat", "/proc/meminfo")),
        Reading(name="pressure", argv=("cat", "/proc/pressure/memory")),
        Reading(name="counters", argv=("sh", "-c", _COUNTERS)),
        Reading(name="zfs_cache", argv=("cat", "/proc/spl/kstat/zfs/arcstats")),
        Reading(name="kernel", argv=("sh", "-c", _KERNEL)),
    ),
    parse=parse,
    samples=samples,
    series=(
        Series(ending="used_percent", unit=Unit.PERCENT, matters=True),
        Series(ending="total_bytes", unit=Unit.BYTES),
        Series(ending="available_bytes", unit=Unit.BYTES),
        Series(ending="swap_used_bytes", unit=Unit.BYTES),
        Series(ending="waiting_percent", unit=Unit.PERCENT),
    ),
    traits=traits,
    sudoers=("/usr/bin/journalctl --quiet --dmesg --boot --priority=err --lines=300 --output=short-unix --no-pager",),
)
