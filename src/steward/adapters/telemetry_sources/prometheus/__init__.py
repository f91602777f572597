"""Numbers from Prometheus, or from what speaks its API.

server  ─>  api      one question, one answer: bounded, in time, nothing followed
    └────>  metrics  what node_exporter measures, and how Steward calls it
"""

from __future__ import annotations

from steward.adapters.telemetry_sources.prometheus.server import PrometheusServer
from steward.adapters.telemetry_sources.prometheus.settings import PrometheusSettings

__all__ = ["PrometheusServer", "PrometheusSettings"]

PLUGIN = PrometheusServer
