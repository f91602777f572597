"""Find certificates that were renewed on disk while the server goes on with the old one."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.certificate_findings import (
    called,
    certificate_case,
    certificate_evidence,
    left,
    served_once,
    serving_unit,
)
from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.certificates import Certificate, Certificates
from steward.lib.text import age, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "unloaded_certificates"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each certificate with a newer file."""
    certificates = snapshot.of(CERTIFICATES)
    if certificates is None:
        return ()
    found = ((key, one, certificates.newer_than(one)) for key, one in served_once(snapshot))
    return tuple(_finding(snapshot, certificates, key, one, path) for key, one, path in found if path)


def _finding(snapshot: Snapshot, certificates: Certificates, key: str, one: Certificate, path: str) -> Finding:
    this = certificate_case(_NAME, snapshot, key)
    newer, unit, rest = certificates.files[path], serving_unit(snapshot, key), left(snapshot, one)
    title = called(snapshot, key)
    until = f"the old one expires in {age(rest)}" if rest > timedelta() else f"the old one expired {age(-rest)} ago"
    return this.finding(
        f"{title[0].upper()}{title[1:]} was renewed but is not loaded; {until}",
        Severity.WARNING if rest < timedelta(days=21) else Severity.WATCH,
        (
            *certificate_evidence(this, one),
            this.seen("newer_file", visible_line(path)),
            this.seen("newer_serial", newer.serial),
            this.seen("newer_valid_until", newer.ends_at.isoformat()),
            *([this.seen("unit", unit)] if unit else []),
        ),
        if_nothing="The server goes on with the old certificate until it is reloaded, beyond the day it expires.",
        fix="load_certificate" if unit else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Certificates that were renewed on disk and not loaded: a warning once the old one has 21 days left.",
    needs=(CERTIFICATES.name,),
    run=run,
)
