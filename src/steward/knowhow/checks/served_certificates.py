"""Find certificates that are wrong as others are shown them, where the machine itself cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from steward.knowhow.certificate_findings import covers, expiry_level
from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.certificates import Certificate
from steward.knowhow.facts.outside_certificates import PLUGIN as OUTSIDE_CERTIFICATES
from steward.knowhow.facts.outside_certificates import OutsideCertificate
from steward.knowhow.findings import Case, case
from steward.lib.record import record
from steward.lib.text import age, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.machine import FROM_OUTSIDE
from steward.model.observation import Observation
from steward.model.resource import ResourceKind

_NAME = "served_certificates"


@record
class _Trouble:
    """What is wrong with one certificate."""

    says: str
    """End of the title."""
    severity: Severity
    """How bad it is."""
    if_nothing: str
    """What happens."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for each place; one certificate at one port under several names is told once."""
    outside = snapshot.of(OUTSIDE_CERTIFICATES)
    told: set[tuple[str, str, str]] = set()
    found: list[Finding] = []
    for key, one in sorted(({} if outside is None else outside.certificates).items()):
        judged = (judge(snapshot, key, one) for judge in _JUDGES)
        trouble = next((trouble for trouble in judged if trouble is not None), None)
        if trouble is None:
            continue
        identity = (_port(key), one.serial, trouble.says)
        if identity not in told:
            told.add(identity)
            found.append(_finding(snapshot, key, one, trouble))
    return tuple(found)


def _untrusted(_snapshot: Snapshot, _key: str, one: OutsideCertificate) -> _Trouble | None:
    """Judge only what a public authority issued: whom a lab's own authority is known to, only its owner knows."""
    if not one.is_public or one.is_trusted is not False or one.is_self_signed:
        return None
    return _Trouble(
        says="comes with a chain that leads to no known authority, although a public one issued it",
        severity=Severity.WARNING,
        if_nothing="Browsers often mend this by themselves, programs refuse to connect. Most often the server is given"
        " the certificate alone (`cert.pem`) where it needs the whole chain (`fullchain.pem`).",
    )


def _misnamed(snapshot: Snapshot, key: str, one: OutsideCertificate) -> _Trouble | None:
    """Judge the names that the owner watches; of those that a server is set up for, its own check tells."""
    name = key.rpartition(":")[0]
    if not name or one.is_self_signed or covers(one.names, name) or _on_machine(snapshot, key) is not None:
        return None
    return _Trouble(
        says="is valid for other names only",
        severity=Severity.WARNING,
        if_nothing="Browsers warn everybody who opens this name, and programs refuse to connect.",
    )


def _expiring(snapshot: Snapshot, _key: str, one: OutsideCertificate) -> _Trouble | None:
    """Judge what the machine does not tell of itself; who vouches for themselves is asked by nobody for the date."""
    certificates = snapshot.of(CERTIFICATES)
    known = set[str]() if certificates is None else {each.serial for each in certificates.served.values()}
    rest = one.ends_at - snapshot.at
    level = expiry_level(rest, one.lifetime)
    if level is None or one.is_self_signed or one.serial in known:
        return None
    is_appliance = snapshot.machine.transport in FROM_OUTSIDE and not one.is_public
    return _Trouble(
        says=f"expires in {age(rest)}" if rest > timedelta() else f"expired {age(-rest)} ago",
        severity=Severity.WATCH if is_appliance else level,
        if_nothing="Once it has expired, browsers warn and programs refuse to connect.",
    )


def _other(snapshot: Snapshot, key: str, one: OutsideCertificate) -> _Trouble | None:
    """Judge by the names: after a renewal both sides see another certificate for a while, but one for the same."""
    own = _on_machine(snapshot, key)
    if own is None or own.serial == one.serial or _hosts(own.names) == _hosts(one.names) or one.is_self_signed:
        return None
    return _Trouble(
        says="is another one than the machine itself is shown there",
        severity=Severity.WATCH,
        if_nothing="Something answers in its place, or it serves others differently than itself: a proxy, another"
        " machine at this address, a listener for one address only. If nobody here means that, find out who answers.",
    )


def _stale(snapshot: Snapshot, key: str, one: OutsideCertificate) -> _Trouble | None:
    """Judge names of which the machine does not know how it serves them: of the others its own check tells."""
    certificates = snapshot.of(CERTIFICATES)
    if certificates is None or key in certificates.served:
        return None
    files = certificates.files.values()
    if not any(_hosts(file.names) == _hosts(one.names) and file.begins_at > one.begins_at for file in files):
        return None
    return _Trouble(
        says="is older than the one in its file on the machine",
        severity=Severity.WARNING if one.ends_at - snapshot.at < timedelta(days=21) else Severity.WATCH,
        if_nothing="What answers goes on with the old certificate until it is reloaded or given the new one.",
    )


_JUDGES: tuple[Callable[[Snapshot, str, OutsideCertificate], _Trouble | None], ...] = (
    _untrusted,
    _misnamed,
    _expiring,
    _other,
    _stale,
)


def _hosts(names: Sequence[str]) -> set[str]:
    """Return names and IPv4 addresses: IPv6 addresses are written in more than one way."""
    return {name for name in names if ":" not in name}


def _on_machine(snapshot: Snapshot, key: str) -> Certificate | None:
    certificates = snapshot.of(CERTIFICATES)
    return None if certificates is None else certificates.served.get(key)


def _port(key: str) -> str:
    return key.rpartition(":")[2]


def _finding(snapshot: Snapshot, key: str, one: OutsideCertificate, trouble: _Trouble) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.CERTIFICATE, key, "a handshake with it", fact=OUTSIDE_CERTIFICATES.name)
    name = key.rpartition(":")[0]
    whose = f" for {visible_line(name)}" if name else ""
    return this.finding(
        f"The certificate{whose} that {snapshot.machine.name} shows others (port {_port(key)}) {trouble.says}",
        trouble.severity,
        _evidence(this, snapshot, key, one),
        if_nothing=trouble.if_nothing,
    )


def _evidence(this: Case, snapshot: Snapshot, key: str, one: OutsideCertificate) -> tuple[Observation, ...]:
    own = _on_machine(snapshot, key)
    return (
        this.seen("valid_until", one.ends_at.isoformat()),
        this.seen("serial", one.serial),
        *this.outside("subject", [one.subject]),
        *this.outside("issuer", [one.issuer]),
        *this.outside("name", one.names[:5]),
        *([this.seen("serial_on_the_machine", own.serial)] if own else []),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Certificates as others are shown them: a broken chain, other names than the owner watches, expiring ones"
    " that the machine does not tell of itself, or others than on the machine or in its files. Self-signed ones are"
    " left alone.",
    needs=(OUTSIDE_CERTIFICATES.name,),
    run=run,
)
