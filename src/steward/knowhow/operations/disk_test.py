"""Let a disk test itself."""

from __future__ import annotations

import re
from typing import Literal

from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth, DisksHealth
from steward.knowhow.storage_operations import expects, not_there, unread
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAM = "/usr/sbin/smartctl"
_DEVICE = re.compile(r"sd[a-z]{1,2}|nvme[0-9]{1,2}n[0-9]")
_IN_SUDOERS = "/dev/(sd[a-z]{1,2}|nvme[0-9]{1,2}n[0-9])"
_LASTS = {"short": "about two minutes", "long": "hours, for large disks a day"}


@record
class RunDiskTest:
    """Let a disk test itself, beside its work. What it finds is told by the check of self-tests."""

    machine: str
    """Machine, by name or id."""
    disk: str
    """Serial number of the disk; the kernel's name where it has none."""
    kind: Literal["short", "long"]
    """`short` for two minutes, `long` to read the whole surface."""


def build(command: RunDiskTest, snapshot: Snapshot) -> Blueprint:
    """Work the test out; a disk that tests itself already, sleeps or cannot be asked is refused."""
    health, one = _disk(snapshot, command.disk)
    device, path = f"/dev/{one.name}", ("disks", command.disk)
    testing = (*path, "is_testing")
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.DISK, command.disk),
        action=Action(argv=(health.program, f"--test={command.kind}", device)),
        says=f"Let {one.name} ({visible_line(one.model)}) test itself, {command.kind}",
        effects=(
            f"{device} tests itself for {_LASTS[command.kind]}; it goes on working and is slower meanwhile",
            "nothing on it is changed",
        ),
        preconditions=(
            expects(snapshot, HEALTH, (*path, "name"), f"disk {command.disk} is still {device}", is_now=one.name),
            expects(snapshot, HEALTH, testing, f"{device} does not test itself yet", is_now=False),
        ),
        verify=(expects(snapshot, HEALTH, testing, f"{device} tests itself", is_now=True, within=30),),
        undo=Undo(
            says="Stop the test",
            actions=(Action(argv=(health.program, "--abort", device)),),
            verify=(expects(snapshot, HEALTH, testing, f"{device} does not test itself", is_now=False, within=30),),
        ),
        risk=Risk.REVERSIBLE,
    )


def _disk(snapshot: Snapshot, key: str) -> tuple[DisksHealth, DiskHealth]:
    where, health = snapshot.machine.name, snapshot.of(HEALTH)
    if health is None:
        raise unread(snapshot, HEALTH, "disks")
    one = health.disks.get(key)
    if one is None:
        raise not_there(snapshot, "disk", key, health.disks)
    why = one.unread or ("it sleeps" if one.is_asleep else "") or ("it tests itself already" if one.is_testing else "")
    if why or health.program != _PROGRAM or _DEVICE.fullmatch(one.name) is None:
        raise InvalidInput(f"disk `{key}` cannot test itself now", where=where, why=why or "its name is unusual")
    return health, one


PLUGIN = Operation[RunDiskTest](
    name="disk.test",
    input=RunDiskTest,
    risk=Risk.REVERSIBLE,
    needs=(HEALTH.name,),
    build=build,
    sudoers=(f"{_PROGRAM} ^--test=(short|long) {_IN_SUDOERS}$", f"{_PROGRAM} ^--abort {_IN_SUDOERS}$"),
    examples=(
        Example(line="disk test nas WD-WCC7K0000001 short", does="Let the disk with this serial number test itself."),
        Example(line="disk test nas WD-WCC7K0000001 long", does="Let it read its whole surface."),
    ),
)
