"""Telemetry: servers that measured a machine before Steward did, or where Steward cannot look itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from steward.lib.record import record

TELEMETRY_FILE = "telemetry.yaml"
"""File of the workspace; without it Steward has its own numbers only."""
MOST_DAYS = 60
"""Longest time that is asked for: as long as hours are kept."""

Numbers = Mapping[str, Mapping[str, float]]
"""Numbers by fact and by name within it, as Steward's own facts tell them."""


class TelemetryKind(StrEnum):
    """What kind of server it is."""

    PROMETHEUS = "prometheus"
    """Prometheus, or what speaks its API, with the metrics of node_exporter."""


@record
class TelemetrySource:
    """One server that has numbers of your machines."""

    name: str
    """Name; numbers that come from here carry it."""
    url: str
    """Where its API is: `https://prometheus.lan:9090`, a path in front included."""
    kind: TelemetryKind = TelemetryKind.PROMETHEUS
    """What it is."""
    secret: str = ""
    """`secret://NAME` of the token, or of the password of `user`; empty when it asks for none."""
    user: str = ""
    """User it asks for; empty: the secret is a token."""
    ca_file: str = ""
    """File with the certificates to trust, for a server with one of your own; empty: those of this system."""
    label: str = "instance"
    """Label that tells the machine; its port is left out."""
    match: dict[str, str] | None = None
    """Other labels that must have these values, such as `job: node`."""
    machines: dict[str, str] | None = None
    """Values of the label, and the machine that is meant; others are compared with names and addresses."""
    days: int = MOST_DAYS
    """How far back its numbers are taken once, at most 60 days; 0 for not at all."""
    about: str = ""
    """What it is, for people."""


@record
class TelemetryFile:
    """What `telemetry.yaml` holds."""

    sources: tuple[TelemetrySource, ...]
    """Servers; `[]` for none."""
