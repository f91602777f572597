"""Disks as people mean them: mounted filesystems that hold files, with room, inodes and whether they can be written."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.lib.text import size
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series, Unit

# fmt: off
_PSEUDO_TYPES = frozenset({
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
    "erofs", "fuse.gvfsd-fuse", "fuse.lxcfs", "fuse.portal", "fuse.snapfuse", "fuse.squashfuse", "fusectl",
    "hugetlbfs", "iso9660", "mqueue", "nsfs", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "selinuxfs",
    "squashfs", "sysfs", "tracefs", "udf",
})
# fmt: on
"""Types that hold no files of anybody, or are always full because they are images."""
_PSEUDO_PLACES = ("/dev", "/proc", "/run", "/sys", "/snap", "/var/snap", "/var/lib/lxcfs", "/var/lib/kubelet")
_ENGINE_PLACES = ("/var/lib/docker/", "/var/lib/containers/", "/var/lib/containerd/")
_LASTING_TYPES = frozenset({"zfs", "nfs", "nfs4", "cifs", "fuse.sshfs", "fuse.mergerfs", "bcachefs", "9p", "virtiofs"})
"""Types that hold files for long without a device of their own."""
_MOST = 1000
"""Lines of df that are looked at; a machine has tens."""
_FILES_OF_A_CONTAINER = frozenset({"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"})


@record
class Filesystem:
    """One filesystem, under the mount point `df` names it by."""

    mount_point: str
    """Where it is mounted."""
    source: str
    """Device or dataset it is on."""
    type: str
    """Type: `ext4`, `btrfs`, `zfs`, `tmpfs`."""
    size_bytes: int
    """Its size."""
    used_bytes: int
    """Bytes in use."""
    available_bytes: int
    """Bytes that users may still write; less than what is free where some is reserved for root."""
    used_percent: float
    """Used, of what users may use; one decimal."""
    inodes_used_percent: float | None
    """Inodes in use; None where inodes are made as needed."""
    is_read_only: bool | None
    """Whether nothing can be written to it anywhere; None when the kernel does not tell."""
    options: str
    """Options of the filesystem itself as the kernel holds them now; the very long ones of overlays are left out."""
    expected_options: str | None
    """Options that /etc/fstab asks for, or None when it has no line for this mount point."""
    also_mounted_at: tuple[str, ...]
    """Other mount points of the same filesystem."""

    def holds(self, mount_point: str, source: str) -> bool:
        """Tell whether a path with this mount point and source, as `df PATH` tells them, lies on it."""
        if mount_point == self.mount_point or mount_point in self.also_mounted_at:
            return True
        return source == self.source and is_device(source)


@record
class Filesystems:
    """All real filesystems of a machine."""

    filesystems: dict[str, Filesystem]
    """By mount point."""
    not_mounted: dict[str, str]
    """Mount points that /etc/fstab wants mounted at boot and that are not mounted, with their options."""

    def holding(self, mount_point: str, source: str) -> Filesystem | None:
        """Return the filesystem a path lies on, by the mount point and source that `df PATH` told."""
        exact = self.filesystems.get(mount_point)
        return exact or next((one for one in self.filesystems.values() if one.holds(mount_point, source)), None)


@record
class DfLine:
    """One line of `df`: three numbers in the unit of the call."""

    source: str
    """Device or share."""
    type: str
    """Kind of filesystem."""
    total: int
    """All there is."""
    used: int
    """What is taken."""
    available: int
    """What a user without rights can still take."""
    mount_point: str
    """Where it is mounted."""


@record
class _Mount:
    mount_point: str
    source: str
    type: str
    options: str


def is_device(source: str) -> bool:
    """Tell whether a source names one filesystem and not only a kind, as `tmpfs` and `overlay` do."""
    return "/" in source


def df_line(line: str, *, has_type: bool) -> DfLine | None:
    """Read one line of `df -P`; None for the heading and for what has no numbers. Names may contain spaces."""
    words = line.split(None, 40)
    first = 2 if has_type else 1
    for at in range(first, len(words) - 4):
        total, used, available = (whole(word.lstrip("-")) for word in words[at : at + 3])
        if total is None or used is None or available is None or not words[at + 4].startswith("/"):
            continue
        if not words[at + 3].endswith("%") and words[at + 3] != "-":
            continue
        return DfLine(
            source=" ".join(words[: at - 1] if has_type else words[:at]),
            type=words[at - 1] if has_type else "",
            total=total,
            used=used,
            available=0 if words[at + 2].startswith("-") else available,
            mount_point=line.split(None, at + 4)[at + 4],
        )
    return None


def parse(outputs: Mapping[str, CommandOutput]) -> Filesystems:
    """Join room, inodes, mounts and fstab by mount point."""
    space = _df(text_of(outputs, "space", may_fail=True), has_type=True)
    if not space:
        msg = "`df -PkT` listed no filesystem"
        raise FactUnavailable(msg)
    inodes = {line.mount_point: line for line in _df(_optional(outputs, "inodes"), has_type=False)}
    mounts = _mounts(_optional(outputs, "mounts"))
    expected = _fstab(_optional(outputs, "fstab"))
    found: dict[str, Filesystem] = {}
    for line in space:
        if not _is_real(line) or any(one.holds(line.mount_point, line.source) for one in found.values()):
            continue
        found[line.mount_point] = _filesystem(line, inodes.get(line.mount_point), mounts, expected)
    not_mounted = {
        entry.mount_point: entry.options
        for entry in expected.values()
        if mounts and entry.mount_point not in mounts and _is_for_boot(entry)
    }
    return Filesystems(filesystems=found, not_mounted=not_mounted)


def _is_for_boot(entry: _Mount) -> bool:
    """Tell whether a line of fstab wants files to be there once the machine has started."""
    if entry.type in _PSEUDO_TYPES or entry.type in {"swap", "none"} or not entry.mount_point.startswith("/"):
        return False
    return not {"noauto", "x-systemd.automount", "comment=systemd.automount"} & set(entry.options.split(","))


def _filesystem(
    space: DfLine, inodes: DfLine | None, mounts: dict[str, _Mount], expected: dict[str, _Mount]
) -> Filesystem:
    mount = mounts.get(space.mount_point)
    return Filesystem(
        mount_point=space.mount_point,
        source=space.source,
        type=space.type,
        size_bytes=space.total * 1024,
        used_bytes=space.used * 1024,
        available_bytes=space.available * 1024,
        used_percent=_percent(space.used, space.used + space.available) or 0.0,
        inodes_used_percent=None if inodes is None else _percent(inodes.used, inodes.total),
        is_read_only=None if mount is None else "ro" in mount.options.split(","),
        options="" if mount is None else ",".join(word for word in mount.options.split(",") if len(word) < 40),
        expected_options=wanted.options if (wanted := expected.get(space.mount_point)) is not None else None,
        also_mounted_at=tuple(
            sorted(
                other.mount_point
                for other in mounts.values()
                if is_device(space.source) and other.source == space.source and other.mount_point != space.mount_point
                if not _is_pseudo(other.mount_point)
            )
        ),
    )


def _optional(outputs: Mapping[str, CommandOutput], name: str) -> str:
    output = outputs.get(name)
    return output.stdout if output is not None and not output.is_truncated else ""


def _df(text: str, *, has_type: bool) -> list[DfLine]:
    return [found for line in lines(text)[:_MOST] if (found := df_line(line, has_type=has_type)) is not None]


def _percent(part: int, whole_part: int) -> float | None:
    return round(part * 100 / whole_part, 1) if whole_part > 0 else None


def _is_real(line: DfLine) -> bool:
    if line.total == 0 or line.type in _PSEUDO_TYPES or _is_pseudo(line.mount_point):
        return False
    return line.type != "overlay" or line.mount_point == "/"


def _is_pseudo(mount_point: str) -> bool:
    below = any(mount_point == place or mount_point.startswith(place + "/") for place in _PSEUDO_PLACES)
    return below or mount_point.startswith(_ENGINE_PLACES) or mount_point in _FILES_OF_A_CONTAINER


def _mounts(text: str) -> dict[str, _Mount]:
    """Read /proc/self/mountinfo; of mounts on top of each other the last is the visible one."""
    mounts: dict[str, _Mount] = {}
    for line in lines(text):
        place, divider, kind = line.partition(" - ")
        before, after = place.split(), kind.split()
        if divider and len(before) >= 6 and len(after) >= 3:
            point = _unescaped(before[4])
            mounts[point] = _Mount(mount_point=point, type=after[0], source=_unescaped(after[1]), options=after[2])
    return mounts


def _fstab(text: str) -> dict[str, _Mount]:
    """Read /etc/fstab by mount point."""
    entries: dict[str, _Mount] = {}
    for line in lines(text):
        words = line.split()
        if len(words) >= 4 and not words[0].startswith("#"):
            point = _unescaped(words[1]).rstrip("/") or "/"
            entries[point] = _Mount(mount_point=point, source=words[0], type=words[2], options=words[3])
    return entries


def _unescaped(text: str) -> str:
    """Turn the kernel's `\\040` and its like back into the character."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


_DEEPEST = 2
"""`/dev/shm` and `/tmp` stay; what every container and every login brings along lies deeper."""


def samples(filesystems: Filesystems) -> dict[str, float]:
    """Return how full each filesystem is, by its mount point; those in memory that come and go are left out."""
    numbers: dict[str, float] = {}
    for place, one in filesystems.filesystems.items():
        if not _is_lasting(one) and place.count("/") > _DEEPEST:
            continue
        numbers |= {f"{place} used_bytes": one.used_bytes, f"{place} available_bytes": one.available_bytes}
        if one.inodes_used_percent is not None:
            numbers[f"{place} inodes_used_percent"] = one.inodes_used_percent
    return numbers


def _is_lasting(one: Filesystem) -> bool:
    return is_device(one.source) or one.type in _LASTING_TYPES


def traits(filesystems: Filesystems) -> dict[str, str]:
    """Return what is mounted where, how big it is, and whether it can be written."""
    return {
        f"filesystem {place}": f"{one.source} {one.type} {size(one.size_bytes)}"
        + (" read-only" if one.is_read_only else "")
        for place, one in filesystems.filesystems.items()
        if _is_lasting(one)
    }


WITHOUT_PASSWORDS = "s/[a-z_]*pass[a-z_]*=[^,[:space:]]*/-/g"
"""For sed: takes passwords of network mounts out of fstab before it leaves the machine."""
_SPACE = "export LC_ALL=C; if df -Pkl / >/dev/null 2>&1; then df -PkTl; else df -PkT; fi"
"""Network mounts are left out where df can do that: a dead server would hang it, and they are seen on their server."""
_INODES = "export LC_ALL=C; if df -Pkl / >/dev/null 2>&1; then df -Pil; else df -Pi; fi"

PLUGIN = Fact[Filesystems](
    name="filesystems",
    summary="Mounted filesystems with room, inodes, and whether they can be written.",
    readings=(
        Reading(name="space", argv=("sh", "-c", _SPACE)),
        Reading(name="inodes", argv=("sh", "-c", _INODES)),
        Reading(name="mounts", argv=("cat", "/proc/self/mountinfo")),
        Reading(name="fstab", argv=("sed", "-e", WITHOUT_PASSWORDS, "/etc/fstab")),
    ),
    parse=parse,
    samples=samples,
    series=(
        Series(ending="used_bytes", unit=Unit.BYTES, room="available_bytes", matters=True),
        Series(ending="available_bytes", unit=Unit.BYTES),
        Series(ending="inodes_used_percent", unit=Unit.PERCENT),
    ),
    traits=traits,
)
