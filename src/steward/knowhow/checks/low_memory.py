"""Find machines that are short of memory or spend their time waiting for it."""

from __future__ import annotations

from steward.knowhow.facts.memory import PLUGIN as MEMORY
from steward.knowhow.facts.memory import Memory
from steward.knowhow.findings import case
from steward.lib.text import size
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "low_memory"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding."""
    memory = snapshot.of(MEMORY)
    judged = None if memory is None else _judge(memory)
    if memory is None or judged is None:
        return ()
    severity, says = judged
    this = case(_NAME, snapshot, ResourceKind.MEMORY, "memory", "/proc")
    evidence = [
        this.seen("available_percent", memory.available_percent),
        this.seen("available_bytes", memory.available_bytes),
        this.seen("total_bytes", memory.total_bytes),
        this.seen("swap_used_bytes", memory.swap_used_bytes),
    ]
    if memory.waiting_percent is not None:
        evidence.append(this.seen("waiting_percent_of_5_minutes", memory.waiting_percent))
    return (
        this.finding(
            f"{snapshot.machine.name} {says}",
            severity,
            tuple(evidence),
            if_nothing="Programs get slow; when nothing is left the kernel kills one, often the largest.",
        ),
    )


def _judge(memory: Memory) -> tuple[Severity, str] | None:
    """Waiting is what people feel; little memory left is only what comes before it."""
    stalled, waiting = memory.stalled_percent or 0.0, memory.waiting_percent or 0.0
    if stalled >= 20:
        return Severity.DOWN, f"stands still for lack of memory {stalled:.0f} % of the time"
    if waiting >= 20:
        return Severity.WARNING, f"waits for memory {waiting:.0f} % of the time"
    left = f"has {size(memory.available_bytes)} of {size(memory.total_bytes)} memory left"
    if memory.available_percent < 5:
        return Severity.WARNING, left
    return (Severity.WATCH, left) if memory.available_percent < 10 else None


PLUGIN = Check(
    name=_NAME,
    summary="Less than 10 % (watch) or 5 % (warning) of memory left, or much time spent waiting for it.",
    needs=(MEMORY.name,),
    run=run,
)
