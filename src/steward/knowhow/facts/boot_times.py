"""How long the last boot took, and which units took longest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import complaint, lines, text_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|us|s|min|h)\b")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_STAGE = re.compile(r"((?:[0-9.]+(?:ms|us|s|min|h) )+)\((\w+)\)")
_MOST = 10


@record
class BootTimes:
    """How long the last boot took."""

    stages: dict[str, float]
    """Seconds by stage: `firmware`, `loader`, `kernel`, `initrd`, `userspace`."""
    slowest: dict[str, float]
    """Seconds by unit, the slowest first, at most 10; they may overlap."""


def parse(outputs: Mapping[str, CommandOutput]) -> BootTimes:
    """Read what `systemd-analyze` prints; a machine without systemd has neither."""
    output = outputs.get("boot")
    if output is not None and output.exit_code == 127:
        return BootTimes(stages={}, slowest={})
    if output is not None and output.exit_code not in {0, None}:
        msg = f"systemd does not tell how long it took: {complaint(output)}"
        raise FactUnavailable(msg)
    head, _, blame = text_of(outputs, "boot").partition("\n\n")
    stages = {name: _seconds(span) for span, name in _STAGE.findall(lines(head)[0])}
    slowest: dict[str, float] = {}
    for line in lines(blame):
        span, _, unit = line.strip().rpartition(" ")
        if span and unit and len(slowest) < _MOST:
            slowest[unit[:200]] = _seconds(span)
    return BootTimes(stages=stages, slowest=slowest)


def _seconds(span: str) -> float:
    return round(sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(span)), 3)


def samples(times: BootTimes) -> dict[str, float]:
    """Return how long each stage took."""
    return {f"{name} seconds": seconds for name, seconds in times.stages.items()}


_BOOT = r"""export LC_ALL=C
command -v systemd-analyze >/dev/null 2>&1 && [ -d /run/systemd/system ] || exit 127
systemd-analyze time --no-pager || exit 1
echo
systemd-analyze blame --no-pager | head -n 10
"""

PLUGIN = Fact[BootTimes](
    name="boot_times",
    summary="How long the last boot took, and which units took longest.",
    readings=(Reading(name="boot", argv=("sh", "-c", _BOOT)),),
    parse=parse,
    pause=timedelta(hours=6),
    samples=samples,
    series=(Series(ending="seconds", unit=Unit.SECONDS),),
)
