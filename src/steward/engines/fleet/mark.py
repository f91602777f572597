"""Groups and labels of machines: small edits of the inventory that keep its comments."""

from __future__ import annotations

import asyncio
import re

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.workspace import NAME
from steward.engines.fleet.cards import MachineCard, card_of
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.machine import Machine
from steward.model.risk import Risk, Strength

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}")
_MOST_LABELS = 64
_LONGEST_VALUE = 200


@record
class LabelInput:
    """Set labels of a machine; `key=` takes one away."""

    machine: str
    """Name of the machine."""
    labels: tuple[str, ...]
    """`key=value`, or `key=` to take it away."""


@record
class GroupInput:
    """Put a machine into groups, or take it out of them."""

    machine: str
    """Name of the machine."""
    add: tuple[str, ...] = ()
    """Groups to put it into."""
    remove: tuple[str, ...] = ()
    """Groups to take it out of."""


async def label(desk: Desk, given: LabelInput) -> MachineCard:
    """Change the labels of a machine."""
    machine = desk.workspace.require(given.machine)
    change = desk.workspace.change_machine
    await asyncio.to_thread(change, machine.id, author=desk.actor, labels=_labels(machine, given) or None)
    return card_of(desk, desk.workspace.require(machine.id))


async def preview_label(desk: Desk, given: LabelInput) -> str:
    """Say what the labels would be."""
    machine = desk.workspace.require(given.machine)
    told = ", ".join(f"{key}={value}" for key, value in _labels(machine, given).items())
    return f"{machine.name} would have the labels {told}" if told else f"{machine.name} would have no label"


def _labels(machine: Machine, given: LabelInput) -> dict[str, str]:
    labels = dict(machine.labels or {})
    for word in given.labels:
        key, is_pair, value = word.partition("=")
        if not is_pair or not _LABEL.fullmatch(key):
            rule = "write `key=value`; a key has letters, digits, dot, dash, slash and underscore"
            raise InvalidInput(f"`{visible_line(word[:80])}` is no label", next_step=rule)
        if len(value) > _LONGEST_VALUE or visible_line(value) != value:
            raise InvalidInput(f"the value of `{key}` cannot be used", why="it is too long, or no single line of text")
        labels.pop(key, None)
        labels |= {key: value} if value else {}
    if len(labels) > _MOST_LABELS:
        raise InvalidInput(f"{machine.name} would have {len(labels)} labels", why=f"{_MOST_LABELS} are the most")
    return labels


async def group(desk: Desk, given: GroupInput) -> MachineCard:
    """Change the groups of a machine."""
    machine = desk.workspace.require(given.machine)
    change = desk.workspace.change_machine
    await asyncio.to_thread(change, machine.id, author=desk.actor, groups=_groups(machine, given))
    return card_of(desk, desk.workspace.require(machine.id))


async def preview_group(desk: Desk, given: GroupInput) -> str:
    """Say what the groups would be."""
    machine = desk.workspace.require(given.machine)
    told = ", ".join(_groups(machine, given))
    return f"{machine.name} would be in {told}" if told else f"{machine.name} would be in no group"


def _groups(machine: Machine, given: GroupInput) -> tuple[str, ...]:
    if not given.add and not given.remove:
        raise InvalidInput("no group is named", next_step=f"steward machines group {machine.name} --add media")
    for name in given.add:
        if not NAME.fullmatch(name):
            rule = "use lower-case letters, digits, dot and dash, beginning with a letter or digit"
            raise InvalidInput(f"`{visible_line(name[:80])}` cannot be a group", next_step=rule)
    missing = [name for name in given.remove if name not in machine.groups]
    if missing:
        why = f"its groups are {', '.join(machine.groups)}" if machine.groups else "it is in no group"
        raise InvalidInput(f"{machine.name} is not in `{visible_line(missing[0][:80])}`", why=why)
    kept = [name for name in machine.groups if name not in given.remove]
    return tuple(dict.fromkeys([*kept, *given.add]))


_LIVE = {"machine": "machine"}
COMMANDS = (
    CommandSpec(
        name="machines.label",
        right=Right.GOVERN,
        input=LabelInput,
        output=MachineCard,
        handler=label,
        preview=preview_label,
        undo="steward machines label NAME key=",
        verify="`steward machines show NAME` tells the labels",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="machines label nas room=cellar", does="Note where nas stands"),
            Example(line="machines label nas room=", does="Take that label away"),
        ),
    ),
    CommandSpec(
        name="machines.group",
        right=Right.GOVERN,
        input=GroupInput,
        output=MachineCard,
        handler=group,
        preview=preview_group,
        undo="steward machines group NAME --remove GROUP",
        verify="`steward machines ls --group GROUP` lists it",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        live=_LIVE,
        examples=(
            Example(line="machines group nas --add media", does="Put nas into the group media"),
            Example(line="machines group nas --add media --remove spare", does="Move it from one group to another"),
        ),
    ),
)
