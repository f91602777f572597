"""What is taken from node_exporter carries the names and kinds that Steward's own facts give."""

from __future__ import annotations

import pytest

from steward.adapters.telemetry_sources.prometheus.metrics import METRICS, Metric
from steward.core.telemetry import FACTS as TAKEN
from tests.unit.knowhow.facts.test_cases import CASES, read
from tests.unit.knowhow.plugins import FACTS


def endings(fact: str) -> set[str]:
    """Return the endings of every number that the fact told of any recorded machine."""
    samples = FACTS[fact].samples
    assert samples is not None
    found: set[str] = set()
    for path in CASES:
        case, readings = read(path)
        if path.parent.name == fact and "expected" in case:
            found |= {name.rpartition(" ")[2] for name in samples(FACTS[fact].parse(readings))}
    return found


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: f"{metric.fact}-{metric.name}")
def test_each_is_a_number_that_steward_keeps_itself(metric: Metric) -> None:
    ending = metric.name.rpartition(" ")[2]
    assert ending in endings(metric.fact)
    known = next((each for each in FACTS[metric.fact].series if each.ending == ending), None)
    assert metric.is_counter == (known is not None and known.is_counter)
    assert metric.fact in TAKEN


def test_the_same_name_is_not_asked_for_twice() -> None:
    assert len({(metric.fact, metric.name) for metric in METRICS}) == len(METRICS)
