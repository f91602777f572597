"""Processes worth a look: those that use a whole processor, those that are stuck, and dead ones nobody buried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import decimal, text_of, whole
from steward.knowhow.shell_parts import told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 20


@record
class BusyProcess:
    """A process that used at least half a processor while it was looked at."""

    pid: int
    """Its number."""
    name: str
    """Name it gives itself; chosen by the process."""
    percent: float
    """Processor time it used within two seconds, in percent of one processor."""
    cpu_seconds: int
    """Processor time it has used since it began."""
    niceness: int
    """Above 0 it gives way to others, as work in the background does."""
    unit: str
    """Unit of systemd it belongs to, or empty."""


@record
class StuckProcess:
    """A process that waits for a device and did not move at all while it was looked at."""

    pid: int
    """Its number."""
    name: str
    """Name it gives itself; chosen by the process."""
    waits_in: str
    """Function of the kernel it waits in; empty when the kernel does not tell."""


@record
class DeadChildren:
    """Processes that have ended and that their parent does not bury."""

    parent: int
    """Number of the parent."""
    name: str
    """Name the parent gives itself."""
    count: int
    """How many."""


@record
class Processes:
    """Processes of a machine."""

    total: int
    """How many there are."""
    busy: tuple[BusyProcess, ...]
    """The busiest, at most 20, busiest first."""
    stuck: tuple[StuckProcess, ...]
    """Those that are stuck, at most 20."""
    dead: tuple[DeadChildren, ...]
    """Dead children by parent, most first, at most 20 parents."""


def parse(outputs: Mapping[str, CommandOutput]) -> Processes:
    """Read `KEY VALUE` lines; the name of a process is always the last word, for it may hold blanks."""
    pairs = told(text_of(outputs, "processes"))
    total = whole(dict(pairs).get("total", ""))
    if total is None:
        msg = "the reading `processes` did not come to its end"
        raise FactUnavailable(msg)
    busy = [one for key, value in pairs if key == "busy" and (one := _busy(value))]
    stuck = [one for key, value in pairs if key == "stuck" and (one := _stuck(value))]
    dead = [one for key, value in pairs if key == "dead" and (one := _dead(value))]
    return Processes(
        total=total,
        busy=tuple(sorted(busy, key=lambda one: (-one.percent, one.pid))[:_MOST]),
        stuck=tuple(sorted(stuck, key=lambda one: one.pid)[:_MOST]),
        dead=tuple(sorted(dead, key=lambda one: (-one.count, one.parent))[:_MOST]),
    )


def _busy(value: str) -> BusyProcess | None:
    """Read `PID PERCENT CPU_SECONDS NICENESS UNIT NAME`; `-` for no unit."""
    words = value.split(" ", 5)
    pid, percent = whole(words[0]), decimal(words[1]) if len(words) == 6 else None
    if pid is None or percent is None:
        return None
    negative = words[3].startswith("-")
    niceness = whole(words[3].removeprefix("-")) or 0
    return BusyProcess(
        pid=pid,
        name=words[5][:50],
        percent=round(percent, 1),
        cpu_seconds=whole(words[2]) or 0,
        niceness=-niceness if negative else niceness,
        unit="" if words[4] == "-" else words[4][:200],
    )


def _stuck(value: str) -> StuckProcess | None:
    words = value.split(" ", 2)
    pid = whole(words[0]) if len(words) == 3 else None
    waits = "" if pid is None or words[1] in {"-", "0"} else words[1][:60]
    return None if pid is None else StuckProcess(pid=pid, name=words[2][:50], waits_in=waits)


def _dead(value: str) -> DeadChildren | None:
    words = value.split(" ", 2)
    parent, count = (whole(words[0]), whole(words[1])) if len(words) == 3 else (None, None)
    return None if parent is None or count is None else DeadChildren(parent=parent, name=words[2][:50], count=count)


def samples(processes: Processes) -> dict[str, float]:
    """Return how many there are, and how busy the busy ones are, by name."""
    numbers: dict[str, float] = {
        "total": processes.total,
        "stuck": len(processes.stuck),
        "dead": sum(one.count for one in processes.dead),
    }
    for one in reversed(processes.busy):
        numbers[f"busy {one.name}"] = one.percent
    return numbers


_PROCESSES = r"""export LC_ALL=C
pass() { read -r up _ </proc/uptime; echo "pass $up"; cat /proc/[0-9]*/stat 2>/dev/null; }
switches() { sed -n 's/.*ctxt_switches://p' "/proc/$1/status" 2>/dev/null; }
{ pass; sleep 2; pass; } | awk '
    /^pass / { n++; up[n] = $2; next }
    !match($0, /^[0-9]+ \(.*\) [A-Za-z] /) { next }
    {
        pid = $1; match($0, /.*\) /); rest = substr($0, RLENGTH + 1); split(rest, f, " ")
        name = substr($0, length(pid) + 3, RLENGTH - length(pid) - 4); used = f[12] + f[13]
        if (n == 1) { before[pid] = used; began[pid] = f[20]; if (f[1] == "D") waits[pid] = 1; next }
        total++; names[pid] = name
        if (f[1] == "Z") dead[f[2]]++
        if (began[pid] != f[20]) next
        percent = (used - before[pid]) / (up[2] - up[1] > 0 ? up[2] - up[1] : 1)
        if (percent >= 50) printf "busy %d %.1f %d %d %s\n", pid, percent, used / 100, f[17], name
        if (f[1] == "D" && waits[pid] && f[2] != 2 && pid != 2) printf "stuck %d %s\n", pid, name
    }
    END {
        for (parent in dead) printf "dead %d %d %s\n", parent, dead[parent], names[parent]
        print "total", total + 0
    }' | head -n 200 | while read -r kind first second third fourth name; do
    case $kind in
        busy)
            unit=$(grep -s -e '^0::' -e ':name=systemd:' "/proc/$first/cgroup" | head -n 1)
            unit=${unit##*/}
            case $unit in *.service | *.scope) ;; *) unit= ;; esac
            echo "busy $first $second $third $fourth ${unit:--} $name" ;;
        stuck)
            before=$(switches "$first")
            sleep 1
            [ -n "$before" ] && [ "$before" = "$(switches "$first")" ] || continue
            waits=$(cat "/proc/$first/wchan" 2>/dev/null)
            echo "stuck $first ${waits:--} $second${third:+ $third}${fourth:+ $fourth}${name:+ $name}" ;;
        *) echo "$kind $first${second:+ $second}${third:+ $third}${fourth:+ $fourth}${name:+ $name}" ;;
    esac
done
"""

PLUGIN = Fact[Processes](
    name="processes",
    summary="Processes that use a whole processor, that are stuck, and dead ones that nobody buried.",
    readings=(Reading(name="processes", argv=("sh", "-c", _PROCESSES), timeout_seconds=40),),
    parse=parse,
    pause=timedelta(minutes=5),
    samples=samples,
)
