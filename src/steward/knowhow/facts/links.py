"""Links to the network: which are plugged in, how fast they agreed to be, what they lose; and the way out."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series

_MOST = 64


@record
class Link:
    """One network device made of hardware, or given to a virtual machine as such."""

    address: str
    """Its hardware address."""
    driver: str
    """Driver of the kernel."""
    is_wireless: bool
    """Whether it is one of a wireless network."""
    is_enabled: bool
    """Whether somebody switched it on."""
    has_carrier: bool
    """Whether the other end is there."""
    speed_megabits: int | None
    """Speed both ends agreed on; None where nobody tells, as in virtual machines."""
    is_half_duplex: bool
    """Whether only one end may speak at a time."""
    both_ends_megabits: int | None
    """Highest speed that both ends offer; None where ethtool does not tell."""
    master: str
    """Bridge or bond it is part of, or empty."""
    has_address: bool
    """Whether it has an address of its own that is not made up from the hardware's."""
    error_count: int
    """Damaged or lost frames, both ways, since the device was set up."""
    packet_count: int
    """Frames, both ways, likewise."""
    carrier_change_count: int
    """How often the other end came and went, likewise."""


@record
class Links:
    """All links, and how many ways there are to everywhere else."""

    links: dict[str, Link]
    """By name: `eth0`."""
    default_routes: int
    """Routes to everywhere, of IPv4 and IPv6."""


def parse(outputs: Mapping[str, CommandOutput]) -> Links:
    """Read blocks that begin with `link NAME`, and what ethtool said of each behind a bar."""
    routes: int | None = None
    blocks: dict[str, dict[str, str]] = {}
    modes: dict[str, dict[str, set[int]]] = {}
    name, part = "", ""
    for line in lines(text_of(outputs, "links")):
        word, _, value = line.partition(" ")
        if word == "routes":
            routes = whole(value)
        elif word == "link" and len(blocks) < _MOST:
            name, part = value[:32], ""
            blocks[name], modes[name] = {}, {}
        elif word == "|" and name:
            part = value.partition(":")[0].strip() if ":" in value else part
            modes[name].setdefault(part, set()).update(_speeds(value))
        elif name:
            blocks[name][word] = value.strip()[:100]
    if routes is None:
        msg = "the kernel does not tell its routes"
        raise FactUnavailable(msg)
    found = {name: _link(told, modes[name]) for name, told in blocks.items()}
    return Links(links=found, default_routes=routes)


def _speeds(text: str) -> set[int]:
    """Read the speeds of `10baseT/Half 100baseT/Full 1000baseT/Full`, in megabits."""
    words = text.rpartition(":")[2].split()
    return {speed for word in words if "base" in word and (speed := whole(word.partition("base")[0])) is not None}


def _link(told: Mapping[str, str], modes: Mapping[str, set[int]]) -> Link:
    counts = {key: whole(told.get(key, "")) or 0 for key in (*_ERRORS, *_PACKETS, "carrier_changes")}
    speed = whole(told.get("speed", ""))
    both = modes.get("Advertised link modes", set()) & modes.get("Link partner advertised link modes", set())
    return Link(
        address=told.get("address", ""),
        driver=told.get("driver", ""),
        is_wireless="wireless" in told,
        is_enabled=_is_odd(told.get("flags", "")),
        has_carrier=told.get("carrier") == "1",
        speed_megabits=speed if speed and speed < 10_000_000 else None,
        is_half_duplex=told.get("duplex") == "half",
        both_ends_megabits=max(both, default=None),
        master=told.get("master", ""),
        has_address="inet" in told,
        error_count=sum(counts[key] for key in _ERRORS),
        packet_count=sum(counts[key] for key in _PACKETS),
        carrier_change_count=counts["carrier_changes"],
    )


def _is_odd(flags: str) -> bool:
    """Tell whether the lowest flag of `0x1003`, which says that a device is switched on, is set."""
    return flags.startswith("0x") and flags[-1:] in set("13579bdfBDF")


_ERRORS = ("rx_errors", "tx_errors")
_PACKETS = ("rx_packets", "tx_packets")


def samples(links: Links) -> dict[str, float]:
    """Return speed and counters of each link that is plugged in, and the ways out."""
    numbers: dict[str, float] = {"default_routes": float(links.default_routes)}
    for name, one in links.links.items():
        if not one.is_enabled or not one.has_carrier:
            continue
        numbers |= {f"{name} speed_megabits": float(one.speed_megabits)} if one.speed_megabits else {}
        numbers[f"{name} error_count"] = float(one.error_count)
        numbers[f"{name} packet_count"] = float(one.packet_count)
        numbers[f"{name} carrier_change_count"] = float(one.carrier_change_count)
    return numbers


def traits(links: Links) -> dict[str, str]:
    """Return which links there are and how fast they are."""
    return {
        f"link {name}": f"{one.address} {f'{one.speed_megabits} Mb/s' if one.speed_megabits else ''}".strip()
        for name, one in links.links.items()
        if one.has_carrier
    }


_LINKS = r"""
export LC_ALL=C
[ -r /proc/net/route ] && {
    awk '
        $2 == "00000000" && $8 == "00000000" && $1 != "lo" { ways++ }
        $1 == "00000000000000000000000000000000" && $2 == "00" && $10 != "lo" { ways++ }
        END { print "routes", ways + 0 }
    ' /proc/net/route $([ -r /proc/net/ipv6_route ] && echo /proc/net/ipv6_route)
}
cd /sys/class/net 2>/dev/null || exit 0
for name in *; do
    [ -e "$name/device" ] || continue
    echo "link $name"
    for file in address flags carrier speed duplex carrier_changes; do
        value=
        { IFS= read -r value <"$name/$file"; } 2>/dev/null && echo "$file $value"
    done
    for file in rx_errors tx_errors rx_packets tx_packets; do
        value=
        { IFS= read -r value <"$name/statistics/$file"; } 2>/dev/null && echo "$file $value"
    done
    driver=$(readlink "$name/device/driver") && echo "driver ${driver##*/}"
    master=$(readlink "$name/master") && echo "master ${master##*/}"
    [ -e "$name/wireless" ] || [ -e "$name/phy80211" ] && echo "wireless yes"
    ip -o address show dev "$name" 2>/dev/null | grep -q -e ' inet ' -e ' inet6 [23]' && echo "inet yes"
    command -v ethtool >/dev/null 2>&1 && ethtool "$name" 2>/dev/null | sed 's/^/| /' | head -n 60
done
exit 0
"""

PLUGIN = Fact[Links](
    name="links",
    summary="Links to the network: plugged in or not, speed, errors; and whether there is a way out.",
    readings=(Reading(name="links", argv=("sh", "-c", _LINKS)),),
    parse=parse,
    samples=samples,
    series=(
        Series(ending="error_count", is_counter=True),
        Series(ending="packet_count", is_counter=True),
        Series(ending="carrier_change_count", is_counter=True),
    ),
    traits=traits,
)
