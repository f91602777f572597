"""The figures Steward tells about itself, gathered when somebody asks; few labels, and none from outside."""

from __future__ import annotations

import platform
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from steward.core.hooks import Hooks
from steward.core.pulse import Pulse
from steward.core.storage import Storage
from steward.lib.exposition import Family, Kind, Sample, family
from steward.lib.io.process import costs
from steward.model.brake import Brake
from steward.model.finding import Severity
from steward.model.run import RunState
from steward.ports.clock import Clock
from steward.store import figures as table
from steward.store.figures import Totals

_BUCKETS = (10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0)


class Figures:
    """Gathers figures."""

    def __init__(self, *, storage: Storage, pulse: Pulse, hooks: Hooks, clock: Clock, version: str) -> None:
        self._storage = storage
        self._pulse = pulse
        self._hooks = hooks
        self._clock = clock
        self._version = version
        self._decided_until: datetime | None = None
        self._decisions: Counter[float] = Counter()
        self._decision_seconds = 0.0

    async def families(self) -> tuple[Family, ...]:
        """Return every figure."""
        now = self._clock.now()
        totals = await self._storage.read(table.totals, now)
        await self._count_decisions()
        return (
            self._build(),
            *_of_store(totals, now),
            self._decision_time(),
            *self._of_loops(),
            self._of_hooks(),
            *self._of_process(),
        )

    async def _count_decisions(self) -> None:
        """Take in what was decided since the last time; the first time, all of it."""
        for asked, decided in await self._storage.read(table.decisions, after=self._decided_until):
            seconds = max(0.0, (decided - asked).total_seconds())
            place = bisect_left(_BUCKETS, seconds)
            self._decisions[_BUCKETS[place] if place < len(_BUCKETS) else float("inf")] += 1
            self._decision_seconds += seconds
            self._decided_until = decided

    def _build(self) -> Family:
        labels = {"version": self._version, "python": platform.python_version()}
        says = "What is running; the value is always 1."
        return Family(name="steward_build_info", kind=Kind.GAUGE, says=says, samples=(Sample(value=1, labels=labels),))

    def _decision_time(self) -> Family:
        samples: list[Sample] = []
        count = 0
        for bound in (*_BUCKETS, float("inf")):
            count += self._decisions[bound]
            label = "+Inf" if bound == float("inf") else f"{bound:g}"
            samples.append(Sample(value=count, labels={"le": label}, suffix="_bucket"))
        samples += (
            Sample(value=self._decision_seconds, suffix="_sum"),
            Sample(value=count, suffix="_count"),
        )
        says = "Time from asking a person to their answer."
        return Family(name="steward_approval_decision_seconds", kind=Kind.HISTOGRAM, says=says, samples=tuple(samples))

    def _of_loops(self) -> Iterator[Family]:
        beats = self._pulse.beats
        samples: list[Sample] = []
        for name, beat in beats.items():
            samples.append(Sample(value=beat.seconds, labels={"tick": name}, suffix="_sum"))
            samples.append(Sample(value=beat.done + beat.failed, labels={"tick": name}, suffix="_count"))
        says = "Time of what the daemon does again and again; `look` is the scan of every machine."
        yield Family(name="steward_tick_seconds", kind=Kind.SUMMARY, says=says, samples=tuple(samples))
        failed = {name: float(beat.failed) for name, beat in beats.items()}
        says = "How often it could not be done."
        yield family("steward_tick_failures_total", Kind.COUNTER, says, failed, label="tick")
        ages = {name: age for name in beats if (age := self._pulse.age_seconds(name)) is not None}
        says = "Time since it was last done."
        yield family("steward_tick_age_seconds", Kind.GAUGE, says, ages, label="tick")

    def _of_hooks(self) -> Family:
        samples = tuple(
            Sample(value=count, labels={"hook": hook, "outcome": outcome.value})
            for (hook, outcome), count in sorted(self._hooks.counts.items())
        )
        says = "Deliveries of webhooks; those to names that do not exist count under no name."
        return Family(name="steward_hook_deliveries_total", kind=Kind.COUNTER, says=says, samples=samples)

    def _of_process(self) -> Iterator[Family]:
        used, started = costs(), self._pulse.started.timestamp()
        yield family("process_start_time_seconds", Kind.GAUGE, "Start time since the Unix epoch.", started)
        yield family("process_cpu_seconds_total", Kind.COUNTER, "Processor time spent.", used.cpu_seconds)
        if used.memory_bytes is not None:
            yield family("process_resident_memory_bytes", Kind.GAUGE, "Resident memory.", used.memory_bytes)
        if used.open_files is not None:
            yield family("process_open_fds", Kind.GAUGE, "Open file descriptors.", used.open_files)


def _of_store(totals: Totals, now: datetime) -> Iterator[Family]:
    severities = {severity.value: float(totals.findings.count(severity.value)) for severity in Severity}
    yield family("steward_findings", Kind.GAUGE, "Open findings.", severities, label="severity")
    states = {state.value: float(totals.runs.get(state.value, 0)) for state in RunState}
    yield family("steward_runs", Kind.GAUGE, "Runs there are, by state.", states, label="state")
    says = "Age of the oldest run that waits for a worker; 0 without one."
    yield family("steward_queue_lag_seconds", Kind.GAUGE, says, _age(totals.queued_since, now))
    yield family("steward_approvals_waiting", Kind.GAUGE, "Plans that wait for a person.", totals.waiting)
    says = "Age of the oldest plan that waits for a person; 0 without one."
    yield family("steward_approvals_waiting_age_seconds", Kind.GAUGE, says, _age(totals.waiting_since, now))
    yield family("steward_approvals_asked_total", Kind.COUNTER, "Plans ever put before a person.", totals.asked)
    says = "Plans put before a person in the last 24 hours."
    yield family("steward_approvals_asked_last_day", Kind.GAUGE, says, totals.asked_today)
    yield family("steward_audit_rows_total", Kind.COUNTER, "Rows of the audit.", totals.audit_rows)
    yield family("steward_events_total", Kind.COUNTER, "Events ever stored.", totals.events)
    brakes = {brake.value: float(brake is totals.brake) for brake in Brake if brake is not Brake.NONE}
    yield family("steward_brake", Kind.GAUGE, "Whether this brake is on.", brakes, label="brake")


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
