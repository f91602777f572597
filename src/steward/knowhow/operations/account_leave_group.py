"""Take an account out of a group."""

from __future__ import annotations

import re

from steward.knowhow.account_operations import account_of, account_resource, changeable
from steward.knowhow.facts.account_states import PLUGIN as ACCOUNTS
from steward.knowhow.storage_operations import not_there
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.risk import Risk

_GPASSWD = "/usr/bin/gpasswd"
_GROUP = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


@record
class LeaveGroup:
    """Take an account out of a group; what runs as it keeps the group's rights until it ends."""

    machine: str
    """Machine, by name or id."""
    account: str
    """Name of the account."""
    group: str
    """Name of the group."""


def build(command: LeaveGroup, snapshot: Snapshot) -> Blueprint:
    """Work it out; a group it is not in is refused."""
    name, group = command.account, command.group
    one = account_of(snapshot, name)
    if group not in one.groups:
        raise not_there(snapshot, f"group of {name} called", group, one.groups)
    if _GROUP.fullmatch(group) is None:
        raise InvalidInput(f"{name} is left in its group", where=snapshot.machine.name, why="its name is unusual")
    return Blueprint(
        resource=account_resource(snapshot, name),
        action=Action(argv=(_GPASSWD, "--delete", name, group)),
        says=f"Take {name} out of the group {group}",
        effects=(f"{name} has the rights of {group} no more; programs that run as it keep them until they end",),
        preconditions=(_member(snapshot, name, group, is_in=True),),
        verify=(_member(snapshot, name, group, is_in=False),),
        undo=Undo(
            says=f"Put {name} into the group {group} again",
            actions=(Action(argv=(_GPASSWD, "--add", name, group)),),
            verify=(_member(snapshot, name, group, is_in=True),),
        ),
        risk=Risk.RISKY,
    )


def _member(snapshot: Snapshot, name: str, group: str, *, is_in: bool) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=f"{name} is {'' if is_in else 'not '}in {group}",
        fact=ACCOUNTS.name,
        path=("accounts", name, "groups", group),
        comparison=Comparison.PRESENT if is_in else Comparison.ABSENT,
    )


def rights(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the lines for exactly the memberships that were seen: nobody is put into a group they were not in."""
    return tuple(
        f"{_GPASSWD} {verb} {name} {group}"
        for name, one in changeable(snapshot).items()
        for group in sorted(one.groups)
        if _GROUP.fullmatch(group)
        for verb in ("--delete", "--add")
    )


PLUGIN = Operation[LeaveGroup](
    name="account.leave_group",
    input=LeaveGroup,
    risk=Risk.RISKY,
    needs=(ACCOUNTS.name,),
    build=build,
    sudoers=(),
    rights=rights,
    examples=(
        Example(line="account leave_group nas anna docker", does="Take the engine's rights from anna."),
        Example(line="account leave_group m1 guest sudo", does="Let guest on m1 be no administrator."),
    ),
)
