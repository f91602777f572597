"""Find names a web server is configured for whose certificate is valid for other names only."""

from __future__ import annotations

from steward.knowhow.certificate_findings import called, certificate_case, certificate_evidence, covers, serving_unit
from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.certificates import Certificate
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "mismatched_certificates"
_SERVERS = frozenset({"nginx.service", "apache2.service", "httpd.service", "caddy.service"})
"""Where the names come from: a configuration whose server does not run says nothing of who serves instead."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each name that its certificate does not cover."""
    certificates = snapshot.of(CERTIFICATES)
    if certificates is None:
        return ()
    return tuple(
        _finding(snapshot, key, one)
        for key, one in certificates.served.items()
        if (name := key.rpartition(":")[0])
        and not one.is_self_signed
        and not covers(one.names, name)
        and serving_unit(snapshot, key) in _SERVERS
    )


def _finding(snapshot: Snapshot, key: str, one: Certificate) -> Finding:
    this = certificate_case(_NAME, snapshot, key)
    title = called(snapshot, key)
    return this.finding(
        f"{title[0].upper()}{title[1:]} is valid for other names only",
        Severity.WARNING,
        certificate_evidence(this, one),
        if_nothing="Browsers warn everybody who opens this name, and programs refuse to connect.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Names that nginx, Apache or Caddy serve with a certificate of other names.",
    needs=(CERTIFICATES.name, PORTS.name),
    run=run,
)
