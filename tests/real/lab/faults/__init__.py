"""Every fault the lab can inject, by name."""

from tests.real.lab.faults import (
    changed_host_key,
    changes,
    clock_skew,
    crash_loop,
    dead_host,
    disk_full,
    inode_full,
    missed_jobs,
    mounts,
    network_cut,
    out_of_memory,
    security_update,
    slow_host,
    unhealthy_container,
    units,
)
from tests.real.lab.faults.fault import Fault

_ALL = (
    disk_full.DISK_FULL,
    inode_full.INODE_FULL,
    units.FAILED_UNIT,
    units.BROKEN_UNIT,
    out_of_memory.OUT_OF_MEMORY,
    crash_loop.CRASH_LOOP,
    crash_loop.CRASH_LOOP_TRANSIENT,
    unhealthy_container.UNHEALTHY_CONTAINER,
    mounts.DEAD_MOUNT,
    mounts.ABSENT_MOUNT,
    missed_jobs.CRON_MISSED,
    missed_jobs.TIMER_MISSED,
    clock_skew.CLOCK_SKEW,
    security_update.SECURITY_UPDATE,
    changes.NEW_PORT,
    changes.CHANGED_FILE,
    changes.CHANGED_IMAGE,
    network_cut.NETWORK_CUT,
    changed_host_key.CHANGED_HOST_KEY,
    slow_host.SLOW_HOST,
    dead_host.DEAD_HOST,
)
FAULTS = {fault.name: fault for fault in _ALL}

__all__ = ["FAULTS", "Fault"]
