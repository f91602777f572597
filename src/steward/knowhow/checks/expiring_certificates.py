"""Find certificates, as they are served, that have expired or soon will."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.certificate_findings import (
    called,
    certificate_case,
    certificate_evidence,
    expiry_level,
    left,
    served_once,
    serving_unit,
)
from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.certificates import Certificate
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "expiring_certificates"
_NONE = timedelta()


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each certificate, however many names share it on a port."""
    judged = ((key, one, _severity(snapshot, one)) for key, one in served_once(snapshot))
    return tuple(_finding(snapshot, key, one, severity) for key, one, severity in judged if severity is not None)


def _severity(snapshot: Snapshot, one: Certificate) -> Severity | None:
    found = expiry_level(left(snapshot, one), one.lifetime)
    return Severity.WATCH if found is not None and one.is_self_signed else found


def _finding(snapshot: Snapshot, key: str, one: Certificate, severity: Severity) -> Finding:
    this = certificate_case(_NAME, snapshot, key)
    rest = left(snapshot, one)
    says = f"expires in {age(rest)}" if rest > _NONE else f"expired {age(-rest)} ago"
    if one.is_self_signed:
        if_nothing = "Nobody vouches for it anyway: who has accepted it once may be asked again, and programs refuse."
    else:
        if_nothing = "Once it has expired, browsers warn and programs refuse to connect."
    title = called(snapshot, key)
    return this.finding(
        f"{title[0].upper()}{title[1:]} {says}",
        severity,
        certificate_evidence(this, one),
        if_nothing=if_nothing,
        fix=_fix(snapshot, key, one),
    )


def _fix(snapshot: Snapshot, key: str, one: Certificate) -> str | None:
    """Name the milder cure: load what is there already, else renew."""
    certificates = snapshot.of(CERTIFICATES)
    if certificates is None:
        return None
    if certificates.newer_than(one):
        return "load_certificate" if serving_unit(snapshot, key) else None
    return "renew_certificate" if certificates.certbot and certificates.renewal_of(one) else None


PLUGIN = Check(
    name=_NAME,
    summary="Served certificates with less than 21 days (watch), 7 days (warning) or nothing left (down); earlier for"
    " short-lived ones.",
    needs=(CERTIFICATES.name,),
    run=run,
)
