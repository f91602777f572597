"""Which proofs count once several steps are done: what a later step changes again, that step alone proves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from steward.model.probe import Probe

Part = TypeVar("Part")
"""A step, or what stands for one."""


def last_proofs(order: Sequence[Sequence[Part]], proofs_of: Callable[[Part], Sequence[Probe]]) -> list[Probe]:
    """Return what must hold after these waves of steps; a service that was stopped and started again must run."""
    kept: list[list[Probe]] = []
    proven: set[tuple[object, ...]] = set()
    for wave in reversed(order):
        own = [probe for step in wave for probe in proofs_of(step) if _about(probe) not in proven]
        proven |= {_about(probe) for probe in own}
        kept.append(own)
    return [probe for own in reversed(kept) for probe in own]


def _about(probe: Probe) -> tuple[object, ...]:
    return probe.machine, probe.kind, probe.fact, probe.path, probe.port, probe.line
