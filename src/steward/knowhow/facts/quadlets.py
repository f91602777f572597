"""Quadlets: files from which Podman lets systemd make units, and whether it did.

Files of single users, whose own systemd reads them, are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 300
_STATES = frozenset({"made", "missing", "changed"})


@record
class Quadlet:
    """One file."""

    file: str
    """Its path."""
    unit: str
    """Unit it stands for: `web.service`."""
    state: str
    """`made`: systemd has the unit; `missing`: it has none; `changed`: the file is newer than the unit."""


@record
class Quadlets:
    """The quadlets of the system."""

    generator: str
    """Program that turns them into units, or empty when there is none."""
    quadlets: dict[str, Quadlet]
    """By path."""


def parse(outputs: Mapping[str, CommandOutput]) -> Quadlets:
    """Read `generator PATH` and `quadlet STATE UNIT PATH`."""
    generator = ""
    quadlets: dict[str, Quadlet] = {}
    for line in lines(text_of(outputs, "quadlets")):
        words = line.split(" ", 3)
        if words[0] == "generator" and len(words) == 2:
            generator = words[1][:200]
        if words[0] == "quadlet" and len(words) == 4 and words[1] in _STATES and len(quadlets) < _MOST:
            file = words[3][:300]
            quadlets[file] = Quadlet(file=file, unit=words[2][:300], state=words[1])
    return Quadlets(generator=generator, quadlets=quadlets)


_QUADLETS = """\
export LC_ALL=C
[ -d /run/systemd/system ] || exit 0
for place in /usr/lib /usr/local/lib /lib; do
    program=$place/systemd/system-generators/podman-system-generator
    [ -x $program ] && { echo "generator $program"; break; }
done
for file in /etc/containers/systemd/*.* /etc/containers/systemd/*/*.* /usr/share/containers/systemd/*.*; do
    case $file in */systemd/users/* | *' '*) continue ;; esac
    [ -f "$file" ] || continue
    name=${file##*/} kind=${file##*.}
    case $kind in
        container | kube) unit=${name%.*} ;;
        pod | volume | network | image | build) unit=${name%.*}-$kind ;;
        *) continue ;;
    esac
    named=$(sed -n 's/^ServiceName=\\([A-Za-z0-9@_.:-]*\\)$/\\1/p' "$file" 2>/dev/null | head -n 1)
    [ -n "$named" ] && unit=${named%.service}
    state=made made=/run/systemd/generator/$unit.service
    [ -e "$made" ] || state=missing
    [ $state = made ] && [ "$file" -nt "$made" ] && state=changed
    printf 'quadlet %s %s %s\\n' $state "$unit.service" "$file"
done
exit 0
"""

PLUGIN = Fact[Quadlets](
    name="quadlets",
    summary="Files from which Podman lets systemd make units, and whether it did.",
    readings=(Reading(name="quadlets", argv=("sh", "-c", _QUADLETS)),),
    parse=parse,
)
