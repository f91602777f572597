"""The matrix of autonomy: what would become of each kind of action on each machine, if Steward proposed it now.

The rules, the inventory and the hour are looked up once for the whole matrix: every cell is judged by the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.ways import autonomy_of, parent_of, quarantine_of
from steward.lib.record import record
from steward.lib.text import nearest, plural, visible_line
from steward.model.access import Right
from steward.model.brake import Brake
from steward.model.command import Example
from steward.model.errors import NotFound
from steward.model.grant import Grant
from steward.model.machine import FROM_OUTSIDE, Autonomy, Machine
from steward.model.operation import AnyOperation
from steward.model.policy import Decision, Request, Rules, TargetFacts, Verdict, decide
from steward.model.principal import STEWARD
from steward.model.risk import Risk
from steward.model.taint import Taint
from steward.model.workspace import Inventory

_UNREACHED = "nothing is run there"


class Says(StrEnum):
    """What would become of an action."""

    NEVER = "never"
    ASK = "ask"
    HOURS = "hours"
    GRANTED = "granted"


@record
class MatrixInput:
    """Show what would become of each kind of action on each machine: never, ask, or allowed by a grant.

    It is judged as if Steward itself proposed the action now, with no brake on and nothing used up today. A grant
    covers only the input it is bound to; `policy explain` judges one exact action.
    """

    machine: tuple[str, ...] = ()
    """Only these machines; give it once for each."""
    group: str = ""
    """Only the machines of this group."""
    kind: str = ""
    """Only actions of this kind, `unit`."""


@record
class Column:
    """Machines for which everything is the same."""

    machines: tuple[str, ...]
    """Their names."""
    autonomy: Autonomy
    """How far Steward may go there."""
    quarantined: str
    """Why nothing is sent there, or empty."""


@record
class Cell:
    """What would become of one action there."""

    says: Says
    """`never`, `ask`, `hours` (granted in some hours), `granted`."""
    by: str
    """What decides: a rule, the autonomy of the machine, a grant."""


@record
class Row:
    """One action."""

    command: str
    """Name."""
    kind: str
    """What it acts on."""
    summary: str
    """What it does."""
    risk: Risk
    """Least risk of any use."""
    cells: tuple[Cell, ...]
    """One for each column."""


@record
class Matrix:
    """Actions and machines."""

    sentence: str
    """How many, in words."""
    columns: tuple[Column, ...]
    """Machines, those that are alike together."""
    rows: tuple[Row, ...]
    """Actions, by kind."""
    kinds: tuple[str, ...]
    """Every kind there is."""
    machines: tuple[str, ...]
    """Every machine there is."""
    groups: tuple[str, ...]
    """Every group there is."""


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What every cell is judged by."""

    rules: Rules
    """Rules in force."""
    inventory: Inventory
    """Inventory in force."""
    grants: tuple[Grant, ...]
    """Grants that cover something."""
    now: datetime
    """Local wall clock."""


async def matrix(desk: Desk, given: MatrixInput) -> Matrix:
    """Judge every action on every machine."""
    inventory = desk.workspace.inventory()
    every = inventory.machines
    operations = [
        each for _, each in sorted(desk.catalogue.operations.items()) if _kind(each) == (given.kind or _kind(each))
    ]
    ground = _Ground(
        rules=desk.policy.rules(),
        inventory=inventory,
        grants=_in_force(desk, await desk.grants.listing()),
        now=desk.clock.local(),
    )
    known = {machine.name: _column(ground, operations, machine) for machine in _chosen(every, given)}
    alike: dict[tuple[Column, tuple[Cell, ...]], list[str]] = {}
    for name, (column, cells) in known.items():
        alike.setdefault((column, cells), []).append(name)
    rows = [_row(each, [cells[number] for _, cells in alike]) for number, each in enumerate(operations)]
    return Matrix(
        sentence=f"{plural(len(rows), 'action')} on {plural(len(known), 'machine')}",
        columns=tuple(replace(column, machines=tuple(names)) for (column, _), names in alike.items()),
        rows=tuple(rows),
        kinds=tuple(sorted({_kind(each) for each in desk.catalogue.operations.values()})),
        machines=tuple(machine.name for machine in every),
        groups=tuple(sorted({group for machine in every for group in machine.groups})),
    )


def _chosen(every: Sequence[Machine], given: MatrixInput) -> list[Machine]:
    names = [machine.name for machine in every]
    for name in given.machine:
        if name not in names:
            near = nearest(name, names)
            step = f"did you mean `{near}`?" if near else "`steward machines ls` lists them"
            raise NotFound(f"there is no machine `{visible_line(name)}`", next_step=step)
    return [
        machine
        for machine in every
        if (not given.machine or machine.name in given.machine) and (not given.group or given.group in machine.groups)
    ]


def _in_force(desk: Desk, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return the grants that cover something at some hour from now on."""
    now = desk.clock.now()
    return tuple(each for each in grants if each.revoked is None and each.suspended is None and now < each.expires)


def _column(ground: _Ground, operations: Sequence[AnyOperation], machine: Machine) -> tuple[Column, tuple[Cell, ...]]:
    parent = parent_of(machine, ground.inventory)
    target = TargetFacts(
        machine=machine.id,
        name=machine.name,
        groups=machine.groups,
        autonomy=autonomy_of(machine, parent),
        quarantined=quarantine_of(machine, parent),
    )
    column = Column(machines=(), autonomy=target.autonomy, quarantined=target.quarantined)
    if machine.transport in FROM_OUTSIDE:
        return column, (Cell(says=Says.NEVER, by=_UNREACHED),) * len(operations)
    return column, tuple(_cell(ground, operation, target) for operation in operations)


def _cell(ground: _Ground, operation: AnyOperation, target: TargetFacts) -> Cell:
    decision = decide(ground.rules, (), _request(ground, operation, target))
    if decision.verdict is Verdict.DENY:
        return Cell(says=Says.NEVER, by=_voice(decision, target))
    covering = [each for each in ground.grants if each.command == operation.name and target.machine in each.targets]
    if covering and target.autonomy is Autonomy.GRANTED and not _is_ruled(decision):
        always = [each for each in covering if not each.hours and not each.weekdays]
        return Cell(says=Says.GRANTED if always else Says.HOURS, by=(always or covering)[0].id)
    return Cell(says=Says.ASK, by=_voice(decision, target))


def _request(ground: _Ground, operation: AnyOperation, target: TargetFacts) -> Request:
    return Request(
        command=operation.name,
        is_known=True,
        input={},
        risk=operation.risk,
        actor=STEWARD,
        taint=Taint.TRUSTED,
        targets=(target,),
        fleet_size=len(ground.inventory.machines),
        brake=Brake.NONE,
        now=ground.now,
        mutations_today=0,
        is_grantable=operation.is_grantable,
    )


def _is_ruled(decision: Decision) -> bool:
    """Tell whether a rule of the owner asks, which no grant gets around."""
    return sum(reason.verdict is Verdict.ASK for reason in decision.reasons) > 1


def _voice(decision: Decision, target: TargetFacts) -> str:
    """Return what decides; what a rule says is told before what is so of everything."""
    deciding = [reason.rule for reason in decision.reasons if reason.verdict is decision.verdict]
    return target.autonomy.value if deciding[0] == "autonomy" else deciding[0]


def _row(operation: AnyOperation, cells: Sequence[Cell]) -> Row:
    summary = (operation.input.__doc__ or "").partition("\n")[0]
    return Row(command=operation.name, kind=_kind(operation), summary=summary, risk=operation.risk, cells=tuple(cells))


def _kind(operation: AnyOperation) -> str:
    return operation.name.partition(".")[0]


COMMANDS = (
    CommandSpec(
        name="policy.matrix",
        right=Right.READ,
        input=MatrixInput,
        output=Matrix,
        handler=matrix,
        risk=Risk.READ,
        examples=(
            Example(line="policy matrix", does="Show what is never done, asked or allowed, for every machine"),
            Example(line="policy matrix --machine nas --kind unit", does="Only what is done to units of nas"),
        ),
        live={"machine": "machine"},
    ),
)
