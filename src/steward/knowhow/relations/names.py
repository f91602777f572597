"""Names of the DNS, and the services that answer for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.names import PLUGIN as NAMES
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.quadlets import PLUGIN as QUADLETS
from steward.knowhow.port_owners import port_owners
from steward.knowhow.thing_ids import name_id, service_id
from steward.model.fact import Snapshot
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.relation import Lab, Relation

_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_*-]+(\.[A-Za-z0-9_-]+)+")


def tell(lab: Lab) -> Graph:
    """Return each name that a machine serves a certificate for, and the service behind the port."""
    told = [each for snapshot in lab.snapshots() for each in _told(snapshot)]
    return Graph(
        things=tuple(each for each in told if isinstance(each, Thing)),
        edges=tuple(each for each in told if isinstance(each, Edge)),
    )


def _told(snapshot: Snapshot) -> Iterator[Thing | Edge]:
    certificates, owners = snapshot.of(CERTIFICATES), port_owners(snapshot)
    at = snapshot.read_at(CERTIFICATES.name)
    for key in certificates.served if certificates else ():
        name, _, port = key.rpartition(":")
        if _NAME.fullmatch(name) and port.isdigit():
            yield Thing(
                id=name_id(name),
                kind=ThingKind.NAME,
                name=name,
                says=_addresses(snapshot, name),
                source=CERTIFICATES.name,
                at=at,
                resources=(f"name {name}", f"certificate {key}"),
            )
            if owner := owners.get(("tcp", int(port))):
                me = service_id(snapshot.machine.name, owner)
                yield Edge(of=me, on=name_id(name), tie=Tie.NAMED_BY, source=CERTIFICATES.name, at=at)


def _addresses(snapshot: Snapshot, name: str) -> str:
    """Return where the name leads by the machine's own name servers."""
    names = snapshot.of(NAMES)
    answers = names.answers.get(name, {}) if names else {}
    return ", ".join(sorted({address for addresses in answers.values() for address in addresses}))


PLUGIN = Relation(
    name="names",
    summary="Names that machines serve certificates for, where they lead, and the service that answers.",
    needs=(CERTIFICATES.name, NAMES.name, PORTS.name, CONTAINERS.name, SETTINGS.name, QUADLETS.name),
    tell=tell,
)
