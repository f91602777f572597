"""A use of each operation of storage, and the facts for it."""

from typing import Any

from tests.unit.knowhow.snapshots import recorded

SEEN: dict[str, Any] = dict(
    recorded(
        disk_health="debian_12_healthy",
        arrays="debian_12_healthy",
        pools="proxmox_8_healthy",
        mounts="options_and_mounts_missing",
        network_mounts="stuck",
        btrfs="debian_12_mirror",
    ).values
)
USES: list[tuple[str, dict[str, Any]]] = [
    ("disk.test", {"disk": "WD-WCC7K0000001", "kind": "long"}),
    ("array.check", {"array": "md0"}),
    ("pool.scrub", {"pool": "rpool"}),
    ("btrfs.scrub", {"place": "/srv/data"}),
    ("btrfs.balance", {"place": "/srv/data", "usage_percent": 50}),
    ("swap.enable", {}),
    ("mount.mount", {"place": "/mnt/usb"}),
    ("mount.mount", {"place": "/srv/media"}),
    ("mount.detach", {"place": "/srv/media"}),
    ("mount.remount", {"place": "/srv/data"}),
]
