"""Figures in the text format of Prometheus, version 0.0.4."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Kind(StrEnum):
    """What a figure does over time."""

    COUNTER = "counter"
    """Only grows; its name ends in `_total`."""
    GAUGE = "gauge"
    """Goes up and down."""
    SUMMARY = "summary"
    """Count and sum of something, as `_count` and `_sum`."""
    HISTOGRAM = "histogram"
    """The same with buckets."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One value."""

    value: float
    """It."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """What tells it from the other values of its family."""
    suffix: str = ""
    """Behind the name: `_sum`, `_count`, `_bucket`."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Every value of one name."""

    name: str
    """Name, with its unit."""
    kind: Kind
    """What it does over time."""
    says: str
    """What it is, in one line."""
    samples: tuple[Sample, ...]
    """Values; a family without any is left out."""


def family(name: str, kind: Kind, says: str, values: float | Mapping[str, float], *, label: str = "") -> Family:
    """Return a family of one value, or of one value for each value of one label."""
    if isinstance(values, Mapping):
        samples = tuple(Sample(value=value, labels={label: key}) for key, value in values.items())
    else:
        samples = (Sample(value=values),)
    return Family(name=name, kind=kind, says=says, samples=samples)


def written(families: Iterable[Family]) -> str:
    """Write families as text."""
    return "".join(_family(each) for each in families if each.samples)


def _family(each: Family) -> str:
    says = each.says.replace("\\", "\\\\").replace("\n", "\\n")
    head = f"# HELP {each.name} {says}\n# TYPE {each.name} {each.kind.value}\n"
    return head + "".join(_sample(each.name, sample) for sample in each.samples)


def _sample(name: str, sample: Sample) -> str:
    labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in sample.labels.items())
    shown = f"{{{labels}}}" if labels else ""
    return f"{name}{sample.suffix}{shown} {_number(sample.value)}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))
