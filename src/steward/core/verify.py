"""Asking probes: what is expected, what is seen, and whether the one is the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from steward.core.line_probes import ask, facts_of
from steward.core.look import Look, value_at
from steward.model.errors import StewardError
from steward.model.fact import Snapshot
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.measure import AnyMeasure
from steward.model.probe import Comparison, Probe, ProbeKind, ProbeResult, compare
from steward.ports.clock import Clock
from steward.ports.dialer import Dialer

_PAUSE_SECONDS = 1.0
_CONNECT_SECONDS = 5.0

_NO_MEASURES: Mapping[str, AnyMeasure] = MappingProxyType({})

FindMachine = Callable[[str], Machine]
"""Gives the machine of a name or id; raises `NotFound`."""


class Prober:
    """Asks probes from the control plane."""

    def __init__(
        self,
        *,
        look: Look,
        dialer: Dialer,
        clock: Clock,
        machine: FindMachine,
        measures: Mapping[str, AnyMeasure] = _NO_MEASURES,
    ) -> None:
        """`measures` are what lines may ask for, by name; without them a line has no answer."""
        self._measures = measures
        self._look = look
        self._dialer = dialer
        self._clock = clock
        self._machine = machine

    async def once(self, probes: Sequence[Probe]) -> tuple[ProbeResult, ...]:
        """Ask each probe once; the facts of one machine are read together, machines side by side."""
        by_machine: dict[MachineId, list[Probe]] = {}
        for probe in probes:
            by_machine.setdefault(probe.machine, []).append(probe)
        answered = await asyncio.gather(*(self._of_machine(machine, some) for machine, some in by_machine.items()))
        results = {id(result.probe): result for some in answered for result in some}
        return tuple(results[id(probe)] for probe in probes)

    async def settled(self, probes: Sequence[Probe]) -> tuple[ProbeResult, ...]:
        """Ask until every probe holds or its time is over, then see that it goes on holding."""
        started = self._clock.monotonic()
        results = await self.once(probes)
        while any(self._may_still_hold(result, started) for result in results):
            await self._clock.sleep(_PAUSE_SECONDS)
            results = await self.once(probes)
        held = self._clock.monotonic()
        hold = max((probe.hold_seconds for probe in probes), default=0)
        while all(result.holds for result in results) and self._clock.monotonic() - held < hold:
            await self._clock.sleep(_PAUSE_SECONDS)
            results = await self.once(probes)
        return results

    def _may_still_hold(self, result: ProbeResult, started: float) -> bool:
        return not result.holds and self._clock.monotonic() - started < result.probe.within_seconds

    async def _of_machine(self, machine_id: MachineId, probes: list[Probe]) -> list[ProbeResult]:
        try:
            machine = self._machine(machine_id)
            snapshot = await self._look.at(machine, facts) if (facts := self._facts(probes)) else None
        except StewardError as error:
            return [ProbeResult(probe=probe, holds=None, seen=str(error)) for probe in probes]
        return [await self._answer(probe, machine, snapshot) for probe in probes]

    def _facts(self, probes: Sequence[Probe]) -> list[str]:
        lines = [probe.line for probe in probes if probe.kind is ProbeKind.LINE]
        named = {probe.fact for probe in probes if probe.kind is ProbeKind.FACT}
        return sorted(named | facts_of(lines, self._measures))

    async def _answer(self, probe: Probe, machine: Machine, snapshot: Snapshot | None) -> ProbeResult:
        if probe.kind is ProbeKind.TCP:
            return await self._dial(machine, probe)
        if snapshot is None:
            snapshot = Snapshot(machine=machine, at=self._clock.now())
        if probe.kind is ProbeKind.FACT:
            return _judge(probe, snapshot)
        holds, seen = ask(probe.line, snapshot, self._measures)
        return ProbeResult(probe=probe, holds=holds, seen=seen)

    async def _dial(self, machine: Machine, probe: Probe) -> ProbeResult:
        address = machine.address or "127.0.0.1"
        answers = await self._dialer.connects(address, probe.port, timeout_seconds=_CONNECT_SECONDS)
        seen = f"port {probe.port} {'accepts' if answers else 'refuses or ignores'} connections"
        wanted = probe.comparison is not Comparison.ABSENT
        return ProbeResult(probe=probe, holds=answers is wanted, seen=seen)


def _judge(probe: Probe, snapshot: Snapshot) -> ProbeResult:
    if probe.fact not in snapshot.values:
        return ProbeResult(probe=probe, holds=None, seen=snapshot.unread.get(probe.fact, "not read"))
    is_there, value = value_at(snapshot, probe.fact, probe.path)
    if not is_there:
        return ProbeResult(probe=probe, holds=probe.comparison is Comparison.ABSENT, seen="absent")
    return ProbeResult(probe=probe, holds=compare(value, probe.comparison, probe.expected), seen=str(value))
