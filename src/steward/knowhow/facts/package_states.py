"""Packages that are not simply installed: half installed, waiting to be configured, or held back on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import text_of, whole
from steward.knowhow.shell_parts import HAS, told
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 200
_STATES = {
    "U": "unpacked",
    "F": "half-configured",
    "H": "half-installed",
    "W": "triggers-awaited",
    "t": "triggers-pending",
}


@record
class PackageStates:
    """What is unusual about the packages of a machine."""

    manager: str
    """`apt`, `pacman`, `apk`; `none` when it is none of these."""
    is_working: bool
    """Whether somebody installs packages right now, so that half of a state is only on its way."""
    broken_count: int
    """Packages that are half installed."""
    broken: dict[str, str]
    """Their state by name: `half-configured`; at most 200."""
    held: tuple[str, ...]
    """Packages that are kept from being updated, at most 200."""
    is_interrupted: bool
    """Whether the package manager was ended in the middle of its work, and refuses new work until that is finished."""


def parse(outputs: Mapping[str, CommandOutput]) -> PackageStates:
    """Read `KEY VALUE` lines; the states are those of dpkg."""
    pairs = told(text_of(outputs, "states"))
    values = dict(pairs)
    broken: dict[str, str] = {}
    held = {value.strip()[:100] for key, value in pairs if key == "held"}
    for key, value in pairs:
        state, name = value[:3], value[3:].split(" ")[0][:100]
        if key != "package" or len(state) < 3 or not name:
            continue
        if state[0] == "h":
            held.add(name)
        if state[2] == "R" or state[1] in _STATES:
            broken[name] = "must be installed again" if state[2] == "R" else _STATES[state[1]]
    return PackageStates(
        manager=values.get("manager", "none")[:20],
        is_working=values.get("working") == "yes",
        broken_count=len(broken),
        broken=dict(sorted(broken.items())[:_MOST]),
        held=tuple(sorted(held - {""})[:_MOST]),
        is_interrupted=bool(whole(values.get("interrupted", ""))),
    )


def traits(states: PackageStates) -> dict[str, str]:
    """Tell which packages are held back."""
    return {f"package {name}": "held back" for name in states.held}


_STATES_READING = (
    HAS
    + r"""export LC_ALL=C
for program in /proc/[0-9]*/comm; do
    read -r name <"$program" || continue
    case $name in
        dpkg | apt | apt-get | aptitude | unattended-upgr* | pacman | apk) echo working yes; break ;;
    esac
done 2>/dev/null
if has dpkg-query; then
    echo manager apt
    echo "interrupted $(ls /var/lib/dpkg/updates 2>/dev/null | grep -c '^[0-9]*$')"
    dpkg-query -f '${db:Status-Abbrev}${Package} ${Version}\n' -W 2>/dev/null |
        grep -v -e '^ii ' -e '^rc ' -e '^.n ' -e '^ri ' | head -n 1000 | sed 's/^/package /'
elif has pacman; then
    echo manager pacman
    [ -e /var/lib/pacman/db.lck ] && echo interrupted 1
    sed -n 's/^ *IgnorePkg *= *//p' /etc/pacman.conf 2>/dev/null | tr ' ' '\n' | head -n 200 | sed 's/^/held /'
elif has apk; then
    echo manager apk
    sed -n 's/^\([a-z][^ =<>~]*\)[=<~].*/held \1/p' /etc/apk/world 2>/dev/null | head -n 200
fi
exit 0
"""
)

PLUGIN = Fact[PackageStates](
    name="package_states",
    summary="Packages that are half installed or held back.",
    readings=(Reading(name="states", argv=("sh", "-c", _STATES_READING)),),
    parse=parse,
    pause=timedelta(minutes=30),
    traits=traits,
)
