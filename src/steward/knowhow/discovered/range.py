"""SSH servers of an address range, told by their greetings."""

from __future__ import annotations

from steward.model.discovery import Discovered, Found, Gathered, Reach, Source


def parse(gathered: Gathered) -> Discovered:
    """Read `ADDRESS GREETING` lines."""
    machines: list[Found] = []
    for line in gathered.texts.get("greetings", "").split("\n"):
        address, _, greeting = line.partition(" ")
        if address:
            name = "host-" + address.replace(".", "-").replace(":", "-")
            machines.append(Found(name=name, address=address, says=greeting[:120], where=address))
    return Discovered(machines=tuple(machines), left_out=gathered.left_out)


PLUGIN = Source(
    name="range",
    summary="SSH servers of an address range of at most 1024 addresses, by their greeting.",
    reach=Reach.NETWORK,
    parse=parse,
    target="an address range: `192.168.1.0/24`",
)
