"""Looking at machines: every fact of one machine in one round trip."""

from __future__ import annotations

import asyncio
import logging
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from steward.core.outside import Outside
from steward.lib.codec import encode
from steward.model.errors import NeedsPerson
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading, Snapshot, View
from steward.model.machine import Machine, Transport
from steward.model.wanted import NOTHING_WANTED, Wanted
from steward.ports.clock import Clock
from steward.ports.executor import Executor

T = TypeVar("T")
AnyFact = Fact[Any]
_SEPARATOR = "/"
_MAY = ("sudo", "-n", "-l", "--")
"""Lets sudo tell whether it would run what follows: by its exit status, without running it."""
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
        outside: Outside | None = None,
    ) -> None:
        """Every output passes `redact` before anything reads it: no fact, finding or proof can carry a secret.

        `wanted` tells what the workspace wants of a machine. Without `outside` the facts that are learned from outside
        are unavailable.
        """
        self._redact = redact
        self._wanted = wanted
        self._outside = outside
        self.facts = {fact.name: fact for fact in facts}
        self._executors = executors
        self._clock = clock

    async def at(
        self, machine: Machine, names: Sequence[str] | None = None, *, wanted: Wanted | None = None
    ) -> Snapshot:
        """Read the named facts of a machine, or all that commands on it tell.

        Named ones that are learned from outside are asked after the others. `wanted` takes the place of what the
        workspace wants.

        Raises:
            Unreachable: the machine does not answer.
            NeedsPerson: its host key is not the confirmed one, or it is quarantined.
        """
        named = [fact for fact in self.facts.values() if not fact.view] if names is None else self._named(names)
        views = [fact for fact in named if fact.view]
        chosen = [fact for fact in named if not fact.view]
        chosen += [fact for name in _needed(views) if (fact := self.facts.get(name)) and fact not in chosen]
        snapshot = await self._read(machine, chosen, wanted)
        return _joined(snapshot, await self._learned(snapshot, views)) if views else snapshot

    def _named(self, names: Sequence[str]) -> list[AnyFact]:
        return [self.facts[name] for name in names]

    async def from_outside(self, known: Snapshot, names: Sequence[str]) -> Snapshot:
        """Learn the named facts from outside, by what is known of a machine; nothing is read on it.

        Raises:
            NeedsPerson: it is quarantined.
        """
        self._executors.of(known.machine)
        return await self._learned(known, [self.facts[name] for name in names if self.facts[name].view])

    async def _read(self, machine: Machine, chosen: Sequence[AnyFact], wanted: Wanted | None) -> Snapshot:
        if machine.transport is Transport.NONE:
            chosen = ()  # that it answers is all there is to see on it
        wanted = await asyncio.to_thread(self._wanted, machine) if wanted is None else wanted
        asked = {fact.name: fact.readings_for(wanted) for fact in chosen}
        readings = [_tagged(fact, reading) for fact in chosen for reading in asked[fact.name]]
        at = self._clock.now()
        outputs = await self._executors.of(machine).read(machine, readings)

        def parsed(fact: AnyFact) -> object:
            return fact.parse(self._outputs_of(fact, asked[fact.name], outputs))

        values, unread = _told(chosen, parsed, machine)
        return Snapshot(machine=machine, at=at, values=values, unread=unread, wanted=wanted)

    async def refused(self, machine: Machine, commands: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        """Return those of these commands that sudo would not let Steward's user run there, as a person types them.

        Nothing of them is run. What nobody could tell counts as refused.

        Raises:
            Unreachable: the machine does not answer.
            NeedsPerson: its host key is not the confirmed one, or it is quarantined.
        """
        readings = [
            Reading(name=f"may{_SEPARATOR}{number}", argv=(*_MAY, *argv)) for number, argv in enumerate(commands)
        ]
        outputs = await self._executors.of(machine).read(machine, readings)
        return tuple(
            shlex.join(argv)
            for argv, reading in zip(commands, readings, strict=True)
            if outputs[reading.name].exit_code != 0
        )

    async def outputs(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Run commands that only look and are of no fact; secrets are masked in what they print.

        Raises:
            Unreachable: the machine does not answer.
            NeedsPerson: its host key is not the confirmed one, or it is quarantined.
        """
        outputs = await self._executors.of(machine).read(machine, readings)
        return {name: self._masked(one) for name, one in outputs.items()}

    def _masked(self, output: CommandOutput) -> CommandOutput:
        return replace(output, stdout=self._redact(output.stdout), stderr=self._redact(output.stderr))

    async def _learned(self, known: Snapshot, facts: Sequence[AnyFact]) -> Snapshot:
        at, machine = self._clock.now(), known.machine
        if self._outside is None:
            unread = {fact.name: "nobody looks from outside here" for fact in facts}
            return Snapshot(machine=machine, at=at, unread=unread)
        rules = self._outside.rules()
        asked, unread = _told(facts, lambda fact: _view(fact).questions(known, rules), machine)
        answers = await self._outside.ask(machine, [one for questions in asked.values() for one in questions])

        def conclude(fact: AnyFact) -> object:
            return _view(fact).conclude([answers[one] for one in asked[fact.name] if one in answers], rules)

        values, silent = _told([fact for fact in facts if fact.name in asked], conclude, machine)
        return Snapshot(machine=machine, at=at, values=values, unread={**unread, **silent})

    def _outputs_of(
        self, fact: AnyFact, readings: Sequence[Reading], outputs: Mapping[str, CommandOutput]
    ) -> dict[str, CommandOutput]:
        found = {reading.name: outputs[f"{fact.name}{_SEPARATOR}{reading.name}"] for reading in readings}
        return {name: self._masked(one) for name, one in found.items()}


def _told(
    facts: Sequence[AnyFact], tell: Callable[[AnyFact], T], machine: Machine
) -> tuple[dict[str, T], dict[str, str]]:
    """Return what each fact tells, and why the others do not."""
    values: dict[str, T] = {}
    unread: dict[str, str] = {}
    for fact in facts:
        try:
            values[fact.name] = tell(fact)
        except FactUnavailable as reason:
            unread[fact.name] = str(reason)
        except Exception:  # noqa: BLE001 - a plug-in's mistake costs its own fact, not the look at the machine
            _log.exception("fact %s cannot be read on %s", fact.name, machine.name)
            unread[fact.name] = f"a mistake in the fact `{fact.name}`; see Steward's log"
    return values, unread


def _view(fact: AnyFact) -> View[Any]:
    if fact.view is None:
        raise FactUnavailable("it is read on the machine, not from outside")
    return fact.view


def _needed(views: Sequence[AnyFact]) -> list[str]:
    return list(dict.fromkeys(name for fact in views for name in _view(fact).needs))


def _joined(one: Snapshot, other: Snapshot) -> Snapshot:
    return replace(one, values={**one.values, **other.values}, unread={**one.unread, **other.unread})


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
