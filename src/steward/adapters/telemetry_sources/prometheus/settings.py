"""How patient Steward is with a server, and how much it takes from it."""

from __future__ import annotations

from steward.lib.record import record


@record
class PrometheusSettings:
    """Settings of the adapter for Prometheus."""

    connect_seconds: float = 5.0
    """Longest a connection may take."""
    answer_seconds: float = 30.0
    """Longest one question may take in all."""
    answer_bytes: int = 8 * 1024 * 1024
    """Most that is read of one answer: sixty days of hours of a hundred filesystems are about 4 MB."""
    most_series: int = 300
    """Most series that are taken from one answer."""
    stale_seconds: float = 600.0
    """A number older than this, or from so far in the future, is not one of now."""
