"""Workflow to flat steps and holds: inputs, machines, lists, sub-workflows and conditions resolved. Pure.

    for each step, in an order that respects `needs` and `after`
        lanes      machines x items; one without a name where the step is done once
        kept?      `when` that needs no result of a step is decided now
        variants   one for each agreed value of what is known only at run time
        parts      a flat step, a hold, or everything of a sub-workflow

Between steps of one fan-out `needs` lead from lane to lane, else from everything to everything. A later batch begins
after every end of the one before, however that ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from steward.core.carrying import Past, checked, without
from steward.core.expand_steps import Flat, Scope, flat_hold, flat_steps, with_batches
from steward.core.workflow_check import uses
from steward.core.workflow_inputs import given_inputs
from steward.core.workflow_lines import names_machine
from steward.core.workflow_order import ends_of, in_order
from steward.core.workflow_references import settled
from steward.core.workflow_targets import machine_of, machines_of
from steward.core.workflow_values import Known, Looks
from steward.core.workflow_words import slugs
from steward.lib.canonical import digest
from steward.lib.codec import encode
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.hold import Hold
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.model.probe import Probe
from steward.model.resumed import Carried, Resumed
from steward.model.workflow import InputKind, StepKind, Targets, Workflow, WorkflowStep
from steward.model.workspace import Inventory

MOST_FLAT = 500
"""Most steps and holds of one plan."""
DEEPEST = 5
"""Sub-workflows within each other."""
_MOST_ITEMS = 200
_HTTP = "http.request"

FindWorkflow = Callable[[str], Workflow]
"""Returns the workflow of a name; raises NotFound with the nearest."""
ProbeOf = Callable[[str, MachineId | None, int], Probe]
"""Reads a readable line: the line, the machine it is about unless it names one, for how long it is asked again."""


@record
class Expanded:
    """What a workflow comes to for these inputs and these machines."""

    steps: tuple[WorkflowStep, ...]
    """Flat steps, each on one machine, in an order that respects what they need."""
    holds: tuple[Hold, ...] = ()
    """Points at which the run waits."""
    origins: tuple[str, ...] = ()
    """Steps as they are written, sub-workflows included."""
    inputs: dict[str, Any]
    """What was given, defaults filled in."""
    preflight: tuple[Probe, ...] = ()
    """What must hold before anything is done."""
    invariants: tuple[Probe, ...] = ()
    """What must hold before, and at the end."""
    notes: tuple[str, ...] = ()
    """What was decided on the way: what is left out, and why."""
    source_hash: str
    """SHA-256 of the workflow, sub-workflows included."""
    sources: tuple[Workflow, ...] = ()
    """The workflow and those it calls."""
    resumed: Resumed | None = None
    """What is taken over from an earlier run."""
    is_told_by_outside: bool = False
    """Whether a value is planned that only a machine named: nobody had agreed to it."""

    @property
    def is_more_than_steps(self) -> bool:
        """Whether a plan of it must say more than which step needs which."""
        beside = (self.holds, self.inputs, self.preflight, self.invariants, self.notes)
        return any(beside) or any(step.flow or step.until for step in self.steps)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a workflow is expanded against."""

    inventory: Inventory
    """Machines."""
    looks: Looks
    """Facts of them, as far as they were read."""
    find: FindWorkflow
    """Other workflows."""
    probe: ProbeOf
    """Readable lines."""
    past: Past | None = None
    """An earlier run to take over from."""


def expand(workflow: Workflow, given: Mapping[str, Any], ground: Ground) -> Expanded:
    """Resolve a workflow.

    Raises:
        InvalidInput: an input, a name or a value does not fit.
        NotFound: a sub-workflow, or the step to begin with, is not there.
        Conflict: what an earlier run did cannot be taken over.
        LookFirst: facts of machines decide that nobody read yet; look and expand again.
    """
    inputs = given_inputs(workflow, given, ground.inventory)
    work = _Expansion(ground=ground, sources=[workflow])
    known = Known(place=workflow.name, looks=ground.looks, inputs=inputs)
    work.level(workflow, Scope(known=known, callers=(workflow.name,)))
    carried = checked(ground.past, work.flats, work.carried) if ground.past else {}
    flats = with_batches(without(work.flats, carried), work.batches)
    if not flats or (work.is_to_act() and not any(flat.step for flat in flats.values())):
        step = "give it other inputs, or conditions that can be true here"
        raise InvalidInput("nothing is left to do", where=workflow.name, why="; ".join(work.notes), next_step=step)
    ordered = in_order({name: (*flat.needs, *flat.after) for name, flat in flats.items()}, workflow.name)
    steps = tuple(each for name in ordered if (each := flats[name].as_step()) is not None)
    return Expanded(
        steps=steps,
        preflight=_probes(workflow.preflight, steps, known, ground.probe),
        invariants=_probes(workflow.invariants, steps, known, ground.probe),
        holds=tuple(hold for name in ordered if (hold := flats[name].as_hold()) is not None),
        origins=tuple(work.origins),
        inputs=inputs,
        notes=tuple(work.notes),
        source_hash=digest([encode(each) for each in work.sources], domain="steward-workflow-v1"),
        sources=tuple(work.sources),
        resumed=_resumed(ground.past, carried),
        is_told_by_outside=work.is_told_by_outside,
    )


def _resumed(past: Past | None, carried: Mapping[str, Carried]) -> Resumed | None:
    if past is None:
        return None
    return Resumed(run=past.run, is_fork=past.is_fork, start=past.start, carried=tuple(carried.values()))


@dataclass(frozen=True, kw_only=True)
class _Lane:
    """One machine or item of a step."""

    key: str
    """Its name; empty where the step is done once."""
    known: Known
    """What expressions see there."""


@dataclass(kw_only=True)
class _Done:
    """A step that was expanded."""

    step: WorkflowStep
    block: str
    ids: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By lane: everything it came to."""
    ends: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By lane: what must have succeeded for what needs the step; where it was left out, what it needed itself."""
    passed: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By lane on which it was left out: what it came after itself, so that what follows it does too."""

    def all_ends(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for ends in self.ends.values() for name in ends))


@dataclass(kw_only=True)
class _Expansion:
    """One expansion on its way."""

    ground: Ground
    sources: list[Workflow]
    flats: dict[str, Flat] = field(default_factory=dict[str, Flat])
    batches: list[tuple[tuple[str, ...], ...]] = field(default_factory=list[tuple[tuple[str, ...], ...]])
    """Of each block that has some: what is in its batches, one after the other."""
    origins: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    carried: dict[str, Carried] = field(default_factory=dict[str, Carried])
    """What is taken over from an earlier run; in `flats` too, until everything is there."""
    again: set[str] = field(default_factory=set[str])
    """What is not."""
    is_told_by_outside: bool = False

    def is_to_act(self) -> bool:
        """Tell whether any step is written to act: a workflow that only asks and waits may do just that."""
        return any(step.kind is StepKind.COMMAND for each in self.sources for step in each.steps)

    def level(self, workflow: Workflow, scope: Scope) -> tuple[str, ...]:
        """Expand the steps of one workflow; return the names of everything they came to."""
        by_id = {step.id: step for step in workflow.steps}
        order = in_order({step.id: (*step.needs, *step.after) for step in workflow.steps}, workflow.name)
        for step in workflow.steps:
            origin = scope.origin(step.id)
            if origin not in self.origins and step.kind is not StepKind.WORKFLOW:
                self.origins.append(origin)
        done: dict[str, _Done] = {}
        for name in order:
            done[name] = self._step(by_id[name], done, scope)
        self._batches(done)
        return tuple(name for each in done.values() for ids in each.ids.values() for name in ids)

    def _step(self, step: WorkflowStep, done: Mapping[str, _Done], scope: Scope) -> _Done:
        known = replace(scope.known, place=f"{scope.callers[-1]}: step `{step.id}`")
        lanes, is_fan_out = self._lanes(step, known, scope)
        result = _Done(step=step, block=_block(step, done) if is_fan_out else "")
        if not lanes:
            result.ends[""] = self._needs(step.needs, result, "", done, scope.needs)
            result.passed[""] = self._after(step, result, "", done, scope.after)
        for lane in lanes:
            needs = self._needs(step.needs, result, lane.key, done, scope.needs)
            after = self._after(step, result, lane.key, done, scope.after)
            ids = self._lane(step, lane, replace(scope, needs=needs, after=after), done, result.block)
            result.ids[lane.key] = ids
            result.ends[lane.key] = ends_of(ids, self.flats) if ids else needs
            result.passed[lane.key] = () if ids else after
        return result

    def _lane(
        self,
        step: WorkflowStep,
        lane: _Lane,
        scope: Scope,
        done: Mapping[str, _Done],
        block: str,
    ) -> tuple[str, ...]:
        """Expand a step on one lane; return what it came to, nothing where it is left out."""

        def steps(name: str) -> Mapping[str, str]:
            return _named(done, name, lane.key, block, lane.known.place)

        inner = scope.within(step, lane.known, lane.key, block)
        when = ""
        if step.when and uses(step.when, "steps"):
            when = _at_run_time(step.when, lane.known, steps)
        elif step.when and not self._is_decided(step, inner) and not lane.known.holds(step.when):
            where = f" on {visible_line(lane.key)}" if lane.key else ""
            self.notes.append(f"`{scope.origin(step.id)}`{where} is left out: not `{visible_line(step.when)}`")
            return ()
        known = {name: each.seen for name, each in self.carried.items()}
        inner = replace(inner, when=_both(scope.when, when), steps=steps, results=known)
        if step.kind is StepKind.WORKFLOW:
            return self._sub(step, inner)
        if step.kind is StepKind.COMMAND:
            flats = flat_steps(step, inner)
        else:
            flats = (flat_hold(step, inner, self.ground.probe),)
        for flat in flats:
            self._add(flat, lane.known.place)
        return tuple(flat.id for flat in flats)

    def _is_decided(self, step: WorkflowStep, scope: Scope) -> bool:
        """Tell whether an earlier run, by facts that it changed since, decided that a step is done."""
        past = self.ground.past
        return past is not None and uses(step.when, "facts") and past.keeps(scope.id)

    def _sub(self, step: WorkflowStep, scope: Scope) -> tuple[str, ...]:
        """Put the steps of another workflow in the place of one step."""
        place = scope.known.place
        if step.workflow in scope.callers:
            chain = " > ".join((*scope.callers, step.workflow))
            raise InvalidInput("workflows call each other in a circle", where=place, why=chain)
        if len(scope.callers) > DEEPEST:
            chain = " > ".join((*scope.callers, step.workflow))
            raise InvalidInput(f"sub-workflows are more than {DEEPEST} deep", where=place, why=chain)
        called = self.ground.find(step.workflow)
        if called not in self.sources:
            self.sources.append(called)
        given = scope.known.value(dict(step.input))
        wants_machine = any(each.name == "machine" and each.kind is InputKind.MACHINE for each in called.inputs)
        if scope.known.machine is not None and wants_machine:
            given.setdefault("machine", scope.known.machine.name)
        elif not any(each.name == "machine" for each in called.inputs):
            given.pop("machine", None)
        inputs = given_inputs(called, given, self.ground.inventory)
        known = Known(place=called.name, looks=self.ground.looks, inputs=inputs, machine=scope.known.machine)
        return self.level(called, replace(scope, known=known, callers=(*scope.callers, called.name), steps=None))

    def _add(self, flat: Flat, place: str) -> None:
        if flat.id in self.flats:
            raise InvalidInput(f"two steps come to be called `{flat.id}`", where=place, next_step="rename one")
        if len(self.flats) >= MOST_FLAT:
            what = f"the workflow comes to more than {MOST_FLAT} steps"
            raise InvalidInput(what, where=place, next_step="give it fewer machines or items")
        self.flats[flat.id] = flat
        carried = self.ground.past.carry(flat, self.again) if self.ground.past else None
        if carried is not None:
            self.carried[flat.id] = carried
            return
        self.again.add(flat.id)
        if flat.told:
            self.notes.append(flat.told)
            self.is_told_by_outside = True

    def _lanes(self, step: WorkflowStep, known: Known, scope: Scope) -> tuple[list[_Lane], bool]:
        """Return where a step is done, and whether that is a fan-out."""
        machines, is_fan_out = self._machines(step, known, scope)
        items = _items(step, known)
        lanes: list[_Lane] = []
        for machine in machines:
            here = replace(known, machine=machine) if machine is not None else known
            named = machine.name if machine is not None and is_fan_out else ""
            if items is None:
                lanes.append(_Lane(key=named, known=here))
                continue
            words = slugs(items)
            lanes += [
                _Lane(key=".".join(filter(None, (named, word))), known=replace(here, item=item))
                for word, item in zip(words, items, strict=True)
            ]
        if not lanes:
            self.notes.append(f"`{scope.origin(step.id)}` is left out: nothing fits what it is done on")
        return lanes, is_fan_out or items is not None

    def _machines(self, step: WorkflowStep, known: Known, scope: Scope) -> tuple[list[Machine | None], bool]:
        targets = step.on
        if targets is None:
            value: Any = known.value(step.input.get("machine"))
            if isinstance(value, list):
                targets = Targets(machines=tuple(map(str, cast("list[object]", value))))
            elif value is not None:
                return [machine_of(value, known, self.ground.inventory)], False
            elif step.command == _HTTP:
                return [self._own(known)], False
            else:
                return [known.machine], False
        machines, left = machines_of(targets, known, self.ground.inventory)
        self.notes += [each for each in left if each not in self.notes]
        kept = self.ground.past.machines(scope.origin(step.id)) if self.ground.past else frozenset[str]()
        chosen = {*(machine.id for machine in machines), *kept}
        return [*machines] if not kept else [m for m in self.ground.inventory.machines if m.id in chosen], True

    def _own(self, known: Known) -> Machine:
        """Return Steward's own machine, from which a request goes that names none."""
        machines = self.ground.inventory.machines
        own = next((machine for machine in machines if machine.transport is Transport.LOCAL), None)
        if own is None:
            why = "Steward's own machine is not in the inventory"
            raise InvalidInput(
                "the request goes out from no machine", where=known.place, why=why, next_step="add `on:`"
            )
        return own

    def _needs(
        self, names: Sequence[str], result: _Done, lane: str, done: Mapping[str, _Done], outer: Sequence[str]
    ) -> tuple[str, ...]:
        """Return what a step waits for on one lane, beside what everything around it does."""
        found: list[str] = list(outer)
        for name in names:
            need = done[name]
            is_lane = bool(result.block) and need.block == result.block and lane in need.ends
            found += need.ends[lane] if is_lane else need.all_ends()
        return tuple(dict.fromkeys(found))

    def _after(
        self, step: WorkflowStep, result: _Done, lane: str, done: Mapping[str, _Done], outer: Sequence[str]
    ) -> tuple[str, ...]:
        """Return what a step comes after on one lane: through what is left out, what that came after."""
        found = list(self._needs(step.after, result, lane, done, outer))
        for need in (done[name] for name in _before(step)):
            is_lane = bool(result.block) and need.block == result.block and lane in need.passed
            found += need.passed[lane] if is_lane else [name for names in need.passed.values() for name in names]
        return tuple(dict.fromkeys(found))

    def _batches(self, done: Mapping[str, _Done]) -> None:
        """Note the batches of each block; a lane on which everything is left out takes no place in them."""
        for block in dict.fromkeys(each.block for each in done.values() if each.block):
            members = [each for each in done.values() if each.block == block]
            size = members[0].step.on.batch if members[0].step.on else 0
            lanes = list(dict.fromkeys(lane for each in members for lane, ids in each.ids.items() if ids))
            if not size or len(lanes) <= size:
                continue
            batches = [lanes[at : at + size] for at in range(0, len(lanes), size)]
            within = (
                tuple(name for each in members for lane in batch for name in each.ids.get(lane, ()))
                for batch in batches
            )
            self.batches.append(tuple(within))


def _probes(lines: Sequence[str], steps: Sequence[WorkflowStep], known: Known, probe: ProbeOf) -> tuple[Probe, ...]:
    """Return the probes of readable lines; one that names no machine is asked about every machine of the plan."""
    machines: tuple[MachineId | None, ...] = tuple(
        dict.fromkeys(MachineId(str(step.input["machine"])) for step in steps)
    )
    found: list[Probe] = []
    for line in map(known.line, lines):
        about = machines[:1] if names_machine(line) else machines
        found += [probe(line, machine, 0) for machine in about or (None,)]
    return tuple(found)


def _items(step: WorkflowStep, known: Known) -> list[Any] | None:
    """Return what a step is done for, one after the other; None where it is done once."""
    if not step.for_each:
        return None
    value: Any = known.ask(step.for_each) if isinstance(step.for_each, str) else known.value(list(step.for_each))
    if not isinstance(value, list):
        what = f"`forEach` is no list: `{visible_line(str(step.for_each))}`"
        raise InvalidInput(what, where=known.place, next_step="give it a list")
    items: list[Any] = value  # pyright: ignore[reportUnknownVariableType] - a list of JSON values
    if len(items) > _MOST_ITEMS:
        raise InvalidInput(f"`forEach` goes through more than {_MOST_ITEMS} items", where=known.place)
    return items


def _block(step: WorkflowStep, done: Mapping[str, _Done]) -> str:
    """Return the fan-out a step belongs to: that of a step it needs with the same machines and items, or its own."""

    def stands_on(name: str, block: str) -> bool:
        return done[name].block == block or any(stands_on(each, block) for each in _before(done[name].step))

    for need in step.needs:
        other = done[need]
        is_same = (other.step.on, other.step.for_each) == (step.on, step.for_each) and other.block
        others = [name for name in _before(step) if done[name].block != other.block]
        if is_same and not any(stands_on(name, other.block) for name in others):
            return other.block
    return step.id


def _before(step: WorkflowStep) -> tuple[str, ...]:
    return (*step.needs, *step.after)


def _named(done: Mapping[str, _Done], name: str, lane: str, block: str, place: str) -> Mapping[str, str]:
    """Return the flat steps that an expression means by a step's name, by lane."""
    head, _, rest = name.partition(".")
    found = done.get(head)
    if found is None:
        raise InvalidInput(f"there is no step `{visible_line(name)}` before this one", where=place)
    is_lane = bool(block) and found.block == block and lane in found.ids
    lanes = {lane: found.ids[lane]} if is_lane else found.ids
    named = [(key, each) for key, ids in lanes.items() for each in ids]
    if rest:
        named = [(key, each) for key, each in named if each.startswith(f"{name}.") or each == name]
    if not named:
        what = f"the step `{visible_line(name)}`, whose result is used, is left out"
        raise InvalidInput(what, where=place, next_step="give both steps the same `when`")
    keys = [key for key, _ in named]
    return {key if keys.count(key) == 1 else each: each for key, each in named}


def _at_run_time(text: str, known: Known, steps: Callable[[str], Mapping[str, str]]) -> str:
    if uses(text, "facts"):
        what = "facts and results of steps cannot be in one expression"
        raise InvalidInput(what, where=known.place, why=f"`{visible_line(text)}`", next_step="make two steps of it")
    return settled(text, values=known.settled(), steps=steps)


def _both(first: str, second: str) -> str:
    return f"({first}) && ({second})" if first and second else first or second
