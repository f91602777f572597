"""Let certbot renew one certificate."""

from __future__ import annotations

import re

from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.certificates import Certificate, Certificates
from steward.lib.record import record
from steward.lib.text import nearest, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAMS = ("/usr/bin/certbot", "/snap/bin/certbot")
_IN_SUDOERS = "[A-Za-z0-9_][A-Za-z0-9._-]*"
_FOLDER = "/etc/letsencrypt/live"
_SHARE_LEFT = 1 / 3
"""certbot renews by itself what has less than this of its lifetime left, and does nothing before."""


@record
class RenewCertificate:
    """Let certbot renew one certificate as it is configured, and prove that another file lies there."""

    machine: str
    """Machine, by name or id."""
    certificate: str
    """Name under which certbot keeps it, as `certbot certificates` lists it."""


def build(command: RenewCertificate, snapshot: Snapshot) -> Blueprint:
    """Work the renewal out; one that is not due is refused, for certbot would do nothing."""
    certificates, path, one = _file(snapshot, command.certificate)
    name = command.certificate
    if one.ends_at - snapshot.at > one.lifetime * _SHARE_LEFT:
        why = f"it is valid until {one.ends_at:%Y-%m-%d}"
        raise InvalidInput(f"certificate `{name}` is not due", where=snapshot.machine.name, why=why)
    argv = (certificates.certbot, "renew", "--cert-name", name, "--non-interactive", "--no-random-sleep-on-renew")
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.CERTIFICATE, name),
        action=Action(argv=argv, timeout_seconds=600),
        says=f"Renew certificate {name}",
        effects=(
            f"certbot asks the issuer for a new certificate for {visible_line(', '.join(one.names[:5]))}",
            "the issuer looks whether it reaches this name, and lists the certificate in public logs",
            "the hooks configured for it run; they may stop a web server for some seconds, or reload it",
        ),
        preconditions=(_serial(snapshot, path, Comparison.EQUAL, one, f"{name} is still the old one"),),
        verify=(_serial(snapshot, path, Comparison.NOT_EQUAL, one, f"another certificate lies in {path}"),),
        undo=Undo(says="The old certificate stays in certbot's archive; it is not put back", is_possible=False),
        risk=Risk.RISKY,
        downtime_seconds=60,
    )


def _file(snapshot: Snapshot, name: str) -> tuple[Certificates, str, Certificate]:
    where, certificates = snapshot.machine.name, snapshot.of(CERTIFICATES)
    if certificates is None:
        why = snapshot.unread.get(CERTIFICATES.name, "its certificates were not read")
        raise InvalidInput("cannot work on certificates", where=where, why=why)
    if name not in certificates.renewals or re.fullmatch(_IN_SUDOERS, name) is None:
        near = nearest(name, certificates.renewals)
        hint = f"did you mean `{near}`?" if near else "list them with `certbot certificates` there"
        raise InvalidInput(f"certbot keeps no certificate `{visible_line(name)}`", where=where, next_step=hint)
    path = f"{_FOLDER}/{name}/cert.pem"
    one = certificates.files.get(path)
    if one is None or certificates.certbot not in _PROGRAMS:
        why = "its file could not be read" if one is None else "certbot is not installed where it is looked for"
        raise InvalidInput(f"certificate `{name}` cannot be renewed", where=where, why=why)
    return certificates, path, one


def _serial(snapshot: Snapshot, path: str, comparison: Comparison, one: Certificate, says: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=CERTIFICATES.name,
        path=("files", path, "serial"),
        comparison=comparison,
        expected=one.serial,
    )


PLUGIN = Operation[RenewCertificate](
    name="certificate.renew",
    input=RenewCertificate,
    risk=Risk.RISKY,
    needs=(CERTIFICATES.name,),
    build=build,
    sudoers=tuple(
        f"{program} ^renew --cert-name {_IN_SUDOERS} --non-interactive --no-random-sleep-on-renew$"
        for program in _PROGRAMS
    ),
    examples=(
        Example(line="certificate renew m1 example.org", does="Renew the certificate of example.org on m1."),
        Example(line="certificate renew mail mail.example.org", does="Renew the certificate of the mail server."),
    ),
)
