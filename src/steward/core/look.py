"""Looking at machines: every fact of one machine in one round trip."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from steward.lib.codec import encode
from steward.model.errors import NeedsPerson
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading, Snapshot
from steward.model.machine import Machine, Transport
from steward.model.wanted import NOTHING_WANTED, Wanted
from steward.ports.clock import Clock
from steward.ports.executor import Executor

AnyFact = Fact[Any]
_SEPARATOR = "/"
_log = logging.getLogger("steward.look")


class Executors:
    """The executor of each transport."""

    def __init__(self, by_transport: Mapping[Transport, Executor]) -> None:
        self._by_transport = by_transport

    def of(self, machine: Machine) -> Executor:
        """Return the executor that reaches this machine.

        Raises:
            NeedsPerson: the machine is quarantined; nothing may be sent to it.
        """
        if machine.quarantined:
            raise NeedsPerson(
                f"{machine.name} is quarantined",
                why=machine.quarantined,
                next_step=f"compare its host key at its console, then `steward machines confirm {machine.name}`",
            )
        return self._by_transport[machine.transport]

    async def host_key(self, machine: Machine) -> str:
        """Return the fingerprint a machine presents now; asked of a quarantined one too, for nothing is sent to it.

        Raises:
            Unreachable: it does not answer.
        """
        return await self._by_transport[machine.transport].host_key(machine)

    async def close(self) -> None:
        """Drop every connection."""
        for executor in self._by_transport.values():
            await executor.close()


def nothing_wanted(_machine: Machine) -> Wanted:
    """Want nothing of any machine."""
    return NOTHING_WANTED


class Look:
    """Reads facts."""

    def __init__(
        self,
        *,
        facts: Sequence[AnyFact],
        executors: Executors,
        clock: Clock,
        redact: Callable[[str], str],
        wanted: Callable[[Machine], Wanted] = nothing_wanted,
    ) -> None:
        """Every output passes `redact` before anything reads it: no fact, finding or proof can carry a secret.

        `wanted` tells what the workspace wants of a machine.
        """
        self._redact = redact
        self._wanted = wanted
        self.facts = {fact.name: fact for fact in facts}
        self._executors = executors
        self._clock = clock

    async def at(
        self, machine: Machine, names: Sequence[str] | None = None, *, wanted: Wanted | None = None
    ) -> Snapshot:
        """Read the named facts of a machine, or all of them; `wanted` takes the place of what the workspace wants.

        Raises:
            Unreachable: the machine does not answer.
            NeedsPerson: its host key is not the confirmed one, or it is quarantined.
        """
        chosen = [self.facts[name] for name in names] if names is not None else list(self.facts.values())
        if machine.transport is Transport.NONE:
            chosen = []  # that it answers is all there is to see
        wanted = await asyncio.to_thread(self._wanted, machine) if wanted is None else wanted
        asked = {fact.name: fact.readings_for(wanted) for fact in chosen}
        readings = [_tagged(fact, reading) for fact in chosen for reading in asked[fact.name]]
        at = self._clock.now()
        outputs = await self._executors.of(machine).read(machine, readings)
        values: dict[str, object] = {}
        unread: dict[str, str] = {}
        for fact in chosen:
            try:
                values[fact.name] = fact.parse(self._outputs_of(fact, asked[fact.name], outputs))
            except FactUnavailable as reason:
                unread[fact.name] = str(reason)
            except Exception:  # noqa: BLE001 - a plug-in's mistake costs its own fact, not the look at the machine
                _log.exception("fact %s cannot be read on %s", fact.name, machine.name)
                unread[fact.name] = f"a mistake in the fact `{fact.name}`; see Steward's log"
        return Snapshot(machine=machine, at=at, values=values, unread=unread, wanted=wanted)

    def _outputs_of(
        self, fact: AnyFact, readings: Sequence[Reading], outputs: Mapping[str, CommandOutput]
    ) -> dict[str, CommandOutput]:
        found = {reading.name: outputs[f"{fact.name}{_SEPARATOR}{reading.name}"] for reading in readings}
        return {
            name: replace(one, stdout=self._redact(one.stdout), stderr=self._redact(one.stderr))
            for name, one in found.items()
        }


def _tagged(fact: AnyFact, reading: Reading) -> Reading:
    return replace(reading, name=f"{fact.name}{_SEPARATOR}{reading.name}")


def value_at(snapshot: Snapshot, fact: str, path: Sequence[str]) -> tuple[bool, Any]:
    """Walk from a fact's record to one value; the first result tells whether there is one."""
    value: Any = encode(snapshot.values[fact])
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return False, None
        value = value[key]  # pyright: ignore[reportUnknownVariableType]
    return True, value  # pyright: ignore[reportUnknownVariableType]
