"""Install every update that waits, each in the exact version that was shown."""

from __future__ import annotations

from typing import Literal

from steward.knowhow.facts.package_states import PLUGIN as STATES
from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.package_updates import SUDOERS, update_of, waiting_updates
from steward.knowhow.upgradable import why_not
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation
from steward.model.risk import Risk

_MOST = 100
"""A week of a machine; what waits beyond that is left for the next time."""


@record
class UpgradeWaiting:
    """Install the updates that wait, at most 100; kernels, boot loaders and new packages are left to a person."""

    machine: str
    """Machine, by name or id."""
    which: Literal["security", "all"]
    """`security` for security updates only."""


def build(command: UpgradeWaiting, snapshot: Snapshot) -> Blueprint:
    """Choose what waits; nothing that can be installed by name is refused."""
    updates = waiting_updates(snapshot)
    fit = {
        name: one
        for name, one in updates.updates.items()
        if (one.is_security or command.which == "all") and not why_not(name, one)
    }
    if not fit:
        why = f"{updates.count} wait, none of them is one that is installed by name here"
        raise InvalidInput("there is nothing to update", where=snapshot.machine.name, why=why)
    return update_of(dict(list(fit.items())[:_MOST]), snapshot)


PLUGIN = Operation[UpgradeWaiting](
    name="packages.upgrade_waiting",
    input=UpgradeWaiting,
    risk=Risk.RISKY,
    needs=(UPDATES.name, STATES.name),
    build=build,
    sudoers=SUDOERS,
    examples=(
        Example(line="packages upgrade_waiting m1 security", does="Install the security updates that wait on m1."),
        Example(line="packages upgrade_waiting nas all", does="Install all updates that wait on nas."),
    ),
)
