"""What a mount from another machine says: which host, and which folder there."""

from __future__ import annotations

from steward.knowhow.backup_findings import is_below
from steward.knowhow.facts.network_mounts import NetworkMount, NetworkMounts


def share_of(mount: NetworkMount) -> tuple[str, str]:
    """Return host and folder: `nas:/export/media`, `me@vps:/srv`, `//nas/media` (whose folder nobody tells)."""
    if mount.source.startswith("//"):
        host, _, share = mount.source.removeprefix("//").partition("/")
        return host, share
    host, _, folder = mount.source.partition(":/")
    return host.rpartition("@")[2], f"/{folder}"


def mount_of(mounts: NetworkMounts | None, path: str) -> NetworkMount | None:
    """Return the mount from another machine that a path lies on, by the longest mount point."""
    found = [one for one in mounts.mounts.values() if is_below(path, one.mount_point)] if mounts else []
    return max(found, key=lambda one: len(one.mount_point), default=None)
