"""What the checks of ZFS pools share: the case they open, and what to say of the devices that are in trouble."""

from __future__ import annotations

from steward.knowhow.facts.pools import Device, Pool
from steward.knowhow.findings import Case, case
from steward.lib.text import visible_line
from steward.model.fact import Snapshot
from steward.model.observation import Observation
from steward.model.resource import ResourceKind

_MOST = 8


def pool_case(check: str, snapshot: Snapshot, name: str) -> Case:
    """Open a case about a pool."""
    return case(check, snapshot, ResourceKind.POOL, name, "zpool")


def called(snapshot: Snapshot, one: Pool) -> str:
    """Return how people call it."""
    return f"pool {visible_line(one.name)} on {snapshot.machine.name}"


def devices_in_trouble(one: Pool) -> tuple[Device, ...]:
    """Return the devices that are not as they should be, the pool itself left out."""
    healthy = {"ONLINE", "AVAIL", "INUSE"}
    return tuple(
        device
        for name, device in one.devices.items()
        if name != one.name and (device.state not in healthy or device.error_count > 0)
    )


def device_evidence(this: Case, one: Pool) -> tuple[Observation, ...]:
    """Return a line for each device in trouble: state, errors, and what ZFS says of it."""
    return tuple(
        this.seen(
            "device",
            f"{device.name} {device.state} read {device.read_errors} write {device.write_errors}"
            f" checksum {device.checksum_errors} {device.note}".strip(),
        )
        for device in devices_in_trouble(one)[:_MOST]
    )
