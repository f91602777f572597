"""Every fault the lab can inject, by name."""

from tests.real.lab.faults import (
    changed_host_key,
    crash_loop,
    dead_host,
    disk_full,
    network_cut,
    slow_host,
    unhealthy_container,
    units,
)
from tests.real.lab.faults.fault import Fault

_ALL = (
    disk_full.DISK_FULL,
    units.FAILED_UNIT,
    units.BROKEN_UNIT,
    crash_loop.CRASH_LOOP,
    crash_loop.CRASH_LOOP_TRANSIENT,
    unhealthy_container.UNHEALTHY_CONTAINER,
    network_cut.NETWORK_CUT,
    changed_host_key.CHANGED_HOST_KEY,
    slow_host.SLOW_HOST,
    dead_host.DEAD_HOST,
)
FAULTS = {fault.name: fault for fault in _ALL}

__all__ = ["FAULTS", "Fault"]
