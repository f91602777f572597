"""Let a server load the certificate that lies on disk for it already."""

from __future__ import annotations

from steward.knowhow.certificate_findings import serving_unit
from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import is_up, state_is_unchanged, sudoers, systemctl, unit_of
from steward.lib.record import record
from steward.lib.text import nearest, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.probe import Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk


@record
class LoadCertificate:
    """Reload the server of a certificate that was renewed on disk, and prove that it serves the new one."""

    machine: str
    """Machine, by name or id."""
    certificate: str
    """Where it is served: `box.lan:443`, or `443` where no name is asked for."""


def build(command: LoadCertificate, snapshot: Snapshot) -> Blueprint:
    """Work the reload out; without a newer file, or without a known server, it is refused."""
    where, key = snapshot.machine.name, command.certificate
    certificates = snapshot.of(CERTIFICATES)
    served = None if certificates is None else certificates.served.get(key)
    if certificates is None or served is None:
        near = nearest(key, () if certificates is None else certificates.served)
        why = snapshot.unread.get(CERTIFICATES.name, "")
        hint = f"did you mean `{near}`?" if near else ""
        raise InvalidInput(f"no certificate is served at `{visible_line(key)}`", where=where, why=why, next_step=hint)
    path, name = certificates.newer_than(served), serving_unit(snapshot, key)
    if not path or not name:
        why = "nobody tells which unit serves it" if path else "no newer file lies there for it"
        raise InvalidInput(f"the certificate at `{visible_line(key)}` cannot be loaded", where=where, why=why)
    newer, (units, unit) = certificates.files[path], unit_of(snapshot, name)
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.CERTIFICATE, key),
        action=systemctl(units, "reload", unit),
        says=f"Reload {unit.name}, so that it serves {visible_line(path)}",
        effects=(
            f"{unit.name} reads its configuration and certificates as they lie on disk now, and goes on running",
            f"{visible_line(key)} is served with the certificate that is valid until {newer.ends_at:%Y-%m-%d}"
            f" instead of {served.ends_at:%Y-%m-%d}",
        ),
        preconditions=(
            *state_is_unchanged(snapshot, unit),
            _serial(snapshot, key, served.serial, f"{visible_line(key)} still has the old certificate"),
        ),
        verify=(
            *is_up(snapshot, unit),
            _serial(snapshot, key, newer.serial, f"{visible_line(key)} has the new certificate", within=30),
        ),
        undo=Undo(
            says="A reload leaves nothing behind; the old certificate is not brought back", verify=is_up(snapshot, unit)
        ),
        risk=Risk.REVERSIBLE,
    )


def _serial(snapshot: Snapshot, key: str, expected: str, says: str, *, within: int = 0) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=CERTIFICATES.name,
        path=("served", key, "serial"),
        expected=expected,
        within_seconds=within,
    )


PLUGIN = Operation[LoadCertificate](
    name="certificate.load",
    input=LoadCertificate,
    risk=Risk.REVERSIBLE,
    needs=(CERTIFICATES.name, PORTS.name, UNITS.name),
    build=build,
    sudoers=sudoers("reload"),
    examples=(
        Example(line="certificate load m1 box.lan:443", does="Let the web server on m1 serve the renewed file."),
        Example(line="certificate load mail 993", does="Let the mail server load its renewed certificate."),
    ),
)
