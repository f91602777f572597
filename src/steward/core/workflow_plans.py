"""Expand a workflow for a plan: looks at machines as the workflow asks for their facts, and no others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steward.core.carrying import Past
from steward.core.expand import Expanded, FindWorkflow, Ground, expand
from steward.core.look import Look
from steward.core.workflow_lines import Lines
from steward.core.workflow_values import LookFirst, Looks
from steward.core.workspace import WorkspaceFiles
from steward.lib.canonical import canonical, content_hash
from steward.lib.codec import decode, encode
from steward.model.errors import InvalidInput, NeedsPerson, Unreachable
from steward.model.fact import Snapshot
from steward.model.flow import Course
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.measure import AnyMeasure
from steward.model.probe import Probe
from steward.model.workflow import Workflow

_MOST_ROUNDS = 50
"""Each round looks at machines that were not looked at; there are not so many chains of conditions."""


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Expands workflows against the inventory in force."""

    workspace: WorkspaceFiles
    """Machines."""
    look: Look
    """Facts."""
    measures: Mapping[str, AnyMeasure]
    """What readable lines may ask for, by name."""

    async def expand(
        self,
        workflow: Workflow,
        given: Mapping[str, object],
        find: FindWorkflow,
        snapshots: Mapping[MachineId, Snapshot],
        past: Past | None = None,
    ) -> tuple[Expanded, dict[MachineId, Snapshot]]:
        """Return what a workflow comes to, and every look that was taken for it; `past` is taken over where it fits.

        Raises:
            InvalidInput, NotFound: it does not fit.
            Conflict: what an earlier run did cannot be taken over.
        """
        seen, unreachable = dict(snapshots), dict[MachineId, str]()
        for _ in range(_MOST_ROUNDS):
            looks = Looks(snapshots=seen, unreachable=unreachable)
            inventory = self.workspace.inventory()
            ground = Ground(inventory=inventory, looks=looks, find=find, probe=self.probe, past=past)
            try:
                return expand(workflow, given, ground), seen
            except LookFirst as wanted:
                await self._look(wanted.machines, seen, unreachable)
        raise InvalidInput("the workflow asks for facts again and again", where=workflow.name)

    def probe(self, line: str, machine: MachineId | None, within_seconds: int) -> Probe:
        """Return the probe of a readable line.

        Raises:
            InvalidInput: it cannot be asked.
        """
        return self.lines().probe(line, machine, within_seconds)

    def lines(self) -> Lines:
        """Return the reader of lines against the inventory in force."""
        return Lines(measures=self.measures, inventory=self.workspace.inventory())

    async def _look(
        self, machines: Sequence[MachineId], seen: dict[MachineId, Snapshot], unreachable: dict[MachineId, str]
    ) -> None:
        looked = await asyncio.gather(*(self._at(self.workspace.require(machine)) for machine in machines))
        for machine, found in zip(machines, looked, strict=True):
            if isinstance(found, str):
                unreachable[machine] = found
            else:
                seen[machine] = found

    async def _at(self, machine: Machine) -> Snapshot | str:
        try:
            return await self.look.at(machine)
        except (Unreachable, NeedsPerson) as error:
            return str(error)


def course_of(workflow: Workflow, expanded: Expanded) -> Course:
    """Return what a plan of this workflow has beside its steps."""
    return Course(
        workflow=workflow.name,
        source_hash=expanded.source_hash,
        inputs=expanded.inputs,
        holds=expanded.holds,
        preflight=expanded.preflight,
        invariants=expanded.invariants,
        on_failure=workflow.on_failure,
        notes=expanded.notes,
        origins=expanded.origins,
        resumed=expanded.resumed,
        sources=content_hash(sources_of(expanded).encode()),
    )


def sources_of(expanded: Expanded) -> str:
    """Write down a workflow and those it calls, so that its run can go on by just this text later."""
    return canonical([encode(each) for each in expanded.sources]).decode()


def read_sources(text: str) -> tuple[Workflow, ...]:
    """Read what `sources_of` wrote: the workflow, then those it calls.

    Raises:
        CodecError: a workflow has another shape today.
    """
    return tuple(decode(Workflow, each) for each in json.loads(text))
