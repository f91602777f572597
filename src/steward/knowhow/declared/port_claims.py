"""Claim a port of the machine in the short form that Docker, Podman and what starts containers for them share."""

from __future__ import annotations

from steward.knowhow.declared.compose_values import short_port
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.reader import is_known
from steward.model.declared import PortClaim


def claim_port(found: Found, text: str, *, service: str, line: int, kind: str) -> None:
    """Add the port a text publishes, if it names one; what is no port is a problem unless only a run can tell."""
    try:
        claim = short_port(text)
    except ValueError:
        if is_known(text) and text != "all" and "%" not in text:
            found.problem("invalid-value", f"{service}: this is no port: {text}", line)
        return
    if claim is None:
        return
    found.add_port(
        PortClaim(
            port=claim.first,
            last_port=claim.last,
            service=service,
            line=line,
            protocol=claim.protocol,
            address=claim.address,
            kind=kind,
        )
    )
