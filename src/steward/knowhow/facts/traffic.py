"""Traffic of the network: how much each interface carried since the machine started."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_MOST = 16
_INNER = (
    "lo", "veth", "docker", "br", "virbr", "vmbr", "vnet", "tap", "fwbr", "fwpr", "fwln", "cni", "flannel", "cali",
    "podman", "lxc", "lxdbr", "dummy", "ifb", "nodelocaldns", "kube", "sit", "ip6tnl", "tunl", "gre", "erspan",
)  # fmt: skip
"""How interfaces are called that lead to the machine's own guests, or carry what others carry already."""


@record
class Interface:
    """What one interface carried."""

    received_bytes: int
    """Bytes received since the machine started, or the interface was set up."""
    sent_bytes: int
    """Bytes sent, likewise."""


@record
class Traffic:
    """The interfaces that lead out of a machine."""

    interfaces: dict[str, Interface]
    """By name: `eth0`; at most 16, those of the machine's own guests left out."""


def parse(outputs: Mapping[str, CommandOutput]) -> Traffic:
    """Read /proc/net/dev."""
    found: dict[str, Interface] = {}
    told = lines(text_of(outputs, "devices"))
    if not any(line.lstrip().startswith("Inter-|") for line in told):
        msg = "/proc/net/dev has no heading"
        raise FactUnavailable(msg)
    for line in told:
        name, colon, rest = line.strip().partition(":")
        numbers = [whole(word) for word in rest.split()]
        if not colon or len(numbers) < 9 or name.startswith(_INNER):
            continue
        received, sent = numbers[0], numbers[8]
        if name and received is not None and sent is not None:
            found[name[:32]] = Interface(received_bytes=received, sent_bytes=sent)
    return Traffic(interfaces=dict(sorted(found.items())[:_MOST]))


def samples(traffic: Traffic) -> dict[str, float]:
    """Return what each interface carried; how fast is told by how it grows."""
    numbers: dict[str, float] = {}
    for name, one in traffic.interfaces.items():
        numbers |= {f"{name} received_bytes": one.received_bytes, f"{name} sent_bytes": one.sent_bytes}
    return numbers


PLUGIN = Fact[Traffic](
    name="traffic",
    summary="How much each network interface carried, both ways.",
    readings=(Reading(name="devices", argv=("cat", "/proc/net/dev")),),
    parse=parse,
    samples=samples,
    series=(
        Series(ending="received_bytes", unit=Unit.BYTES, is_counter=True, matters=True),
        Series(ending="sent_bytes", unit=Unit.BYTES, is_counter=True, matters=True),
    ),
)
