"""What the checks and operations of certificates share: who serves one, and since when it should be another."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.certificates import Certificate
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.findings import Case, case
from steward.lib.text import visible_line
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.observation import Observation
from steward.model.resource import ResourceKind

_LEVELS = (
    (timedelta(), 0.0, Severity.DOWN),
    (timedelta(days=7), 0.08, Severity.WARNING),
    (timedelta(days=21), 0.23, Severity.WATCH),
)
"""Time left, and the same as a share of the lifetime: what is issued for a day is renewed within hours. With 30 of
its 90 days left a certificate is usually renewed."""


def certificate_case(check: str, snapshot: Snapshot, key: str) -> Case:
    """Open a case about a certificate, by where it is served: it stays the same case when it is renewed."""
    return case(check, snapshot, ResourceKind.CERTIFICATE, key, "openssl", fact=CERTIFICATES.name)


def port_of(key: str) -> int:
    """Return the port of `box.lan:443` or `443`."""
    number = key.rpartition(":")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 5 else 0


def called(snapshot: Snapshot, key: str) -> str:
    """Return how people find a served certificate."""
    name = key.rpartition(":")[0]
    whose = f" for {visible_line(name)}" if name else ""
    return f"the certificate{whose} on {snapshot.machine.name} (port {port_of(key)})"


def served_once(snapshot: Snapshot) -> Iterator[tuple[str, Certificate]]:
    """Yield what is served: of several names of one port with the same certificate only the first."""
    certificates = snapshot.of(CERTIFICATES)
    known: set[tuple[int, str, str]] = set()
    served = {} if certificates is None else certificates.served
    for key, one in sorted(served.items()):
        identity = (port_of(key), one.issuer, one.serial)
        if identity not in known:
            known.add(identity)
            yield key, one


def serving_unit(snapshot: Snapshot, key: str) -> str:
    """Return the unit that listens on the port, or an empty text when nobody tells or several do."""
    ports = snapshot.of(PORTS)
    listeners = () if ports is None else ports.listeners.values()
    found = {one.unit for one in listeners if one.protocol == "tcp" and one.port == port_of(key)}
    return next(iter(found)) if len(found) == 1 else ""


def left(snapshot: Snapshot, one: Certificate) -> timedelta:
    """Return how long a certificate is still valid; negative when it is not any more."""
    return one.ends_at - snapshot.at


def covers(names: Collection[str], name: str) -> bool:
    """Tell whether a certificate of these names is valid for a name; a star stands for exactly one label."""
    parent = name.lower().partition(".")[2]
    return name.lower() in names or (bool(parent) and f"*.{parent}" in names)


def expiry_level(rest: timedelta, lifetime: timedelta) -> Severity | None:
    """Return how bad it is that so much time is left, or None where that is enough."""
    none = timedelta()
    return next((level for span, share, level in _LEVELS if rest < max(min(span, lifetime * share), none)), None)


def certificate_evidence(this: Case, one: Certificate) -> tuple[Observation, ...]:
    """Return until when it is valid, for what, and whose signature it bears."""
    return (
        this.seen("valid_until", one.ends_at.isoformat()),
        this.seen("valid_from", one.begins_at.isoformat()),
        this.seen("serial", one.serial),
        *this.outside("subject", [one.subject]),
        *this.outside("issuer", [one.issuer]),
        *this.outside("name", one.names[:5]),
    )
