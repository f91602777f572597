"""What an expansion takes over from an earlier run, and what is done again. Pure.

    ended well there?  not from the chosen step on?  needs nothing that is done again?  ─> carried over, else done again

What an earlier run decided when it was planned stays decided where the same text goes on with the same inputs: what
was done changes the facts that decided it, and its lanes must come to their end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from steward.core.expand_steps import Flat
from steward.lib.canonical import digest
from steward.lib.codec import encode
from steward.lib.text import nearest, visible_line
from steward.model.errors import Conflict, NotFound
from steward.model.hold import Hold, HoldKind
from steward.model.ids import RunId
from steward.model.plan import PlanStep
from steward.model.resumed import Carried
from steward.model.run import StepEnd
from steward.model.workflow import WorkflowStep


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something stood in the plan of the earlier run."""

    origin: str
    """Step of the workflow it came from."""
    lane: str = ""
    """Its lane."""
    machine: str = ""
    """Id of its machine."""


@dataclass(frozen=True, kw_only=True)
class Past:
    """An earlier run, as a new plan may take over from it."""

    run: RunId
    """The run."""
    is_fork: bool
    """Whether the new plan is a beginning of its own."""
    start: str = ""
    """Step from which everything is done again; empty: whatever did not end well."""
    done: Mapping[str, Carried]
    """Everything that ended well."""
    places: Mapping[str, Place]
    """Everything that it planned or took over."""
    is_same: bool
    """Whether the same text goes on with the same inputs, so that what was decided stays decided."""

    def carry(self, flat: Flat, again: set[str]) -> Carried | None:
        """Return what is taken over in the place of this; None where it is done, as the names are that are `again`.

        Raises:
            Conflict: it ended well there, but does something else now.
        """
        known = self.done.get(flat.id)
        if known is None or self.begins_at(flat) or again & set(_decided_by(flat, known)):
            return None
        if known.end is StepEnd.OK and not self.is_same and known.does != what_it_does(flat.step or flat.hold):
            what = f"`{visible_line(flat.id)}` would do something else than it did in {visible_line(known.run)}"
            raise Conflict(what, why="its result cannot stand in for it", next_step=_from_the_beginning(self.run))
        return known

    def begins_at(self, flat: Flat) -> bool:
        """Tell whether this is, or belongs to, the step from which everything is done again."""
        names = (flat.id, _origin(flat))
        return bool(self.start) and any(name == self.start or name.startswith(f"{self.start}.") for name in names)

    def keeps(self, name: str) -> bool:
        """Tell whether something, or the sub-workflow of this name, was planned there and must come to its end."""
        mine = [place for known, place in self.places.items() if known == name or known.startswith(f"{name}.")]
        return self.is_same and any(not place.lane or place.lane in self._lanes() for place in mine)

    def machines(self, origin: str) -> frozenset[str]:
        """Return the machines on which a step must come to its end, because something of their lane was done."""
        lanes = self._lanes() if self.is_same else frozenset[str]()
        places = self.places.values()
        return frozenset(
            place.machine
            for place in places
            if place.lane in lanes and (place.origin == origin or place.origin.startswith(f"{origin}."))
        )

    def _lanes(self) -> frozenset[str]:
        return frozenset(each.lane for each in self.done.values() if each.lane and each.end is StepEnd.OK)


def checked(past: Past, flats: Mapping[str, Flat], carried: Mapping[str, Carried]) -> dict[str, Carried]:
    """Return what is carried over in the end: what was only waited for is waited for again before what is done again.

    Raises:
        NotFound: there is no step from which it was to begin.
        Conflict: a step before that did not end well, or what was done is no part of the workflow any more.
    """
    _refuse_unknown(past, flats)
    lost = next((each for name, each in past.done.items() if name not in flats and each.end is StepEnd.OK), None)
    if lost is not None:
        what = f"`{visible_line(lost.id)}` was done in {visible_line(lost.run)} and is no part of the plan any more"
        raise Conflict(what, why="steps or machines have changed", next_step=_from_the_beginning(past.run))
    for flat in (flat for flat in flats.values() if past.begins_at(flat)):
        early = next((need for need in flat.needs if need not in carried and not past.begins_at(flats[need])), None)
        if early is not None:
            what = f"`{visible_line(past.start)}` cannot be begun with: `{visible_line(early)}` before it is not done"
            raise Conflict(what, where=past.run, next_step=f"begin with `--step {visible_line(early)}`")
    awaited = {need for name, flat in flats.items() if name not in carried for need in flat.needs}
    return {name: each for name, each in carried.items() if not (name in awaited and _is_repeated(flats[name]))}


def without(flats: Mapping[str, Flat], carried: Mapping[str, Carried]) -> dict[str, Flat]:
    """Return what is left to do; what needed something that is carried over needs it no more."""
    return {
        name: replace(flat, needs=_left(flat.needs, carried), after=_left(flat.after, carried))
        for name, flat in flats.items()
        if name not in carried
    }


def what_it_does(item: PlanStep | WorkflowStep | Hold | None) -> str:
    """Return the SHA-256 of what a step or hold does and gives, wherever it stands."""
    body: dict[str, Any] = {}
    if isinstance(item, Hold):
        body = {"hold": [encode(item.inquiry), encode(item.task), encode(item.wait)]}
    elif isinstance(item, PlanStep):
        body = {"command": item.command.name, "input": encode(item.command.input)}
    elif item is not None:
        body = {"command": item.command, "input": encode(item.input)}
    if not isinstance(item, Hold) and item is not None:
        body["outputs"] = [encode(output) for output in (item.flow.outputs if item.flow else ())]
    return digest(body, domain="steward-carried-v1")


def _decided_by(flat: Flat, known: Carried) -> tuple[str, ...]:
    """Return what it stands on: what kept it from being done may be what it only came after."""
    return (*flat.needs, *flat.after) if known.end is StepEnd.SKIPPED else flat.needs


def _origin(flat: Flat) -> str:
    flow = flat.step.flow if flat.step else None
    return (flow.origin if flow else flat.hold.origin if flat.hold else "") or flat.id


def _is_repeated(flat: Flat) -> bool:
    """Tell whether it is waited for anew: a time of day, a pause, a condition; what an event told is told."""
    return flat.hold is not None and flat.hold.kind is HoldKind.WAIT and not (flat.hold.wait and flat.hold.wait.event)


def _refuse_unknown(past: Past, flats: Mapping[str, Flat]) -> None:
    if past.start and not any(past.begins_at(flat) for flat in flats.values()):
        near = nearest(past.start, [*map(_origin, flats.values()), *flats])
        names = ", ".join(dict.fromkeys(map(_origin, flats.values())))
        hint = f"did you mean `{near}`?" if near else f"steps are: {names}"
        raise NotFound(f"there is no step `{visible_line(past.start[:80])}`", where=past.run, next_step=hint)


def _left(names: tuple[str, ...], carried: Mapping[str, Carried]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in carried)


def _from_the_beginning(run: RunId) -> str:
    return f"begin anew: `steward runs fork {run}`"
