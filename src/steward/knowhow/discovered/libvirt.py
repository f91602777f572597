"""Guests of libvirt on a machine of the inventory, by `virsh`, which only reads.

A guest is proposed by the address its host leased to it, since nothing is executed in a guest through libvirt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from steward.model.discovery import MOST_FOUND, Discovered, Found, Gathered, LeftOut, Reach, Source
from steward.model.fact import Reading

_GUEST = "=== guest "
_ADDRESSES = "=== addresses"
_ADDRESS = re.compile(r"\s(?P<kind>ipv4|ipv6)\s+(?P<address>[0-9a-fA-F.:]+)/\d+")
_LARGEST = 1 << 20


def parse(gathered: Gathered) -> Discovered:
    """Read a block for each guest: its state, its description in XML, and the addresses its host knows."""
    machines: list[Found] = []
    left_out = list(gathered.left_out)
    for state, text, addresses in _blocks(gathered.texts.get("guests", "")):
        guest = _description(text)
        if guest is None:
            left_out.append(LeftOut(what="a guest", why="its description cannot be read"))
            continue
        name, hardware = guest
        found = [match["address"] for match in _ADDRESS.finditer(addresses) if match["kind"] == "ipv4"]
        if found and len(machines) < MOST_FOUND:
            machines.append(
                Found(name=name, address=found[0], says=f"a guest of libvirt, {state}", where=f"virsh: {name}")
            )
        else:
            known = f"; its network card is {hardware}" if hardware else ""
            left_out.append(LeftOut(what=name, why=f"{state}; its host knows no address of it{known}"))
    return Discovered(machines=tuple(machines), left_out=tuple(left_out))


def _blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield state, description and addresses of each guest."""
    for block in text.split(_GUEST)[1:]:
        state, _, rest = block.partition("\n")
        description, _, addresses = rest.partition(_ADDRESSES)
        yield state.strip()[:40] or "in no known state", description, addresses


def _description(text: str) -> tuple[str, str] | None:
    """Return name and hardware address; a description that declares entities is not read."""
    if len(text) > _LARGEST or "<!" in text.replace("<!--", ""):
        return None
    try:
        domain = ET.fromstring(text.strip())  # noqa: S314 - bounded, and no entity can be declared
    except ET.ParseError:
        return None
    name = (domain.findtext("name") or "").strip()[:100]
    card = domain.find("devices/interface/mac")
    return (name, (card.get("address") or "")[:40] if card is not None else "") if name else None


_VIRSH = """\
export LC_ALL=C
look='virsh --readonly --connect qemu:///system'
guests=$($look list --all --uuid) || exit 1
for guest in $guests; do
    echo "=== guest $($look domstate "$guest")"
    $look dumpxml "$guest"
    echo '=== addresses'
    $look domifaddr "$guest" --source lease 2>/dev/null
done
exit 0
"""

PLUGIN = Source(
    name="libvirt",
    summary="Guests of libvirt on a machine of the inventory, by the addresses its host leased to them.",
    reach=Reach.MACHINE,
    parse=parse,
    target="a machine of the inventory",
    readings=(Reading(name="guests", argv=("sh", "-c", _VIRSH), timeout_seconds=30, output_limit=2_097_152),),
)
