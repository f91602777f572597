"""What Prometheus knows of machines, told as Steward tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from steward.adapters.telemetry_sources.prometheus.api import PrometheusApi, Series, connected
from steward.adapters.telemetry_sources.prometheus.metrics import METRICS, Metric, hosts_query
from steward.adapters.telemetry_sources.prometheus.settings import PrometheusSettings
from steward.model.history import Point
from steward.model.secret import Secret
from steward.model.telemetry import Numbers, TelemetrySource
from steward.ports.clock import Clock

_HOUR = timedelta(hours=1)
_LAST = _HOUR - timedelta(seconds=1)
"""From the begin of an hour to its last second: what is measured at the full hour belongs to the next one."""
_LONGEST_HOST = 300


class PrometheusServer:
    """Implements `ports.telemetry_source.TelemetryServer`."""

    def __init__(self, settings: PrometheusSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def hosts(self, source: TelemetrySource, secret: Secret | None) -> Sequence[str]:
        """Return the values of the label that tells machines apart."""
        async with connected(source, secret, self._settings) as api:
            found = await api.ask("query", query=hosts_query(source))
        hosts = {each.labels.get(source.label, "") for each in found if each.values}
        return tuple(sorted(host for host in hosts if host and len(host) <= _LONGEST_HOST))

    async def now(self, source: TelemetrySource, host: str, secret: Secret | None) -> Numbers:
        """Return the numbers of one of them as they are now."""
        numbers: dict[str, dict[str, float]] = {}
        async with connected(source, secret, self._settings) as api:
            for metric in METRICS:
                found = await api.ask("query", query=metric.asked(source, host))
                for name, series in _named(metric, found).items():
                    if self._is_fresh(series):
                        numbers.setdefault(metric.fact, {})[name] = series.values[-1][1]
        return numbers

    async def hours(
        self, source: TelemetrySource, host: str, secret: Secret | None, *, begin: datetime, end: datetime
    ) -> Mapping[str, Mapping[str, tuple[Point, ...]]]:
        """Return the numbers of each whole hour between two times."""
        begin, end = _whole_hour(begin), _whole_hour(end)
        points: dict[str, dict[str, tuple[Point, ...]]] = {}
        if end <= begin:
            return points
        async with connected(source, secret, self._settings) as api:
            for metric in METRICS:
                found = await self._hours_of(api, metric, metric.asked(source, host), begin, end)
                if found:
                    points.setdefault(metric.fact, {}).update(found)
        return points

    async def _hours_of(
        self, api: PrometheusApi, metric: Metric, query: str, begin: datetime, end: datetime
    ) -> dict[str, tuple[Point, ...]]:
        """Ask what a counter was when each hour began; of anything else its lowest, mean and highest in the hour."""
        if metric.is_counter:
            told = _named(metric, await _range(api, query, begin, end - _HOUR))
            return {name: tuple(_point(at, value, value, value) for at, value in told[name].values) for name in told}
        low, mean, high = [
            _named(metric, await _range(api, f"{kind}_over_time(({query})[1h:5m])", begin + _LAST, end - _HOUR + _LAST))
            for kind in ("min", "avg", "max")
        ]
        whole: dict[str, tuple[Point, ...]] = {}
        for name in mean.keys() & low.keys() & high.keys():
            lows, highs = dict(low[name].values), dict(high[name].values)
            whole[name] = tuple(
                _point(at - _LAST.total_seconds(), lows[at], value, highs[at])
                for at, value in mean[name].values
                if at in lows and at in highs
            )
        return whole

    def _is_fresh(self, series: Series) -> bool:
        now = self._clock.now().timestamp()
        return bool(series.values) and abs(series.values[-1][0] - now) <= self._settings.stale_seconds


async def _range(api: PrometheusApi, query: str, begin: datetime, end: datetime) -> Sequence[Series]:
    first, last = (f"{at.timestamp():.0f}" for at in (begin, end))
    told = await api.ask("query_range", query=query, start=first, end=last, step=f"{_HOUR.total_seconds():.0f}")
    return [replace(each, values=_within(each.values, begin.timestamp(), end.timestamp())) for each in told]


def _within(values: Sequence[tuple[float, float]], first: float, last: float) -> tuple[tuple[float, float], ...]:
    """Return what was asked for, in order and once, whatever else was answered."""
    return tuple(sorted({at: value for at, value in values if first <= at <= last}.items()))


def _named(metric: Metric, found: Sequence[Series]) -> dict[str, Series]:
    """Return series by Steward's name for them; of two of one name the first."""
    named: dict[str, Series] = {}
    for each in found:
        name = metric.named(each.labels)
        if name is not None and each.values:
            named.setdefault(name, each)
    return named


def _point(at: float, low: float, mean: float, high: float) -> Point:
    begin = datetime.fromtimestamp(at, UTC)
    return Point(at=begin, low=low, mean=mean, high=high, seconds=int(_HOUR.total_seconds()))


def _whole_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
