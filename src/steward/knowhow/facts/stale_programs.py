"""Programs that still use files which an update has replaced: the old code runs on until they are started anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import text_of
from steward.knowhow.shell_parts import told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 200
_MOST_FILES = 5


@record
class StaleProgram:
    """A service, or what people started in their sessions."""

    processes: int
    """Its processes that use replaced files."""
    names: tuple[str, ...]
    """Names the processes give themselves, at most 5."""
    files: tuple[str, ...]
    """Replaced programs and libraries they use, at most 5."""


@record
class StalePrograms:
    """Programs of this machine that use replaced files; those in containers belong to their images."""

    services: dict[str, StaleProgram]
    """By unit of systemd: `nginx.service`."""
    others: StaleProgram
    """Processes that belong to no service: sessions of people, and systemd itself."""
    sees_all: bool
    """Whether the processes of all users could be looked at."""


def parse(outputs: Mapping[str, CommandOutput]) -> StalePrograms:
    """Read `stale PID UNIT FILE NAME` lines; `-` where there is no unit."""
    pairs = told(text_of(outputs, "maps"))
    values = dict(pairs)
    if "sees" not in values:
        msg = "the reading `maps` did not come to its end"
        raise FactUnavailable(msg)
    by_unit: dict[str, list[list[str]]] = {}
    for key, value in pairs:
        words = value.split(" ", 3)
        if key == "stale" and len(words) == 4:
            by_unit.setdefault(words[1][:200], []).append(words)
    others = by_unit.pop("-", [])
    return StalePrograms(
        services={unit: _program(rows) for unit, rows in sorted(by_unit.items())[:_MOST]},
        others=_program(others),
        sees_all=values["sees"] == "all",
    )


def _program(rows: list[list[str]]) -> StaleProgram:
    return StaleProgram(
        processes=len({row[0] for row in rows}),
        names=tuple(sorted({row[3][:50] for row in rows})[:_MOST_FILES]),
        files=tuple(sorted({row[2][:200] for row in rows})[:_MOST_FILES]),
    )


_MAPS = r"""export LC_ALL=C
sees=all
set -- /proc/[0-9]*/maps
if [ "$(id -u)" = 0 ]; then
    found=$(grep -sHwF deleted "$@")
else
    found=$(sudo -n /usr/bin/grep -sHwF deleted "$@" 2>&1)
    case $found in *sudo:*) sees=own found=$(grep -sHwF deleted "$@") ;; esac
fi
printf '%s\n' "$found" | awk '
    $2 ~ /x/ && $NF == "(deleted)" && $6 ~ /^\/(usr|lib|lib64|bin|sbin|opt)\// {
        split($1, place, "/")
        if (!seen[place[3] $6]++ && ++count[place[3]] <= 5) print place[3], $6
    }' | head -n 2000 | while read -r pid file; do
    case $(grep -s '^NSpid:' "/proc/$pid/status") in *[0-9]"	"[0-9]*) continue ;; esac
    read -r name <"/proc/$pid/comm" || continue
    place=$(grep -s -e '^0::' -e ':name=systemd:' "/proc/$pid/cgroup" | head -n 1)
    unit=-
    case $place in
        */user.slice/* | */user@*) ;;
        */system.slice/*.service) unit=${place##*/} ;;
    esac
    echo "stale $pid $unit $file $name"
done 2>/dev/null
echo "sees $sees"
"""

PLUGIN = Fact[StalePrograms](
    name="stale_programs",
    summary="Programs that still use libraries or programs which an update has replaced.",
    readings=(Reading(name="maps", argv=("sh", "-c", _MAPS), timeout_seconds=30),),
    parse=parse,
    pause=timedelta(minutes=30),
    sudoers=(r"/usr/bin/grep ^-sHwF deleted( /proc/[0-9]+/maps)+$",),
)
