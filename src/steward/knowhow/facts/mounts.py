"""Mounts as fstab declares them, beside how they stand: which are there, and with which options."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.facts.filesystems import WITHOUT_PASSWORDS
from steward.knowhow.outputs import lines, text_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 500
_NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "sshfs", "glusterfs", "ceph", "davfs"}
)
OPPOSITES = {
    "ro": "rw",
    "nosuid": "suid",
    "nodev": "dev",
    "noexec": "exec",
    "noatime": "relatime",
    "nodiratime": "diratime",
    "sync": "async",
    "discard": "nodiscard",
}
"""Options the kernel shows when they are in force, each with what takes it back."""
_HIDDEN = ("password", "pass=", "user", "username", "credentials", "secret", "key", "identityfile")
"""Options that hold secrets, or name where one lies."""


@record
class Declared:
    """One line of fstab, beside the mount that fulfils it."""

    mount_point: str
    """Where it should be mounted."""
    source: str
    """What should be mounted there: a device, a share, `UUID=...`."""
    type: str
    """Type of filesystem."""
    wanted_options: tuple[str, ...]
    """Options fstab asks for; those that could hold a secret are left out."""
    is_mounted: bool
    """Whether something is mounted there."""
    mounted_source: str
    """What is mounted there; empty when nothing is."""
    options: tuple[str, ...]
    """Options in force, of the mount and of the filesystem."""
    missing_options: str
    """Options fstab asks for that are not in force, with commas; empty when all took or nothing is mounted."""
    is_network: bool
    """Whether it lies on another machine."""

    @property
    def is_for_boot(self) -> bool:
        """Whether it should be there once the machine has started."""
        return not {"noauto", "x-systemd.automount", "comment=systemd.automount"} & set(self.wanted_options)


@record
class Mounts:
    """What fstab declares, and what is mounted."""

    mount_program: str
    """Absolute path of mount; empty when there is none."""
    umount_program: str
    """Absolute path of umount; empty when there is none."""
    declared: dict[str, Declared]
    """Lines of fstab by mount point, swap left out."""
    swap_declared: tuple[str, ...]
    """What fstab wants as swap, unless it is marked `noauto` or `nofail`."""
    swap_active: tuple[str, ...]
    """What is in use as swap."""
    swap_count: int
    """How many pieces of swap are in use."""


@record
class _Mount:
    source: str
    options: tuple[str, ...]


def parse(outputs: Mapping[str, CommandOutput]) -> Mounts:
    """Join fstab with what the kernel has mounted."""
    mounted = _mounted(text_of(outputs, "mounts"))
    if not mounted:
        msg = "/proc/self/mountinfo lists no mount"
        raise FactUnavailable(msg)
    programs = dict(line.split(" ", 1) for line in lines(_said(outputs, "programs")) if " " in line)
    declared: dict[str, Declared] = {}
    swap: list[str] = []
    for words in (line.split() for line in lines(_said(outputs, "fstab"))[:_MOST]):
        if len(words) < 3 or words[0].startswith("#"):
            continue
        options = tuple(words[3].split(",")) if len(words) > 3 else ()
        point = _unescaped(words[1]).rstrip("/") or "/"
        if words[2] == "swap":
            swap += [words[0][:200]] if not {"noauto", "nofail"} & set(options) else []
        elif point.startswith("/"):
            declared[point] = _declared(point, words, options, mounted.get(point))
    active = [line.split()[0] for line in lines(_said(outputs, "swaps"))[1:_MOST] if line.strip()]
    return Mounts(
        mount_program=programs.get("mount", ""),
        umount_program=programs.get("umount", ""),
        declared=declared,
        swap_declared=tuple(swap),
        swap_active=tuple(active),
        swap_count=len(active),
    )


def _said(outputs: Mapping[str, CommandOutput], name: str) -> str:
    output = outputs.get(name)
    return output.stdout if output is not None and output.exit_code == 0 and not output.is_truncated else ""


def _declared(point: str, words: list[str], options: tuple[str, ...], mount: _Mount | None) -> Declared:
    return Declared(
        mount_point=point,
        source=_unescaped(words[0])[:300],
        type=words[2][:40],
        wanted_options=_open(options),
        is_mounted=mount is not None,
        mounted_source="" if mount is None else mount.source[:300],
        options=() if mount is None else mount.options,
        missing_options="" if mount is None else _missing(options, mount.options),
        is_network=words[2] in _NETWORK_TYPES or "_netdev" in options,
    )


def _missing(wanted: tuple[str, ...], in_force: tuple[str, ...]) -> str:
    """Return what was asked for and is not so; of two that contradict each other the last one counts."""
    asked = [one for place, one in enumerate(wanted) if one in OPPOSITES and OPPOSITES[one] not in wanted[place + 1 :]]
    return ",".join(
        one for one in dict.fromkeys(asked) if not any(each == one or each.startswith(one + "=") for each in in_force)
    )


def _open(options: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what could be a secret, and what is long."""
    return tuple(one for one in options if len(one) > 1 and len(one) < 80 and not one.lower().startswith(_HIDDEN))


def _mounted(text: str) -> dict[str, _Mount]:
    """Read /proc/self/mountinfo; of mounts on top of each other the last is the visible one."""
    mounts: dict[str, _Mount] = {}
    for line in lines(text):
        place, divider, kind = line.partition(" - ")
        before, after = place.split(), kind.split()
        if divider and len(before) >= 6 and len(after) >= 3:
            options = dict.fromkeys((*before[5].split(","), *after[2].split(",")))
            mounts[_unescaped(before[4])] = _Mount(source=_unescaped(after[1]), options=_open(tuple(options)))
    return mounts


def _unescaped(text: str) -> str:
    """Turn the kernel's `\\040` and its like back into the character."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


def traits(mounts: Mounts) -> dict[str, str]:
    """Return what fstab declares."""
    return {
        f"fstab {point}": f"{one.source} {one.type} {','.join(one.wanted_options)}"
        for point, one in mounts.declared.items()
    }


_PROGRAMS = """\
for name in mount umount; do
    for folder in /usr/bin /bin; do
        [ -x "$folder/$name" ] && { echo "$name $folder/$name"; break; }
    done
done
exit 0
"""

PLUGIN = Fact[Mounts](
    name="mounts",
    summary="What fstab declares, whether it is mounted, and which options are in force; swap likewise.",
    readings=(
        Reading(name="mounts", argv=("cat", "/proc/self/mountinfo"), output_limit=1_048_576),
        Reading(name="fstab", argv=("sed", "-e", WITHOUT_PASSWORDS, "/etc/fstab")),
        Reading(name="swaps", argv=("cat", "/proc/swaps")),
        Reading(name="programs", argv=("sh", "-c", _PROGRAMS)),
    ),
    parse=parse,
    traits=traits,
)
