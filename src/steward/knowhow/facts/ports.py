"""Ports somebody listens on: at which addresses, and for which unit or program as far as it can be told."""

from __future__ import annotations

import re
from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

EVERYWHERE = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104 - recognized, not bound
_FIRST_PASSING = 32_768
"""From here on the kernel gives out ports for a while; who listens there does so by chance."""
_MOST = 400
_PROGRAM = re.compile(r'users:\(\("([^"]{1,64})"')
_GROUP = re.compile(r"cgroup:(\S+)")


@record
class Listener:
    """One port at one address."""

    protocol: str
    """`tcp` or `udp`."""
    port: int
    """Port."""
    address: str
    """Address it listens at; `0.0.0.0`, `::` and `*` mean all."""
    device: str
    """Network device it is bound to, or empty."""
    unit: str
    """Unit of systemd it belongs to, or empty when nobody tells."""
    program: str
    """Name of its program; only root is told of the programs of others."""

    @property
    def is_everywhere(self) -> bool:
        """Whether it listens at all addresses of the machine."""
        return self.address in EVERYWHERE and not self.device

    @property
    def name(self) -> str:
        """Protocol and port: `tcp 443`."""
        return f"{self.protocol} {self.port}"


@record
class Ports:
    """All ports of the machine's own network; what listens inside containers is not among them."""

    listeners: dict[str, Listener]
    """By protocol, port and address: `tcp 443 0.0.0.0`."""

    def everywhere(self) -> dict[str, Listener]:
        """Return the lasting ports that are open at all addresses, one entry for IPv4 and IPv6 together."""
        chosen: dict[str, Listener] = {}
        for one in self.listeners.values():
            if one.is_everywhere and one.port < _FIRST_PASSING:
                chosen.setdefault(one.name, one)
        return chosen


def parse(outputs: Mapping[str, CommandOutput]) -> Ports:
    """Read the lines of `ss`, or of `netstat` where there is no `ss`."""
    said = lines(text_of(outputs, "ports"))
    if said[0] not in {"with ss", "with netstat"}:
        msg = "there is neither `ss` nor `netstat` to list ports with; the package is `iproute2`"
        raise FactUnavailable(msg)
    found: dict[str, Listener] = {}
    for line in said[1:]:
        one = _listener(line, at=4 if said[0] == "with ss" else 3)
        if one is not None and len(found) < _MOST:
            found.setdefault(f"{one.name} {one.address}{'%' if one.device else ''}{one.device}", one)
    return Ports(listeners=dict(sorted(found.items())))


def _listener(line: str, *, at: int) -> Listener | None:
    words = line.split()
    protocol = words[0].removesuffix("6") if words else ""
    if protocol not in {"tcp", "udp"} or len(words) <= at or not (words[1] in {"LISTEN", "UNCONN"} or at == 3):
        return None
    place, _, number = words[at].rpartition(":")
    port = whole(number)
    if port is None or not 0 < port < 65_536:
        return None
    address, _, device = place.replace("[", "").replace("]", "").partition("%")
    program, group = _PROGRAM.search(line), _GROUP.search(line)
    return Listener(
        protocol=protocol,
        port=port,
        address=address[:64] or "*",
        device=device[:32],
        unit="" if group is None else _unit(group[1]),
        program="" if program is None else program[1],
    )


def _unit(group: str) -> str:
    """Return the unit a control group is made for; a socket that systemd opened itself belongs to none."""
    name = group.rpartition("/")[2].replace("\\x2d", "-")[:120]
    return name if name.endswith((".service", ".scope")) and name != "init.scope" else ""


def samples(ports: Ports) -> dict[str, float]:
    """Return that it was looked, and what was open: so that a check knows since when a port is open."""
    return {"looks": 1.0} | dict.fromkeys(list(ports.everywhere())[:100], 1.0)


def traits(ports: Ports) -> dict[str, str]:
    """Return the lasting ports that are open at all addresses, and for whom."""
    return {f"port {name}": one.unit or "open to all" for name, one in ports.everywhere().items()}


_PORTS = """\
export LC_ALL=C
if command -v ss >/dev/null 2>&1; then
    told=$(ss -H -t -u -l -p -n -e 2>/dev/null) || told=$(ss -t -u -l -p -n -e) || exit 1
    echo with ss
elif command -v netstat >/dev/null 2>&1; then
    told=$(netstat -t -u -l -n) || exit 1
    echo with netstat
else
    echo absent
    exit 0
fi
printf '%s\\n' "$told" | head -n 500 | cut -c 1-600
"""

PLUGIN = Fact[Ports](
    name="ports",
    summary="Ports somebody listens on, at which addresses, and for which unit or program.",
    readings=(Reading(name="ports", argv=("sh", "-c", _PORTS), output_limit=524_288),),
    parse=parse,
    samples=samples,
    traits=traits,
)
