"""Follow the failures that machines keep by themselves, as the last looks at them read them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, cast

from steward.knowhow.facts.unit_failures import PLUGIN as FAILURES
from steward.knowhow.facts.unit_failures import Keeping, UnitFailure
from steward.lib.canonical import digest
from steward.lib.text import visible_line
from steward.model.errors import Conflict
from steward.model.machine import Machine
from steward.model.news import News
from steward.model.watches import UnitWatch
from steward.ports.event_source import Tell
from steward.reactor.looking import Eyes

_PAUSE_SECONDS = 10.0
_WITHOUT = {
    Keeping.ABSENT: "does not keep which services fail",
    Keeping.OTHER: "no longer keeps which services fail as it should: a file of that is gone or was changed",
}


class FailureSource:
    """Implements `ports.event_source.EventSource` for units that failed."""

    def __init__(self, watch: UnitWatch, eyes: Eyes) -> None:
        self._watch = watch
        self._eyes = eyes

    async def follow(self, memory: Mapping[str, Any], tell: Tell) -> None:
        """Tell each failure once; those of before a machine was followed are not told.

        A machine is first looked at a while after that: what fails meanwhile counts, by the machine's own clock.
        """
        told = {
            machine: tuple(str(one) for one in cast("list[Any]", ids))
            for machine, ids in _of(memory, "told").items()
            if isinstance(ids, list)
        }
        since = _of(memory, "since")
        kept: Mapping[str, Any] = memory
        while True:
            machines = await asyncio.to_thread(self._machines)
            begun = self._eyes.clock.now().replace(microsecond=0).isoformat()  # machines keep whole seconds
            since = {one.id: str(since.get(one.id, begun)) for one in machines if one.id not in told}
            news: list[News] = []
            for machine in machines:
                news += self._new(machine, told, since.get(machine.id, ""))
            seen = {"told": {machine: list(ids) for machine, ids in told.items()}, "since": since}
            if news or seen != kept:
                await tell(news, seen)
                kept = seen
            self._refuse_none(machines)
            await tell((), seen)
            await self._eyes.clock.sleep(_PAUSE_SECONDS)

    def _machines(self) -> tuple[Machine, ...]:
        workspace = self._eyes.workspace
        if not self._watch.machines:
            return workspace.inventory().machines
        return tuple(workspace.require(name) for name in self._watch.machines)

    def _new(self, machine: Machine, told: dict[str, tuple[str, ...]], since: str) -> list[News]:
        snapshot = self._eyes.seen(machine.id)
        seen = snapshot.of(FAILURES) if snapshot is not None else None
        if seen is None or seen.keeping is Keeping.ABSENT:
            return []
        ids = {_id(machine, failure): failure for failure in seen.failures}
        before = told.get(machine.id)
        told[machine.id] = tuple(ids)
        if before is None:
            fresh = [(event_id, one) for event_id, one in ids.items() if one.at >= datetime.fromisoformat(since)]
        else:
            fresh = [(event_id, one) for event_id, one in ids.items() if event_id not in before]
        return [_news(machine, event_id, one) for event_id, one in fresh if self._is_meant(one)]

    def _is_meant(self, failure: UnitFailure) -> bool:
        return any(fnmatchcase(failure.unit, pattern) for pattern in self._watch.units)

    def _refuse_none(self, machines: tuple[Machine, ...]) -> None:
        """Tell that named machines keep nothing, or not as they should: else nobody would hear of a failure there."""
        for machine in machines if self._watch.machines else ():
            snapshot = self._eyes.seen(machine.id)
            seen = snapshot.of(FAILURES) if snapshot is not None else None
            if seen is not None and seen.keeping is not Keeping.ON:
                step = f"steward unit watch-failure {machine.name}"
                raise Conflict(_WITHOUT[seen.keeping], where=machine.name, next_step=step)


def _of(memory: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what is remembered by machine."""
    held: Any = memory.get(name)
    found = cast("dict[Any, Any]", held) if isinstance(held, dict) else {}
    return {str(machine): one for machine, one in found.items()}


def _id(machine: Machine, failure: UnitFailure) -> str:
    """Return an id of the very start that failed; where systemd told none, of unit and moment."""
    mark = failure.invocation or failure.at.isoformat()
    return digest([machine.id, failure.unit, mark], domain="steward-unit-failure-v1")[:16]


def _news(machine: Machine, event_id: str, failure: UnitFailure) -> News:
    data = {
        "machine": machine.name,
        "unit": failure.unit,
        "result": failure.result,
        "status": failure.status,
        "at": failure.at.isoformat(),
    }
    says = visible_line(f"{failure.unit} failed on {machine.name}: {failure.result} {failure.status}".rstrip())
    return News(event_id=event_id, says=says, data=data)
