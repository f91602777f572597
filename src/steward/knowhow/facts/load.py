"""How busy a machine is: load, time that work waits for processors and disks, swapping, and the kernel's own limits."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import decimal, text_of, whole
from steward.knowhow.shell_parts import IN_CONTAINER, told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_TICKS = 100.0
"""Ticks a second that the kernel counts processor time in, on every architecture that is met."""


@record
class Load:
    """How busy a machine is."""

    load_1: float
    """Processes that ran or waited, mean of the last minute."""
    load_5: float
    """The same of 5 minutes."""
    load_15: float
    """The same of 15 minutes."""
    processors: int | None
    """Processors that may be used."""
    busy_seconds: float | None
    """Processor time spent since boot, all processors together; its growth tells the use."""
    stolen_seconds: float | None
    """Processor time that the machine below kept for others, since boot."""
    cpu_waiting_percent: float | None
    """Share of the last five minutes in which work waited for a processor; None when the kernel does not tell."""
    io_stalled_percent: float | None
    """Share of the last five minutes in which all work waited for disks; None when the kernel does not tell."""
    swapped_in_pages: int | None
    """Pages read back from swap since boot."""
    swapped_out_pages: int | None
    """Pages written to swap since boot."""
    threads: int | None
    """Threads that exist."""
    threads_limit: int | None
    """Most threads that may exist."""
    open_files: int | None
    """Open files of all processes."""
    open_files_limit: int | None
    """Most of them; None where there is no limit worth the name."""
    connections: int | None
    """Connections that the firewall keeps track of; None where it does not."""
    connections_limit: int | None
    """Most of them; beyond it new ones are dropped."""
    is_container: bool
    """Whether most of these numbers are those of the machine that runs this one."""


def parse(outputs: Mapping[str, CommandOutput]) -> Load:
    """Read `KEY VALUE` lines; only the load is indispensable."""
    pairs = told(text_of(outputs, "load"))
    values = dict(pairs)
    load = [decimal(word) for word in values.get("load", "").split()[:3]]
    if len(load) != 3 or None in load:
        msg = "/proc/loadavg tells no load"
        raise FactUnavailable(msg)
    cpu = [whole(word) for word in values.get("cpu", "").split()[1:9]]
    files = values.get("files", "").split()
    limits = [limit for key in ("pid_max", "threads_max") if (limit := whole(values.get(key, "")))]
    return Load(
        load_1=load[0] or 0.0,
        load_5=load[1] or 0.0,
        load_15=load[2] or 0.0,
        processors=whole(values.get("processors", "")),
        busy_seconds=_seconds(cpu, (0, 1, 2, 5, 6, 7)),
        stolen_seconds=_seconds(cpu, (7,)),
        cpu_waiting_percent=_average(pairs, "cpu_pressure", "some"),
        io_stalled_percent=_average(pairs, "io_pressure", "full"),
        swapped_in_pages=whole(values.get("pswpin", "")),
        swapped_out_pages=whole(values.get("pswpout", "")),
        threads=_threads(values.get("load", "")),
        threads_limit=min(limits, default=None),
        open_files=whole(files[0]) if files else None,
        open_files_limit=whole(files[2]) if len(files) == 3 else None,
        connections=whole(values.get("tracked", "")),
        connections_limit=whole(values.get("tracked_max", "")),
        is_container=values.get("container") == "yes",
    )


def _seconds(ticks: list[int | None], places: tuple[int, ...]) -> float | None:
    chosen = [ticks[place] for place in places if place < len(ticks)]
    return sum(one or 0 for one in chosen) / _TICKS if chosen else None


def _threads(load: str) -> int | None:
    words = load.split()
    return whole(words[3].partition("/")[2]) if len(words) > 3 else None


def _average(pairs: list[tuple[str, str]], key: str, kind: str) -> float | None:
    """Return the average of the last 300 seconds from a line of /proc/pressure."""
    line = next((value for name, value in pairs if name == key and value.startswith(kind + " ")), "")
    value = next((word.removeprefix("avg300=") for word in line.split() if word.startswith("avg300=")), "")
    return decimal(value) if value else None


def samples(load: Load) -> dict[str, float]:
    """Return what is worth seeing over time; the counters since boot tell how much by how they grow."""
    numbers = {
        "load_1": load.load_1,
        "load_15": load.load_15,
        "processors": load.processors,
        "busy_seconds": load.busy_seconds,
        "stolen_seconds": load.stolen_seconds,
        "cpu_waiting_percent": load.cpu_waiting_percent,
        "io_stalled_percent": load.io_stalled_percent,
        "swapped_in_pages": load.swapped_in_pages,
        "swapped_out_pages": load.swapped_out_pages,
        "threads": load.threads,
        "open_files": load.open_files,
        "connections": load.connections,
    }
    return {name: number for name, number in numbers.items() if number is not None}


_LOAD = (
    IN_CONTAINER
    + r"""in_container && echo container yes
put() { [ -r "$2" ] && read -r value <"$2" && echo "$1 $value"; }
all() { [ -r "$2" ] && while read -r value; do echo "$1 $value"; done <"$2"; }
{
    put load /proc/loadavg
    put cpu /proc/stat
    put files /proc/sys/fs/file-nr
    put pid_max /proc/sys/kernel/pid_max
    put threads_max /proc/sys/kernel/threads-max
    put tracked /proc/sys/net/netfilter/nf_conntrack_count
    put tracked_max /proc/sys/net/netfilter/nf_conntrack_max
    all cpu_pressure /proc/pressure/cpu
    all io_pressure /proc/pressure/io
} 2>/dev/null
grep '^pswp' /proc/vmstat 2>/dev/null
echo "processors $(nproc 2>/dev/null)"
"""
)

PLUGIN = Fact[Load](
    name="load",
    summary="How busy a machine is, what its work waits for, and how near the kernel's limits are.",
    readings=(Reading(name="load", argv=("sh", "-c", _LOAD)),),
    parse=parse,
    samples=samples,
    series=(
        Series(ending="busy_seconds", unit=Unit.PERCENT, is_counter=True, whole="processors", matters=True),
        Series(ending="stolen_seconds", unit=Unit.PERCENT, is_counter=True, whole="processors"),
        Series(ending="cpu_waiting_percent", unit=Unit.PERCENT),
        Series(ending="io_stalled_percent", unit=Unit.PERCENT),
        Series(ending="swapped_in_pages", is_counter=True),
        Series(ending="swapped_out_pages", is_counter=True),
    ),
)
